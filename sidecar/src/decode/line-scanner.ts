/**
 * Lines in the engine's shape, read from their bytes: what stands around the scanner proper
 * (`sidecar/assembly/line-scanner.ts`), which knows numbers where this knows runs and scopes.
 *
 * A line that the scanner does not take is brought into the engine's order (`line-arranger.ts`) where
 * that is all that differs, and tried again; the rest is left to `decodeLine`, which gives the same
 * result, only later. What that reads is made known here: days, runs, scopes.
 *
 * The scanner's memory is one a thread. Several line scanners share its tables, and when they are
 * full all of them begin anew.
 */
import { LEVELS } from '@tradetail/core/events/catalogue.ts';
import type { Json, LineTimes } from '@tradetail/core/events/check.ts';
import { LINE_BYTES_MAX } from '../follow/line-sink.ts';
import { Fields } from './fields.ts';
import { GRAMMARS, type Grammar } from './grammar.ts';
import { LineArranger } from './line-arranger.ts';
import {
  constant,
  doubles,
  integers,
  memory,
  region,
  scanner,
  SCRATCH,
  writeScratch,
} from './scanner-memory.ts';

/** Seq, wall and engine seconds. */
const NUMBERS = doubles('SEQ', 3);
/** Wall and engine nanoseconds, grammar, run, scope, and from where to where scope and book stand. */
const INTEGERS = integers('WALL_NANOS', 9);
const [
  WALL_NANOS,
  ENGINE_NANOS,
  GRAMMAR,
  RUN,
  SCOPE,
  SCOPE_START,
  SCOPE_END,
  BOOK_START,
  BOOK_END,
] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
const COPY = constant('COPY');
const arranger = new LineArranger(region('ARRANGED', LINE_BYTES_MAX));
const ARRANGED = constant('ARRANGED');

const OPEN = 0x7b;
const NEWLINE = 0x0a;
/** `2026-01-01T00:00:00.` */
const SECOND_BYTES = 20;
const DATE_BYTES = 10;
const DAY_SECONDS = 86_400;

for (const [index, grammar] of GRAMMARS.entries()) {
  const end = writeScratch(grammar.event);
  const { program, steps, isBook, areScopesRead } = grammar;
  scanner.addEvent(SCRATCH, end, index, program, steps.length, isBook, areScopesRead);
}

/** Grows when everybody's runs and scopes are forgotten. */
let generation = 0;
let owners = 0;
/** What stands before a wall clock; lines of all levels are of the same days. */
const WALL_HEADS = LEVELS.map((level) => `{"level":"${level}","time":"`);
const ENGINE_HEADS = ['","ts":"'];
/** Of wall and engine times that are known. */
const dates = { wall: '', engine: '' };

/**
 * @template R what is kept of a run
 * @template S what is kept of a scope
 */
export class LineScanner<R, S> {
  readonly fields = new Fields();
  readonly times: LineTimes;
  /** Of the line scanned last: what is kept of its run, its seq, its event. */
  run: R | undefined;
  seq = 0;
  grammar: Grammar = GRAMMARS[0]!;
  /** What is kept of its scope; undefined where that was not read before. */
  scope: S | undefined;

  readonly #owner = (owners += 1);
  #generation = generation;
  #runs: R[] = [];
  #numbers = new Map<R, number>();
  #scopes: S[] = [];
  #isFull = false;
  /** What was scanned in last, and where it begins in the scanner's memory; −1 where it lies elsewhere. */
  #read: Buffer | undefined;
  #offset = -1;

  /** @param times set to the times of the line scanned last */
  constructor(times: LineTimes) {
    this.times = times;
  }

  /** Whether runs and scopes can be made known; if not, `forget`. */
  get isReady(): boolean {
    return !this.#isFull && this.#generation === generation;
  }

  /** Forgets all runs and scopes. */
  forget(): void {
    if (this.#generation === generation) {
      scanner.forget();
      generation += 1;
    }
    this.#generation = generation;
    this.#isFull = false;
    this.#runs = [];
    this.#numbers = new Map();
    this.#scopes = [];
  }

  /** From now on lines of this run are known; `none` is the scope of those that name none. */
  know(engine: string, run: string, hasEngineTime: boolean, value: R, none: S): void {
    const end = writeScratch(`","v":1,"engine":"${engine}","run":"${run}","seq":`);
    const number = scanner.addRun(SCRATCH, end, this.#owner, hasEngineTime);
    if (number < 0) {
      this.#isFull = true;
      return;
    }
    this.#runs[number] = value;
    this.#numbers.set(value, number);
    this.knowScope(value, '', none);
  }

  /** @param text `,"venue":"…","symbol":"…","strategy":"…"`, as far as they are there */
  knowScope(run: R, text: string, value: S): void {
    const runNumber = this.#numbers.get(run);
    if (runNumber === undefined) return;
    const number = scanner.addScope(runNumber, SCRATCH, writeScratch(text));
    if (number < 0) this.#isFull = true;
    else this.#scopes[number] = value;
  }

  /** Takes the day of a line that is valid: the lines that follow it are mostly of the same one. */
  knowDay({ time, ts }: Json): void {
    const { wall, engine } = this.times;
    knowDate('wall', WALL_HEADS, time as string, wall.seconds);
    if (ts !== undefined) knowDate('engine', ENGINE_HEADS, ts as string, engine.seconds);
  }

  /** @returns whether the line is one of a known run in the engine's shape; if not, nothing is said of it */
  scan(bytes: Buffer, start: number, end: number): boolean {
    if (end - start > LINE_BYTES_MAX) return false;
    const at = placeOf(bytes, start, end);
    const length = end - start;
    if (this.#scan(at) === at + length) return true;
    const arranged = arranger.arrange(at, at + length);
    return arranged >= 0 && this.#scan(ARRANGED) === ARRANGED + arranged;
  }

  /**
   * Scans the line at `start` without knowing where it ends.
   *
   * @param bytes in the scanner's memory; else nothing is scanned
   * @returns where the next line begins; −1 where it is not a whole line before `end`, or not scanned
   */
  scanNext(bytes: Buffer, start: number, end: number): number {
    if (bytes !== this.#read) {
      this.#read = bytes;
      this.#offset = bytes.buffer === memory.buffer ? bytes.byteOffset : -1;
    }
    const offset = this.#offset;
    if (offset < 0) return -1;
    const next = this.#scan(offset + start) + 1 - offset;
    return next <= start ||
      next > end ||
      bytes[next - 1] !== NEWLINE ||
      next - start > LINE_BYTES_MAX
      ? -1
      : next;
  }

  /** @returns where its closing brace ends, or −1 */
  #scan(start: number): number {
    if (memory[start] !== OPEN || this.#generation !== generation) return -1;
    const end = scanner.scan(start, this.#owner);
    if (end < 0) return -1;
    const { wall, engine } = this.times;
    this.seq = NUMBERS[0]!;
    wall.seconds = NUMBERS[1]!;
    wall.nanos = INTEGERS[WALL_NANOS]!;
    engine.seconds = NUMBERS[2]!;
    engine.nanos = INTEGERS[ENGINE_NANOS]!;
    this.grammar = GRAMMARS[INTEGERS[GRAMMAR]!]!;
    this.run = this.#runs[INTEGERS[RUN]!];
    const scope = INTEGERS[SCOPE]!;
    this.scope = scope < 0 ? undefined : this.#scopes[scope];
    this.fields.areScanned();
    return end;
  }

  /** Where `,"venue":"…","symbol":"…","strategy":"…"` of the line stand in the scanner's memory, as far as they are there. */
  get scopeStart(): number {
    return INTEGERS[SCOPE_START]!;
  }

  get scopeEnd(): number {
    return INTEGERS[SCOPE_END]!;
  }

  /** `"bids":[…],"asks":[…]`, likewise. */
  get bookStart(): number {
    return INTEGERS[BOOK_START]!;
  }

  get bookEnd(): number {
    return INTEGERS[BOOK_END]!;
  }
}

/** @returns where the line stands in the scanner's memory, once it does */
function placeOf(bytes: Buffer, start: number, end: number): number {
  if (bytes.buffer === memory.buffer) return bytes.byteOffset + start;
  bytes.copy(memory, COPY, start, end);
  memory[COPY + end - start] = NEWLINE;
  return COPY;
}

function knowDate(
  clock: keyof typeof dates,
  heads: readonly string[],
  time: string,
  seconds: number,
): void {
  const date = time.slice(0, DATE_BYTES);
  if (dates[clock] === date) return;
  dates[clock] = date;
  const daySeconds = DAY_SECONDS * Math.floor(seconds / DAY_SECONDS);
  for (const head of heads) {
    const end = writeScratch(head + time.slice(0, SECOND_BYTES));
    scanner.addHead(SCRATCH, end, daySeconds, clock === 'engine');
  }
}
