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
 * ASCII, numbers of many digits, a field that is not in the catalogue) is not refused but left to
 * `decodeLine`, which gives the same result, only later. So whatever this file does not know cannot
 * be wrong.
 */
import { SMALL_DIGITS } from '@tradetail/core/decimal.ts';
import type { LineTimes } from '@tradetail/core/events/check.ts';
import { parseTime, TIME_SECONDS_END, type Instant } from '@tradetail/core/time.ts';
import { ByteTable } from './byte-table.ts';
import { AT, Fields } from './fields.ts';
import { Fragment } from './fragment.ts';
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
  type Step,
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

const HEAD = new Fragment('{"level":"');
const TIME = new Fragment('","time":"');
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
/** `2026-01-01T00:00:00.`, as five words; then nine digits and `Z`. */
const SECOND_WORDS = 5;
const SECOND_BYTES = 20;
const TIME_BYTES = 30;
/** Longer texts are left to JSON. */
const TEXT_BYTES_MAX = 128;
/** Runs that are known at once. */
const RUNS_MAX = 256;

/** Bytes that stand for themselves in a JSON text: ASCII but control characters, `"` and `\`. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== 0x5c ? 1 : 0,
);

/** Times of lines that follow each other mostly fall into one second. */
interface KnownSecond {
  readonly words: Int32Array;
  readonly instant: Instant;
}
const knownSecond = (): KnownSecond => ({
  words: new Int32Array(SECOND_WORDS),
  instant: { seconds: 0, nanos: 0 },
});

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

  #runs = new ByteTable<KnownRun<T>>(RUNS_MAX);
  #latest: KnownRun<T> | undefined;
  readonly #grammars = new ByteTable<Grammar>(GRAMMARS.length);
  readonly #wallSecond = knownSecond();
  readonly #engineSecond = knownSecond();
  bytes: Buffer = Buffer.alloc(0);
  #at = 0;
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
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#at = start;
    this.#end = end;
    if (!this.#envelope() || !this.#scope()) return false;
    const { grammar, fields } = this;
    fields.scan(bytes, this.view);
    if (grammar.isBook && !this.#book()) return false;
    for (const step of grammar.steps)
      if (step.key.isAt(this.view, this.#at, end)) {
        this.#at += step.key.length;
        if (!this.#value(step)) return false;
        if (step.place >= 0) fields.isGiven[step.place] = 1;
      } else if (!step.isOptional) return false;
      else if (step.place >= 0) fields.isGiven[step.place] = 0;
    if (this.#skip(MSG) && !this.#text(-1)) return false;
    return bytes[this.#at] === END && this.#at + 1 === end;
  }

  #skip(fragment: Fragment): boolean {
    if (!fragment.isAt(this.view, this.#at, this.#end)) return false;
    this.#at += fragment.length;
    return true;
  }

  #envelope(): boolean {
    const bytes = this.bytes;
    if (!this.#skip(HEAD)) return false;
    let at = this.#at;
    while (bytes[at]! >= 0x61 && bytes[at]! <= 0x7a) at += 1;
    this.#at = at;
    const { wall, engine } = this.times;
    if (!this.#skip(TIME) || !this.#time(this.#wallSecond, wall)) return false;
    const hasEngineTime = this.#skip(ENGINE_TIME);
    if (hasEngineTime) {
      if (!this.#time(this.#engineSecond, engine)) return false;
    } else {
      engine.seconds = wall.seconds;
      engine.nanos = wall.nanos;
    }
    if (engine.seconds < 0 || engine.seconds >= TIME_SECONDS_END) return false;
    let run = this.#latest;
    if (run === undefined || !this.#skip(run.prefix)) {
      run = this.#findRun();
      if (run === undefined) return false;
      this.#latest = run;
    }
    if (run.hasEngineTime !== hasEngineTime) return false;
    this.run = run.value;
    const seq = this.#int();
    if (!(seq >= 1) || !this.#skip(MONO) || !this.#digits() || !this.#skip(EVENT)) return false;
    this.seq = seq;
    const name = this.#at - 1;
    if (!this.#text(-1)) return false;
    const grammar = this.#grammars.find(this.view, name, this.#at);
    if (grammar === undefined) return false;
    this.grammar = grammar;
    return !this.#skip(CAUSE) || this.#int() >= 0;
  }

  #findRun(): KnownRun<T> | undefined {
    const start = this.#at;
    if (!this.#skip(ENGINE)) return undefined;
    while (PLAIN[this.bytes[this.#at]!] === 1) this.#at += 1;
    if (!this.#skip(RUN)) return undefined;
    this.#at += RUN_BYTES;
    return this.#skip(SEQ) ? this.#runs.find(this.view, start, this.#at) : undefined;
  }

  /** A time, up to its closing quote. */
  #time(known: KnownSecond, into: Instant): boolean {
    const { view } = this;
    const start = this.#at;
    const end = start + TIME_BYTES;
    if (end > this.#end) return false;
    const { words, instant } = known;
    for (let index = 0, at = start; index < SECOND_WORDS; index += 1, at += 4)
      if (view.getInt32(at, true) !== words[index]) return this.#newSecond(known, into);
    const nanos = start + SECOND_BYTES;
    const high = fourDigits(view.getInt32(nanos, true));
    const low = fourDigits(view.getInt32(nanos + 4, true));
    const last = this.bytes[nanos + 8]! - ZERO;
    if (high < 0 || low < 0 || last < 0 || last > 9 || this.bytes[nanos + 9] !== 0x5a) return false;
    into.seconds = instant.seconds;
    into.nanos = high * 100_000 + low * 10 + last;
    this.#at = end;
    return true;
  }

  #newSecond(known: KnownSecond, into: Instant): boolean {
    const start = this.#at;
    if (!parseTime(this.bytes.toString('latin1', start, start + TIME_BYTES), into)) return false;
    for (let index = 0; index < SECOND_WORDS; index += 1)
      known.words[index] = this.view.getInt32(start + 4 * index, true);
    known.instant.seconds = into.seconds;
    this.#at = start + TIME_BYTES;
    return true;
  }

  #scope(): boolean {
    this.scopeStart = this.#at;
    const hasVenue = this.#skip(VENUE);
    if (hasVenue && !this.#text(-1)) return false;
    const hasSymbol = this.#skip(SYMBOL);
    if (hasSymbol && !this.#text(-1)) return false;
    if (this.#skip(STRATEGY) && !this.#text(-1)) return false;
    this.scopeEnd = this.#at;
    return !this.grammar.areScopesRead || (hasVenue && hasSymbol);
  }

  /** Both sides, each absent or there. Rows below the best are only made sure to be pairs of texts. */
  #book(): boolean {
    const { isGiven } = this.fields;
    this.bookStart = this.#at + 1;
    isGiven[AT.best_bid] = 0;
    isGiven[AT.best_ask] = 0;
    if (this.#skip(BIDS) && !this.#side(AT.best_bid)) return false;
    if (this.#skip(ASKS) && !this.#side(AT.best_ask)) return false;
    this.bookEnd = Math.max(this.#at, this.bookStart);
    return true;
  }

  #side(place: number): boolean {
    const bytes = this.bytes;
    if (bytes[this.#at] === CLOSE) {
      this.#at += 1;
      return true;
    }
    // ["px","qty"], and that of the best row is checked.
    if (bytes[this.#at] !== OPEN || bytes[this.#at + 1] !== QUOTE) return false;
    this.#at += 2;
    if (!this.#decimal(place) || !(this.fields.units[place]! > 0)) return false;
    if (bytes[this.#at] !== COMMA || bytes[this.#at + 1] !== QUOTE) return false;
    this.#at += 2;
    if (!this.#decimal(-1) || bytes[this.#at] !== CLOSE) return false;
    this.fields.isGiven[place] = 1;
    let at = this.#at + 1;
    const end = this.#end;
    while (at < end && bytes[at] === COMMA) {
      if (bytes[at + 1] !== OPEN || bytes[at + 2] !== QUOTE) return false;
      at += 3;
      while (PLAIN[bytes[at]!] === 1) at += 1;
      if (bytes[at] !== QUOTE || bytes[at + 1] !== COMMA || bytes[at + 2] !== QUOTE) return false;
      at += 3;
      while (PLAIN[bytes[at]!] === 1) at += 1;
      if (bytes[at] !== QUOTE || bytes[at + 1] !== CLOSE) return false;
      at += 2;
    }
    if (bytes[at] !== CLOSE) return false;
    this.#at = at + 1;
    return true;
  }

  #value({ kind, place }: Step): boolean {
    const isQuoted = this.bytes[this.#at] === QUOTE;
    switch (kind) {
      case TEXT:
        if (!isQuoted) return false;
        this.#at += 1;
        return this.#text(place);
      case DECIMAL:
      case POSITIVE:
        if (!isQuoted) return false;
        this.#at += 1;
        return this.#decimal(place) && (kind === DECIMAL || this.fields.units[place]! > 0);
      case SIDE: {
        const start = this.#at + 1;
        if (!this.#skip(BUY) && !this.#skip(SELL)) return false;
        this.fields.starts[place] = start;
        this.fields.ends[place] = this.#at - 1;
        return true;
      }
      case INT: {
        const value = this.#int();
        if (!(value >= 0)) return false;
        this.fields.units[place] = value;
        this.fields.digits[place] = 0;
        return true;
      }
      case MEASURE:
        if (isQuoted) {
          this.#at += 1;
          return place < 0 ? this.#text(-1) : this.#decimal(place);
        }
        return this.#number(place);
      case NUMBER:
        return this.#number(place);
      case FLAG:
        return this.#skip(TRUE) || this.#skip(FALSE);
    }
  }

  /** A text and its closing quote. */
  #text(place: number): boolean {
    const bytes = this.bytes;
    const start = this.#at;
    let at = start;
    while (PLAIN[bytes[at]!] === 1) at += 1;
    if (bytes[at] !== QUOTE || at - start > TEXT_BYTES_MAX) return false;
    if (place >= 0) {
      this.fields.starts[place] = start;
      this.fields.ends[place] = at;
    }
    this.#at = at + 1;
    return true;
  }

  /** A small decimal and its closing quote. */
  #decimal(place: number): boolean {
    const bytes = this.bytes;
    const start = this.#at;
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
    if (wholeDigits === 0 || (wholeDigits > 1 && bytes[whole] === ZERO)) return false;
    let digits = 0;
    if (byte === POINT) {
      const point = at;
      byte = bytes[++at]!;
      while (byte >= ZERO && byte <= NINE) {
        units = units * 10 + (byte - ZERO);
        byte = bytes[++at]!;
      }
      digits = at - point - 1;
      if (digits === 0) return false;
    }
    if (byte !== QUOTE || wholeDigits + digits > SMALL_DIGITS) return false;
    if (place >= 0) {
      const { fields } = this;
      // Never −0.
      fields.units[place] = isNegative ? 0 - units : units;
      fields.digits[place] = digits;
      fields.starts[place] = start;
      fields.ends[place] = at;
    }
    this.#at = at + 1;
    return true;
  }

  /** A natural number of at most 15 digits. @returns it, or −1 */
  #int(): number {
    const bytes = this.bytes;
    const start = this.#at;
    let at = start;
    let value = 0;
    let byte = bytes[at]!;
    while (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      byte = bytes[++at]!;
    }
    const digits = at - start;
    if (digits === 0 || digits > SMALL_DIGITS || (digits > 1 && bytes[start] === ZERO)) return -1;
    this.#at = at;
    return value;
  }

  /** A natural number of any size up to 18 digits, passed over. */
  #digits(): boolean {
    const bytes = this.bytes;
    const start = this.#at;
    let at = start;
    while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at += 1;
    const digits = at - start;
    this.#at = at;
    return digits > 0 && digits <= 18 && (digits === 1 || bytes[start] !== ZERO);
  }

  /** A number with a point, without an exponent. */
  #number(place: number): boolean {
    const bytes = this.bytes;
    const start = this.#at;
    if (bytes[start] === MINUS) this.#at += 1;
    if (!this.#digits()) return false;
    if (bytes[this.#at] === POINT) {
      const point = this.#at;
      let at = point + 1;
      while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at += 1;
      if (at === point + 1 || at - point > 100) return false;
      this.#at = at;
    }
    if (place >= 0) {
      this.fields.units[place] = Number(bytes.toString('latin1', start, this.#at));
      this.fields.digits[place] = 0;
    }
    return true;
  }
}

/** @returns the number that four ASCII digits in a word say, first digit lowest, or −1 */
function fourDigits(word: number): number {
  if ((word & 0xf0f0f0f0) !== (0x30303030 | 0)) return -1;
  if (((word + 0x06060606) & 0xf0f0f0f0) !== (0x30303030 | 0)) return -1;
  const digits = word & 0x0f0f0f0f;
  const pairs = digits * 10 + (digits >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}
