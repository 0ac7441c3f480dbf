/**
 * Values kept for their quantiles, in bounded memory: up to a bound all of them; past it every
 * second, fourth, eighth… one in the order in which they came, which is the same for the same log.
 */
const KEPT_MAX = 200_000;

export class Sample {
  readonly #keptMax: number;
  #values: Float64Array = new Float64Array(64);
  #length = 0;
  #stride = 1;
  #count = 0;

  /** @param keptMax even */
  constructor(keptMax = KEPT_MAX) {
    this.#keptMax = keptMax;
  }

  add(value: number): void {
    if (this.#count % this.#stride === 0) this.#keep(value);
    this.#count += 1;
  }

  /** How many came. */
  get count(): number {
    return this.#count;
  }

  /** One in so many is kept. */
  get stride(): number {
    return this.#stride;
  }

  /** Those that are kept, as they came. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** @returns those that are kept, ascending */
  sorted(): Float64Array {
    return this.values.slice().sort();
  }

  #keep(value: number): void {
    if (this.#length === this.#keptMax) {
      for (let at = 0; 2 * at < this.#keptMax; at += 1) this.#values[at] = this.#values[2 * at]!;
      this.#length = this.#keptMax / 2;
      this.#stride *= 2;
      if (this.#count % this.#stride !== 0) return;
    }
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(Math.min(this.#keptMax, 2 * this.#length));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }
}
