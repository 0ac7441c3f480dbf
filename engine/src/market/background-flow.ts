/**
 * Everybody else in the simulated market: limit orders, cancels and market orders of one symbol,
 * which know nothing of ours but what they see in the book they share with us.
 *
 * The book is that of Cont, Stoikov and Talreja (2010): limit orders arrive at i ticks from the
 * opposite best at rate λ(i), each resting order is cancelled at rate θ(i), market orders arrive at
 * rate μ a side. Around it:
 * - A latent fundamental value v, in ticks, diffuses; its volatility is the exponential of two
 *   Ornstein–Uhlenbeck processes, a fast and a slow one. That clusters volatility.
 * - All rates are multiplied by an activity: a power of that volatility, times a Hawkes process
 *   excited by market orders. Multiplying all of them changes the speed of time, not the book.
 * - A market order is either informed (towards v, the more likely the further the mid is from it),
 *   or a slice of one of a few metaorders whose lengths are Pareto (Lillo, Mike, Farmer 2005).
 *   The metaorders give signs their long memory; the informed keep the price on v, so that it
 *   does not run away, and make a maker who ignores its inventory lose.
 * - Limit orders lean towards v, slightly: strongly leaning liquidity makes the book collapse.
 *
 * A side that is nearly swept is filled up again at once, so a book is never empty.
 */
import type { SimSymbol } from '../feed/sim-config.ts';
import { stream, type Random } from '../random.ts';
import type { MatchingEngine } from './matching-engine.ts';
import { BUY, SELL, type Side } from './side.ts';

/** Limit orders a second at distance i + 1; beyond the table of the paper by its power law 1.92 i^-0.52. */
const LIMIT_RATES = [1.85, 1.51, 1.09, 0.88, 0.77].concat(
  Array.from({ length: 15 }, (_, i) => 1.92 * Math.exp(-0.52 * Math.log(i + 6))),
);
const LIMIT_RATE = LIMIT_RATES.reduce((sum, rate) => sum + rate, 0);
/** Cancels a second of each resting order at distance i + 1. */
const CANCEL_RATES = [0.71, 0.81, 0.68, 0.56, 0.47];
const FAR_CANCEL_RATE = 0.47;
const MOST_CANCEL_RATE = Math.max(...CANCEL_RATES);
/** Market orders a second, a side. */
const MARKET_RATE = 0.94;

const SIZES = [1, 2, 3, 6, 12];
const SIZE_WEIGHTS = [0.6, 0.25, 0.1, 0.04, 0.01];

/** Ticks per square root of a second. */
const VALUE_SIGMA = 1.2;
const FAST = { tauS: 60, sigma: 0.5 };
const SLOW = { tauS: 1200, sigma: 0.7 };
const LOG_VARIANCE = FAST.sigma ** 2 + SLOW.sigma ** 2;
const ACTIVITY_POWER = 0.7;
/** How often the latent state moves. */
const LATENT_STEP_NS = 1e8;

const HAWKES_BRANCHING = 0.6;
const HAWKES_TAU_S = 5;

const INFORMED = 0.35;
const LEAN = 0.08;
const LEAN_TICKS = 4;
const METAORDERS = 3;
const METAORDER_SHAPE = 1.5;
const LONGEST_METAORDER = 2000;

/** Fewer levels than this and a side is filled up. */
const FEWEST_LEVELS = 5;
const FILL_UP_LEVELS = 10;

interface Metaorder {
  side: Side;
  left: number;
}

export class BackgroundFlow {
  readonly #engine: MatchingEngine;
  readonly #unitLots: number;
  readonly #intensity: number;
  readonly #arrivals: Random;
  readonly #choices: Random;
  readonly #sizes: Random;
  readonly #signs: Random;
  readonly #fundamental: Random;
  readonly #metaorders: Metaorder[];
  /** Ids of its orders that may still rest; one that has been filled is found out when it is picked. */
  readonly #resting: number[] = [];
  #lastId = 0;
  #nowNs = 0;
  #nextNs = 0;
  #latentNs = 0;
  #value: number;
  #fast = 0;
  #slow = 0;
  #volatilityActivity = 1;
  #excitation = HAWKES_BRANCHING;
  #bid: number;
  #ask: number;

  constructor(engine: MatchingEngine, symbol: SimSymbol, seed: number | bigint) {
    const random = (purpose: string): Random => stream(seed, `${symbol.symbol} ${purpose}`);
    this.#engine = engine;
    this.#unitLots = symbol.unit_lots;
    this.#intensity = symbol.intensity;
    this.#arrivals = random('arrivals');
    this.#choices = random('choices');
    this.#sizes = random('sizes');
    this.#signs = random('signs');
    this.#fundamental = random('fundamental');
    this.#metaorders = Array.from({ length: METAORDERS }, () => this.#metaorder());
    this.#value = symbol.start_px_ticks + 0.5;
    this.#bid = symbol.start_px_ticks;
    this.#ask = symbol.start_px_ticks + 1;
    this.#fast = FAST.sigma * this.#fundamental.normal();
    this.#slow = SLOW.sigma * this.#fundamental.normal();
    this.fillUp();
    this.#schedule();
  }

  nextNs(): number {
    return this.#nextNs;
  }

  /** Lets the next thing happen, at `nextNs()`. @returns whether the book has changed */
  step(): boolean {
    const dtS = (this.#nextNs - this.#nowNs) / 1e9;
    this.#nowNs = this.#nextNs;
    this.#excitation *= Math.exp((-dtS * this.#intensity) / HAWKES_TAU_S);
    if (this.#nowNs - this.#latentNs >= LATENT_STEP_NS) this.#moveLatent();
    const changed = this.#happen();
    if (changed) this.fillUp();
    this.#schedule();
    return changed;
  }

  /** Brings back a side that has been swept, by whomever. */
  fillUp(): void {
    const engine = this.#engine;
    for (const side of [BUY, SELL] as const) {
      if (engine.depth(side) >= FEWEST_LEVELS) continue;
      const opposite = engine.px(side === BUY ? SELL : BUY, 0);
      // An empty side comes back where it last traded: whoever swept it has moved the price.
      const last =
        engine.depth(side) > 0
          ? engine.px(side, 0)
          : (engine.lastPx ?? (side === BUY ? this.#bid : this.#ask));
      const best = side * (opposite - last) <= 0 ? opposite - side : last;
      for (let i = 0; i < FILL_UP_LEVELS; i++) this.#limit(side, best - side * i);
    }
    this.#bid = engine.px(BUY, 0);
    this.#ask = engine.px(SELL, 0);
  }

  #schedule(): void {
    const activity =
      this.#volatilityActivity * (1 - HAWKES_BRANCHING + this.#excitation) * this.#intensity;
    this.#nextNs =
      this.#nowNs +
      Math.max(1, Math.round(this.#arrivals.exponential(1e9 / (this.#rate() * activity))));
  }

  /** Events a second at activity 1. Cancels are drawn at the greatest rate for each order, and thinned. */
  #rate(): number {
    return 2 * LIMIT_RATE + 2 * MARKET_RATE + MOST_CANCEL_RATE * this.#resting.length;
  }

  #moveLatent(): void {
    const dtS = ((this.#nowNs - this.#latentNs) / 1e9) * this.#intensity;
    this.#latentNs = this.#nowNs;
    const random = this.#fundamental;
    this.#fast = ornsteinUhlenbeck(this.#fast, dtS, FAST, random);
    this.#slow = ornsteinUhlenbeck(this.#slow, dtS, SLOW, random);
    // exp of a normal of this variance has mean square 1 once the variance is taken off.
    const volatility = Math.exp(this.#fast + this.#slow - LOG_VARIANCE);
    this.#volatilityActivity = Math.exp(
      (this.#fast + this.#slow) * ACTIVITY_POWER - (ACTIVITY_POWER ** 2 * LOG_VARIANCE) / 2,
    );
    this.#value = Math.max(
      FILL_UP_LEVELS,
      this.#value + VALUE_SIGMA * volatility * Math.sqrt(dtS) * random.normal(),
    );
  }

  #happen(): boolean {
    const mid = (this.#bid + this.#ask) / 2;
    let choice = this.#choices.uniform() * this.#rate();
    if ((choice -= 2 * LIMIT_RATE) < 0) {
      const lean = LEAN * Math.tanh((this.#value - mid) / LEAN_TICKS);
      const side = this.#signs.chance(0.5 + lean) ? BUY : SELL;
      const distance = 1 + this.#choices.categorical(LIMIT_RATES, LIMIT_RATE);
      const px = side === BUY ? this.#ask - distance : this.#bid + distance;
      if (px <= 0) return false;
      this.#limit(side, px);
      return true;
    }
    if ((choice -= 2 * MARKET_RATE) >= 0) return this.#cancel();
    // By the volatility's activity, or a lively hour would have more than one child an order, and explode.
    this.#excitation +=
      HAWKES_BRANCHING / (HAWKES_TAU_S * 2 * MARKET_RATE * this.#volatilityActivity);
    this.#submit(this.#marketSide(this.#value - mid), NaN, this.#size());
    return true;
  }

  #marketSide(away: number): Side {
    if (this.#signs.chance(INFORMED * Math.abs(Math.tanh(away / LEAN_TICKS))))
      return away > 0 ? BUY : SELL;
    const at = this.#signs.below(METAORDERS);
    const metaorder = this.#metaorders[at]!;
    if (--metaorder.left === 0) this.#metaorders[at] = this.#metaorder();
    return metaorder.side;
  }

  #metaorder(): Metaorder {
    const side = this.#signs.chance(0.5) ? BUY : SELL;
    const left = Math.min(LONGEST_METAORDER, Math.floor(this.#signs.pareto(METAORDER_SHAPE, 1)));
    return { side, left };
  }

  /** Picks one of the orders that may still rest; cancels it as often as its distance asks for. */
  #cancel(): boolean {
    const at = this.#choices.below(this.#resting.length);
    const order = this.#engine.order(this.#resting[at]!);
    if (order !== undefined) {
      const distance = order.side * ((order.side === BUY ? this.#ask : this.#bid) - order.px);
      if (!this.#choices.chance((CANCEL_RATES[distance - 1] ?? FAR_CANCEL_RATE) / MOST_CANCEL_RATE))
        return false;
      this.#engine.cancel(order.id);
    }
    const last = this.#resting.pop()!;
    if (at < this.#resting.length) this.#resting[at] = last;
    return order !== undefined;
  }

  #limit(side: Side, px: number): void {
    this.#submit(side, px, this.#size());
    this.#resting.push(this.#lastId);
  }

  #submit(side: Side, px: number, qty: number): void {
    const tif = Number.isNaN(px) ? 'IOC' : 'GTC';
    this.#engine.submit({
      id: ++this.#lastId,
      owner: 0,
      side,
      px,
      qty,
      tif,
      postOnly: false,
      stp: 'NONE',
    });
  }

  #size(): number {
    return SIZES[this.#sizes.categorical(SIZE_WEIGHTS, 1)]! * this.#unitLots;
  }
}

/** The exact transition of a process that returns to 0 with time constant tau and has standard deviation sigma. */
function ornsteinUhlenbeck(
  x: number,
  dtS: number,
  { tauS, sigma }: { tauS: number; sigma: number },
  random: Random,
): number {
  const decay = Math.exp(-dtS / tauS);
  return x * decay + sigma * Math.sqrt(1 - decay * decay) * random.normal();
}
