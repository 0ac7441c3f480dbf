/**
 * Reads logs for a question about them: which lines count is decided as the fold decides it (decode,
 * then the rules of the run, then `seq`), but only the lines that the question needs are decoded.
 *
 * A line that nobody wants is passed by the bytes of its envelope, as the engine writes it. That is
 * exact as long as every run's seqs go up from line to line: then no line can be the repetition of
 * one that was passed, valid or not. Where a seq comes late or twice, or a line is not shaped like
 * the engine's, the line is decoded; where that may have changed what was passed before, everything
 * is read again with every line decoded.
 */
import { setImmediate } from 'node:timers/promises';
import { parseAtoms } from '@tradetail/core/decimal.ts';
import type { Json, LineTimes } from '@tradetail/core/events/check.ts';
import type { Clock } from '../clock.ts';
import { decodeLine } from '../decode/decode.ts';
import { FileFollower } from '../follow/file-follower.ts';
import type { LineSink, Segment } from '../follow/line-sink.ts';
import { classify, newSequence, prune, take, type Sequence } from '../fold/sequence.ts';

/** As in the fold: a seq so far above the greatest is a torn or forged number, not a gap. */
const SEQ_JUMP_MAX = 1e9;

/** One run of an engine, as far as it was read. */
export interface Run {
  readonly engine: string;
  readonly run: string;
  readonly sequence: Sequence;
  /** Whether its lines carry `ts`: the first line decides. */
  readonly hasEngineTime: boolean;
  /** By venue and symbol, see `marketId`. */
  readonly instruments: Map<string, Instrument>;
  /** From behind the times to the seq, as the engine writes it: `,"v":1,"engine":"…","run":"…","seq":`. */
  readonly head: Buffer;
}

export interface Instrument {
  readonly base: string;
  readonly quote: string;
  /** Atoms. */
  readonly multiplier: bigint;
}

export const marketId = (venue: unknown, symbol: unknown): string =>
  `${String(venue)}\0${String(symbol)}`;

/** What the bytes of a line's envelope say; it may still be invalid. The object is reused. */
export interface Envelope {
  run: Run;
  seq: number;
  event: string;
  /** What follows the event's name, a letter for each byte: UTF-8 as Latin-1. */
  rest: string;
  /** Where stands its engine time, of `TIME_BYTES` bytes. */
  timeAt: number;
}

/** Who asks. */
export interface LineTaker {
  /** Whether the line is to be decoded. Not asked where it must be for other reasons. */
  wants(envelope: Envelope, bytes: Buffer, start: number, end: number): boolean;
  /** A line that counts, in the order of reading: those it wants, and others that it must sort out itself. */
  take(line: Json, times: LineTimes, run: Run): void;
}

/** What was passed may not have counted: everything must be decoded. */
class PassedTooMuch extends Error {}

export interface ReadSurroundings {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called now and then with bytes read and bytes there are. */
  readonly progress?: (readBytes: number, bytes: number) => void;
}

export class Canceled extends Error {
  constructor() {
    super('canceled');
  }
}

/**
 * @param patterns globs; each file is read from its start to its end
 * @param newTaker makes who asks; called again where the logs must be read again
 * @returns who asked, having taken every line; undefined where no file matches
 * @throws Canceled
 */
export async function readLogs<T extends LineTaker>(
  patterns: readonly string[],
  newTaker: () => Promise<T>,
  surroundings: ReadSurroundings,
): Promise<T | undefined> {
  for (const isExact of [false, true]) {
    const taker = await newTaker();
    try {
      const files = await readAll(patterns, new LineReader(taker, isExact), surroundings);
      return files > 0 ? taker : undefined;
    } catch (error) {
      if (!(error instanceof PassedTooMuch)) throw error;
    }
  }
  throw new Error('a line was passed that should not have been');
}

/** Turns of the follower between two looks at the world outside: about 16 MB. */
const TURNS = 64;

async function readAll(
  patterns: readonly string[],
  sink: LineSink,
  { clock, signal, progress }: ReadSurroundings,
): Promise<number> {
  const follower = new FileFollower({ patterns, sink, clock });
  try {
    follower.look();
    const { files, lagBytes: bytes } = follower.status();
    for (let turn = 1; follower.step(); turn += 1) {
      if (turn % TURNS !== 0) continue;
      progress?.(bytes - follower.status().lagBytes, bytes);
      // Ctrl-C is heard only where the event loop turns.
      await setImmediate();
      if (signal.aborted) throw new Canceled();
    }
    return files;
  } finally {
    follower.stop();
  }
}

const LEVEL = Buffer.from('{"level":"');
const TIME = Buffer.from('","time":"');
const TS = Buffer.from(',"ts":"');
const MONO = Buffer.from(',"mono_ns":');
const EVENT = Buffer.from(',"event":"');
const QUOTE = 0x22;
/**
 * Of a key that stands twice the last counts: these would change whose line it is, and which. An
 * escape may hide one.
 */
const MAY_REPEAT = /\\|"(?:event|seq|run|engine)"\s*:/;
/** Of a time in the log. */
export const TIME_BYTES = 30;

class LineReader implements LineSink {
  readonly #taker: LineTaker;
  readonly #isExact: boolean;
  readonly #runs = new Map<string, Run>();
  readonly #times: LineTimes = { engine: { seconds: 0, nanos: 0 }, wall: { seconds: 0, nanos: 0 } };
  readonly #envelope: Envelope = {
    run: undefined as unknown as Run,
    seq: 0,
    event: '',
    rest: '',
    timeAt: 0,
  };
  /** The run of the line before: most lines are of the same. */
  #last: Run | undefined;

  constructor(taker: LineTaker, isExact: boolean) {
    this.#taker = taker;
    this.#isExact = isExact;
  }

  line(bytes: Buffer, start: number, end: number, segment: Segment | undefined): void {
    const envelope = this.#isExact ? undefined : this.#envelopeOf(bytes, start, end);
    if (envelope !== undefined && !this.#taker.wants(envelope, bytes, start, end)) {
      const { sequence } = envelope.run;
      if (envelope.seq <= sequence.max || envelope.seq > sequence.max + SEQ_JUMP_MAX)
        throw new PassedTooMuch();
      take(sequence, envelope.seq);
      return;
    }
    const line = decodeLine(bytes, start, end, this.#times);
    if (typeof line !== 'string') this.#read(line, segment);
  }

  lineTooLong(): void {
    // It is not read, like any invalid line.
  }

  unfinishedLine(): void {
    // Likewise.
  }

  #read(line: Json, segment: Segment | undefined): void {
    const seq = line['seq'] as number;
    const id = `${line['engine'] as string}\0${line['run'] as string}`;
    const hasEngineTime = line['ts'] !== undefined;
    let run = this.#runs.get(id);
    if (run === undefined) {
      run = newRun(line['engine'] as string, line['run'] as string, hasEngineTime);
      const n = line['event'] === 'log.segment' ? (line['n'] as number) : segment?.n;
      if ((n ?? 1) > 1) prune(run.sequence, seq - 1);
      this.#runs.set(id, run);
    } else if (hasEngineTime !== run.hasEngineTime || seq > run.sequence.max + SEQ_JUMP_MAX) return;
    const defined = definedBy(line);
    if (defined.some(([market, { multiplier }]) => contradicts(run, market, multiplier))) return;
    this.#last = run;
    const reading = classify(run.sequence, seq);
    if (!this.#isExact && (reading === 'late' || reading === 'duplicate'))
      throw new PassedTooMuch();
    if (reading === 'duplicate') return;
    take(run.sequence, seq);
    for (const [market, instrument] of defined) run.instruments.set(market, instrument);
    this.#taker.take(line, this.#times, run);
  }

  /** @returns what the line says of itself, where it is shaped as the engine shapes it and may be passed */
  #envelopeOf(bytes: Buffer, start: number, end: number): Envelope | undefined {
    const run = this.#last;
    if (run === undefined || !stands(bytes, start, LEVEL)) return undefined;
    let at = bytes.indexOf(QUOTE, start + LEVEL.length);
    if (at - start > LEVEL.length + 5 || !stands(bytes, at, TIME)) return undefined;
    let timeAt = at + TIME.length;
    at = timeAt + TIME_BYTES + 1;
    if (run.hasEngineTime) {
      if (!stands(bytes, at, TS)) return undefined;
      timeAt = at + TS.length;
      at = timeAt + TIME_BYTES + 1;
    }
    if (!stands(bytes, at, run.head)) return undefined;
    at += run.head.length;
    let seq = 0;
    for (; isDigit(bytes[at]!); at += 1) seq = seq * 10 + bytes[at]! - 48;
    if (!Number.isSafeInteger(seq) || !stands(bytes, at, MONO)) return undefined;
    at += MONO.length;
    while (isDigit(bytes[at]!)) at += 1;
    if (!stands(bytes, at, EVENT)) return undefined;
    at += EVENT.length;
    const close = bytes.indexOf(QUOTE, at);
    if (close === -1 || close >= end) return undefined;
    const event = bytes.toString('latin1', at, close);
    if (event === 'instrument.defined' || event === 'engine.snapshot') return undefined;
    const rest = bytes.toString('latin1', close, end);
    if (MAY_REPEAT.test(rest)) return undefined;
    const envelope = this.#envelope;
    envelope.run = run;
    envelope.seq = seq;
    envelope.event = event;
    envelope.rest = rest;
    envelope.timeAt = timeAt;
    return envelope;
  }
}

function newRun(engine: string, run: string, hasEngineTime: boolean): Run {
  const head = Buffer.from(`,"v":1,"engine":"${engine}","run":"${run}","seq":`);
  return {
    engine,
    run,
    sequence: newSequence(),
    hasEngineTime,
    instruments: new Map(),
    head,
  };
}

/** @returns the instruments that the line defines, by market */
function definedBy(line: Json): (readonly [string, Instrument])[] {
  const isDefinition = line['event'] === 'instrument.defined';
  if (!isDefinition && line['event'] !== 'engine.snapshot') return [];
  const rows = isDefinition ? [line] : ((line['instruments'] ?? []) as readonly Json[]);
  return rows.map((row) => [
    marketId(row['venue'], row['symbol']),
    {
      base: row['base'] as string,
      quote: row['quote'] as string,
      multiplier: parseAtoms(row['multiplier'] as string),
    },
  ]);
}

function contradicts(run: Run, market: string, multiplier: bigint): boolean {
  const before = run.instruments.get(market);
  return before !== undefined && before.multiplier !== multiplier;
}

/** @returns whether the text stands at that place of the bytes */
export function stands(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index += 1)
    if (bytes[at + index] !== text[index]) return false;
  return true;
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
