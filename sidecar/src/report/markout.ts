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
  /** A mid a horizon; undefined where it was not reached. */
  readonly later: (number | undefined)[];
  readonly taken: (horizon: number) => void;
}

interface Due {
  readonly fill: WatchedFill;
  readonly seconds: number;
  readonly nanos: number;
  mid: number;
}

const PENDING_MAX = 200_000;

export class MarkoutQueues {
  readonly #queues: Due[][] = HORIZON_MS.map(() => []);
  /** Entries before it are done. */
  readonly #heads: number[] = HORIZON_MS.map(() => 0);
  #firstSeconds = Infinity;
  #firstNanos = 0;

  add(fill: WatchedFill): void {
    for (const [horizon, ms] of HORIZON_MS.entries()) {
      let seconds = fill.seconds + Math.floor(ms / 1000);
      let nanos = fill.nanos + (ms % 1000) * 1e6;
      if (nanos >= 1e9) {
        nanos -= 1e9;
        seconds += 1;
      }
      const queue = this.#queues[horizon]!;
      const head = this.#heads[horizon]!;
      let at = queue.length;
      while (at > head && isAfter(queue[at - 1]!, seconds, nanos)) at -= 1;
      queue.splice(at, 0, { fill, seconds, nanos, mid: NaN });
      if (queue.length - head > PENDING_MAX) this.#heads[horizon] = head + 1;
    }
    this.#findFirst();
  }

  /** @returns whether anything is due before this time */
  isDue(seconds: number, nanos: number): boolean {
    return (
      this.#firstSeconds < seconds || (this.#firstSeconds === seconds && this.#firstNanos < nanos)
    );
  }

  /** Notes the mids that stand, for what is due before this time; `take` decides. */
  look(seconds: number, nanos: number): void {
    for (const [horizon, queue] of this.#queues.entries())
      for (let at = this.#heads[horizon]!; at < queue.length; at += 1) {
        const due = queue[at]!;
        if (!isBeforeTime(due, seconds, nanos)) break;
        due.mid = midNumber(due.fill.market)!;
      }
  }

  /** Takes what is due before the run's clock. */
  take(seconds: number, nanos: number): void {
    for (const [horizon, queue] of this.#queues.entries()) {
      let head = this.#heads[horizon]!;
      for (; head < queue.length; head += 1) {
        const due = queue[head]!;
        if (!isBeforeTime(due, seconds, nanos)) break;
        due.fill.later[horizon] = due.mid;
        due.fill.taken(horizon);
      }
      if (head > 4096 && head * 2 > queue.length) {
        queue.splice(0, head);
        head = 0;
      }
      this.#heads[horizon] = head;
    }
    this.#findFirst();
  }

  #findFirst(): void {
    this.#firstSeconds = Infinity;
    for (const [horizon, queue] of this.#queues.entries()) {
      const due = queue[this.#heads[horizon]!];
      if (due === undefined) continue;
      if (
        due.seconds < this.#firstSeconds ||
        (due.seconds === this.#firstSeconds && due.nanos < this.#firstNanos)
      ) {
        this.#firstSeconds = due.seconds;
        this.#firstNanos = due.nanos;
      }
    }
  }
}

const isBeforeTime = (due: Due, seconds: number, nanos: number): boolean =>
  due.seconds < seconds || (due.seconds === seconds && due.nanos < nanos);
const isAfter = (due: Due, seconds: number, nanos: number): boolean =>
  due.seconds > seconds || (due.seconds === seconds && due.nanos > nanos);

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
