/**
 * Reads a line as our engine writes it, from its bytes: sixteen of them at a time, no text, no
 * objects, one pass. AssemblyScript: compiled to WebAssembly by `npm run generate`; what the program
 * around it sees of it is `sidecar/src/decode/scanner-memory.ts`.
 *
 * The engine writes every line of an event in one shape (contract, section 2), so most of a line is
 * known before it is read, and is only compared:
 *
 *     {"level":"trace","time":"2026-01-01T00:00:00.000800129Z","v":1,"engine":"e","run":"…","seq":7
 *     └ known: the second of the last line ───────┘└ read ─┘└ known: that of the run's last ─┘└ read
 *     ,"mono_ns":800129,"event":"md.book","venue":"sim","symbol":"BTCUSDT","bids":[["1.5","2"],…
 *                                └ found in a table, as one piece ───────┘└ the event's fields
 *
 * Every byte is either compared, or belongs to a number or text whose form is checked. A line that
 * differs in anything is not refused here but left to JSON.parse, so whatever this file does not
 * know cannot be wrong.
 *
 * All functions that read take a place and give the one after what they read, or −1. They may look a
 * few bytes past the end of what was put there: every buffer is followed by zeros, and no text, number
 * or key goes on past a zero or a newline.
 */

// What was read of the line, and where the program around puts and finds things.

/** Doubles, one a field: a decimal in units of 10^-digits, or another number. */
export const UNITS: i32 = 0x400;
/** Places of a text, one a field. */
export const STARTS: i32 = 0x500;
export const ENDS: i32 = 0x580;
/** Bytes, one a field: digits after the point, or one of the two below. */
export const DIGITS: i32 = 0x600;
/** A decimal that a double may not hold: its units are its sign, and its text tells it. */
export const WIDE: i32 = 255;
/** A number that its text tells. */
export const NUMERAL: i32 = 254;
export const GIVEN: i32 = 0x620;
/** Doubles. */
export const SEQ: i32 = 0x640;
export const WALL_SECONDS: i32 = 0x648;
export const ENGINE_SECONDS: i32 = 0x650;
/** Integers of four bytes. */
export const WALL_NANOS: i32 = 0x660;
export const ENGINE_NANOS: i32 = 0x664;
export const GRAMMAR: i32 = 0x668;
export const RUN: i32 = 0x66c;
export const SCOPE: i32 = 0x670;
export const SCOPE_START: i32 = 0x674;
export const SCOPE_END: i32 = 0x678;
export const BOOK_START: i32 = 0x67c;
export const BOOK_END: i32 = 0x680;
export const HASH_LO: i32 = 0x684;
export const HASH_HI: i32 = 0x688;

/** Grammars, see `addEvent`. */
export const PROGRAMS: i32 = 0x4000;
export const PROGRAMS_END: i32 = 0xe000;
/** Arguments that are texts. */
export const SCRATCH: i32 = 0x4e0000;
export const SCRATCH_BYTES: i32 = 0x40000;
/** Lines that do not stand in the input. */
export const ARRANGED: i32 = 0x520000;
export const COPY: i32 = 0x532000;
/** What files are read into. */
export const INPUT: i32 = 0x544000;
export const INPUT_BYTES: i32 = 0x80000;

// Heads: `{"level":"trace","time":"2026-01-01T00:00:00.`, by the level's first letter, which differs.
const HEADS: i32 = 0x800;
/** `","ts":"2026-01-01T00:00:00.` */
const ENGINE_HEAD: i32 = 0x1800;
const HEAD_LENGTH: i32 = 48;
const HEAD_DAY: i32 = 56;
const HEAD_SECONDS: i32 = 64;
const HEAD_BYTES_MAX: i32 = 48;
/** `00:00:00.`, of which the day's part of a head stands free. */
const CLOCK_BYTES: i32 = 9;

const FRAGMENTS: i32 = 0x1a00;
const POWERS: i32 = 0x1c00;

// Events by name: open addressing.
const EVENTS: i32 = 0xe000;
const EVENTS_MASK: u32 = 127;
const EVENT_LENGTH: i32 = 32;
const EVENT_GRAMMAR: i32 = 36;
const EVENT_PROGRAM: i32 = 40;
const EVENT_IS_BOOK: i32 = 44;
const EVENT_NEEDS_MARKET: i32 = 45;
const EVENT_STEPS: i32 = 46;

// Runs: `","v":1,"engine":"e","run":"…","seq":`, found by comparing.
const RUNS: i32 = 0x10000;
const RUN_SHIFT: i32 = 8;
const RUNS_MAX: i32 = 256;
const RUN_BYTES_MAX: i32 = 224;
const RUN_LENGTH: i32 = 232;
const RUN_OWNER: i32 = 236;
const RUN_HAS_ENGINE_TIME: i32 = 240;

// Scopes: `,"venue":"…","symbol":"…","strategy":"…"` of a run, as far as they are there, by their hash.
const SLOTS: i32 = 0x20000;
const SLOTS_MASK: u32 = 0xffff;
const SCOPES: i32 = 0x60000;
const SCOPES_MAX: i32 = 0x8000;
const SCOPE_TEXTS: i32 = 0xe0000;
const SCOPE_TEXTS_END: i32 = 0x4e0000;
const SCOPE_HASH: i32 = 0;
const SCOPE_RUN: i32 = 4;
const SCOPE_LENGTH: i32 = 8;
const SCOPE_TEXT: i32 = 12;

let runs: i32 = 0;
let latestRun: i32 = 0;
let scopes: i32 = 0;
let scopeTextAt: i32 = SCOPE_TEXTS;

const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const MINUS: u32 = 0x2d;
const POINT: u32 = 0x2e;
const ZERO: u32 = 0x30;
const OPEN: u32 = 0x5b;
const CLOSE: u32 = 0x5d;
const LETTER_Z: u32 = 0x5a;
const END: u32 = 0x7d;

/** Longer texts are left to JSON. */
const TEXT_BYTES_MAX: i32 = 128;
/** Of a number that a double holds, whatever its digits. */
const SMALL_DIGITS: i32 = 15;
/** Before and after the point of a decimal. */
const WIDE_DIGITS: i32 = 18;
/** First second after the range of engine times, 1970 to 2199. */
const TIME_SECONDS_END: f64 = 7258118400;
const RUN_BYTES: i32 = 26;

// Kinds of fields, as `grammar.ts` numbers them.
const TEXT: i32 = 0;
const DECIMAL: i32 = 1;
const POSITIVE: i32 = 2;
const SIDE: i32 = 3;
const INT: i32 = 4;
const NUMBER: i32 = 5;
const MEASURE: i32 = 6;
const FLAG: i32 = 7;

// A step of a grammar: one field.
export const STEP_BYTES: i32 = 48;
const STEP_KIND: i32 = 0;
const STEP_IS_OPTIONAL: i32 = 1;
const STEP_PLACE: i32 = 2;
const STEP_LENGTH: i32 = 3;
export const STEP_KEY: i32 = 16;

/** Places of the best prices among the fields. */
const BEST_BID: i32 = 0;
const BEST_ASK: i32 = 1;

function fragment(slot: i32, text: string): i32 {
  const at = FRAGMENTS + (slot << 4);
  for (let index = 0; index < text.length; index += 1)
    store<u8>(at + index, <u8>text.charCodeAt(index));
  return at;
}
const ENGINE_TIME = fragment(0, '","ts":"');
const MONO = fragment(1, ',"mono_ns":');
const EVENT = fragment(2, ',"event":"');
const CAUSE = fragment(3, ',"cause":');
const VENUE = fragment(4, ',"venue":"');
const SYMBOL = fragment(5, ',"symbol":"');
const STRATEGY = fragment(6, ',"strategy":"');
const BIDS = fragment(7, ',"bids":[');
const ASKS = fragment(8, ',"asks":[');
const MSG = fragment(9, ',"msg":"');

/** Fragments are shorter than sixteen bytes. */
function isFragment(at: i32, fragment: i32, length: i32): bool {
  const mask = (1 << length) - 1;
  return (i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(fragment))) & mask) == mask;
}

function isSame(at: i32, piece: i32, length: i32): bool {
  while (length >= 16) {
    if (v128.any_true(v128.xor(v128.load(at), v128.load(piece)))) return false;
    at += 16;
    piece += 16;
    length -= 16;
  }
  return isFragment(at, piece, length);
}

for (let power: f64 = 1, at = POWERS, index = 0; index <= 22; index += 1, at += 8, power *= 10)
  store<f64>(at, power);

// ── What the program around tells ────────────────────────────────────────────────────────────────

/**
 * Makes an event known.
 *
 * @param start its name stands at `[start, end)`
 * @param program its steps
 */
export function addEvent(
  start: i32,
  end: i32,
  grammar: i32,
  program: i32,
  steps: i32,
  isBook: bool,
  needsMarket: bool,
): void {
  const length = end - start;
  let slot = eventSlot(start, length);
  while (load<i32>(slot, EVENT_LENGTH) != 0) slot = nextEventSlot(slot);
  memory.copy(slot, start, length);
  store<i32>(slot, length, EVENT_LENGTH);
  store<i32>(slot, grammar, EVENT_GRAMMAR);
  store<i32>(slot, program, EVENT_PROGRAM);
  store<u8>(slot, isBook ? 1 : 0, EVENT_IS_BOOK);
  store<u8>(slot, needsMarket ? 1 : 0, EVENT_NEEDS_MARKET);
  store<u8>(slot, <u8>steps, EVENT_STEPS);
}

function eventSlot(start: i32, length: i32): i32 {
  // The last four bytes tell nearly all events from each other.
  const hash = (load<u32>(start + length - 4) ^ ((<u32>length) << 16)) * 0x9e3779b1;
  return EVENTS + ((hash >>> 25) << 6);
}

function nextEventSlot(slot: i32): i32 {
  return EVENTS + ((((slot - EVENTS) >>> 6) + 1) & EVENTS_MASK) * 64;
}

/**
 * From now on a run is known.
 *
 * @param start `","v":1,"engine":"e","run":"…","seq":` stands at `[start, end)`
 * @param owner who knows it: the same run can be known to several
 * @returns its number; −1 where there is no room
 */
export function addRun(start: i32, end: i32, owner: i32, hasEngineTime: bool): i32 {
  const length = end - start;
  if (runs == RUNS_MAX || length > RUN_BYTES_MAX) return -1;
  const run = RUNS + (runs << RUN_SHIFT);
  memory.fill(run, 0, 256);
  memory.copy(run, start, length);
  store<i32>(run, length, RUN_LENGTH);
  store<i32>(run, owner, RUN_OWNER);
  store<u8>(run, hasEngineTime ? 1 : 0, RUN_HAS_ENGINE_TIME);
  runs += 1;
  return runs - 1;
}

/**
 * From now on a scope of a run is known.
 *
 * @param start `,"venue":"…",…` stands at `[start, end)`
 * @returns its number; −1 where there is no room
 */
export function addScope(run: i32, start: i32, end: i32): i32 {
  const length = end - start;
  const room = (length + 31) & ~15;
  if (scopes == SCOPES_MAX || scopeTextAt + room > SCOPE_TEXTS_END) return -1;
  const hash = scopeHash(run, start, end);
  const scope = SCOPES + (scopes << 4);
  memory.fill(scopeTextAt, 0, room);
  memory.copy(scopeTextAt, start, length);
  store<u32>(scope, hash, SCOPE_HASH);
  store<i32>(scope, run, SCOPE_RUN);
  store<i32>(scope, length, SCOPE_LENGTH);
  store<i32>(scope, scopeTextAt, SCOPE_TEXT);
  scopeTextAt += room;
  let slot = hash & SLOTS_MASK;
  while (load<i32>(SLOTS + (slot << 2)) != 0) slot = (slot + 1) & SLOTS_MASK;
  scopes += 1;
  store<i32>(SLOTS + (slot << 2), scopes);
  return scopes - 1;
}

/** Forgets runs and scopes. */
export function forget(): void {
  // Of many scopes all slots, of few their own.
  if (scopes > 1024) memory.fill(SLOTS, 0, 4 * (SLOTS_MASK + 1));
  else
    for (let index = 0; index < scopes; index += 1) {
      let slot = load<u32>(SCOPES + (index << 4), SCOPE_HASH) & SLOTS_MASK;
      while (load<i32>(SLOTS + (slot << 2)) != 0) {
        store<i32>(SLOTS + (slot << 2), 0);
        slot = (slot + 1) & SLOTS_MASK;
      }
    }
  runs = 0;
  latestRun = RUNS;
  store<i32>(RUNS, 0, RUN_OWNER);
  scopes = 0;
  scopeTextAt = SCOPE_TEXTS;
}

/**
 * From now on lines of a day are known that begin with a head.
 *
 * @param start `{"level":"trace","time":"2026-01-01T00:00:00.` stands at `[start, end)`, or `","ts":"…`
 * @param daySeconds first second of that day since the epoch
 */
export function addHead(start: i32, end: i32, daySeconds: f64, isEngineTime: bool): void {
  const length = end - start;
  if (length > HEAD_BYTES_MAX) return;
  const head = isEngineTime ? ENGINE_HEAD : headOf(start);
  memory.fill(head, 0, 128);
  memory.copy(head, start, length);
  store<i32>(head, length, HEAD_LENGTH);
  store<f64>(head, daySeconds, HEAD_DAY);
  // The time of day is not known yet: no head has a zero there.
  store<u8>(head + length - 1, 0);
}

function headOf(start: i32): i32 {
  return HEADS + (((<i32>load<u8>(start, 10)) & 31) << 7);
}

/**
 * Sets HASH_LO and HASH_HI to 64 bits of the text at `[start, end)` after what a seed has hashed:
 * multiply and fold eight bytes at a time, then the last mixing of Appleby's MurmurHash3. Not for
 * secrets.
 */
export function hash(start: i32, end: i32, seedLo: i32, seedHi: i32): void {
  let value = ((<u64>(<u32>seedHi)) << 32) | (<u64>(<u32>seedLo));
  let at = start;
  for (; at + 8 <= end; at += 8) {
    value = (value ^ load<u64>(at)) * 0x9e3779b97f4a7c15;
    value ^= value >> 29;
  }
  const rest = end - at;
  if (rest > 0) {
    value = (value ^ firstBytes(load<u64>(at), rest)) * 0x9e3779b97f4a7c15;
    value ^= value >> 29;
  }
  value ^= <u64>(end - start);
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
  value ^= value >> 33;
  store<u32>(HASH_LO, <u32>value);
  store<u32>(HASH_HI, <u32>(value >> 32));
}

/** @returns a word with all but its first bytes, fewer than eight, set to zero */
function firstBytes(word: u64, length: i32): u64 {
  const bits: u64 = 8 * length;
  const one: u64 = 1;
  return word & ((one << bits) - 1);
}

// ── What a line says ─────────────────────────────────────────────────────────────────────────────

/** @returns the place after the closing brace of the line at `start`; −1 where it is not one of the owner's known runs in the engine's shape */
export function scan(start: i32, owner: i32): i32 {
  const event = envelope(start, owner);
  if (event < 0) return -1;
  let at = scope(event);
  if (at < 0) return -1;
  if (load<u8>(eventFound, EVENT_IS_BOOK) != 0) {
    at = book(at);
    if (at < 0) return -1;
  }
  at = fields(at, load<i32>(eventFound, EVENT_PROGRAM), load<u8>(eventFound, EVENT_STEPS));
  if (at < 0) return -1;
  if (load<u8>(at) == END) return at + 1;
  if (!isFragment(at, MSG, 8)) return -1;
  at = text(at + 8, -1);
  return at > 0 && load<u8>(at) == END ? at + 1 : -1;
}

/** What the digits say that were read last. */
let value: i64 = 0;

/** Slot of the event of the line. */
let eventFound: i32 = 0;

function envelope(start: i32, owner: i32): i32 {
  let at = time(start, headOf(start), WALL_SECONDS, WALL_NANOS);
  if (at < 0) return -1;
  let seconds = load<f64>(WALL_SECONDS);
  const hasEngineTime = isFragment(at, ENGINE_TIME, 8);
  if (hasEngineTime) {
    at = time(at, ENGINE_HEAD, ENGINE_SECONDS, ENGINE_NANOS);
    if (at < 0) return -1;
    seconds = load<f64>(ENGINE_SECONDS);
  } else {
    store<f64>(ENGINE_SECONDS, seconds);
    store<i32>(ENGINE_NANOS, load<i32>(WALL_NANOS));
  }
  if (!(seconds >= 0 && seconds < TIME_SECONDS_END)) return -1;
  let length = load<i32>(latestRun, RUN_LENGTH);
  if (load<i32>(latestRun, RUN_OWNER) != owner || !isSame(at, latestRun, length)) {
    if (!findRun(at, owner)) return -1;
    length = load<i32>(latestRun, RUN_LENGTH);
  }
  if (<bool>load<u8>(latestRun, RUN_HAS_ENGINE_TIME) != hasEngineTime) return -1;
  store<i32>(RUN, (latestRun - RUNS) >> RUN_SHIFT);
  at = natural(at + length);
  if (at < 0 || value < 1) return -1;
  store<f64>(SEQ, <f64>value);
  if (!isFragment(at, MONO, 11)) return -1;
  at = digits(at + 11);
  if (at < 0 || !isFragment(at, EVENT, 10)) return -1;
  return at + 10;
}

/**
 * A head and what follows it: nine digits, `Z` and a quote that is left. The second is mostly that
 * of the line before.
 */
function time(start: i32, head: i32, intoSeconds: i32, intoNanos: i32): i32 {
  const length = load<i32>(head, HEAD_LENGTH);
  if (length == 0) return -1;
  const at = start + length;
  if (!isSame(start, head, length)) {
    const day = length - CLOCK_BYTES;
    if (!isSame(start, head, day)) return -1;
    const seconds = clock(start + day);
    if (seconds < 0) return -1;
    memory.copy(head + day, start + day, CLOCK_BYTES);
    store<f64>(head, load<f64>(head, HEAD_DAY) + <f64>seconds, HEAD_SECONDS);
  }
  const high = eightDigits(load<u64>(at));
  const last = <u32>load<u8>(at, 8) - ZERO;
  if (high < 0 || last > 9 || load<u8>(at, 9) != LETTER_Z) return -1;
  store<f64>(intoSeconds, load<f64>(head, HEAD_SECONDS));
  store<i32>(intoNanos, high * 10 + last);
  return at + 10;
}

/** `23:59:59.` @returns seconds of the day, or −1 */
function clock(at: i32): i32 {
  const hour = twoDigits(at);
  const minute = twoDigits(at + 3);
  const second = twoDigits(at + 6);
  const isOne =
    hour >= 0 &&
    hour < 24 &&
    minute >= 0 &&
    minute < 60 &&
    second >= 0 &&
    second < 60 &&
    load<u8>(at, 2) == 0x3a &&
    load<u8>(at, 5) == 0x3a &&
    load<u8>(at, 8) == POINT;
  return isOne ? hour * 3600 + minute * 60 + second : -1;
}

function twoDigits(at: i32): i32 {
  const tens = <u32>load<u8>(at) - ZERO;
  const ones = <u32>load<u8>(at, 1) - ZERO;
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

/** @returns the number that eight ASCII digits say, the first lowest in the word; or −1 */
function eightDigits(word: u64): i32 {
  if ((word & 0xf0f0f0f0f0f0f0f0) != 0x3030303030303030) return -1;
  if (((word + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) != 0x3030303030303030) return -1;
  word &= 0x0f0f0f0f0f0f0f0f;
  word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ff;
  word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffff;
  return <i32>((word * 10000 + (word >> 32)) & 0xffffffff);
}

function findRun(at: i32, owner: i32): bool {
  for (let index = 0; index < runs; index += 1) {
    const run = RUNS + (index << RUN_SHIFT);
    if (load<i32>(run, RUN_OWNER) == owner && isSame(at, run, load<i32>(run, RUN_LENGTH))) {
      latestRun = run;
      return true;
    }
  }
  return false;
}

/** From the event's name to its fields. */
function scope(start: i32): i32 {
  let at = textEnd(start);
  const length = at - start;
  // `md.book` is among the shortest; a name of one piece is looked up with what stands before it.
  if (load<u8>(at) != QUOTE || length < 4 || length > 32) return -1;
  let slot = eventSlot(start, length);
  for (;;) {
    const known = load<i32>(slot, EVENT_LENGTH);
    if (known == length && isSame(start, slot, length)) break;
    if (known == 0) return -1;
    slot = nextEventSlot(slot);
  }
  eventFound = slot;
  store<i32>(GRAMMAR, load<i32>(slot, EVENT_GRAMMAR));
  at += 1;
  if (isFragment(at, CAUSE, 9)) {
    at = natural(at + 9);
    if (at < 0) return -1;
  }
  const scopeStart = at;
  const hasVenue = isFragment(at, VENUE, 10);
  if (hasVenue) {
    at = text(at + 10, -1);
    if (at < 0) return -1;
  }
  const hasSymbol = isFragment(at, SYMBOL, 11);
  if (hasSymbol) {
    at = text(at + 11, -1);
    if (at < 0) return -1;
  }
  if (isFragment(at, STRATEGY, 13)) {
    at = text(at + 13, -1);
    if (at < 0) return -1;
  }
  if (load<u8>(slot, EVENT_NEEDS_MARKET) != 0 && !(hasVenue && hasSymbol)) return -1;
  store<i32>(SCOPE_START, scopeStart);
  store<i32>(SCOPE_END, at);
  store<i32>(SCOPE, findScope(load<i32>(RUN), scopeStart, at));
  return at;
}

/** @returns its number; −1 where it is not known */
function findScope(run: i32, start: i32, end: i32): i32 {
  const hash = scopeHash(run, start, end);
  const length = end - start;
  let slot = hash & SLOTS_MASK;
  let index = load<i32>(SLOTS + (slot << 2)) - 1;
  while (index >= 0) {
    const scope = SCOPES + (index << 4);
    const isIt =
      load<u32>(scope, SCOPE_HASH) == hash &&
      load<i32>(scope, SCOPE_RUN) == run &&
      load<i32>(scope, SCOPE_LENGTH) == length &&
      isSame(start, load<i32>(scope, SCOPE_TEXT), length);
    if (isIt) break;
    slot = (slot + 1) & SLOTS_MASK;
    index = load<i32>(SLOTS + (slot << 2)) - 1;
  }
  return index;
}

function scopeHash(run: i32, start: i32, end: i32): u32 {
  let value: u64 = <u64>(end - start) + ((<u64>run) << 32);
  let at = start;
  for (; at + 8 <= end; at += 8) value = (rotl(value, 5) ^ load<u64>(at)) * 0x9e3779b97f4a7c15;
  if (at < end) {
    value = (rotl(value, 5) ^ firstBytes(load<u64>(at), end - at)) * 0x9e3779b97f4a7c15;
  }
  return <u32>(value >> 32);
}

/** Both sides, each absent or there. Rows below the best are only made sure to be pairs of texts. */
function book(start: i32): i32 {
  store<u16>(GIVEN + BEST_BID, 0);
  let at = start;
  if (isFragment(at, BIDS, 9)) {
    at = side(at + 9, BEST_BID);
    if (at < 0) return -1;
  }
  if (isFragment(at, ASKS, 9)) {
    at = side(at + 9, BEST_ASK);
    if (at < 0) return -1;
  }
  // Without the comma before it.
  store<i32>(BOOK_START, start + 1);
  store<i32>(BOOK_END, max(at, start + 1));
  return at;
}

function side(start: i32, place: i32): i32 {
  if (load<u8>(start) == CLOSE) return start + 1;
  // ["px","qty"], and that of the best row is checked.
  if (load<u16>(start) != 0x225b) return -1;
  let at = decimal(start + 2, place);
  if (at < 0 || !(load<f64>(UNITS + (place << 3)) > 0)) return -1;
  if (load<u16>(at) != 0x222c) return -1;
  at = decimal(at + 2, -1);
  if (at < 0 || load<u8>(at) != CLOSE) return -1;
  store<u8>(GIVEN + place, 1);
  at += 1;
  // ,["px","qty"]
  while (load<u8>(at) == COMMA) {
    if (load<u16>(at + 1) != 0x225b) return -1;
    at = textEnd(at + 3);
    // The byte after it is a row's as well, so three may be compared as four.
    if ((load<u32>(at) & 0xffffff) != 0x222c22) return -1;
    at = textEnd(at + 3);
    if (load<u16>(at) != 0x5d22) return -1;
    at += 2;
  }
  return load<u8>(at) == CLOSE ? at + 1 : -1;
}

function fields(start: i32, program: i32, steps: i32): i32 {
  let at = start;
  const end = program + steps * STEP_BYTES;
  for (let step = program; step < end; step += STEP_BYTES) {
    const place = <i32>load<i8>(step, STEP_PLACE);
    const length = <i32>load<u8>(step, STEP_LENGTH);
    if (isSame(at, step + STEP_KEY, length)) {
      at = field(at + length, load<u8>(step, STEP_KIND), place);
      if (at < 0) return -1;
      if (place >= 0) store<u8>(GIVEN + place, 1);
    } else if (load<u8>(step, STEP_IS_OPTIONAL) == 0) return -1;
    else if (place >= 0) store<u8>(GIVEN + place, 0);
  }
  return at;
}

function field(at: i32, kind: i32, place: i32): i32 {
  const isQuoted = load<u8>(at) == QUOTE;
  switch (kind) {
    case TEXT:
      return isQuoted ? text(at + 1, place) : -1;
    case DECIMAL:
      return isQuoted ? decimal(at + 1, place) : -1;
    case POSITIVE: {
      const after = isQuoted ? decimal(at + 1, place) : -1;
      return after >= 0 && load<f64>(UNITS + (place << 3)) > 0 ? after : -1;
    }
    case SIDE: {
      const after = sideWord(at);
      store<i32>(STARTS + (place << 2), at + 1);
      store<i32>(ENDS + (place << 2), after - 1);
      return after;
    }
    case INT: {
      const after = natural(at);
      if (after >= 0 && place >= 0) keep(place, <f64>value, 0);
      return after;
    }
    case NUMBER:
      return number(at, place);
    case MEASURE:
      if (!isQuoted) return number(at, place);
      return place < 0 ? text(at + 1, -1) : decimal(at + 1, place);
    case FLAG:
      // true, false
      if (load<u32>(at) == 0x65757274) return at + 4;
      return load<u32>(at) == 0x736c6166 && load<u8>(at, 4) == 0x65 ? at + 5 : -1;
    default:
      return -1;
  }
}

/** `"BUY"` or `"SELL"`. */
function sideWord(at: i32): i32 {
  if (load<u32>(at) == 0x59554222) return load<u8>(at, 4) == QUOTE ? at + 5 : -1;
  return load<u32>(at) == 0x4c455322 && load<u16>(at, 4) == 0x224c ? at + 6 : -1;
}

function keep(place: i32, units: f64, fraction: i32): void {
  store<f64>(UNITS + (place << 3), units);
  store<u8>(DIGITS + place, <u8>fraction);
}

/** @returns where the bytes end that stand for themselves in a JSON text: ASCII but control characters, `"` and `\` */
function textEnd(at: i32): i32 {
  let mask = otherThanText(v128.load(at));
  while (mask == 0) {
    at += 16;
    mask = otherThanText(v128.load(at));
  }
  return at + ctz(mask);
}

function otherThanText(bytes: v128): i32 {
  // As signed bytes those beyond ASCII are below zero.
  const isOther = i8x16.lt_s(bytes, i8x16.splat(0x20));
  const isQuote = i8x16.eq(bytes, i8x16.splat(0x22));
  const isEscape = i8x16.eq(bytes, i8x16.splat(0x5c));
  return i8x16.bitmask(v128.or(isOther, v128.or(isQuote, isEscape)));
}

/** A text and its closing quote. */
function text(start: i32, place: i32): i32 {
  const at = textEnd(start);
  if (load<u8>(at) != QUOTE || at - start > TEXT_BYTES_MAX) return -1;
  if (place >= 0) {
    store<i32>(STARTS + (place << 2), start);
    store<i32>(ENDS + (place << 2), at);
  }
  return at + 1;
}

/** A decimal of at most 18 digits before and after the point, and its closing quote. */
function decimal(start: i32, place: i32): i32 {
  let at = start;
  const isNegative = load<u8>(at) == MINUS;
  if (isNegative) at += 1;
  const whole = at;
  value = 0;
  at = moreDigits(at);
  const wholeDigits = at - whole;
  if (wholeDigits == 0 || (wholeDigits > 1 && load<u8>(whole) == ZERO)) return -1;
  let fraction = 0;
  if (load<u8>(at) == POINT) {
    at += 1;
    const point = at;
    at = moreDigits(at);
    fraction = at - point;
    if (fraction == 0) return -1;
  }
  if (load<u8>(at) != QUOTE) return -1;
  let units = value;
  if (wholeDigits + fraction > SMALL_DIGITS) {
    if (wholeDigits > WIDE_DIGITS || fraction > WIDE_DIGITS) return -1;
    units = isZero(whole, at) ? 0 : 1;
    fraction = WIDE;
  }
  if (place >= 0) {
    // Never −0.
    keep(place, <f64>(isNegative ? -units : units), fraction);
    store<i32>(STARTS + (place << 2), start);
    store<i32>(ENDS + (place << 2), at);
  }
  return at + 1;
}

function isZero(start: i32, end: i32): bool {
  let at = start;
  while (at < end && (load<u8>(at) == ZERO || load<u8>(at) == POINT)) at += 1;
  return at == end;
}

/** A natural number of at most 15 digits. */
function natural(start: i32): i32 {
  value = 0;
  const at = moreDigits(start);
  const length = at - start;
  if (length == 0 || length > SMALL_DIGITS || (length > 1 && load<u8>(start) == ZERO)) return -1;
  return at;
}

/** Takes digits into `value`, after those it has. */
function moreDigits(start: i32): i32 {
  let at = start;
  let units = value;
  let digit = <u32>load<u8>(at) - ZERO;
  while (digit <= 9) {
    units = units * 10 + digit;
    at += 1;
    digit = <u32>load<u8>(at) - ZERO;
  }
  value = units;
  return at;
}

/** A natural number of at most 18 digits, passed over. */
function digits(start: i32): i32 {
  let at = start;
  let mask = otherThanDigits(v128.load(at));
  while (mask == 0) {
    at += 16;
    mask = otherThanDigits(v128.load(at));
  }
  at += ctz(mask);
  const length = at - start;
  if (length == 0 || length > 18 || (length > 1 && load<u8>(start) == ZERO)) return -1;
  return at;
}

function otherThanDigits(bytes: v128): i32 {
  return i8x16.bitmask(i8x16.gt_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(9)));
}

/** A number, without an exponent. */
function number(start: i32, place: i32): i32 {
  const isNegative = load<u8>(start) == MINUS;
  const whole = isNegative ? start + 1 : start;
  let at = digits(whole);
  if (at < 0) return -1;
  let point = at;
  if (load<u8>(at) == POINT) {
    do at += 1;
    while (<u32>load<u8>(at) - ZERO <= 9);
    if (at == point + 1 || at - point > 100) return -1;
  }
  if (place < 0) return at;
  let units: i64 = 0;
  for (let place = whole; place < at; place += 1)
    if (place != point) units = units * 10 + (<i64>load<u8>(place) - ZERO);
  const fraction = at > point ? at - point - 1 : 0;
  if (point - whole + fraction > SMALL_DIGITS) {
    keep(place, 0, NUMERAL);
    store<i32>(STARTS + (place << 2), start);
    store<i32>(ENDS + (place << 2), at);
    return at;
  }
  // Both are exact, so the quotient is what a double of the text is.
  const magnitude = <f64>units / load<f64>(POWERS + (fraction << 3));
  keep(place, isNegative ? -magnitude : magnitude, 0);
  return at;
}
