/** Timers that wait, earliest first; of two at the same time the one asked for first. */
export class TimerHeap {
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #ids: number[] = [];
  #asked = 0;

  /** @returns when the next timer is due; Infinity when none waits */
  nextNs(): number {
    return this.#times.length === 0 ? Infinity : this.#times[0]!;
  }

  push(tNs: number, id: number): void {
    let child = this.#times.length;
    const order = this.#asked++;
    this.#set(child, tNs, order, id);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#before(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** Takes the next timer out. @returns its id */
  pop(): number {
    const id = this.#ids[0]!;
    const last = this.#times.length - 1;
    this.#set(0, this.#times[last]!, this.#orders[last]!, this.#ids[last]!);
    this.#times.length = this.#orders.length = this.#ids.length = last;
    for (let parent = 0; ;) {
      let first = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2])
        if (child < last && this.#before(child, first)) first = child;
      if (first === parent) return id;
      this.#swap(first, parent);
      parent = first;
    }
  }

  #before(a: number, b: number): boolean {
    const difference = this.#times[a]! - this.#times[b]!;
    return difference < 0 || (difference === 0 && this.#orders[a]! < this.#orders[b]!);
  }

  #set(place: number, tNs: number, order: number, id: number): void {
    this.#times[place] = tNs;
    this.#orders[place] = order;
    this.#ids[place] = id;
  }

  #swap(a: number, b: number): void {
    const [tNs, order, id] = [this.#times[a]!, this.#orders[a]!, this.#ids[a]!];
    this.#set(a, this.#times[b]!, this.#orders[b]!, this.#ids[b]!);
    this.#set(b, tNs, order, id);
  }
}
