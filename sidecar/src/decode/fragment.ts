/** A constant piece of a line, at least four bytes of ASCII, compared four bytes at a time. */
import { wordsOf } from './byte-table.ts';

export class Fragment {
  readonly length: number;
  readonly #words: Int32Array;

  constructor(text: string) {
    this.length = text.length;
    this.#words = wordsOf(text);
  }

  /**
   * @param end of the line: nothing beyond is read
   * @returns where it ends, or −1 where it does not stand
   */
  after(view: DataView, at: number, end: number): number {
    const after = at + this.length;
    if (after > end) return -1;
    const words = this.#words;
    const whole = words.length - 1;
    for (let index = 0; index < whole; index += 1, at += 4)
      if (view.getInt32(at, true) !== words[index]) return -1;
    return view.getInt32(after - 4, true) === words[whole] ? after : -1;
  }
}
