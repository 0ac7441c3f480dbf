import type { RateUse } from './check.ts';

/** A bucket of `max` tokens that fills up again evenly over the window. It can be overdrawn. */
export class RateWindow implements RateUse {
  readonly max: number;
  readonly #windowNs: number;
  #used = 0;
  #atNs = 0;

  constructor(max: number, windowMs: number) {
    this.max = max;
    this.#windowNs = windowMs * 1e6;
  }

  used(nowNs: number): number {
    return Math.max(0, this.#used - ((nowNs - this.#atNs) * this.max) / this.#windowNs);
  }

  spend(nowNs: number): void {
    this.#used = this.used(nowNs) + 1;
    this.#atNs = nowNs;
  }
}
