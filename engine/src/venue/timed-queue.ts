/** Things that are due at some time, earliest first; of those due at once, the one put in first. */
export class TimedQueue<T> {
  readonly #heap: { readonly tNs: number; readonly n: number; readonly item: T }[] = [];
  #n = 0;

  get nextNs(): number {
    return this.#heap[0]?.tNs ?? Infinity;
  }

  push(tNs: number, item: T): void {
    const heap = this.#heap;
    const entry = { tNs, n: this.#n++, item };
    let at = heap.push(entry) - 1;
    for (; at > 0;) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.tNs <= tNs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes out the earliest; there must be one. */
  pop(): T {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let at = 0;
      for (let child = 1; child < heap.length; child = 2 * at + 1) {
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
        if (!before(heap[child]!, last)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
    }
    return first.item;
  }
}

type Entry = { readonly tNs: number; readonly n: number };
const before = (a: Entry, b: Entry): boolean => a.tNs < b.tNs || (a.tNs === b.tNs && a.n < b.n);
