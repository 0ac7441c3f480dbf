import type { Random } from '../random.ts';
import type { LatencyConfig } from './paper-config.ts';

/** Time on a line: a part that never varies and a lognormal one. Messages never overtake each other. */
export class Latency {
  readonly #config: LatencyConfig;
  readonly #random: Random;
  #lastNs = 0;

  constructor(config: LatencyConfig, random: Random) {
    this.#config = config;
    this.#random = random;
  }

  /** @returns when a message that leaves at `tNs` arrives */
  arrivalNs(tNs: number): number {
    const { constant_us: constantUs, median_us: medianUs, sigma } = this.#config;
    const us = constantUs + medianUs * Math.exp(sigma * this.#random.normal());
    this.#lastNs = Math.max(this.#lastNs, tNs + Math.round(us * 1000));
    return this.#lastNs;
  }
}
