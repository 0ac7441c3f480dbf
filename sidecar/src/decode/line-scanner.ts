/**
 * Reads a line as our engine writes it, from its bytes: no text, no objects, one pass.
 *
 * The engine writes every line of an event in one shape (contract, section 2), so most of a line is
 * known before it is read, and is only compared, four bytes at a time:
 *
 *     {"level":"trace","time":"2026-01-01T00:00:00.000800129Z","v":1,"engine":"e","run":"…","seq":7
 *     └ constant ─────────────┘└ day and time of the last ─┘└ new ┘└ that of the run's last line ┘
 *     ,"mono_ns":800129,"event":"md.book","venue":"sim","symbol":"BTCUSDT","bids":[["1.5","2"],…
 *                                └ found in a table, as one piece ───────┘└ the event's fields
 *
 * Nothing is guessed: every byte of a line is either compared or belongs to a number or text whose
 * form is checked. A line that differs in anything (other order, white space, escapes, other than
 * ASCII, numbers of many digits, a field that is not in the catalogue) is not refused: its fields are brought
 * into order (`line-arranger.ts`) where that is all that differs, and the rest is left to
 * `decodeLine`, which gives the same result, only later. So whatever this file does not know cannot
 * be wrong.
 */
import { SMALL_DIGITS } from '@tradetail/core/decimal.ts';
import { LEVELS } from '@tradetail/core/events/catalogue.ts';
import type { LineTimes } from '@tradetail/core/events/check.ts';
import { parseTime, TIME_SECONDS_END, type Instant } from '@tradetail/core/time.ts';
import { ByteTable } from './byte-table.ts';
import { AT, Fields } from './fields.ts';
import { Fragment } from './fragment.ts';
import { LineArranger } from './line-arranger.ts';
import {
  DECIMAL,
  FLAG,
  GRAMMARS,
  INT,
  MEASURE,
  NUMBER,
  POSITIVE,
  SIDE,
  TEXT,
  type Grammar,
} from './grammar.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const END = 0x7d;

const ENGINE_TIME = new Fragment('","ts":"');
const ENGINE = new Fragment('","v":1,"engine":"');
const RUN = new Fragment('","run":"');
const SEQ = new Fragment('","seq":');
const MONO = new Fragment(',"mono_ns":');
const EVENT = new Fragment(',"event":"');
const CAUSE = new Fragment(',"cause":');
const VENUE = new Fragment(',"venue":"');
const SYMBOL = new Fragment(',"symbol":"');
const STRATEGY = new Fragment(',"strategy":"');
const BIDS = new Fragment(',"bids":[');
const ASKS = new Fragment(',"asks":[');
const MSG = new Fragment(',"msg":"');
const BUY = new Fragment('"BUY"');
const SELL = new Fragment('"SELL"');
const TRUE = new Fragment('true');
const FALSE = new Fragment('false');

const RUN_BYTES = 26;
/** `2026-01-01T00:00:00.`, then nine digits and `Z`. */
const SECOND_BYTES = 20;
const TIME_BYTES = 30;
/** Longer texts are left to JSON. */
const TEXT_BYTES_MAX = 128;
/** Runs that are known at once. */
const RUNS_MAX = 256;

/** Bytes that stand for themselves in a JSON text: ASCII but control characters, `"` and `\\`. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== 0x5c ? 1 : 0,
);

/**
 * What stands before the fraction of a time, up to a second that was read before: lines that follow
 * each other mostly fall into the same one.
 */
interface KnownSecond {
  /** `{"level":"trace","time":"2026-01-01T00:00:00.` or `","ts":"2026-01-01T00:00:00.` */
  piece: Fragment;
  seconds: number;
}
const unknownSecond = (): KnownSecond => ({ piece: new Fragment('none'), seconds: NaN });

/** A run whose lines have been read before. */
interface KnownRun<T> {
  readonly prefix: Fragment;
  readonly hasEngineTime: boolean;
  readonly value: T;
}

/** @template T what the reader keeps of a run */
export class LineScanner<T> {
  readonly fields = new Fields();
  readonly times: LineTimes;
  /** Of the line scanned last: what the reader keeps of its run, its seq, its event. */
  run: T | undefined;
  seq = 0;
  grammar: Grammar = GRAMMARS[0]!;
  /** `,"venue":"…","symbol":"…","strategy":"…"`, as far as they are there. */
  scopeStart = 0;
  scopeEnd = 0;
  /** `"bids":[…],"asks":[…]`, likewise. */
  bookStart = 0;
  bookEnd = 0;
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Buffer = Buffer.alloc(0);

  /** The buffer that lines were read from last, and where they are arranged. */
  #read: Buffer | undefined;
  #readView: DataView = this.view;
  readonly #arranger = new LineArranger();
  readonly #arrangedView = viewOf(this.#arranger.bytes);

  #runs = new ByteTable<KnownRun<T>>(RUNS_MAX);
  #latest: KnownRun<T> | undefined;
  readonly #grammars = new ByteTable<Grammar>(GRAMMARS.length);
  /** By the level's first letter, which differs. */
  readonly #walls: readonly KnownSecond[] = Array.from({ length: 256 }, unknownSecond);
  readonly #engines: KnownSecond = unknownSecond();
  #end = 0;

  /** @param times set to the times of the line scanned last */
  constructor(times: LineTimes) {
    this.times = times;
    for (const grammar of GRAMMARS) this.#grammars.add(`"${grammar.event}"`, grammar);
  }

  /** From now on lines of this run are known. */
  know(engine: string, run: string, hasEngineTime: boolean, value: T): void {
    const text = `","v":1,"engine":"${engine}","run":"${run}","seq":`;
    this.#runs.add(text, { prefix: new Fragment(text), hasEngineTime, value });
  }

  forget(): void {
    this.#runs = new ByteTable(RUNS_MAX);
    this.#latest = undefined;
  }

  /** @returns whether the line is one of a known run in the engine's shape; if not, nothing is said of it */
  scan(bytes: Buffer, start: number, end: number): boolean {
    if (bytes !== this.#read) {
      this.#read = bytes;
      this.#readView = viewOf(bytes);
    }
    this.bytes = bytes;
    this.view = this.#readView;
    if (this.#scan(bytes, start, end)) return true;
    const length = this.#arranger.arrange(bytes, this.view, start, end);
    if (length < 0) return false;
    // Back to the reader's buffer with its next line.
    this.bytes = this.#arranger.bytes;
    this.view = this.#arrangedView;
    return this.#scan(this.bytes, 0, length);
  }

  #scan(bytes: Buffer, start: number, end: number): boolean {
    this.#end = end;
    let at = this.#envelope(start);
    if (at >= 0) at = this.#scope(at);
    if (at < 0) return false;
    this.fields.scan(bytes, this.view);
    if (this.grammar.isBook) at = this.#book(at);
    if (at >= 0) at = this.#steps(at);
    if (at < 0) return false;
    const msg = MSG.after(this.view, at, end);
    if (msg >= 0) at = this.#text(msg, -1);
    return at + 1 === end && bytes[at] === END;
  }

  // All of the following take a position and give the one after what they read, or −1.

  #envelope(start: number): number {
    const { view } = this;
    const end = this.#end;
    const { wall, engine } = this.times;
    let at = this.#wallTime(start);
    if (at < 0) return -1;
    const ts = ENGINE_TIME.after(view, at, end);
    if (ts >= 0) {
      at = this.#time(at, ENGINE_TIME.length, this.#engines, engine);
      if (at < 0) return -1;
    } else {
      engine.seconds = wall.seconds;
      engine.nanos = wall.nanos;
    }
    if (!(engine.seconds >= 0 && engine.seconds < TIME_SECONDS_END)) return -1;
    let run = this.#latest;
    let seqAt = run === undefined ? -1 : run.prefix.after(view, at, end);
    if (seqAt < 0) {
      run = this.#findRun(at);
      if (run === undefined) return -1;
      this.#latest = run;
      seqAt = at + run.prefix.length;
    }
    if (run!.hasEngineTime !== ts >= 0) return -1;
    this.run = run!.value;
    at = this.#int(seqAt, -1);
    if (at < 0 || this.#value < 1) return -1;
    this.seq = this.#value;
    at = MONO.after(view, at, end);
    if (at >= 0) at = this.#digits(at);
    if (at >= 0) at = EVENT.after(view, at, end);
    if (at < 0) return -1;
    const name = at - 1;
    at = this.#text(at, -1);
    if (at < 0) return -1;
    const grammar = this.#grammars.find(view, name, at);
    if (grammar === undefined) return -1;
    this.grammar = grammar;
    const cause = CAUSE.after(view, at, end);
    return cause < 0 ? at : this.#int(cause, -1);
  }

  /** `{"level":"trace","time":"` and the time; a level is known once JSON has read it. */
  #wallTime(start: number): number {
    if (start + LEVEL_AT >= this.#end) return -1;
    const known = this.#walls[this.bytes[start + LEVEL_AT]!]!;
    const at = this.#fraction(
      known.piece.after(this.view, start, this.#end),
      known,
      this.times.wall,
    );
    if (at >= 0) return at;
    for (const head of HEADS)
      if (head.after(this.view, start, this.#end) >= 0)
        return this.#time(start, head.length, known, this.times.wall);
    return -1;
  }

  /** A time after a head of so many bytes. */
  #time(start: number, headBytes: number, known: KnownSecond, into: Instant): number {
    const at = this.#fraction(known.piece.after(this.view, start, this.#end), known, into);
    if (at >= 0) return at;
    const time = start + headBytes;
    if (time + TIME_BYTES > this.#end) return -1;
    const text = this.bytes.toString('latin1', start, time + TIME_BYTES);
    if (!parseTime(text.slice(headBytes), into)) return -1;
    known.piece = new Fragment(text.slice(0, headBytes + SECOND_BYTES));
    known.seconds = into.seconds;
    return time + TIME_BYTES;
  }

  /** Nine digits and `Z`. */
  #fraction(at: number, { seconds }: KnownSecond, into: Instant): number {
    if (at < 0 || at + 10 > this.#end) return -1;
    const high = fourDigits(this.view.getInt32(at, true));
    const low = fourDigits(this.view.getInt32(at + 4, true));
    const last = this.bytes[at + 8]! - ZERO;
    if (high < 0 || low < 0 || last < 0 || last > 9 || this.bytes[at + 9] !== 0x5a) return -1;
    into.seconds = seconds;
    into.nanos = high * 100_000 + low * 10 + last;
    return at + 10;
  }

  #findRun(start: number): KnownRun<T> | undefined {
    const end = this.#end;
    let at = ENGINE.after(this.view, start, end);
    if (at < 0) return undefined;
    while (PLAIN[this.bytes[at]!] === 1) at += 1;
    at = RUN.after(this.view, at, end);
    if (at >= 0) at = SEQ.after(this.view, at + RUN_BYTES, end);
    return at < 0 ? undefined : this.#runs.find(this.view, start, at);
  }

  #scope(start: number): number {
    const { view } = this;
    const end = this.#end;
    let at = start;
    const venue = VENUE.after(view, at, end);
    if (venue >= 0 && (at = this.#text(venue, -1)) < 0) return -1;
    const symbol = SYMBOL.after(view, at, end);
    if (symbol >= 0 && (at = this.#text(symbol, -1)) < 0) return -1;
    const strategy = STRATEGY.after(view, at, end);
    if (strategy >= 0 && (at = this.#text(strategy, -1)) < 0) return -1;
    this.scopeStart = start;
    this.scopeEnd = at;
    return this.grammar.areScopesRead && (venue < 0 || symbol < 0) ? -1 : at;
  }

  /** Both sides, each absent or there. Rows below the best are only made sure to be pairs of texts. */
  #book(start: number): number {
    const { isGiven } = this.fields;
    isGiven[AT.best_bid] = 0;
    isGiven[AT.best_ask] = 0;
    let at = start;
    const bids = BIDS.after(this.view, at, this.#end);
    if (bids >= 0 && (at = this.#side(bids, AT.best_bid)) < 0) return -1;
    const asks = ASKS.after(this.view, at, this.#end);
    if (asks >= 0 && (at = this.#side(asks, AT.best_ask)) < 0) return -1;
    this.bookStart = start + 1;
    this.bookEnd = Math.max(at, start + 1);
    return at;
  }

  #side(start: number, place: number): number {
    const { bytes } = this;
    if (bytes[start] === CLOSE) return start + 1;
    // ["px","qty"], and that of the best row is checked.
    if (bytes[start] !== OPEN || bytes[start + 1] !== QUOTE) return -1;
    let at = this.#decimal(start + 2, place);
    if (at < 0 || !(this.fields.units[place]! > 0)) return -1;
    if (bytes[at] !== COMMA || bytes[at + 1] !== QUOTE) return -1;
    at = this.#decimal(at + 2, -1);
    if (at < 0 || bytes[at] !== CLOSE) return -1;
    this.fields.isGiven[place] = 1;
    at += 1;
    while (bytes[at] === COMMA) {
      if (bytes[at + 1] !== OPEN || bytes[at + 2] !== QUOTE) return -1;
      at = this.#numeral(at + 3);
      if (bytes[at] !== QUOTE || bytes[at + 1] !== COMMA || bytes[at + 2] !== QUOTE) return -1;
      at = this.#numeral(at + 3);
      if (bytes[at] !== QUOTE || bytes[at + 1] !== CLOSE) return -1;
      at += 2;
    }
    return bytes[at] === CLOSE ? at + 1 : -1;
  }

  /** Plain text that is mostly digits: four bytes at a time that are from space to `?` and no quote. */
  #numeral(at: number): number {
    const { bytes, view } = this;
    const last = this.#end - 4;
    while (at <= last) {
      const word = view.getInt32(at, true);
      const quotes = word ^ 0x22222222;
      if (
        (word & 0xe0e0e0e0) !== 0x20202020 ||
        ((quotes - 0x01010101) & ~quotes & 0x80808080) !== 0
      )
        break;
      at += 4;
    }
    while (PLAIN[bytes[at]!] === 1) at += 1;
    return at;
  }

  #steps(start: number): number {
    const { view, bytes } = this;
    const { steps } = this.grammar;
    const { isGiven } = this.fields;
    const end = this.#end;
    let at = start;
    for (let step = 0; step < steps.length;) {
      const kind = steps[step]!;
      const place = steps[step + 2]!;
      const length = steps[step + 3]!;
      const key = step + 4;
      const last = key + (length >> 2);
      const isHere = hasKey(view, at, end, length, steps, key, last);
      if (isHere) {
        at = this.#field(at + length, kind, place, bytes);
        if (at < 0) return -1;
        if (place >= 0) isGiven[place] = 1;
      } else if (steps[step + 1] === 0) return -1;
      else if (place >= 0) isGiven[place] = 0;
      step = last + 1;
    }
    return at;
  }

  #field(at: number, kind: number, place: number, bytes: Buffer): number {
    const isQuoted = bytes[at] === QUOTE;
    switch (kind) {
      case TEXT:
        return isQuoted ? this.#text(at + 1, place) : -1;
      case DECIMAL:
        return isQuoted ? this.#decimal(at + 1, place) : -1;
      case POSITIVE: {
        const after = isQuoted ? this.#decimal(at + 1, place) : -1;
        return after >= 0 && this.fields.units[place]! > 0 ? after : -1;
      }
      case SIDE: {
        let after = BUY.after(this.view, at, this.#end);
        if (after < 0) after = SELL.after(this.view, at, this.#end);
        this.fields.starts[place] = at + 1;
        this.fields.ends[place] = after - 1;
        return after;
      }
      case INT:
        return this.#int(at, place);
      case MEASURE:
        if (isQuoted) return place < 0 ? this.#text(at + 1, -1) : this.#decimal(at + 1, place);
        return this.#number(at, place);
      case NUMBER:
        return this.#number(at, place);
      case FLAG: {
        const after = TRUE.after(this.view, at, this.#end);
        return after >= 0 ? after : FALSE.after(this.view, at, this.#end);
      }
      default:
        return -1;
    }
  }

  /** A text and its closing quote. */
  #text(start: number, place: number): number {
    const { bytes } = this;
    let at = start;
    while (PLAIN[bytes[at]!] === 1) at += 1;
    if (bytes[at] !== QUOTE || at - start > TEXT_BYTES_MAX) return -1;
    if (place >= 0) {
      this.fields.starts[place] = start;
      this.fields.ends[place] = at;
    }
    return at + 1;
  }

  /** A small decimal and its closing quote. */
  #decimal(start: number, place: number): number {
    const { bytes } = this;
    let at = start;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at += 1;
    const whole = at;
    let units = 0;
    let byte = bytes[at]!;
    while (byte >= ZERO && byte <= NINE) {
      units = units * 10 + (byte - ZERO);
      byte = bytes[++at]!;
    }
    const wholeDigits = at - whole;
    if (wholeDigits === 0 || (wholeDigits > 1 && bytes[whole] === ZERO)) return -1;
    let digits = 0;
    if (byte === POINT) {
      const point = at;
      byte = bytes[++at]!;
      while (byte >= ZERO && byte <= NINE) {
        units = units * 10 + (byte - ZERO);
        byte = bytes[++at]!;
      }
      digits = at - point - 1;
      if (digits === 0) return -1;
    }
    if (byte !== QUOTE || wholeDigits + digits > SMALL_DIGITS) return -1;
    if (place >= 0) {
      const { fields } = this;
      // Never −0.
      fields.units[place] = isNegative ? 0 - units : units;
      fields.digits[place] = digits;
      fields.starts[place] = start;
      fields.ends[place] = at;
    }
    return at + 1;
  }

  /** Of the natural number read last. */
  #value = 0;

  /** A natural number of at most 15 digits. */
  #int(start: number, place: number): number {
    const { bytes } = this;
    let at = start;
    let value = 0;
    let byte = bytes[at]!;
    while (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      byte = bytes[++at]!;
    }
    const digits = at - start;
    if (digits === 0 || digits > SMALL_DIGITS || (digits > 1 && bytes[start] === ZERO)) return -1;
    this.#value = value;
    if (place >= 0) {
      this.fields.units[place] = value;
      this.fields.digits[place] = 0;
    }
    return at;
  }

  /** A natural number of at most 18 digits, passed over. */
  #digits(start: number): number {
    const { bytes } = this;
    let at = start;
    while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at += 1;
    const digits = at - start;
    return digits > 0 && digits <= 18 && (digits === 1 || bytes[start] !== ZERO) ? at : -1;
  }

  /** A number, without an exponent. */
  #number(start: number, place: number): number {
    const { bytes } = this;
    let at = this.#digits(bytes[start] === MINUS ? start + 1 : start);
    if (at < 0) return -1;
    if (bytes[at] === POINT) {
      const point = at;
      at += 1;
      while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at += 1;
      if (at === point + 1 || at - point > 100) return -1;
    }
    if (place >= 0) {
      this.fields.units[place] = Number(bytes.toString('latin1', start, at));
      this.fields.digits[place] = 0;
    }
    return at;
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** `{"level":"` and where the level begins. */
const LEVEL_AT = 10;
const HEADS = LEVELS.map((level) => new Fragment(`{"level":"${level}","time":"`));

/** Whether a step's key stands there: words of the steps, the last one at `last`. */
function hasKey(
  view: DataView,
  at: number,
  end: number,
  length: number,
  steps: Int32Array,
  key: number,
  last: number,
): boolean {
  const lastAt = at + length - 4;
  if (lastAt + 4 > end || view.getInt32(lastAt, true) !== steps[last]) return false;
  for (; key < last; key += 1, at += 4) if (view.getInt32(at, true) !== steps[key]) return false;
  return true;
}

/** @returns the number that four ASCII digits in a word say, first digit lowest, or −1 */
function fourDigits(word: number): number {
  if ((word & 0xf0f0f0f0) !== 0x30303030) return -1;
  if (((word + 0x06060606) & 0xf0f0f0f0) !== 0x30303030) return -1;
  const digits = word & 0x0f0f0f0f;
  const pairs = digits * 10 + (digits >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}
