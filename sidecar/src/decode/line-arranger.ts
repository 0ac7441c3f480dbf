/**
 * Brings the fields of a line into the order in which our engine writes them, so that a log of
 * another writer can be scanned too.
 *
 *     {"qty":"2","event":"md.trade",…,"level":"trace"}
 *      └ piece ┘ └ piece ───────────┘  └ piece ──────┘      found by the commas between them
 *     {"level":"trace",…,"event":"md.trade",…,"qty":"2",…}  the same pieces, in the event's order
 *
 * Only the seams are looked at here: a key, a value up to where it must end, a comma. Whether each
 * value is one is for the scanner to say. A line with a key that is unknown or stands twice, with
 * white space between its pieces, an escape or an object is left alone.
 */
import { LINE_BYTES_MAX } from '../follow/line-sink.ts';
import { ByteTable } from './byte-table.ts';
import { GRAMMARS, type Grammar } from './grammar.ts';
import { memory, memoryView } from './scanner-memory.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const KEY_BYTES_MIN = 4;

const ENVELOPE = [
  'level',
  'time',
  'ts',
  'v',
  'engine',
  'run',
  'seq',
  'mono_ns',
  'event',
  'cause',
  'venue',
  'symbol',
  'strategy',
];
const EVENT = ENVELOPE.indexOf('event');

/** Every key of a scanned event, the envelope's first. */
const KEYS = [...new Set([...ENVELOPE, ...GRAMMARS.flatMap(({ keys }) => keys), 'msg'])];
const ORDERS: ReadonlyMap<Grammar, readonly number[]> = new Map(
  GRAMMARS.map((grammar) => [
    grammar,
    [...ENVELOPE, ...grammar.keys, 'msg'].map((key) => KEYS.indexOf(key)),
  ]),
);

export class LineArranger {
  readonly #bytes: Buffer;
  readonly #keys = new ByteTable<number>(KEYS.length);
  readonly #grammars = new ByteTable<Grammar>(GRAMMARS.length);
  /** Of each key's piece in the line; an end of 0 where there is none. */
  readonly #starts = new Int32Array(KEYS.length);
  readonly #ends = new Int32Array(KEYS.length);

  /** @param bytes where lines are arranged, LINE_BYTES_MAX of them */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    for (const [index, key] of KEYS.entries()) this.#keys.add(`"${key}":`, index);
    for (const grammar of GRAMMARS) this.#grammars.add(`"${grammar.event}"`, grammar);
  }

  /**
   * Arranges the line that stands in the scanner's memory at `[start, end)`.
   *
   * @returns its length; −1 where it cannot be arranged
   */
  arrange(start: number, end: number): number {
    const pieces = this.#cut(memory, start, end);
    const eventEnd = this.#ends[EVENT]!;
    if (pieces < 0 || eventEnd === 0) return -1;
    const grammar = this.#grammars.find(memoryView, this.#starts[EVENT]! + EVENT_AT, eventEnd);
    return grammar === undefined ? -1 : this.#join(memory, ORDERS.get(grammar)!, pieces);
  }

  /** @returns how many pieces there are, or −1 */
  #cut(line: Buffer, start: number, end: number): number {
    const ends = this.#ends.fill(0);
    if (line[start] !== OPEN || line[end - 1] !== CLOSE || end - start > LINE_BYTES_MAX) return -1;
    let pieces = 0;
    for (let at = start + 1; at < end; at += 1) {
      const piece = at;
      if (line[at] !== QUOTE) return -1;
      at = afterText(line, at + 1, end);
      if (line[at] !== COLON || at + 1 - piece < KEY_BYTES_MIN) return -1;
      at += 1;
      const key = this.#keys.find(memoryView, piece, at);
      if (key === undefined || ends[key] !== 0) return -1;
      if (line[at] === QUOTE) at = afterText(line, at + 1, end);
      else if (line[at] === OPEN_ARRAY) at = afterArray(line, at, end);
      else while (at < end && line[at] !== COMMA && line[at] !== CLOSE) at += 1;
      if (at >= end || (line[at] !== COMMA && at !== end - 1)) return -1;
      this.#starts[key] = piece;
      ends[key] = at;
      pieces += 1;
    }
    return pieces;
  }

  #join(line: Buffer, order: readonly number[], pieces: number): number {
    const bytes = this.#bytes;
    let to = 0;
    let joined = 0;
    for (const key of order) {
      const end = this.#ends[key]!;
      if (end === 0) continue;
      bytes[to] = joined === 0 ? OPEN : COMMA;
      to += 1;
      for (let at = this.#starts[key]!; at < end; at += 1, to += 1) bytes[to] = line[at]!;
      joined += 1;
    }
    bytes[to] = CLOSE;
    return joined === pieces ? to + 1 : -1;
  }
}

/** Where in its piece the event's name begins. */
const EVENT_AT = '"event":'.length;

/** @returns the place after the closing quote, or the line's end */
function afterText(line: Buffer, at: number, end: number): number {
  while (at < end && line[at] !== QUOTE) {
    if (line[at] === BACKSLASH) return end;
    at += 1;
  }
  return at + 1;
}

/** @returns the place after the closing bracket, or the line's end */
function afterArray(line: Buffer, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    const byte = line[at]!;
    if (byte === QUOTE) at = afterText(line, at + 1, end) - 1;
    else if (byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_ARRAY && --depth === 0) return at + 1;
  }
  return end;
}
