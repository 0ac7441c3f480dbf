/** Fills and what they do to a strategy's holding of a symbol: position, fees, round trips. */
import { ONE_ATOM, parseAtoms } from '@tradetail/core/decimal.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { feeInQuote, isBaseFee } from '@tradetail/core/ledger/fee.ts';
import {
  applyFill,
  markOf,
  moneyOf,
  notional,
  realizedPnl,
} from '@tradetail/core/ledger/position.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { lookAt, lotOf, multiplierOf } from './account.ts';
import { awaitMarkouts } from './clock.ts';
import { changeBalance } from './balance.ts';
import { join } from './engine-state.ts';
import {
  FILL_MARK,
  newAccount,
  newHolding,
  type Account,
  type Holding,
  type RunState,
} from './run-state.ts';
import { marketOf, setMark } from './market.ts';

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

/** Applies a fill that is not a repetition. */
export function applyFilled(
  run: RunState,
  holding: Holding,
  line: Json,
  seq: number,
  time: Instant,
): void {
  const { market, position } = holding;
  const { instrument } = market;
  const side = line['side'] === 'BUY' ? 1n : -1n;
  const px = parseAtoms(line['last_px'] as string);
  const lastQty = parseAtoms(line['last_qty'] as string);
  const fee = parseAtoms(line['fee'] as string);
  const feeCurrency = line['fee_ccy'] as string;
  const feeQuote =
    line['fee_quote'] === undefined ? undefined : parseAtoms(line['fee_quote'] as string);
  const liquidity = (line['last_liquidity'] as string).toLowerCase();

  run.hasFills = true;
  if (market.mid !== undefined)
    awaitMarkouts(run, time, {
      holding,
      liquidity,
      side: Number(side),
      px,
      qty: lastQty,
      mid: market.mid,
    });

  if (instrument === undefined) {
    // Neither its value nor what of it the fee took is known: the position moves, and no PnL can be given.
    position.qty += side * lastQty;
    holding.isUnvalued = true;
    holding.opening = undefined;
  } else {
    const { base, quote, multiplier } = instrument;
    const feeMoney = feeInQuote({ fee, feeCurrency, feeQuote, px, base, quote, multiplier });
    const isFromBase = isBaseFee({ feeCurrency, base, multiplier });
    if (feeMoney === undefined)
      holding.unconverted.set(feeCurrency, (holding.unconverted.get(feeCurrency) ?? 0n) + fee);
    fillPosition(holding, side * lastQty - (isFromBase ? fee : 0n), px, feeMoney ?? 0n);
    changeBalance(run, market.venue, base, side * moneyOf(lastQty), multiplier);
    changeBalance(run, market.venue, quote, -side * notional(lastQty, px, ONE_ATOM), multiplier);
    changeBalance(run, market.venue, feeCurrency, -moneyOf(fee), multiplier);
  }
  setMark(market, markOf(px), seq, FILL_MARK);
  lookAt(holding.account);
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
