/** Fills and what they do to a strategy's holding of a symbol: position, fees, round trips. */
import { ATOM_DIGITS, ONE_ATOM } from '@tradetail/core/decimal.ts';
import { feeInQuote, isBaseFee } from '@tradetail/core/ledger/fee.ts';
import { applyFill, moneyOf, notional, realizedPnl } from '@tradetail/core/ledger/position.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { AT, type Fields } from '../decode/fields.ts';
import { lookAfterFill, lotOf, multiplierOf } from './account.ts';
import { changeBalance } from './balance.ts';
import { join } from './engine-state.ts';
import { halfOf, midDoubled, sum } from './market-price.ts';
import { awaitMarkouts, newMarkouts, type PendingFill } from './markout-queue.ts';
import {
  FILL_MARK,
  newAccount,
  newHolding,
  type Account,
  type Holding,
  type RunState,
} from './run-state.ts';
import { marketOf, priceOf, setMark } from './market.ts';

export function accountOf(run: RunState, strategy: string): Account {
  let account = run.accounts.get(strategy);
  if (account === undefined) run.accounts.set(strategy, (account = newAccount(strategy)));
  return account;
}

export function holdingOf(run: RunState, strategy: string, venue: string, symbol: string): Holding {
  const id = join(strategy, venue, symbol);
  let holding = run.holdings.get(id);
  if (holding === undefined) {
    const account = accountOf(run, strategy);
    const market = marketOf(run, venue, symbol);
    run.holdings.set(id, (holding = newHolding(account, market)));
    account.holdings.push(holding);
    market.holdings.push(holding);
  }
  return holding;
}

/** @returns index of what the markouts of a holding's fills of this liquidity are added to */
export function markoutTarget(run: RunState, holding: Holding, liquidity: string): number {
  const { targets } = run.markouts;
  let markouts = holding.markouts.get(liquidity);
  if (markouts === undefined) {
    holding.markouts.set(liquidity, (markouts = newMarkouts()));
    targets.push({ market: holding.market, markouts });
  }
  return targets.findIndex((target) => target.markouts === markouts);
}

/** Filled in anew for each fill. */
const pending: PendingFill = {
  seconds: NaN,
  nanos: NaN,
  px: NaN,
  pxRest: NaN,
  digits: 0,
  qty: NaN,
  mid: NaN,
  side: 1,
  target: 0,
};

/**
 * Applies a fill that is not a repetition.
 *
 * @param side +1 for our buy, −1 for our sell
 * @param target index of what its markouts are added to
 */
export function applyFilled(
  run: RunState,
  holding: Holding,
  fields: Fields,
  side: 1 | -1,
  target: number,
  seq: number,
  time: Instant,
): void {
  const { market, position } = holding;
  const { instrument } = market;
  const px = fields.atoms(AT.last_px);
  const lastQty = fields.atoms(AT.last_qty);
  const signedQty = side > 0 ? lastQty : -lastQty;
  const fee = fields.atoms(AT.fee);

  run.hasFills = true;
  const mid = midDoubled(market);
  if (mid !== undefined) {
    const isSmall = fields.wide(AT.last_px) === undefined;
    const number = isSmall ? fields.units[AT.last_px]! : Number(px);
    pending.seconds = time.seconds;
    pending.nanos = time.nanos;
    pending.px = number;
    pending.pxRest = isSmall ? 0 : Number(px - BigInt(number));
    pending.digits = isSmall ? fields.digits[AT.last_px]! : ATOM_DIGITS;
    pending.qty = fields.double(AT.last_qty)!;
    pending.mid = halfOf(market, mid);
    pending.side = side;
    pending.target = target;
    awaitMarkouts(run.markouts, pending);
  }

  if (instrument === undefined) {
    // Neither its value nor what of it the fee took is known: the position moves, and no PnL can be given.
    position.qty += signedQty;
    holding.isUnvalued = true;
    holding.opening = undefined;
  } else {
    const { base, quote, multiplier } = instrument;
    const feeCurrency = fields.word(AT.fee_ccy);
    const feeQuote = fields.isGiven[AT.fee_quote] === 0 ? undefined : fields.atoms(AT.fee_quote);
    const feeMoney = feeInQuote({ fee, feeCurrency, feeQuote, px, base, quote, multiplier });
    const isFromBase = isBaseFee({ feeCurrency, base, multiplier });
    if (feeMoney === undefined)
      holding.unconverted.set(feeCurrency, (holding.unconverted.get(feeCurrency) ?? 0n) + fee);
    fillPosition(holding, isFromBase ? signedQty - fee : signedQty, px, feeMoney ?? 0n);
    if (run.balances.size > 0) {
      const { venue } = market;
      changeBalance(run, venue, base, moneyOf(signedQty), multiplier);
      changeBalance(run, venue, quote, -notional(signedQty, px, ONE_ATOM), multiplier);
      changeBalance(run, venue, feeCurrency, -moneyOf(fee), multiplier);
    }
  }
  const mark = priceOf(market, fields, AT.last_px);
  setMark(market, sum(mark, mark), seq, FILL_MARK);
  lookAfterFill(holding);
}

/**
 * Moves the position and follows its round trips. A trip is open while the position is a lot or
 * more; through zero one ends and the next begins, with the fee split by quantity.
 */
function fillPosition(holding: Holding, qty: bigint, px: bigint, fee: bigint): void {
  const { position } = holding;
  if (holding.isUnvalued) {
    // It has no average price, so no trip can be told.
    position.qty += qty;
    position.fees += fee;
    return;
  }
  const multiplier = multiplierOf(holding);
  const lot = lotOf(holding);
  const before = position.qty;
  const after = before + qty;
  const isThroughZero = before !== 0n && after !== 0n && before > 0n !== after > 0n;
  if (isThroughZero) {
    const closingFee = (fee * before) / -qty;
    applyFill(position, -before, px, multiplier);
    position.fees += closingFee;
    if (holding.tripStart !== undefined) endTrip(holding);
    applyFill(position, after, px, multiplier);
    position.fees += fee - closingFee;
    if (abs(after) >= lot) holding.tripStart = holding.tripEnd;
    return;
  }
  applyFill(position, qty, px, multiplier);
  position.fees += fee;
  if (abs(after) < lot) {
    if (holding.tripStart !== undefined) endTrip(holding);
  } else holding.tripStart ??= holding.tripEnd;
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

/** Realized PnL less fees so far, as money. */
const booked = (holding: Holding): bigint =>
  realizedPnl(holding.position, multiplierOf(holding)) - holding.position.fees;

function endTrip(holding: Holding): void {
  const { account } = holding;
  const end = booked(holding);
  const pnl = end - holding.tripStart!;
  account.trips += 1;
  if (pnl > 0n) {
    account.wins += 1;
    account.won += pnl;
  } else account.lost -= pnl;
  holding.tripStart = undefined;
  holding.tripEnd = end;
}
