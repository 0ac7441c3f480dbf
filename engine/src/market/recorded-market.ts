/** A market that has happened: its recorded frames as a feed, and a paper venue on its books. */
import { formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';
import { readFrame, readParsed, type Data, type Frame, type Grids } from '../feed/binance-frame.ts';
import { DecimalGrid } from '../feed/decimal-grid.ts';
import type { Feed } from '../feed/feed.ts';
import { openSession, type RecordedLine, type RecordedSession } from '../feed/recorded-session.ts';
import type { Input, MarketInput } from '../step/input.ts';
import type { PaperConfig } from '../venue/paper-config.ts';
import { PaperVenue } from '../venue/paper-venue.ts';
import { RecordedExchange } from '../venue/recorded-exchange.ts';
import type { Venue } from '../venue/venue.ts';
import type { Instrument } from './instrument.ts';
import { LocalBook } from './local-book.ts';

export interface RecordedMarketOptions {
  /** Files of one session, in any order. */
  readonly files: readonly string[];
  readonly seed: number | bigint;
  readonly paper: PaperConfig;
}

/**
 * @returns a feed of all symbols that were recorded, and the paper venue `binance` on their books
 * @throws where a file cannot be read, or says too little about a symbol to trade it
 */
export async function openRecordedMarket({
  files,
  seed,
  paper,
}: RecordedMarketOptions): Promise<{ readonly feed: Feed; readonly venue: Venue }> {
  const session = await openSession(files);
  const found = survey(session);
  const instruments = [...found.symbols].map((symbol, index) =>
    instrumentOf(symbol, index, found, paper),
  );
  const books = instruments.map(({ index }) => new LocalBook(index));
  const exchange = new RecordedExchange(
    books.map(({ book }) => book),
    paper.queue_model,
  );
  const feed = new RecordedFeed(session, instruments, books, found.tradeStreams, (input, tNs) =>
    exchange.observe(input, tNs),
  );
  const { startEpochNs } = feed;
  return {
    feed,
    venue: new PaperVenue({
      name: VENUE,
      instruments,
      exchange,
      config: paper,
      seed,
      startEpochNs,
    }),
  };
}

const VENUE = 'binance';
/** Where no exchangeInfo was recorded: Binance's smallest order value for the dollar coins. */
const UNLISTED_MIN_NOTIONAL = '5';
const QUOTES = [
  'USDT',
  'USDC',
  'FDUSD',
  'TUSD',
  'BUSD',
  'BTC',
  'ETH',
  'BNB',
  'EUR',
  'GBP',
  'TRY',
  'BRL',
  'JPY',
  'USD',
];

/** What has to be known before the first frame. */
interface Survey {
  /** In the order in which they appear. */
  readonly symbols: Set<string>;
  /** Symbols whose single trades were recorded: their aggregates say the same again. */
  readonly tradeStreams: Set<string>;
  readonly listed: Map<string, Listing>;
  readonly snapshots: Map<string, Data>;
}

interface Listing {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly filters: readonly Readonly<Record<string, string>>[];
}

function survey(session: RecordedSession): Survey {
  const found: Survey = {
    symbols: new Set(),
    tradeStreams: new Set(),
    listed: new Map(),
    snapshots: new Map(),
  };
  while (session.nextNs < Infinity) {
    const { stream, symbol, text } = session.take();
    if (stream !== undefined) {
      found.symbols.add(symbol!);
      if (stream.channel === 'trade') found.tradeStreams.add(symbol!);
      continue;
    }
    const reply = JSON.parse(text) as Data & { symbols?: readonly Listing[]; symbol?: string };
    for (const listing of reply.symbols ?? []) found.listed.set(listing.symbol, listing);
    const of = reply.symbol ?? symbol;
    if (reply['lastUpdateId'] !== undefined && of !== undefined && !found.snapshots.has(of))
      found.snapshots.set(of, reply);
  }
  session.restart();
  return found;
}

function instrumentOf(
  symbol: string,
  index: number,
  found: Survey,
  paper: PaperConfig,
): Instrument {
  const fees = { multiplier: '1', makerFee: paper.maker_fee, takerFee: paper.taker_fee };
  const listing = found.listed.get(symbol);
  if (listing === undefined) {
    const quote = QUOTES.find((asset) => symbol.endsWith(asset) && symbol !== asset);
    const snapshot = found.snapshots.get(symbol);
    if (quote === undefined || snapshot === undefined)
      throw new Error(
        `${symbol}: wants an exchangeInfo, or a depth snapshot to tell its tick and lot size from`,
      );
    const rows = [...(snapshot['bids'] as string[][]), ...(snapshot['asks'] as string[][])];
    const [tickSize, lotSize] = [
      stepOf(rows.map(([px]) => px!)),
      stepOf(rows.map(([, qty]) => qty!)),
    ];
    const base = symbol.slice(0, -quote.length);
    return {
      index,
      venue: VENUE,
      symbol,
      base,
      quote,
      tickSize,
      lotSize,
      minQty: 1,
      minNotional: UNLISTED_MIN_NOTIONAL,
      ...fees,
    };
  }
  const filter = (...types: string[]) =>
    listing.filters.find((one) => types.includes(one['filterType']!)) ?? {};
  const { tickSize } = filter('PRICE_FILTER');
  const { stepSize, minQty, maxQty } = filter('LOT_SIZE');
  const { minNotional } = filter('NOTIONAL', 'MIN_NOTIONAL');
  if (tickSize === undefined || stepSize === undefined)
    throw new Error(`${symbol}: its exchangeInfo has no tick or lot size`);
  const lots = (qty: string): number => new DecimalGrid(stepSize).steps(qty);
  return {
    index,
    venue: VENUE,
    symbol,
    base: listing.baseAsset,
    quote: listing.quoteAsset,
    tickSize: canonical(tickSize),
    lotSize: canonical(stepSize),
    minQty: minQty === undefined ? 1 : Math.max(1, lots(minQty)),
    ...(maxQty !== undefined && { maxQty: lots(maxQty) }),
    ...(minNotional !== undefined && { minNotional: canonical(minNotional) }),
    ...fees,
  };
}

const canonical = (text: string): string => formatScaled(parseAtoms(text), 18);

/** @returns the greatest step that all of them are multiples of */
function stepOf(texts: readonly string[]): string {
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
  return formatScaled(texts.map(parseAtoms).reduce(gcd, 0n), 18);
}

class RecordedFeed implements Feed {
  readonly instruments: readonly Instrument[];
  readonly startEpochNs: bigint;
  readonly #session: RecordedSession;
  readonly #books: readonly LocalBook[];
  readonly #grids: ReadonlyMap<string, Grids>;
  readonly #tradeStreams: ReadonlySet<string>;
  readonly #observe: (input: MarketInput, tNs: number) => void;
  #opened = false;

  constructor(
    session: RecordedSession,
    instruments: readonly Instrument[],
    books: readonly LocalBook[],
    tradeStreams: ReadonlySet<string>,
    observe: (input: MarketInput, tNs: number) => void,
  ) {
    this.#session = session;
    this.instruments = instruments;
    this.startEpochNs = session.startEpochNs;
    this.#books = books;
    this.#tradeStreams = tradeStreams;
    this.#observe = observe;
    this.#grids = new Map(
      instruments.map(({ symbol, index, tickSize, lotSize }) => [
        symbol,
        { instrument: index, px: new DecimalGrid(tickSize), qty: new DecimalGrid(lotSize) },
      ]),
    );
  }

  nextNs(): number {
    return this.#session.nextNs;
  }

  advance(sink: (input: Input) => void): void {
    if (!this.#opened) {
      this.#opened = true;
      sink({ kind: 'REPORT', report: { kind: 'CONNECTED', channel: 'MD' } });
    }
    const line = this.#session.take();
    const read = this.#read(line);
    if (read === undefined) return;
    const { tNs } = line;
    const emit = (input: MarketInput): void => {
      this.#observe(input, tNs);
      sink(input);
    };
    const { frame, instrument } = read;
    if (frame.kind === 'UPDATE') this.#books[instrument]!.update(frame.update, tNs, emit);
    else if (frame.kind === 'SNAPSHOT')
      this.#books[instrument]!.snapshot(frame.snapshot, tNs, emit);
    else emit(frame);
  }

  #read({
    text,
    stream,
    symbol,
  }: RecordedLine): { readonly frame: Frame; readonly instrument: number } | undefined {
    if (stream !== undefined) {
      const grids = this.#grids.get(symbol!)!;
      if (stream.channel === 'aggTrade' && this.#tradeStreams.has(symbol!)) return undefined;
      const frame = readFrame(text, stream, grids);
      return frame && { frame, instrument: grids.instrument };
    }
    const reply = JSON.parse(text) as Data & { symbol?: string };
    const grids = this.#grids.get(reply.symbol ?? symbol ?? '');
    const frame =
      grids && reply['lastUpdateId'] !== undefined ? readParsed(reply, grids) : undefined;
    return frame && { frame, instrument: grids!.instrument };
  }
}
