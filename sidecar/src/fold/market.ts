/** Books, trades and the mark they give. */
import { parseAtoms } from '@tradetail/core/decimal.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { AT, type Fields } from '../decode/fields.ts';
import { lookAfterMark, lookAt, MINUTES_PER_YEAR } from './account.ts';
import { sampleMids } from './clock.ts';
import { join } from './engine-state.ts';
import { halfOf, sum, unitsOf, type Units } from './market-price.ts';
import { valueOpening } from './opening.ts';
import {
  BOOK_MARK,
  newMarket,
  TRADE_MARK,
  type Instrument,
  type Market,
  type MarkSource,
  type RunState,
} from './run-state.ts';

export function marketOf(run: RunState, venue: string, symbol: string): Market {
  const id = join(venue, symbol);
  let market = run.markets.get(id);
  if (market === undefined)
    run.markets.set(id, (market = newMarket(venue, symbol, run.instruments.get(id))));
  return market;
}

/** @returns whether it is defined now; another multiplier than before breaks the schema, see `contradicts` */
export function defineInstrument(
  run: RunState,
  venue: string,
  symbol: string,
  defined: Json,
): void {
  const id = join(venue, symbol);
  const instrument: Instrument = {
    base: defined['base'] as string,
    quote: defined['quote'] as string,
    lotSize: parseAtoms(defined['lot_size'] as string),
    multiplier: parseAtoms(defined['multiplier'] as string),
    minutesPerYear: (defined['minutes_per_year'] as number | undefined) ?? MINUTES_PER_YEAR,
  };
  run.instruments.set(id, instrument);
  const market = marketOf(run, venue, symbol);
  market.instrument = instrument;
  for (const holding of market.holdings) {
    valueOpening(holding);
    lookAt(holding.account);
  }
}

/** @returns whether an instrument's line gives another multiplier than the run had before */
export function contradicts(run: RunState, venue: string, symbol: string, defined: Json): boolean {
  const before = run.instruments.get(join(venue, symbol));
  return before !== undefined && before.multiplier !== parseAtoms(defined['multiplier'] as string);
}

/**
 * Takes the best prices of a line's book; `keep` keeps its levels. A late book never replaces a later
 * one.
 */
export function applyBook(
  run: RunState,
  market: Market,
  fields: Fields,
  seq: number,
  wall: Instant,
): boolean {
  if (market.book.seq > seq) return false;
  touch(market, seq, wall);
  if (fields.isGiven[AT.best_bid] === 0 || fields.isGiven[AT.best_ask] === 0) return true;
  // The second price can change the scale of the first.
  priceOf(market, fields, AT.best_bid);
  const ask = priceOf(market, fields, AT.best_ask);
  const bid = priceOf(market, fields, AT.best_bid);
  if (bid >= ask) return true;
  sampleMids(market, run.clock);
  market.bid = bid;
  market.ask = ask;
  setMark(market, sum(bid, ask), seq, BOOK_MARK);
  return true;
}

export function applyTrade(market: Market, fields: Fields, seq: number, wall: Instant): void {
  touch(market, seq, wall);
  const px = priceOf(market, fields, AT.px);
  setMark(market, sum(px, px), seq, TRADE_MARK);
}

export const priceOf = (market: Market, fields: Fields, at: number): Units =>
  unitsOf(market, fields.units[at]!, fields.digits[at]!, fields.wide(at));

function touch(market: Market, seq: number, wall: Instant): void {
  const { lastTime } = market;
  if (seq <= lastTime.seq) return;
  lastTime.value.seconds = wall.seconds;
  lastTime.value.nanos = wall.nanos;
  lastTime.seq = seq;
}

/**
 * Sets the mark unless a better source or a later line has set it, and looks at the equity it moves.
 *
 * @param doubled twice the mark, at the market's scale
 */
export function setMark(market: Market, doubled: Units, seq: number, source: MarkSource): void {
  if (source < market.markSource || (source === market.markSource && market.markSeq > seq)) return;
  market.markSource = source;
  market.markSeq = seq;
  const before = market.doubledMark;
  if (before === doubled) return;
  const after = halfOf(market, doubled);
  const move = after - market.markNumber;
  market.doubledMark = doubled;
  market.markNumber = after;
  for (const holding of market.holdings)
    if (before !== undefined) {
      if (holding.exposureNumber !== 0) lookAfterMark(holding, move);
    } else if (holding.position.qty !== 0n) lookAt(holding.account);
}
