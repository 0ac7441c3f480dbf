/**
 * Equity, peak and drawdown of a strategy, looked at after every event that changes equity.
 *
 * Almost every such event is a book, and almost none makes a new peak. So an estimate of equity in
 * doubles goes along with every mark and fill, and what its roundings can add up to at most. Equity is
 * worked out exactly only where that could matter:
 *
 *     worst drawdown                peak
 *     ──────┼────────────────────────┼────── equity
 *      ratio │   nothing to do        │ exact
 *
 * A peak is an amount, and exact. A drawdown is a ratio: below the worst one so far the estimate tells
 * it to 13 digits, or equity is worked out there too. Each exact look sets the estimate anew.
 */
import { moneyToDouble, ONE_ATOM, quotient } from '@tradetail/core/decimal.ts';
import { addTo, totalOf, type Sum } from '@tradetail/core/stats/sum.ts';
import { netPnl } from '@tradetail/core/ledger/position.ts';
import { markPrice } from './market-price.ts';
import type { Account, Holding, RunState } from './run-state.ts';

/** What the estimate can be wrong by, as a part of the amounts that went into it: its sum is compensated. */
const ESTIMATE_ERROR = 2e-15;
/** A drawdown may be wrong by a tenth of what it is allowed to be. */
const DRAWDOWN_ERROR_MAX = 1e-13;
/** The amounts add up as they come and go; past so many times what they are, they are summed anew. */
const GROSS_GROWTH_MAX = 4;
const CURVE_POINTS_MAX = 600;
/** Two years of minutes. */
const RETURNS_MAX = 1_000_000;

/** @returns net PnL as money; undefined where it cannot be given */
export function netPnlOf(holding: Holding): bigint | undefined {
  if (holding.isUnvalued) return undefined;
  const { position, market } = holding;
  if (position.qty === 0n) return position.cash - position.fees;
  const mark = markPrice(market);
  if (mark === undefined || market.instrument === undefined) return undefined;
  return netPnl(position, mark, market.instrument.multiplier);
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

/** @returns the largest drawdown so far; that of now is exact, and can be larger by a rounding */
export const maxDrawdownOf = (account: Account, drawdown: number): number =>
  Math.max(account.maxDrawdown, drawdown);

/** Looks at equity after anything but a mark or a fill changed it. */
export function lookAt(account: Account): void {
  const equity = equityOf(account);
  account.estimate.isGiven = equity !== undefined;
  if (equity === undefined) return;
  account.stale.length = 0;
  account.net = 0n;
  for (const holding of account.holdings) {
    holding.isStale = false;
    holding.net = netPnlOf(holding)!;
    account.net += holding.net;
  }
  note(account, equity);
  estimateAnew(account);
}

/** Looks at equity after marks and fills, knowing what it was before them. */
function lookAgain(account: Account): void {
  for (const holding of account.stale) {
    holding.isStale = false;
    const net = netPnlOf(holding);
    if (net === undefined) {
      lookAt(account);
      return;
    }
    account.net += net - holding.net;
    holding.net = net;
  }
  account.stale.length = 0;
  const equity = account.capital! + account.cash + account.net;
  note(account, equity);
  const { estimate } = account;
  if (estimate.gross > GROSS_GROWTH_MAX * estimate.grossAnew) estimateAnew(account);
  else {
    setTo(estimate.equity, moneyNumber(equity));
    estimateRecords(account);
  }
}

function note(account: Account, equity: bigint): void {
  if (equity > account.peak) account.peak = equity;
  const drawdown = drawdownOf(account, equity);
  if (drawdown !== undefined && drawdown > account.maxDrawdown) account.maxDrawdown = drawdown;
}

function estimateRecords({ estimate, peak, maxDrawdown }: Account): void {
  estimate.peak = moneyNumber(peak);
  estimate.trough = peak > 0n ? estimate.peak - maxDrawdown * estimate.peak : -Infinity;
}

function estimateAnew(account: Account): void {
  const { estimate } = account;
  estimateRecords(account);
  const own = moneyNumber(account.capital! + account.cash);
  setTo(estimate.equity, own);
  estimate.gross = Math.abs(own) + Math.abs(estimate.peak);
  for (const holding of account.holdings) {
    estimateHolding(holding);
    addTo(estimate.equity, holding.netNumber);
    estimate.gross += holdingGross(holding);
  }
  estimate.grossAnew = estimate.gross;
}

function estimateHolding(holding: Holding): void {
  const { position, market } = holding;
  holding.exposureNumber =
    position.qty === 0n ? 0 : Number(position.qty) * 1e-18 * multiplierNumber(holding);
  holding.netNumber = moneyNumber(position.cash - position.fees);
  if (holding.exposureNumber !== 0) holding.netNumber += holding.exposureNumber * market.markNumber;
}

const holdingGross = ({ netNumber, exposureNumber, market }: Holding): number =>
  Math.abs(netNumber) +
  (exposureNumber === 0 ? 0 : 2 * Math.abs(exposureNumber * market.markNumber));

function multiplierNumber({ market: { instrument } }: Holding): number {
  if (instrument === undefined) return NaN;
  return instrument.multiplier === ONE_ATOM ? 1 : Number(instrument.multiplier) * 1e-18;
}

function setTo(sum: Sum, value: number): void {
  sum.value = value;
  sum.lost = 0;
}

const moneyNumber = (money: bigint): number => Number(money) * 1e-55;

function makeStale(holding: Holding): void {
  if (holding.isStale) return;
  holding.isStale = true;
  holding.account.stale.push(holding);
}

/** Looks at equity after a fill of this holding, exactly where it matters. */
export function lookAfterFill(holding: Holding): void {
  const { account } = holding;
  const { estimate } = account;
  const { instrument } = holding.market;
  // Its first fill can bring in a currency in which equity cannot be given.
  if (!estimate.isGiven || holding.fills <= 1 || instrument?.quote !== account.currency) {
    lookAt(account);
    return;
  }
  makeStale(holding);
  const before = holding.netNumber;
  estimateHolding(holding);
  addTo(estimate.equity, holding.netNumber - before);
  estimate.gross += holdingGross(holding);
  lookNearRecords(account);
}

/** Looks at equity after the mark of a holding that is not flat moved by so much. */
export function lookAfterMark(holding: Holding, move: number): void {
  const { account } = holding;
  const { estimate } = account;
  if (!estimate.isGiven) return;
  makeStale(holding);
  const change = holding.exposureNumber * move;
  holding.netNumber += change;
  addTo(estimate.equity, change);
  estimate.gross += Math.abs(change);
  lookNearRecords(account);
}

function lookNearRecords(account: Account): void {
  const { estimate } = account;
  const { peak, gross } = estimate;
  const equity = totalOf(estimate.equity);
  const error = ESTIMATE_ERROR * gross;
  // NaN compares false: then it is worked out exactly.
  if (!(equity + error < peak)) lookAgain(account);
  else if (!(equity - error > estimate.trough)) {
    if (!(error < DRAWDOWN_ERROR_MAX * peak)) lookAgain(account);
    else if (equity < estimate.trough) {
      account.maxDrawdown = (peak - equity) / peak;
      estimate.trough = equity;
    }
  }
}

/** Capital is known, or known anew: a second start counts as a deposit or withdrawal of the difference. */
export function start(account: Account, capital: bigint, currency: string): void {
  account.currency = currency;
  if (account.capital === undefined) {
    account.capital = capital;
    account.peak = capital;
    lookAt(account);
  } else transfer(account, capital - account.capital);
}

/** A deposit (or withdrawal, negative): capital and peak move alike, so it is no gain. */
export function transfer(account: Account, amount: bigint): void {
  account.capital! += amount;
  account.peak += amount;
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
