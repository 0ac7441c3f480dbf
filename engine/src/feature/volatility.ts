const SAMPLE_NS = 1e9;

/**
 * Volatility of the mid: the root of its mean squared change a second, exponentially forgotten.
 * Sampled no faster than once a second, so that the flicker of the best prices does not count.
 */
export class Volatility {
  /** Ticks per √s; NaN before the second sample. */
  value = NaN;
  readonly #memoryNs: number;
  #mid = NaN;
  #atNs = 0;
  #squares = 0;
  #seconds = 0;

  constructor(memoryS: number) {
    this.#memoryNs = memoryS * 1e9;
  }

  /** @param mid ticks */
  onMid(mid: number, nowNs: number): void {
    const elapsedNs = nowNs - this.#atNs;
    if (Number.isNaN(this.#mid)) {
      this.#mid = mid;
      this.#atNs = nowNs;
    } else if (elapsedNs >= SAMPLE_NS) {
      const keep = Math.exp(-elapsedNs / this.#memoryNs);
      const change = mid - this.#mid;
      this.#squares = this.#squares * keep + change * change;
      this.#seconds = this.#seconds * keep + elapsedNs / 1e9;
      this.value = Math.sqrt(this.#squares / this.#seconds);
      this.#mid = mid;
      this.#atNs = nowNs;
    }
  }
}
