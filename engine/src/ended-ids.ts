/**
 * The ids of the orders that ended last, so many of them: what is still asked about them, late
 * fills and queries, comes soon. A ring, for an array that gives up its first element moves all.
 */
export class EndedIds {
  readonly #ids: string[] = [];
  readonly #max: number;
  #next = 0;

  /** @param max ids that are kept */
  constructor(max: number) {
    this.#max = max;
  }

  /** @returns the id that is no longer kept, undefined while there is room */
  add(id: string): string | undefined {
    const gone = this.#ids[this.#next];
    this.#ids[this.#next] = id;
    this.#next = (this.#next + 1) % this.#max;
    return gone;
  }
}
