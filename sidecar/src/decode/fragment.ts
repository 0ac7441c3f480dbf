/** A constant piece of a line, at least four bytes of ASCII, compared four bytes at a time. */
import { wordsOf } from './byte-table.ts';

export class Fragment {
  readonly length: number;
  readonly #words: Int32Array;

  constructor(text: string) {
    this.length = text.length;
    this.#words = wordsOf(text);
  }

  /** @param end of the line: nothing beyond is read */
  isAt(view: DataView, at: number, end: number): boolean {
    const last = at + this.length - 4;
    if (last + 4 > end) return false;
    const words = this.#words;
    const whole = words.length - 1;
    for (let index = 0; index < whole; index += 1, at += 4)
      if (view.getInt32(at, true) !== words[index]) return false;
    return view.getInt32(last, true) === words[whole];
  }
}
