/**
 * What became of the market after each fill: one queue a horizon, taken exactly as the live gauge takes
 * it (horizons before the next line's time, with the mid that stands then).
 *
 * Means are weighted; the error of a weighted mean is √Σw²(x − x̄)² / Σw, which for equal weights is the
 * usual one (Cochran: Sampling Techniques, 1977, ratio estimator).
 */
import { fillSpread } from '@tradetail/core/execution/spread.ts';
import { Z_95 } from '@tradetail/core/stats/normal.ts';
import { HORIZONS } from '../fold/clock.ts';
import type { Market } from '../fold/run-state.ts';
import { midNumber } from './replica-look.ts';

export const HORIZON_MS: readonly number[] = HORIZONS.map((text) => Number.parseFloat(text) * 1000);

/** A fill that waits for its horizons. */
export interface WatchedFill {
  readonly market: Market;
  readonly seconds: number;
  readonly nanos: number;
  /** +1 or −1. */
  readonly direction: number;
  readonly px: number;
  /** Before the fill. */
  readonly mid: number;
  /** A mid a horizon; what stands at `reached` or beyond is not taken yet. */
  readonly later: number[];
  /** So many horizons are over: a shorter one is over before a longer one. */
  reached: number;
}

const PENDING_MAX = 100_000;
const SECONDS = HORIZON_MS.map((ms) => Math.floor(ms / 1000));
const NANOS = HORIZON_MS.map((ms) => (ms % 1000) * 1e6);

/**
 * Fills in the order of their times, and of each horizon the first one that waits for it. Past the bound
 * the oldest is given up.
 */
export class MarkoutQueues<T extends WatchedFill> {
  readonly #taken: (fill: T, horizon: number) => void;
  readonly #fills: T[] = [];
  readonly #heads: number[] = HORIZON_MS.map(() => 0);

  /** @param taken called for each horizon of each fill that is reached */
  constructor(taken: (fill: T, horizon: number) => void) {
    this.#taken = taken;
  }

  add(fill: T): void {
    const fills = this.#fills;
    let at = fills.length;
    while (at > 0 && isBefore(fill, fills[at - 1]!)) at -= 1;
    if (at === fills.length) fills.push(fill);
    // A line that came late stands behind what is over.
    else fills.splice(Math.max(at, this.#heads[0]!), 0, fill);
    const last = this.#heads.length - 1;
    if (fills.length - this.#heads[last]! > PENDING_MAX) this.#heads[last]! += 1;
    for (let horizon = 0; horizon < last; horizon += 1)
      this.#heads[horizon] = Math.max(this.#heads[horizon]!, this.#heads[last]!);
  }

  /** @returns whether anything is due before this time */
  isDue(seconds: number, nanos: number): boolean {
    for (const [horizon, head] of this.#heads.entries()) {
      const fill = this.#fills[head];
      if (fill !== undefined && isDueBefore(fill, horizon, seconds, nanos)) return true;
    }
    return false;
  }

  /** Notes the mids that stand, for what is due before this time; `take` decides. */
  look(seconds: number, nanos: number): void {
    for (const [horizon, head] of this.#heads.entries())
      for (let at = head; at < this.#fills.length; at += 1) {
        const fill = this.#fills[at]!;
        if (!isDueBefore(fill, horizon, seconds, nanos)) break;
        fill.later[horizon] = midNumber(fill.market)!;
      }
  }

  /** Takes what is due before the run's clock. */
  take(seconds: number, nanos: number): void {
    const fills = this.#fills;
    for (const [horizon, head] of this.#heads.entries()) {
      let at = head;
      for (; at < fills.length; at += 1) {
        const fill = fills[at]!;
        if (!isDueBefore(fill, horizon, seconds, nanos)) break;
        fill.reached = horizon + 1;
        this.#taken(fill, horizon);
      }
      this.#heads[horizon] = at;
    }
    const over = this.#heads.at(-1)!;
    if (over < 4096 || 2 * over < fills.length) return;
    fills.splice(0, over);
    for (const [horizon, head] of this.#heads.entries()) this.#heads[horizon] = head - over;
  }
}

const isBefore = (a: WatchedFill, b: WatchedFill): boolean =>
  a.seconds < b.seconds || (a.seconds === b.seconds && a.nanos < b.nanos);

function isDueBefore(fill: WatchedFill, horizon: number, seconds: number, nanos: number): boolean {
  let dueSeconds = fill.seconds + SECONDS[horizon]!;
  let dueNanos = fill.nanos + NANOS[horizon]!;
  if (dueNanos >= 1e9) {
    dueNanos -= 1e9;
    dueSeconds += 1;
  }
  return dueSeconds < seconds || (dueSeconds === seconds && dueNanos < nanos);
}

/** A weighted mean with its 95 % band. */
export interface Band {
  readonly n: number;
  readonly mean: number;
  /** Undefined under two observations. */
  readonly error: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export class WeightedMean {
  #n = 0;
  #w = 0;
  #wx = 0;
  #ww = 0;
  #wwx = 0;
  #wwxx = 0;

  add(weight: number, x: number): void {
    this.#n += 1;
    this.#w += weight;
    this.#wx += weight * x;
    this.#ww += weight * weight;
    this.#wwx += weight * weight * x;
    this.#wwxx += weight * weight * x * x;
  }

  /** Takes in the observations of another. */
  merge(other: WeightedMean): void {
    this.#n += other.#n;
    this.#w += other.#w;
    this.#wx += other.#wx;
    this.#ww += other.#ww;
    this.#wwx += other.#wwx;
    this.#wwxx += other.#wwxx;
  }

  /** @returns undefined where nothing was observed */
  band(): Band | undefined {
    if (this.#n === 0 || !(this.#w > 0)) return undefined;
    const mean = this.#wx / this.#w;
    const n = this.#n;
    const squares = this.#wwxx - 2 * mean * this.#wwx + mean * mean * this.#ww;
    const error =
      n < 2 ? undefined : (Math.sqrt(Math.max(0, squares)) / this.#w) * Math.sqrt(n / (n - 1));
    return {
      n,
      mean,
      error,
      low: error === undefined ? undefined : mean - Z_95 * error,
      high: error === undefined ? undefined : mean + Z_95 * error,
    };
  }
}

/** The markouts of a group of fills, with the edge and what the market did of it, on the same fills. */
export class MarkoutCurve {
  readonly markout = HORIZON_MS.map(() => new WeightedMean());
  readonly edge = HORIZON_MS.map(() => new WeightedMean());
  readonly adverse = HORIZON_MS.map(() => new WeightedMean());

  add(horizon: number, weight: number, fill: WatchedFill): void {
    const spread = fillSpread(fill.direction, fill.px, fill.mid, fill.later[horizon]!);
    this.markout[horizon]!.add(weight, spread.markoutBps);
    this.edge[horizon]!.add(weight, spread.edgeBps);
    this.adverse[horizon]!.add(weight, spread.adverseBps);
  }

  /** Takes in the fills of another group. */
  merge(other: MarkoutCurve): void {
    for (const part of ['markout', 'edge', 'adverse'] as const)
      for (const [horizon, mean] of this[part].entries()) mean.merge(other[part][horizon]!);
  }
}
