/**
 * The fields that the fold reads of a line, wherever they came from: the byte scanner notes where
 * they stand and what a number is; a line that was parsed as JSON fills in the same places. The fold
 * reads them here, so what a line does is written once.
 */
import {
  ATOM_DIGITS,
  isDecimal,
  parseAtoms,
  powerOfTen,
  scaleUp,
  SMALL_DIGITS,
} from '@tradetail/core/decimal.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { ByteTable } from './byte-table.ts';
import { IdHash } from './id-hash.ts';
import {
  bytes,
  constant,
  doubles,
  integers,
  memory,
  memoryView,
  SCRATCH,
  writeScratch,
} from './scanner-memory.ts';

/** Every field that is read of an event whose lines come in numbers, and the best prices of a book. */
export const FIELDS = [
  'best_bid',
  'best_ask',
  'px',
  'qty',
  'leaves_qty',
  'side',
  'aggressor_side',
  'ord_type',
  'ord_status',
  'cl_ord_id',
  'exec_id',
  'last_px',
  'last_qty',
  'last_liquidity',
  'fee',
  'fee_ccy',
  'fee_quote',
  'tick_to_trade_ns',
  'decision_ns',
  'ack_ns',
  'fill_ns',
  'code',
  'deny_code',
  'realized_pnl',
  'fees',
  'state',
  'name',
  'limit',
  'value',
] as const;
export type FieldName = (typeof FIELDS)[number];

/** Place of each field. */
export const AT = Object.fromEntries(FIELDS.map((name, index) => [name, index])) as Readonly<
  Record<FieldName, number>
>;

/** In `digits`. */
const WIDE = constant('WIDE');
const NUMERAL = constant('NUMERAL');
/** Words of the log that are strings already: sides, states, codes. */
const WORDS_MAX = 1_024;
/** `BUY` and `SELL`, `LIMIT` and `MARKET`: a few a field. A power of two. */
const SHORT_SLOTS = 8;
/** What is shown of a text that nothing checks. */
const SHOWN_MAX = 40;

export class Fields {
  /** Whether the line has it. */
  readonly isGiven = bytes('GIVEN', FIELDS.length);
  /**
   * Of a decimal, an integer of 10^-digits, or its sign where it is wide; of another number, itself
   * with 0 digits, where the line came as JSON or it has few.
   */
  readonly units = doubles('UNITS', FIELDS.length);
  readonly digits = bytes('DIGITS', FIELDS.length);
  /** Where a text stands in `bytes`. */
  readonly starts = integers('STARTS', FIELDS.length);
  readonly ends = integers('ENDS', FIELDS.length);
  readonly bytes = memory;
  readonly #texts: string[] = FIELDS.map(() => '');
  readonly #words = new ByteTable<string>(WORDS_MAX);
  /** By field: short words that stood there before. */
  readonly #shorts: string[] = new Array<string>(SHORT_SLOTS * FIELDS.length).fill('');
  readonly #firsts = new Int32Array(SHORT_SLOTS * FIELDS.length);
  readonly #lasts = new Int32Array(SHORT_SLOTS * FIELDS.length);
  /** Whether the line was scanned; else it came as JSON. */
  #isScanned = false;
  readonly hash = new IdHash();

  /** The fields to come are those of a scanned line. */
  areScanned(): void {
    this.#isScanned = true;
  }

  /** Takes the fields of these places from a line that was parsed and checked. */
  take(line: Json, places: readonly number[]): void {
    this.#isScanned = false;
    for (const at of places) this.#set(at, line[FIELDS[at]!]);
  }

  /** Takes the best prices of a book. */
  takeBook({ bids, asks }: Json): void {
    this.#isScanned = false;
    this.#set(AT.best_bid, bestOf(bids));
    this.#set(AT.best_ask, bestOf(asks));
  }

  #set(at: number, value: unknown): void {
    this.isGiven[at] = value === undefined ? 0 : 1;
    this.digits[at] = 0;
    if (typeof value === 'number') {
      this.units[at] = value;
      return;
    }
    this.units[at] = NaN;
    const text = typeof value === 'string' ? value : '';
    this.#texts[at] = text;
    if (!isDecimal(text)) return;
    const digits = text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
    const mantissa = text.replace('.', '');
    const isWide = mantissa.replace('-', '').length > SMALL_DIGITS;
    this.units[at] = (isWide ? Math.sign(Number(mantissa)) : Number(mantissa)) + 0;
    this.digits[at] = isWide ? WIDE : digits;
  }

  /** Atoms of a decimal that a double may not hold, else undefined. */
  wide(at: number): bigint | undefined {
    return this.digits[at] === WIDE ? parseAtoms(this.text(at)) : undefined;
  }

  /** @returns a decimal in atoms */
  atoms(at: number): bigint {
    return this.wide(at) ?? scaleUp(this.units[at]!, ATOM_DIGITS - this.digits[at]!);
  }

  /** @returns a number or decimal as the nearest double; undefined where it is neither */
  double(at: number): number | undefined {
    if (this.isGiven[at] === 0) return undefined;
    if (this.digits[at]! >= NUMERAL) return Number(this.text(at));
    const value = this.units[at]! / powerOfTen(this.digits[at]!);
    return Number.isNaN(value) ? undefined : value;
  }

  text(at: number): string {
    return this.#isScanned
      ? memory.toString('latin1', this.starts[at], this.ends[at])
      : this.#texts[at]!;
  }

  /** A text that is one of few: the same string again, not a new one. */
  word(at: number): string {
    if (!this.#isScanned) return this.#texts[at]!;
    // With its quotes.
    const start = this.starts[at]! - 1;
    const length = this.ends[at]! + 1 - start;
    if (length < 4) return this.text(at);
    if (length > 8) return this.#wordOf(at, start, start + length);
    // The first and the last four bytes are all of it: which word it was before is told by them.
    const first = memoryView.getInt32(start, true);
    const last = memoryView.getInt32(start + length - 4, true);
    const slot = SHORT_SLOTS * at + ((last >>> 8) & (SHORT_SLOTS - 1));
    const isSame =
      this.#firsts[slot] === first &&
      this.#lasts[slot] === last &&
      this.#shorts[slot]!.length === length - 2;
    if (isSame) return this.#shorts[slot]!;
    this.#firsts[slot] = first;
    this.#lasts[slot] = last;
    return (this.#shorts[slot] = this.#wordOf(at, start, start + length));
  }

  #wordOf(at: number, start: number, end: number): string {
    const known = this.#words.find(memoryView, start, end);
    if (known !== undefined) return known;
    const word = this.text(at);
    this.#words.add(`"${word}"`, word);
    return word;
  }

  shown(at: number): string | undefined {
    return this.isGiven[at] === 0 ? undefined : this.word(at).slice(0, SHOWN_MAX);
  }

  /** Makes a text stand in `bytes` from `starts[at]` to `ends[at]`, until the next one is. */
  locate(at: number): void {
    if (this.#isScanned) return;
    this.starts[at] = SCRATCH;
    this.ends[at] = writeScratch(this.#texts[at]!);
  }

  /** Sets `hash` to that of a text after what `seed` has hashed. */
  hashOf(at: number, seed: { readonly lo: number; readonly hi: number }): IdHash {
    this.locate(at);
    this.hash.take(this.starts[at]!, this.ends[at]!, seed);
    return this.hash;
  }
}

const bestOf = (side: unknown): unknown =>
  Array.isArray(side) && Array.isArray(side[0]) ? (side[0][0] as unknown) : undefined;
