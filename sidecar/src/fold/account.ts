/**
 * Equity, peak and drawdown of a strategy, looked at after every event that changes equity.
 *
 * Almost every such event is a book, and almost none makes a new peak or a new worst drawdown. So
 * each look first estimates equity in doubles, and works it out exactly only where the estimate
 * comes within a billionth of mattering: the result is that of exact arithmetic throughout.
 */
import { moneyToDouble, ONE_ATOM, quotient } from '@tradetail/core/decimal.ts';
import { netPnl } from '@tradetail/core/ledger/position.ts';
import type { Account, Holding, RunState } from './run-state.ts';

const ESTIMATE_MARGIN = 1e-9;
const CURVE_POINTS_MAX = 600;
/** Two years of minutes. */
const RETURNS_MAX = 1_000_000;

/** @returns net PnL as money; undefined where it cannot be given */
export function netPnlOf(holding: Holding): bigint | undefined {
  if (holding.isUnvalued) return undefined;
  const { position, market } = holding;
  if (position.qty === 0n) return position.cash - position.fees;
  if (market.mark === undefined || market.instrument === undefined) return undefined;
  return netPnl(position, market.mark.value, market.instrument.multiplier);
}

/** @returns equity as money; undefined where it cannot be given */
export function equityOf(account: Account): bigint | undefined {
  if (account.capital === undefined) return undefined;
  let equity = account.capital + account.cash;
  for (const holding of account.holdings) {
    const net = netPnlOf(holding);
    if (net === undefined || isForeign(account, holding)) return undefined;
    equity += net;
  }
  return equity;
}

/** It has a stake in a currency that is not the capital's. */
function isForeign(account: Account, holding: Holding): boolean {
  if (holding.fills === 0 && holding.position.qty === 0n) return false;
  const { instrument } = holding.market;
  return instrument !== undefined && instrument.quote !== account.currency;
}

/** @returns 1 − equity / peak; undefined while the peak is not positive */
export function drawdownOf(account: Account, equity: bigint): number | undefined {
  return account.peak > 0n ? quotient(account.peak - equity, account.peak) : undefined;
}

/** Looks at equity after something changed it. */
export function lookAt(account: Account): void {
  if (account.capital === undefined || isFarFromRecords(account)) return;
  const equity = equityOf(account);
  if (equity === undefined) return;
  if (equity > account.peak) {
    account.peak = equity;
    account.peakNumber = moneyToDouble(equity);
  }
  const drawdown = drawdownOf(account, equity);
  if (drawdown !== undefined && drawdown > account.maxDrawdown) account.maxDrawdown = drawdown;
}

function isFarFromRecords(account: Account): boolean {
  if (account.peak <= 0n) return false;
  let equity = estimate(account.capital! + account.cash);
  let gross = Math.abs(equity) + account.peakNumber;
  for (const holding of account.holdings) {
    const { position, market } = holding;
    const fixed = estimate(position.cash - position.fees);
    const held =
      position.qty === 0n
        ? 0
        : Number(position.qty) *
          market.markNumber *
          (market.instrument ? Number(market.instrument.multiplier) : NaN) *
          1e-36;
    equity += fixed + held;
    gross += Math.abs(fixed) + Math.abs(held);
  }
  const margin = ESTIMATE_MARGIN * gross;
  // NaN compares false: then it is worked out exactly.
  return (
    equity < account.peakNumber - margin &&
    account.peakNumber - equity < account.maxDrawdown * account.peakNumber - margin
  );
}

const estimate = (money: bigint): number => Number(money) * 1e-55;

/** Capital is known, or known anew: a second start counts as a deposit or withdrawal of the difference. */
export function start(account: Account, capital: bigint, currency: string): void {
  account.currency = currency;
  if (account.capital === undefined) {
    account.capital = capital;
    account.peak = capital;
    account.peakNumber = moneyToDouble(capital);
    lookAt(account);
  } else transfer(account, capital - account.capital);
}

/** A deposit (or withdrawal, negative): capital and peak move alike, so it is no gain. */
export function transfer(account: Account, amount: bigint): void {
  account.capital! += amount;
  account.peak += amount;
  account.peakNumber = moneyToDouble(account.peak);
  lookAt(account);
}

/** A minute of engine clock that had an event has ended: one return from the last equity of the one before. */
export function endMinute(account: Account): void {
  const equity = equityOf(account);
  const before = account.minuteEquity;
  if (equity !== undefined && before !== undefined && before !== 0n) {
    account.returns.push(quotient(equity - before, before));
    if (account.returns.length > RETURNS_MAX) account.returns.shift();
  }
  account.minuteEquity = equity;
}

/** Adds a point to the curve at a whole second of engine clock; when it is full every other point goes. */
export function extendCurve(run: RunState, account: Account, second: number): void {
  const last = account.curve.at(-1);
  if (last !== undefined && second - last[0] < account.curveStrideSeconds) return;
  if (run.accounts.size === 0) return;
  const equity = equityOf(account);
  if (equity === undefined) return;
  account.curve.push([second, moneyToDouble(equity), drawdownOf(account, equity) ?? 0]);
  if (account.curve.length > CURVE_POINTS_MAX) {
    account.curve = account.curve.filter((_, index) => index % 2 === 0);
    account.curveStrideSeconds *= 2;
  }
}

/** @returns trading minutes a year of the strategy's instruments, the smallest */
export function minutesPerYear(account: Account): number {
  const all = account.holdings.flatMap(
    (holding) => holding.market.instrument?.minutesPerYear ?? [],
  );
  return all.length === 0 ? MINUTES_PER_YEAR : Math.min(...all);
}

/** A market that never closes. */
export const MINUTES_PER_YEAR = 525_600;

/** Fewer returns give no ratio and no volatility. */
export const RETURNS_MIN = 30;

/** One lot as atoms, 1 atom where the instrument is not known. */
export const lotOf = (holding: Holding): bigint => holding.market.instrument?.lotSize ?? 1n;
export const multiplierOf = (holding: Holding): bigint =>
  holding.market.instrument?.multiplier ?? ONE_ATOM;
