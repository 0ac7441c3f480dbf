/**
 * A table from short pieces of ASCII to values, looked up by the bytes of a line, without making a
 * string. Pieces are hashed and compared four bytes at a time; the last four overlap.
 *
 *     , " v e | n u e " | : " s i | … | i m "
 *
 * Bounded: a table that is full forgets everything and begins anew, so what a log brings in can cost
 * time but not memory.
 */
export class ByteTable<T> {
  readonly #max: number;
  #words: (Int32Array | undefined)[] = [];
  #lengths: number[] = [];
  #values: T[] = [];
  /** Index of an entry + 1; 0 where there is none. */
  #slots = new Int32Array(SLOTS_MIN);

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns the value of `[start, end)`, at least four bytes of them */
  find(view: DataView, start: number, end: number): T | undefined {
    const length = end - start;
    const last = view.getInt32(end - 4, true);
    let hash = length ^ last;
    for (let at = start; at <= end - 4; at += 4) hash = mix(hash, view.getInt32(at, true));
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (hash ^ (hash >>> 16)) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]! - 1;
      if (entry < 0) return undefined;
      if (this.#lengths[entry] === length && isAt(this.#words[entry]!, view, start, last))
        return this.#values[entry];
    }
  }

  /** @param text ASCII, at least four letters, not in the table */
  add(text: string, value: T): void {
    if (this.#values.length >= this.#max) {
      this.#words = [];
      this.#lengths = [];
      this.#values = [];
      this.#slots = new Int32Array(SLOTS_MIN);
    }
    this.#words.push(wordsOf(text));
    this.#lengths.push(text.length);
    this.#values.push(value);
    if (2 * this.#values.length > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length);
      for (let entry = 0; entry < this.#values.length; entry += 1) this.#place(entry);
    } else this.#place(this.#values.length - 1);
  }

  #place(entry: number): void {
    const words = this.#words[entry]!;
    const last = words.length - 1;
    let hash = this.#lengths[entry]! ^ words[last]!;
    for (let index = 0; index < last; index += 1) hash = mix(hash, words[index]!);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 16)) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }
}

const SLOTS_MIN = 64;

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x5bd1e995);
  return mixed ^ (mixed >>> 15);
}

/** @returns the whole words of an ASCII text, and the word of its last four letters */
function wordsOf(text: string): Int32Array {
  const bytes = Buffer.from(text, 'latin1');
  const whole = Math.floor(bytes.length / 4);
  const words = new Int32Array(whole + 1);
  for (let index = 0; index < whole; index += 1) words[index] = bytes.readInt32LE(4 * index);
  words[whole] = bytes.readInt32LE(bytes.length - 4);
  return words;
}

/** @param last the word of the last four bytes there */
function isAt(words: Int32Array, view: DataView, start: number, last: number): boolean {
  const whole = words.length - 1;
  if (words[whole] !== last) return false;
  for (let index = 0, at = start; index < whole; index += 1, at += 4)
    if (view.getInt32(at, true) !== words[index]) return false;
  return true;
}
