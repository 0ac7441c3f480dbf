/**
 * The engine's claims against our own computation. A residual is |claim − ours| of the latest claim
 * of a key, after the event that carries it; a mismatch is a claim that differs by more than 1e-9.
 */
import { atomsToDouble, moneyToDouble } from '@tradetail/core/decimal.ts';
import { moneyOf, realizedPnl } from '@tradetail/core/ledger/position.ts';
import { multiplierOf } from './account.ts';
import { increment, join, type EngineState } from './engine-state.ts';
import type { Holding, RunState } from './run-state.ts';

export type ClaimKind = 'position' | 'realized_pnl' | 'fees' | 'balance' | 'order';

const MISMATCH = 1e-9;

/** @param residual |claim − ours| */
export function noteResidual(
  engine: EngineState,
  run: RunState,
  kind: ClaimKind,
  key: string,
  residual: number,
): void {
  let residuals = run.residuals.get(kind);
  if (residuals === undefined) run.residuals.set(kind, (residuals = new Map<string, number>()));
  residuals.set(key, residual);
  if (residual > MISMATCH) increment(engine.mismatches, kind);
}

/** A claim of a position; atoms. */
export interface PositionClaim {
  readonly qty: bigint;
  readonly realizedPnl: bigint;
  readonly fees: bigint;
}

export function claimPosition(
  engine: EngineState,
  run: RunState,
  holding: Holding,
  claim: PositionClaim,
): void {
  const key = join(holding.strategy, holding.venue, holding.symbol);
  const { position } = holding;
  noteResidual(engine, run, 'position', key, Math.abs(atomsToDouble(claim.qty - position.qty)));
  const fees = moneyOf(claim.fees);
  noteResidual(engine, run, 'fees', key, Math.abs(moneyToDouble(fees - position.fees)));
  if (holding.isUnvalued) return;
  const realized = moneyOf(claim.realizedPnl);
  const ours = realizedPnl(position, multiplierOf(holding));
  noteResidual(engine, run, 'realized_pnl', key, Math.abs(moneyToDouble(realized - ours)));
}
