/**
 * What became of the market after fills: means by horizon, with their bands.
 *
 * Means are weighted; the error of a weighted mean is √Σw²(x − x̄)² / Σw, which for equal weights is the
 * usual one (Cochran: Sampling Techniques, 1977, ratio estimator).
 */
import type { FillSpread } from '@tradetail/core/execution/spread.ts';
import { Z_95 } from '@tradetail/core/stats/normal.ts';
import { HORIZON_MS } from './fill-queue.ts';

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

  add(horizon: number, weight: number, spread: FillSpread): void {
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
