/**
 * A curve over time, in bounded memory: a point a second, and when it is full every other point goes
 * and the next ones come half as often.
 */
export class Curve<T> {
  readonly #pointsMax: number;
  #points: { readonly second: number; readonly value: T }[] = [];
  #strideSeconds = 1;
  #last: { readonly second: number; readonly value: T } | undefined;

  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax;
  }

  add(second: number, value: T): void {
    this.#last = { second, value };
    const before = this.#points.at(-1);
    if (before !== undefined && second - before.second < this.#strideSeconds) return;
    this.#points.push(this.#last);
    if (this.#points.length <= this.#pointsMax) return;
    this.#points = this.#points.filter((_, index) => index % 2 === 0);
    this.#strideSeconds *= 2;
  }

  /** The points, the latest among them. */
  points(): readonly { readonly second: number; readonly value: T }[] {
    const last = this.#last;
    const isIn = last === undefined || this.#points.at(-1) === last;
    return isIn ? this.#points : [...this.#points, last];
  }
}

/** Things in the order in which they came, thinned evenly to at most so many. */
export class Thinned<T> {
  readonly #kept: number;
  #items: T[] = [];
  #stride = 1;
  #count = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(item: T): void {
    if (this.#count % this.#stride === 0) this.#items.push(item);
    this.#count += 1;
    if (this.#items.length <= this.#kept) return;
    this.#items = this.#items.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  get count(): number {
    return this.#count;
  }
}
