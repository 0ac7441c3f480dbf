/**
 * The lines of the step that is under way, as they were said and not yet as they are stored.
 *
 * What a step records must not stand between the tick and the order that leaves because of it. So a
 * line costs a few stores into columns that are always in the processor's nearest cache, and is
 * brought into the form of the ring when the step is over and its orders are on their way. Columns
 * of fixed size: nothing is allocated, and what a step may say before it is stored is bounded.
 */
import type { BookView } from '../market/book-view.ts';

const LINES_MAX = 64;
const FIELDS_MAX = 1_536;
/** A line has fewer fields than this. */
const LINE_FIELDS_MAX = 64;

export class StepJournal {
  /** Lines that are complete. */
  lines = 0;
  /** Fields, with those of the line that was begun. */
  fields = 0;
  /** Of each line. */
  readonly kind = new Uint8Array(LINES_MAX);
  readonly seq = new Float64Array(LINES_MAX);
  readonly monoNs = new Float64Array(LINES_MAX);
  readonly tNs = new Float64Array(LINES_MAX);
  readonly cause = new Float64Array(LINES_MAX);
  readonly instrument = new Int16Array(LINES_MAX);
  readonly strategy = new Int16Array(LINES_MAX);
  /** Place behind its last field. */
  readonly end = new Uint16Array(LINES_MAX);
  /** Of each field: a TAG of the ring, and its value in the column that the tag says. */
  readonly tag = new Uint8Array(FIELDS_MAX);
  readonly number = new Float64Array(FIELDS_MAX);
  readonly text: string[] = Array.from({ length: FIELDS_MAX }, () => '');
  readonly book: (BookView | undefined)[] = Array.from({ length: FIELDS_MAX }, () => undefined);

  /** There may be no room for two more lines. */
  get isFull(): boolean {
    return this.lines > LINES_MAX - 2 || this.fields > FIELDS_MAX - 2 * LINE_FIELDS_MAX;
  }

  /** @returns how many fields the line has that was begun last */
  get fieldsOfLine(): number {
    return this.fields - this.#from;
  }

  begin(
    kind: number,
    seq: number,
    monoNs: number,
    tNs: number,
    cause: number,
    instrument: number,
    strategy: number,
  ): void {
    const { lines } = this;
    this.kind[lines] = kind;
    this.seq[lines] = seq;
    this.monoNs[lines] = monoNs;
    this.tNs[lines] = tNs;
    this.cause[lines] = cause;
    this.instrument[lines] = instrument;
    this.strategy[lines] = strategy;
  }

  complete(): void {
    this.end[this.lines] = this.fields;
    this.lines += 1;
  }

  /** Forgets the line that was begun. */
  giveUp(): void {
    this.fields = this.#from;
  }

  clear(): void {
    this.lines = 0;
    this.fields = 0;
  }

  get #from(): number {
    return this.lines === 0 ? 0 : this.end[this.lines - 1]!;
  }
}
