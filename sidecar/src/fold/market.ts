/** Books, trades and the mark they give. */
import { parseAtoms } from '@tradetail/core/decimal.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { markOf, midOf } from '@tradetail/core/ledger/position.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { lookAt, MINUTES_PER_YEAR } from './account.ts';
import { sampleMids } from './clock.ts';
import { join } from './engine-state.ts';
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

/** A late book never replaces a later one. */
export function applyBook(
  run: RunState,
  market: Market,
  line: Json,
  seq: number,
  wall: Instant,
): void {
  if (market.book !== undefined && market.book.seq > seq) return;
  const bids = (line['bids'] ?? []) as readonly unknown[];
  const asks = (line['asks'] ?? []) as readonly unknown[];
  market.book = { value: { bids, asks }, seq };
  touch(market, seq, wall);
  const bid = bids[0] as readonly string[] | undefined;
  const ask = asks[0] as readonly string[] | undefined;
  if (bid === undefined || ask === undefined) return;
  const bidPx = parseAtoms(bid[0]!);
  const askPx = parseAtoms(ask[0]!);
  if (bidPx >= askPx) return;
  sampleMids(market, run.clock);
  market.bid = bidPx;
  market.ask = askPx;
  market.mid = midOf(bidPx, askPx);
  setMark(market, market.mid, seq, BOOK_MARK);
}

export function applyTrade(market: Market, px: bigint, seq: number, wall: Instant): void {
  touch(market, seq, wall);
  setMark(market, markOf(px), seq, TRADE_MARK);
}

function touch(market: Market, seq: number, wall: Instant): void {
  if (market.lastTime === undefined || seq > market.lastTime.seq)
    market.lastTime = { value: { seconds: wall.seconds, nanos: wall.nanos }, seq };
}

/** Sets the mark unless a better source or a later line has set it, and looks at the equity it moves. */
export function setMark(market: Market, value: bigint, seq: number, source: MarkSource): void {
  if (source < market.markSource || (source === market.markSource && market.mark!.seq > seq))
    return;
  market.markSource = source;
  const isSame = market.mark?.value === value;
  market.mark = { value, seq };
  if (isSame) return;
  market.markNumber = Number(value) * 0.1;
  for (const holding of market.holdings) if (holding.position.qty !== 0n) lookAt(holding.account);
}
