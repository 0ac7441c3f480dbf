/**
 * Market data frames of Binance's combined streams, as inputs.
 *
 * The frames are many and their shape is fixed, so each is first read by a scanner that expects
 * exactly the known keys in the known order; a frame that is different is read by JSON.parse.
 */
import type { BookSnapshot, BookUpdate, LevelPairs } from '../market/local-book.ts';
import { BUY, SELL } from '../market/side.ts';
import type { MarketInput } from '../step/input.ts';
import type { DecimalGrid } from './decimal-grid.ts';

export interface Grids {
  readonly instrument: number;
  readonly px: DecimalGrid;
  readonly qty: DecimalGrid;
}

/** A level at a price off the grid is left out; a trade or a top at one has no frame. */
export type Frame =
  | Extract<MarketInput, { kind: 'TOP' | 'TRADE' }>
  | { readonly kind: 'UPDATE'; readonly update: BookUpdate }
  | { readonly kind: 'SNAPSHOT'; readonly snapshot: BookSnapshot };

/** `btcusdt@depth@100ms` is `BTCUSDT` and `depth`. */
export interface StreamName {
  readonly symbol: string;
  readonly channel: string;
}

const PREFIX = '{"stream":"';

/** A session has few streams and many frames, so the names are taken apart once. */
const streams = new Map<string, StreamName>();
const MOST_STREAMS = 10_000;

/** @returns the stream of a combined-stream frame, or undefined where the text is something else */
export function streamOf(text: string): StreamName | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const full = text.slice(PREFIX.length, text.indexOf('"', PREFIX.length));
  const known = streams.get(full);
  if (known !== undefined) return known;
  const [symbol, channel] = full.split('@');
  if (channel === undefined) return undefined;
  if (streams.size === MOST_STREAMS) streams.clear();
  const name = { symbol: symbol!.toUpperCase(), channel };
  streams.set(full, name);
  return name;
}

/** @returns what a frame of a stream says, or undefined where its channel is of no interest */
export function readFrame(text: string, { channel }: StreamName, grids: Grids): Frame | undefined {
  const scan = SCANNERS.get(channel);
  if (scan === undefined) return undefined;
  cursor.start(text, text.indexOf('"', PREFIX.length));
  cursor.literal('","data":');
  return scan(grids) ?? readParsed((JSON.parse(text) as { data: Data }).data, grids);
}

export interface Data {
  readonly e?: string;
  readonly [key: string]: unknown;
}

/** @param data a payload, parsed */
export function readParsed(data: Data, { instrument, px, qty }: Grids): Frame | undefined {
  const pairs = (rows: unknown): LevelPairs =>
    (rows as [string, string][])
      .map(([price, quantity]) => [px.steps(price), qty.wholeSteps(quantity)])
      .filter(([price]) => !Number.isNaN(price))
      .flat();
  if (data['lastUpdateId'] !== undefined) {
    const { lastUpdateId, bids, asks } = data as {
      lastUpdateId?: number;
      bids?: unknown;
      asks?: unknown;
    };
    return {
      kind: 'SNAPSHOT',
      snapshot: { lastId: lastUpdateId!, bids: pairs(bids), asks: pairs(asks) },
    };
  }
  const number = (key: string): number => data[key] as number;
  const text = (key: string): string => data[key] as string;
  switch (data.e) {
    case 'depthUpdate': {
      const update = {
        firstId: number('U'),
        lastId: number('u'),
        venueUs: toUs(number('E')),
        bids: pairs(data['b']),
        asks: pairs(data['a']),
      };
      return { kind: 'UPDATE', update };
    }
    case 'trade':
    case 'aggTrade':
      return onGrid({
        kind: 'TRADE',
        instrument,
        tradeId: String(number(data.e === 'trade' ? 't' : 'a')),
        px: px.steps(text('p')),
        qty: qty.wholeSteps(text('q')),
        aggressor: data['m'] === true ? SELL : BUY,
        venueUs: toUs(number('T')),
      });
    default:
      if (data['B'] === undefined || data['A'] === undefined) return undefined;
      return onGrid({
        kind: 'TOP',
        instrument,
        bidPx: px.steps(text('b')),
        bidQty: qty.wholeSteps(text('B')),
        askPx: px.steps(text('a')),
        askQty: qty.wholeSteps(text('A')),
        updateId: number('u'),
      });
  }
}

function onGrid(frame: Extract<MarketInput, { kind: 'TOP' | 'TRADE' }>): Frame | undefined {
  const sum = frame.kind === 'TOP' ? frame.bidPx + frame.askPx : frame.px;
  return Number.isNaN(sum) ? undefined : frame;
}

/** Binance gives ms, or µs where it was asked for them. */
const toUs = (time: number): number => (time > 1e14 ? time : time * 1000);

class Cursor {
  #text = '';
  #at = 0;
  ok = true;

  start(text: string, at: number): void {
    this.#text = text;
    this.#at = at;
    this.ok = true;
  }

  literal(expected: string): void {
    if (this.#text.startsWith(expected, this.#at)) this.#at += expected.length;
    else this.ok = false;
  }

  /** @returns whether the text goes on like this; goes past it if so */
  optional(expected: string): boolean {
    const there = this.#text.startsWith(expected, this.#at);
    if (there) this.#at += expected.length;
    return there;
  }

  int(): number {
    let value = 0;
    for (
      let code = this.#text.charCodeAt(this.#at);
      code >= 48 && code <= 57;
      code = this.#text.charCodeAt(++this.#at)
    )
      value = value * 10 + (code - 48);
    return value;
  }

  skipToQuote(): void {
    this.#at = this.#text.indexOf('"', this.#at) + 1;
  }

  price(grid: DecimalGrid): number {
    const from = this.#at;
    this.skipToQuote();
    return this.ok ? grid.steps(this.#text, from, this.#at - 1) : NaN;
  }

  quantity(grid: DecimalGrid): number {
    const from = this.#at;
    this.skipToQuote();
    return this.ok ? grid.wholeSteps(this.#text, from, this.#at - 1) : NaN;
  }

  pairs(px: DecimalGrid, qty: DecimalGrid): number[] {
    const flat: number[] = [];
    this.literal('[');
    if (this.optional(']')) return flat;
    do {
      this.literal('["');
      const price = this.price(px);
      this.literal(',"');
      const quantity = this.quantity(qty);
      if (!Number.isNaN(price)) flat.push(price, quantity);
      this.literal(']');
    } while (this.ok && this.optional(','));
    this.literal(']');
    return flat;
  }
}

const cursor = new Cursor();

function scanTop({ instrument, px, qty }: Grids): Frame | undefined {
  cursor.literal('{"u":');
  const updateId = cursor.int();
  cursor.literal(',"s":"');
  cursor.skipToQuote();
  cursor.literal(',"b":"');
  const bidPx = cursor.price(px);
  cursor.literal(',"B":"');
  const bidQty = cursor.quantity(qty);
  cursor.literal(',"a":"');
  const askPx = cursor.price(px);
  cursor.literal(',"A":"');
  const askQty = cursor.quantity(qty);
  cursor.literal('}');
  return cursor.ok
    ? onGrid({ kind: 'TOP', instrument, bidPx, bidQty, askPx, askQty, updateId })
    : undefined;
}

function scanTrade({ instrument, px, qty }: Grids): Frame | undefined {
  cursor.literal('{"e":"trade","E":');
  cursor.int();
  cursor.literal(',"s":"');
  cursor.skipToQuote();
  cursor.literal(',"t":');
  const tradeId = String(cursor.int());
  cursor.literal(',"p":"');
  const price = cursor.price(px);
  cursor.literal(',"q":"');
  const quantity = cursor.quantity(qty);
  cursor.literal(',"T":');
  const venueUs = toUs(cursor.int());
  cursor.literal(',"m":');
  const aggressor = cursor.optional('true') ? SELL : BUY;
  return cursor.ok
    ? onGrid({ kind: 'TRADE', instrument, tradeId, px: price, qty: quantity, aggressor, venueUs })
    : undefined;
}

function scanDepth({ px, qty }: Grids): Frame | undefined {
  cursor.literal('{"e":"depthUpdate","E":');
  const venueUs = toUs(cursor.int());
  cursor.literal(',"s":"');
  cursor.skipToQuote();
  cursor.literal(',"U":');
  const firstId = cursor.int();
  cursor.literal(',"u":');
  const lastId = cursor.int();
  cursor.literal(',"b":');
  const bids = cursor.pairs(px, qty);
  cursor.literal(',"a":');
  const asks = cursor.pairs(px, qty);
  cursor.literal('}');
  return cursor.ok
    ? { kind: 'UPDATE', update: { firstId, lastId, venueUs, bids, asks } }
    : undefined;
}

const SCANNERS: ReadonlyMap<string, (grids: Grids) => Frame | undefined> = new Map([
  ['bookTicker', scanTop],
  ['trade', scanTrade],
  ['aggTrade', () => undefined],
  ['depth', scanDepth],
]);
