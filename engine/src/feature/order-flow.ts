import type { Side } from '../market/side.ts';

/** Signed aggressive quantity, exponentially forgotten: positive while buyers are the aggressors. */
export class OrderFlow {
  readonly #memoryNs: number;
  #lots = 0;
  #atNs = 0;

  constructor(memoryS: number) {
    this.#memoryNs = memoryS * 1e9;
  }

  onTrade(qty: number, aggressor: Side, nowNs: number): void {
    this.#lots = this.value(nowNs) + aggressor * qty;
    this.#atNs = nowNs;
  }

  /** @returns lots */
  value(nowNs: number): number {
    return this.#lots * Math.exp((this.#atNs - nowNs) / this.#memoryNs);
  }
}
