/**
 * The recorder of a real run: the loop says lines, which are bytes in the ring once the step is
 * over (`settle`), and a worker makes text of them. Seqs are taken when a line is said.
 *
 * When the disk is slow the ring fills. The loop never waits for it. Three bounds, by how much of
 * the ring is taken:
 *
 *     1/2   `md.*` events are dropped. They use up their seqs, and the next line is `log.dropped`
 *           with exactly the seqs that are missing before it.
 *     7/8   `overflowed`: what cannot be recorded is not traded. The loop must cancel everything
 *           and halt; the last eighth is for what it has to say about that.
 *     all   nothing fits: seqs are missing without a `log.dropped`, counted in `lost`.
 *
 * A run that is not paced by a clock (replay and simulation at full speed) has time to wait
 * instead: it gives way while `crowded`, and so drops nothing.
 */
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  EVENT_NAMES,
  EVENTS,
  type EventName,
  type EventSpec,
  type FieldType,
} from '@tradetail/core/events/catalogue.ts';
import { openClock, type Clock, type Origin } from '../clock.ts';
import type { BookView } from '../market/book-view.ts';
import type { Instrument } from '../market/instrument.ts';
import { BUY, SELL, type Side } from '../market/side.ts';
import { NONE, type Recorder, type Scopes } from './recorder.ts';
import {
  AS_JSON,
  createRing,
  HEADER,
  HEADER_BYTES,
  NAMES,
  RECORD_BYTES_MAX,
  TAG,
  WORD,
  WORDS,
  type Names,
  type Ring,
} from './ring.ts';
import { makeLogFolder } from './segment-file.ts';
import { StepJournal } from './step-journal.ts';

export interface LogOptions {
  readonly folder: string;
  readonly engine: string;
  readonly run: string;
  /** When the run started; the monotonic clock counts from here. */
  readonly origin: Origin;
  /** Engine clock zero, ns since the epoch, where the engine clock is not the wall clock. */
  readonly startEpochNs?: bigint;
  /** A segment is full at about this size. */
  readonly segmentBytes: number;
  /** All segments of the engine together; the oldest are deleted past it. */
  readonly budgetBytes: number;
  readonly ringBytes: number;
}

/** What the worker is started with. */
export interface WorkerOptions extends LogOptions {
  readonly ring: SharedArrayBuffer;
  /** A module with `writeSync` of node:fs, for tests of slow and failing disks. */
  readonly disk?: string;
}

const KIND = new Map<EventName, number>(EVENT_NAMES.map((name, index) => [name, index]));
const FIELD_COUNT = EVENT_NAMES.map((name) => EVENTS[name].fields.length);
const DROPPABLE = EVENT_NAMES.map((name) => name.startsWith('md.'));
/** Bytes of a line that are always there: about the envelope and the names of the fields. */
const LINE_BYTES = EVENT_NAMES.map((name) => {
  const spec: EventSpec = EVENTS[name];
  return 180 + spec.fields.reduce((sum, field) => sum + field.name.length, 0);
});
const NESTED: readonly FieldType[] = ['levels', 'texts', 'amounts', 'object', 'list'];
/** The names of the fields of an event that has only single values; undefined for another. */
const FLAT_FIELDS = EVENT_NAMES.map((name) => {
  const spec: EventSpec = EVENTS[name];
  if (spec.fields.some((field) => NESTED.includes(field.type))) return undefined;
  return spec.fields.map((field) => field.name);
});
/** Longer texts are measured as the JSON they become. */
const SHORT_TEXT_MAX = 1_000;

/** A line has 65,536 bytes; the rest is for the envelope. */
const FIELDS_BYTES_MAX = 65_536 - 1_024;
/** Characters; as JSON each has six bytes at most. */
const ERROR_TEXT_MAX = 4_096;
/** Of each field of each event: whether it is written with words of the catalogue. */
const WORDED = EVENT_NAMES.map((name) => {
  const spec: EventSpec = EVENTS[name];
  return spec.fields.map((field) => field.words !== undefined);
});
const NO_WORDS: readonly boolean[] = [];
const WORD_PLACE = new Map(WORDS.map((word, place) => [word, place]));
const LOG_SEGMENT = KIND.get('log.segment')!;
const LOG_DROPPED = KIND.get('log.dropped')!;

export class RingRecorder implements Recorder {
  seq = 0;
  /** Market-data events that were dropped so far. */
  dropped = 0;
  /** Other events that were lost so far. */
  lost = 0;
  /** Segments begun so far. */
  segment = 0;
  readonly #ring: Ring;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #clock: Clock;
  readonly #worker: Worker;
  readonly #segmentBytes: number;
  readonly #mdMax: number;
  readonly #overflowAt: number;
  readonly #journal = new StepJournal();
  #tNs = 0;
  #monoNs: number;
  #segmentFill = 0;
  /** First seq of the events dropped since the last line, 0 when there is none. */
  #droppedFrom = 0;
  #droppedTo = 0;
  /** The event whose line was begun, NONE between lines. */
  #event = NONE;
  /** That line is to be dropped. */
  #dropping = false;

  /** Position of the next record; the worker sees it once the step is settled. */
  #head = 0;
  /** Position up to which the ring was free when last looked. */
  #tail = 0;

  constructor(ring: Ring, worker: Worker, clock: Clock, segmentBytes: number) {
    this.#ring = ring;
    this.#bytes = ring.bytes;
    this.#view = ring.view;
    this.#worker = worker;
    this.#clock = clock;
    this.#monoNs = clock.monoNs();
    this.#segmentBytes = segmentBytes;
    this.#mdMax = ring.size / 2;
    this.#overflowAt = ring.size - ring.size / 8;
    this.#beginSegment();
  }

  /** The ring is fuller than lines about trading may make it: cancel everything and halt. */
  get overflowed(): boolean {
    return this.#taken() > this.#overflowAt;
  }

  /** A run that can wait should: `giveWay()`. */
  get crowded(): boolean {
    return this.#taken() > this.#mdMax / 2;
  }

  get segmentFull(): boolean {
    return this.#segmentFill >= this.#segmentBytes;
  }

  /** Why the disk does not take the lines, a positive errno; 0 when it does. */
  get errno(): number {
    return Atomics.load(this.#ring.words, WORD.errno);
  }

  /** Waits a moment for the worker, while the process goes on. */
  async giveWay(): Promise<void> {
    this.settle();
    this.#wakeWorker();
    await setTimeout(1);
  }

  /**
   * Waits until every line recorded so far is in the file, without the loop of events, so that it
   * works while the process exits. A line that was begun and not ended is given up.
   *
   * @returns whether all of it is
   */
  drain(timeoutMs: number): boolean {
    this.abandon();
    this.settle();
    const deadline = this.#clock.monoNs() + timeoutMs * 1e6;
    for (;;) {
      const stored = Atomics.load(this.#ring.words, WORD.stored);
      if (stored === (this.#head | 0)) return true;
      const leftMs = (deadline - this.#clock.monoNs()) / 1e6;
      if (leftMs <= 0) return false;
      this.#wakeWorker();
      Atomics.wait(this.#ring.words, WORD.stored, stored, Math.min(leftMs, 50));
    }
  }

  /** Drains and ends the worker. */
  async close(timeoutMs: number): Promise<boolean> {
    const all = this.drain(timeoutMs);
    await this.#worker.terminate();
    return all;
  }

  /** Closes the segment. The caller records an `engine.snapshot` next. */
  rotate(): void {
    this.#beginSegment();
  }

  /** Gives up a line that was begun, after an exception in the middle of it. */
  abandon(): void {
    if (this.#event === NONE) return;
    this.#event = NONE;
    this.#journal.giveUp();
    if (!this.#dropping) this.seq -= 1;
  }

  names(instruments: readonly Instrument[], strategies: readonly string[]): void {
    const names: Names = {
      instruments: instruments.map(({ venue, symbol, tickSize, lotSize }) => ({
        venue,
        symbol,
        tickSize,
        lotSize,
      })),
      strategies,
    };
    this.settle();
    this.#journal.begin(NAMES, 0, 0, 0, NONE, NONE, NONE);
    this.text(JSON.stringify(names));
    this.#journal.complete();
    this.settle();
  }

  at(tNs: number, monoNs: number): void {
    this.#tNs = tNs;
    this.#monoNs = monoNs;
  }

  begin(event: EventName, instrument: number, strategy: number, cause: number): number {
    const kind = KIND.get(event)!;
    return this.#begin(kind, kind, instrument, strategy, cause);
  }

  int(value: number): void {
    this.#put(TAG.number, value);
  }

  number(value: number): void {
    if (Number.isFinite(value)) this.#put(TAG.number, value);
    else this.absent();
  }

  flag(value: boolean): void {
    this.#tag(value ? TAG.true : TAG.false);
  }

  text(value: string): void {
    this.#journal.text[this.#journal.fields] = value;
    this.#tag(TAG.plain);
  }

  decimal(value: string): void {
    this.text(value);
  }

  side(value: Side): void {
    this.#tag(value === BUY ? TAG.buy : TAG.sell);
  }

  ticks(value: number): void {
    if (Number.isNaN(value)) this.absent();
    else this.#put(TAG.ticks, value);
  }

  lots(value: number): void {
    if (Number.isNaN(value)) this.absent();
    else this.#put(TAG.lots, value);
  }

  levels(book: BookView, side: Side, levels: number): void {
    this.#journal.book[this.#journal.fields] = book;
    this.#put(TAG.levels, side * levels);
  }

  absent(): void {
    this.#tag(TAG.absent);
  }

  end(): void {
    const count = this.#journal.fieldsOfLine;
    if (count !== FIELD_COUNT[this.#event]!) {
      const name = EVENT_NAMES[this.#event]!;
      throw new Error(`${name} has ${FIELD_COUNT[this.#event]!} fields, got ${count}`);
    }
    this.#close();
  }

  event(event: EventName, fields: Readonly<Record<string, unknown>>, scopes: Scopes = {}): number {
    const { instrument = NONE, strategy = NONE, cause = NONE, venue, msg } = scopes;
    const kind = KIND.get(event)!;
    const names = FLAT_FIELDS[kind];
    if (names !== undefined && venue === undefined && msg === undefined && isShort(fields)) {
      checkNames(event, fields, names);
      const seq = this.#begin(kind, kind, instrument, strategy, cause);
      for (const name of names) this.#any(fields[name]);
      this.#close();
      return seq;
    }
    const text = fieldsText(event, fields, msg);
    const seq = this.#begin(kind, kind | AS_JSON, instrument, strategy, cause);
    this.text(venue === undefined ? '' : `,"venue":${JSON.stringify(venue)}`);
    this.text(text);
    this.#close();
    return seq;
  }

  #any(value: unknown): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'boolean') this.flag(value);
    else this.absent();
  }

  #begin(event: number, kind: number, instrument: number, strategy: number, cause: number): number {
    if (this.#event !== NONE) throw new Error('the line before was not ended');
    if (this.#journal.isFull) this.settle();
    const drop = DROPPABLE[event]! && this.#taken() > this.#mdMax;
    if (this.#droppedFrom !== 0 && !drop) this.#recordDropped();
    this.seq += 1;
    this.#event = event;
    this.#dropping = drop;
    if (drop) {
      this.dropped += 1;
      if (this.#droppedFrom === 0) this.#droppedFrom = this.seq;
      this.#droppedTo = this.seq;
    } else
      this.#journal.begin(kind, this.seq, this.#monoNs, this.#tNs, cause, instrument, strategy);
    return this.seq;
  }

  #close(): void {
    this.#event = NONE;
    if (this.#dropping) this.#journal.giveUp();
    else this.#journal.complete();
  }

  /** Puts the lines said so far into the ring. Call when a step is over and its orders are sent. */
  settle(): void {
    const journal = this.#journal;
    const { lines } = journal;
    if (lines === 0) return;
    let failure: unknown;
    for (let line = 0, field = 0; line < lines; line += 1) {
      // One line that cannot be stored takes none of the others with it.
      try {
        this.#store(line, field, journal.end[line]!);
      } catch (error) {
        this.lost += 1;
        failure ??= error;
      }
      field = journal.end[line]!;
    }
    journal.clear();
    Atomics.store(this.#ring.words, WORD.written, this.#head);
    if (failure !== undefined) throw failure as Error;
  }

  /** Stores a line, if there is room. */
  #store(line: number, firstField: number, endField: number): void {
    const { size } = this.#ring;
    if (this.#taken() > size - RECORD_BYTES_MAX && this.#takenNow() > size - RECORD_BYTES_MAX) {
      this.lost += 1;
      return;
    }
    const bytes = this.#bytes;
    const view = this.#view;
    const journal = this.#journal;
    const kind = journal.kind[line]!;
    const start = this.#head & (size - 1);
    bytes[start + HEADER.kind] = kind;
    view.setFloat64(start + HEADER.seq, journal.seq[line]!, true);
    view.setFloat64(start + HEADER.monoNs, journal.monoNs[line]!, true);
    view.setFloat64(start + HEADER.tNs, journal.tNs[line]!, true);
    view.setFloat64(start + HEADER.cause, journal.cause[line]!, true);
    view.setInt16(start + HEADER.instrument, journal.instrument[line]!, true);
    view.setInt16(start + HEADER.strategy, journal.strategy[line]!, true);
    const worded = WORDED[kind] ?? NO_WORDS;
    let at = start + HEADER_BYTES;
    for (let field = firstField; field < endField; field += 1) {
      const tag = journal.tag[field]!;
      if (tag === TAG.number || tag === TAG.ticks || tag === TAG.lots) {
        bytes[at] = tag;
        view.setFloat64(at + 1, journal.number[field]!, true);
        at += 9;
      } else if (tag === TAG.plain)
        at = this.#storeText(at, journal.text[field]!, worded[field - firstField] === true);
      else if (tag === TAG.levels)
        at = this.#storeLevels(at, journal.book[field]!, journal.number[field]!);
      else bytes[at++] = tag;
    }
    const length = at - start;
    if (length > RECORD_BYTES_MAX) throw new Error(`a record has ${length} bytes`);
    view.setUint32(start + HEADER.length, length, true);
    this.#head = (this.#head + length) | 0;
    this.#segmentFill += length - HEADER_BYTES + (LINE_BYTES[kind & ~AS_JSON] ?? 0);
  }

  /** @returns the place behind it, as do the next ones */
  #storeText(at: number, value: string, isWorded: boolean): number {
    const bytes = this.#bytes;
    if (isWorded) {
      const word = WORD_PLACE.get(value);
      if (word !== undefined) {
        bytes[at] = TAG.word;
        bytes[at + 1] = word;
        return at + 2;
      }
    }
    const { length } = value;
    const start = at + 5;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c)
        return this.#storeUtf8(at, value);
      bytes[start + i] = code;
    }
    bytes[at] = TAG.plain;
    this.#view.setUint32(at + 1, length, true);
    return start + length;
  }

  #storeUtf8(at: number, value: string): number {
    this.#bytes[at] = TAG.utf8;
    const length = this.#bytes.write(value, at + 5, 'utf8');
    this.#view.setUint32(at + 1, length, true);
    return at + 5 + length;
  }

  /** @param levels of the bids; negative: so many of the asks */
  #storeLevels(at: number, book: BookView, levels: number): number {
    const view = this.#view;
    const side = levels > 0 ? BUY : SELL;
    const count = Math.min(Math.abs(levels), book.depth(side));
    this.#bytes[at] = TAG.levels;
    this.#bytes[at + 1] = count;
    let next = at + 2;
    for (let level = 0; level < count; level++) {
      view.setFloat64(next, book.px(side, level), true);
      view.setFloat64(next + 8, book.qty(side, level), true);
      next += 16;
    }
    return next;
  }

  #recordDropped(): void {
    const from = this.#droppedFrom;
    this.#droppedFrom = 0;
    this.#begin(LOG_DROPPED, LOG_DROPPED, NONE, NONE, NONE);
    this.int(this.#droppedTo - from + 1);
    this.int(from);
    this.int(this.#droppedTo);
    this.end();
  }

  #beginSegment(): void {
    this.settle();
    this.segment += 1;
    this.#segmentFill = 0;
    const seq = this.#begin(LOG_SEGMENT, LOG_SEGMENT, NONE, NONE, NONE);
    this.int(this.segment);
    this.int(seq);
    this.end();
    this.settle();
  }

  #put(tag: number, value: number): void {
    const journal = this.#journal;
    journal.number[journal.fields] = value;
    journal.tag[journal.fields++] = tag;
  }

  #tag(tag: number): void {
    this.#journal.tag[this.#journal.fields++] = tag;
  }

  /** Bytes of the ring that are taken. Looks at the worker's word only when it may matter. */
  #taken(): number {
    const taken = (this.#head - this.#tail) >>> 0;
    return taken > this.#mdMax / 8 ? this.#takenNow() : taken;
  }

  #takenNow(): number {
    this.#tail = Atomics.load(this.#ring.words, WORD.stored);
    return (this.#head - this.#tail) >>> 0;
  }

  #wakeWorker(): void {
    Atomics.store(this.#ring.words, WORD.bell, 1);
    Atomics.notify(this.#ring.words, WORD.bell);
  }
}

/**
 * Opens a new run's log: makes the folder and the first segment, and records its `log.segment`.
 *
 * @param workerUrl the bundled `log/worker.ts`
 * @throws when the folder or the file cannot be made
 */
export async function openLog(
  options: LogOptions,
  workerUrl: URL,
  disk?: string,
): Promise<RingRecorder> {
  makeLogFolder(options.folder);
  const ring = createRing(options.ringBytes);
  const workerData: WorkerOptions = {
    ...options,
    ring: ring.shared,
    ...(disk === undefined ? {} : { disk }),
  };
  const worker = new Worker(workerUrl, { workerData, name: 'log' });
  const recorder = new RingRecorder(ring, worker, openClock(options.origin), options.segmentBytes);
  await new Promise<void>((resolve, reject) => {
    let open = false;
    worker.once('message', () => {
      open = true;
      resolve();
    });
    worker.once('error', (error) => {
      // Later than that it is a process that cannot record, and must not go on.
      if (open) throw error;
      reject(error);
    });
  });
  worker.unref();
  return recorder;
}

/** `,"field":value…,"msg":…` in the order of the catalogue. */
function fieldsText(
  event: EventName,
  fields: Readonly<Record<string, unknown>>,
  msg: string | undefined,
): string {
  const spec: EventSpec = EVENTS[event];
  const ordered: Record<string, unknown> = {};
  checkNames(
    event,
    fields,
    spec.fields.map((field) => field.name),
  );
  for (const { name } of spec.fields) if (fields[name] !== undefined) ordered[name] = fields[name];
  let text = membersText(ordered, msg);
  if (Buffer.byteLength(text) > FIELDS_BYTES_MAX) {
    if (event !== 'engine.error')
      throw new Error(`${event} of ${Buffer.byteLength(text)} bytes does not fit a line`);
    for (const name of ['error_message', 'error_stack'])
      ordered[name] = String(ordered[name]).slice(0, ERROR_TEXT_MAX);
    text = membersText(ordered, msg);
  }
  return text;
}

function membersText(fields: object, msg: string | undefined): string {
  const members = JSON.stringify({ ...fields, msg }).slice(1, -1);
  return members === '' ? '' : `,${members}`;
}

function checkNames(event: EventName, fields: object, names: readonly string[]): void {
  for (const name in fields)
    if (!names.includes(name)) throw new Error(`${event} has no field ${name}`);
}

function isShort(fields: Readonly<Record<string, unknown>>): boolean {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === 'string' && value.length > SHORT_TEXT_MAX) return false;
  }
  return true;
}
