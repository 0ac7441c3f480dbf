/**
 * The memory that the trading loop and the log's worker share: a ring of records, written by the
 * one and read by the other, and four words that both watch.
 *
 *     record   length u32 · kind u8 · seq f64 · monoNs f64 · tNs f64 · cause f64 · instrument i16 · strategy i16 · values
 *     value    tag u8 · what the tag says
 *
 * `kind` is the event's place in the catalogue; the values are its fields. With AS_JSON they are two
 * texts: what stands before and after instrument and strategy in the line. NAMES has one text: what
 * the indices stand for. Numbers are little-endian and unaligned.
 *
 * Positions count bytes and wrap at 2^32; a position's place is position mod ring size. A record is
 * never split: one that begins near the end goes on into the slack behind it, and the next begins
 * where it would have if the record had wrapped, so both sides need no case for it.
 */
import { EVENT_NAMES, EVENTS, type EventSpec } from '@tradetail/core/events/catalogue.ts';

export const HEADER = {
  length: 0,
  kind: 4,
  seq: 5,
  monoNs: 13,
  tNs: 21,
  cause: 29,
  instrument: 37,
  strategy: 39,
};
export const HEADER_BYTES = 41;

export const AS_JSON = 0x80;
export const NAMES = 255;

export const TAG = {
  absent: 0,
  /** f64 */
  number: 1,
  true: 2,
  false: 3,
  buy: 4,
  sell: 5,
  /** length u32, bytes of printable ASCII that JSON does not escape */
  plain: 6,
  /** length u32, bytes */
  utf8: 7,
  /** f64, in ticks or lots of the record's instrument */
  ticks: 8,
  lots: 9,
  /** count u8, then price f64 and quantity f64 of each */
  levels: 10,
  /** place in WORDS u8 */
  word: 11,
} as const;

/** The words that the catalogue's fields are written with; they need no copy. */
export const WORDS: readonly string[] = [
  ...new Set(
    EVENT_NAMES.flatMap((name) => {
      const spec: EventSpec = EVENTS[name];
      return spec.fields.flatMap((field) => field.words ?? []);
    }),
  ),
];

/** Longer than any record: the names of 2,000 instruments, the JSON of a line. */
export const RECORD_BYTES_MAX = 1 << 18;

/** Indices of the shared words. */
export const WORD = {
  /** Position after the last record that is complete. */
  written: 0,
  /** Position up to which everything is in the file. */
  stored: 1,
  /** Bell: 1 asks the worker not to wait for its next turn. */
  bell: 2,
  /** The worker failed to write last time: errno, positive; 0 while all is well. */
  errno: 3,
} as const;
const WORDS_BYTES = 64;

export interface Ring {
  readonly shared: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly bytes: Buffer;
  readonly view: DataView;
  /** A power of two. */
  readonly size: number;
}

/** @param size bytes, a power of two, at most 2^30 */
export function createRing(size: number): Ring {
  const ring = openRing(new SharedArrayBuffer(WORDS_BYTES + size + RECORD_BYTES_MAX));
  // The system gives memory when it is first touched: now, and not to the loop a page at a time.
  ring.bytes.fill(0);
  return ring;
}

export function openRing(shared: SharedArrayBuffer): Ring {
  const size = shared.byteLength - WORDS_BYTES - RECORD_BYTES_MAX;
  if (size <= 0 || size > 2 ** 30 || (size & (size - 1)) !== 0)
    throw new RangeError('ring size is a power of two');
  return {
    shared,
    words: new Int32Array(shared, 0, WORDS_BYTES / 4),
    bytes: Buffer.from(shared, WORDS_BYTES),
    view: new DataView(shared, WORDS_BYTES),
    size,
  };
}

/** What the indices in the records stand for. */
export interface Names {
  readonly instruments: readonly {
    readonly venue: string;
    readonly symbol: string;
    readonly tickSize: string;
    readonly lotSize: string;
  }[];
  readonly strategies: readonly string[];
}
