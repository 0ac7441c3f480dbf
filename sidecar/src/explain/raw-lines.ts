/** The latest lines of a run as bytes, by seq: what a line's cause is looked up in. Bounded. */
import type { Json, LineTimes } from '@tradetail/core/events/check.ts';
import { decodeLine } from '../decode/decode.ts';

const BYTES_MAX = 16 * 1024 * 1024;
/** A power of two. */
const LINES_MAX = 65_536;

export class RawLines {
  readonly #bytes = Buffer.alloc(BYTES_MAX);
  /** By seq modulo LINES_MAX: the seq, where its line begins, counted over all that was ever written, and its length. */
  readonly #seqs = new Float64Array(LINES_MAX);
  readonly #starts = new Float64Array(LINES_MAX);
  readonly #lengths = new Uint32Array(LINES_MAX);
  #written = 0;

  add(seq: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    // A line is not cut in two at the end of the buffer.
    const left = BYTES_MAX - (this.#written % BYTES_MAX);
    if (length > left) this.#written += left;
    const slot = seq % LINES_MAX;
    this.#seqs[slot] = seq;
    this.#starts[slot] = this.#written;
    this.#lengths[slot] = length;
    bytes.copy(this.#bytes, this.#written % BYTES_MAX, start, end);
    this.#written += length;
  }

  /** @returns the valid line of that seq; undefined where it is not kept */
  line(seq: number, times: LineTimes): Json | undefined {
    const slot = seq % LINES_MAX;
    const start = this.#starts[slot]!;
    if (this.#seqs[slot] !== seq || this.#written - start > BYTES_MAX) return undefined;
    const at = start % BYTES_MAX;
    const line = decodeLine(this.#bytes, at, at + this.#lengths[slot]!, times);
    return typeof line !== 'string' && line['seq'] === seq ? line : undefined;
  }
}
