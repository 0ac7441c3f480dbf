/**
 * A market made here: a matching engine for each symbol, background flow in it, and our own orders
 * among the others. What the flow and what our orders do is published the same way and at once;
 * the time that messages take is all in the venue's latencies.
 */
import type { Feed } from '../feed/feed.ts';
import type { SimConfig, SimSymbol } from '../feed/sim-config.ts';
import type { Input, MarketInput } from '../step/input.ts';
import type { Exchange, ExchangeListener, ExchangeOrder } from '../venue/exchange.ts';
import type { PaperConfig } from '../venue/paper-config.ts';
import { PaperVenue } from '../venue/paper-venue.ts';
import type { Venue } from '../venue/venue.ts';
import { BackgroundFlow } from './background-flow.ts';
import type { BookView } from './book-view.ts';
import type { Instrument } from './instrument.ts';
import {
  MatchingEngine,
  type Incoming,
  type MatchListener,
  type Outcome,
  type RestingOrder,
} from './matching-engine.ts';

export interface SimulatedMarketOptions {
  readonly seed: number | bigint;
  readonly sim: SimConfig;
  readonly paper: PaperConfig;
  readonly startEpochNs: bigint;
}

/** @returns a feed of all symbols, and the paper venue `sim` on the same books */
export function openSimulatedMarket(options: SimulatedMarketOptions): {
  readonly feed: Feed;
  readonly venue: Venue;
} {
  const { seed, sim, paper, startEpochNs } = options;
  const instruments = sim.symbols.map((symbol, index) => instrumentOf(symbol, index, paper));
  const feed = new SimulatedMarket(options, instruments);
  const venue = new PaperVenue({
    name: VENUE,
    instruments,
    exchange: feed,
    config: paper,
    seed,
    startEpochNs,
  });
  return { feed, venue };
}

const VENUE = 'sim';
/** Owner of our orders in the books. Their ids are negated there, apart from those of the flow. */
const OURS = 1;

function instrumentOf(symbol: SimSymbol, index: number, paper: PaperConfig): Instrument {
  const {
    base,
    quote,
    tick_size: tickSize,
    lot_size: lotSize,
    min_notional: minNotional,
    min_qty_lots: minQty,
    max_qty_lots: maxQty,
  } = symbol;
  return {
    index,
    venue: VENUE,
    symbol: symbol.symbol,
    base,
    quote,
    tickSize,
    lotSize,
    minQty,
    ...(maxQty !== undefined && { maxQty }),
    ...(minNotional !== undefined && { minNotional }),
    multiplier: '1',
    makerFee: paper.maker_fee,
    takerFee: paper.taker_fee,
  };
}

class SimulatedMarket implements Feed, Exchange {
  readonly instruments: readonly Instrument[];
  readonly startEpochNs: bigint;
  readonly #startUs: number;
  readonly #symbols: readonly SymbolMarket[];
  #opened = false;

  constructor(
    { sim, seed, startEpochNs }: SimulatedMarketOptions,
    instruments: readonly Instrument[],
  ) {
    this.instruments = instruments;
    this.startEpochNs = startEpochNs;
    this.#startUs = Number(startEpochNs / 1000n);
    this.#symbols = sim.symbols.map(
      (symbol, index) => new SymbolMarket(index, symbol, seed, sim.book_interval_ms * 1e6),
    );
  }

  listen(listener: ExchangeListener): void {
    for (const symbol of this.#symbols) symbol.listener = listener;
  }

  nextNs(): number {
    return this.#opened ? this.#next().nextNs() : 0;
  }

  advance(sink: (input: Input) => void): void {
    if (!this.#opened) return this.#open(sink);
    this.#next().advance(this.#startUs, sink);
  }

  #open(sink: (input: Input) => void): void {
    this.#opened = true;
    sink({ kind: 'REPORT', report: { kind: 'CONNECTED', channel: 'MD' } });
    for (const symbol of this.#symbols) symbol.open(this.#startUs, sink);
  }

  #next(): SymbolMarket {
    let next = this.#symbols[0]!;
    for (const symbol of this.#symbols) if (symbol.nextNs() < next.nextNs()) next = symbol;
    return next;
  }

  book(instrument: number): BookView {
    return this.#symbols[instrument]!.engine;
  }

  submit(instrument: number, order: ExchangeOrder, tNs: number): Outcome {
    return this.#symbols[instrument]!.ours(tNs, (engine) => engine.submit(inBook(order)));
  }

  cancel(instrument: number, id: number, tNs: number): boolean {
    return this.#symbols[instrument]!.ours(tNs, (engine) => engine.cancel(-id)) !== undefined;
  }

  replace(instrument: number, order: ExchangeOrder, tNs: number): Outcome {
    return this.#symbols[instrument]!.ours(tNs, (engine) => engine.replace(inBook(order)));
  }
}

const inBook = (order: ExchangeOrder): Incoming => ({ ...order, id: -order.id, owner: OURS });

class SymbolMarket implements MatchListener {
  readonly engine = new MatchingEngine(this);
  readonly #instrument: number;
  readonly #flow: BackgroundFlow;
  readonly #bookIntervalNs: number;
  listener: ExchangeListener | undefined;
  #nowNs = 0;
  #updates = 0;
  #lastTradeId = 0;
  /** Trades not published yet. */
  #trades: MarketInput[] = [];
  /** When the changed book is due; Infinity while it has not changed. */
  #bookDueNs = Infinity;
  #bookNotBeforeNs = 0;
  #startUs = 0;

  constructor(
    instrument: number,
    symbol: SimSymbol,
    seed: number | bigint,
    bookIntervalNs: number,
  ) {
    this.#instrument = instrument;
    this.#bookIntervalNs = bookIntervalNs;
    this.#flow = new BackgroundFlow(this.engine, symbol, seed);
  }

  open(startUs: number, sink: (input: Input) => void): void {
    this.#startUs = startUs;
    sink({ kind: 'RESYNC', instrument: this.#instrument, reason: 'INITIAL', tookMs: 0 });
    this.#publishBook(sink);
  }

  nextNs(): number {
    if (this.#trades.length > 0) return this.#nowNs;
    return Math.min(this.#bookDueNs, this.#flow.nextNs());
  }

  advance(startUs: number, sink: (input: Input) => void): void {
    this.#startUs = startUs;
    const tNs = this.nextNs();
    this.#nowNs = tNs;
    if (this.#trades.length === 0 && this.#flow.nextNs() === tNs && this.#flow.step())
      this.#changed();
    if (this.#trades.length > 0) {
      const trades = this.#trades;
      this.#trades = [];
      for (const trade of trades) sink(trade);
    }
    if (this.#bookDueNs <= tNs) this.#publishBook(sink);
  }

  #changed(): void {
    this.#updates += 1;
    if (this.#bookDueNs === Infinity)
      this.#bookDueNs = Math.max(this.#nowNs, this.#bookNotBeforeNs);
  }

  #publishBook(sink: (input: Input) => void): void {
    this.#bookDueNs = Infinity;
    this.#bookNotBeforeNs = this.#nowNs + this.#bookIntervalNs;
    sink({
      kind: 'BOOK',
      instrument: this.#instrument,
      book: this.engine,
      updateId: this.#updates,
      venueUs: this.#venueUs(),
    });
  }

  #venueUs(): number {
    return this.#startUs + Math.floor(this.#nowNs / 1000);
  }

  /** Does something with our orders at `tNs`; what it moves is published next, at the same time. */
  ours<T>(tNs: number, act: (engine: MatchingEngine) => T): T {
    this.#nowNs = tNs;
    const result = act(this.engine);
    this.#flow.fillUp();
    this.#changed();
    return result;
  }

  traded(maker: RestingOrder, taker: Incoming, qty: number): void {
    const tradeId = String(++this.#lastTradeId);
    const { px } = maker;
    const { side: aggressor } = taker;
    this.#trades.push({
      kind: 'TRADE',
      instrument: this.#instrument,
      tradeId,
      px,
      qty,
      aggressor,
      venueUs: this.#venueUs(),
    });
    if (maker.owner === OURS)
      this.listener?.filled(-maker.id, px, qty, 'MAKER', tradeId, this.#nowNs);
    if (taker.owner === OURS)
      this.listener?.filled(-taker.id, px, qty, 'TAKER', tradeId, this.#nowNs);
  }

  prevented(maker: RestingOrder, _taker: Incoming, qty: number): void {
    this.listener?.prevented(-maker.id, qty, this.#nowNs);
  }
}
