/**
 * What lines about one strategy and symbol of a run act on, found once: markets, holdings, counters.
 * A cache beside the state, not part of it; nothing in it outlives a change of what it points to.
 */
import { emptyTotal } from '@tradetail/core/total.ts';
import { IdHash } from '../decode/id-hash.ts';
import {
  admitsStrategy,
  admitsSymbol,
  codeOf,
  join,
  keyCounters,
  latencyOf,
  marketCounters,
  STRATEGIES_MAX,
  SYMBOLS_MAX,
  type EngineState,
  type FillCounter,
  type KeyCounters,
  type MarketCounters,
  type TradeCounter,
} from './engine-state.ts';
import type { Histogram } from './histogram.ts';
import { holdingOf, markoutTarget } from './holding.ts';
import { label, OTHER } from './label.ts';
import { marketOf } from './market.ts';
import { marketSeed } from './order.ts';
import type { Holding, Instrument, Market, RunState } from './run-state.ts';

/** A log can bring more words than there are codes; past it they are looked up each time. */
const WORDS_MAX = 16;

interface FillWay {
  readonly side: string;
  readonly word: string;
  readonly counter: FillCounter;
  readonly target: number;
}

interface SubmissionWay {
  readonly side: string;
  readonly word: string;
  readonly counter: { count: number };
}

export class Scope {
  readonly venue: string;
  readonly symbol: string;
  readonly strategy: string;
  /** Hashes of what is unique in the market, and there on a side, begin with these. */
  readonly orderSeed: IdHash;
  readonly #buySeed = new IdHash();
  readonly #sellSeed = new IdHash();
  readonly #engine: EngineState;
  readonly #run: RunState;
  readonly #marketId: string;
  #market: Market | undefined;
  #holding: Holding | undefined;
  #marketCounters: MarketCounters | undefined;
  #keyCounters: KeyCounters | undefined;
  #tickToTrade: Histogram | undefined;
  #decision: Histogram | undefined;
  #ack: Histogram | undefined;
  #fill: Histogram | undefined;
  #buys: TradeCounter | undefined;
  #sells: TradeCounter | undefined;
  readonly #submissions: SubmissionWay[] = [];
  readonly #fills: FillWay[] = [];

  /** The names as the log has them; the empty one where the line has none. */
  constructor(engine: EngineState, run: RunState, venue: string, symbol: string, strategy: string) {
    this.#engine = engine;
    this.#run = run;
    this.venue = label(venue);
    this.symbol = label(symbol);
    this.strategy = label(strategy);
    this.#marketId = join(this.venue, this.symbol);
    this.orderSeed = marketSeed(this.venue, this.symbol);
    this.#buySeed.takeText('BUY', this.orderSeed);
    this.#sellSeed.takeText('SELL', this.orderSeed);
  }

  /** Whether it may be kept: what is past the caps can be anything, and any number of it. */
  get isWithinCaps(): boolean {
    const { symbols, strategies } = this.#engine;
    return (
      (symbols.size < SYMBOLS_MAX || symbols.has(this.#marketId)) &&
      (strategies.size < STRATEGIES_MAX || strategies.has(this.strategy))
    );
  }

  executionSeed(side: string): IdHash {
    return side === 'BUY' ? this.#buySeed : this.#sellSeed;
  }

  /** Undefined past the cap. */
  get market(): Market | undefined {
    if (this.#market === undefined && admitsSymbol(this.#engine, this.venue, this.symbol))
      this.#market = marketOf(this.#run, this.venue, this.symbol);
    return this.#market;
  }

  get instrument(): Instrument | undefined {
    return this.#run.instruments.get(this.#marketId);
  }

  /** Made when an order is the first; undefined past the caps. */
  get holding(): Holding | undefined {
    if (
      this.#holding === undefined &&
      admitsStrategy(this.#engine, this.strategy) &&
      admitsSymbol(this.#engine, this.venue, this.symbol)
    )
      this.#holding = holdingOf(this.#run, this.strategy, this.venue, this.symbol);
    return this.#holding;
  }

  /** The holding if there is one. */
  get knownHolding(): Holding | undefined {
    return this.#holding ?? this.#run.holdings.get(join(this.strategy, this.venue, this.symbol));
  }

  get marketCounters(): MarketCounters {
    if (this.#marketCounters !== undefined) return this.#marketCounters;
    const isAdmitted = admitsSymbol(this.#engine, this.venue, this.symbol);
    return (this.#marketCounters = isAdmitted
      ? marketCounters(this.#engine, this.venue, this.symbol)
      : marketCounters(this.#engine, OTHER, OTHER));
  }

  get keyCounters(): KeyCounters {
    if (this.#keyCounters !== undefined) return this.#keyCounters;
    const isAdmitted = admitsSymbol(this.#engine, this.venue, this.symbol);
    const isStrategyAdmitted = admitsStrategy(this.#engine, this.strategy);
    return (this.#keyCounters = keyCounters(
      this.#engine,
      isStrategyAdmitted ? this.strategy : OTHER,
      isAdmitted ? this.venue : OTHER,
      isAdmitted ? this.symbol : OTHER,
    ));
  }

  get tickToTrade(): Histogram {
    return (this.#tickToTrade ??= latencyOf(this.keyCounters, 'tick_to_trade'));
  }

  get decision(): Histogram {
    return (this.#decision ??= latencyOf(this.keyCounters, 'decision'));
  }

  get ack(): Histogram {
    return (this.#ack ??= latencyOf(this.keyCounters, 'ack'));
  }

  get fill(): Histogram {
    return (this.#fill ??= latencyOf(this.keyCounters, 'fill'));
  }

  trades(aggressor: string): TradeCounter {
    const isBuy = aggressor === 'BUY';
    const known = isBuy ? this.#buys : this.#sells;
    if (known !== undefined) return known;
    const { trades } = this.marketCounters;
    const side = aggressor.toLowerCase();
    const counter = trades.get(side) ?? { count: 0, volume: emptyTotal() };
    trades.set(side, counter);
    if (isBuy) this.#buys = counter;
    else this.#sells = counter;
    return counter;
  }

  submissions(side: string, ordType: string): { count: number } {
    for (const way of this.#submissions)
      if (way.side === side && way.word === ordType) return way.counter;
    const { submitted } = this.keyCounters;
    const lower = side.toLowerCase();
    const code = codeOf(this.#engine, 'ord_type', ordType.toLowerCase());
    const id = join(lower, code);
    const counter = submitted.get(id) ?? { side: lower, ordType: code, count: 0 };
    submitted.set(id, counter);
    if (this.#submissions.length < WORDS_MAX)
      this.#submissions.push({ side, word: ordType, counter });
    return counter;
  }

  /** Its counter, and where the markouts of its holding go. */
  fills(side: string, lastLiquidity: string): FillWay {
    for (const way of this.#fills) if (way.side === side && way.word === lastLiquidity) return way;
    const { fills } = this.keyCounters;
    const lower = side.toLowerCase();
    const liquidity = codeOf(this.#engine, 'liquidity', lastLiquidity.toLowerCase());
    const id = join(lower, liquidity);
    const counter = fills.get(id) ?? {
      side: lower,
      liquidity,
      count: 0,
      quantity: emptyTotal(),
      notional: undefined,
    };
    fills.set(id, counter);
    const { holding } = this;
    const target = holding === undefined ? -1 : markoutTarget(this.#run, holding, liquidity);
    const way = { side, word: lastLiquidity, counter, target };
    if (this.#fills.length < WORDS_MAX) this.#fills.push(way);
    return way;
  }
}
