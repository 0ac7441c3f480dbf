/**
 * Balances, as the engine claims them, and our own computation of them: the run's first claim of an
 * asset, moved by every fill and cash event since.
 */
import { ONE_ATOM, parseAtoms } from '@tradetail/core/decimal.ts';
import { moneyOf } from '@tradetail/core/ledger/position.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { join } from './engine-state.ts';
import type { Balance, RunState } from './run-state.ts';

/** Past it balances of further assets are dropped. */
const BALANCES_MAX = 10_000;

/** Free plus locked, as money. */
export const totalOf = (claim: Json): bigint =>
  moneyOf(parseAtoms(claim['free'] as string) + parseAtoms(claim['locked'] as string));

/** Takes a claim. @returns |claim − ours| as money; undefined where there is nothing of ours to compare with */
export function claimBalance(
  run: RunState,
  venue: string,
  asset: string,
  claim: Json,
  seq: number,
  isNewStart: boolean,
): bigint | undefined {
  const id = join(venue, asset);
  const total = totalOf(claim);
  let balance = run.balances.get(id);
  if (balance === undefined) {
    if (run.balances.size >= BALANCES_MAX) return undefined;
    const isComparable = true;
    balance = { venue, asset, free: '0', locked: '0', seq, start: total, change: 0n, isComparable };
    run.balances.set(id, balance);
  }
  if (seq < balance.seq) return undefined;
  balance.free = claim['free'] as string;
  balance.locked = claim['locked'] as string;
  balance.seq = seq;
  if (isNewStart) {
    balance.start = total;
    balance.change = 0n;
    balance.isComparable = true;
  }
  if (!balance.isComparable) return undefined;
  const difference = total - ours(balance);
  return difference < 0n ? -difference : difference;
}

const ours = (balance: Balance): bigint => balance.start + balance.change;

/** A fill or cash event moved it. With a multiplier there is margin, whose moves the log does not say. */
export function changeBalance(
  run: RunState,
  venue: string,
  asset: string,
  amount: bigint,
  multiplier: bigint,
): void {
  const balance = run.balances.get(join(venue, asset));
  if (balance === undefined) return;
  balance.change += amount;
  if (multiplier !== ONE_ATOM) balance.isComparable = false;
}
