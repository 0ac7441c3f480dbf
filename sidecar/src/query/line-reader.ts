/**
 * Reads logs for a question about them: which lines count is decided as the fold decides it (decode,
 * then the rules of the run, then `seq`), but only the lines that the question needs become objects.
 * The byte scanner tells of every other line that it is valid, and its seq; what it does not know is
 * decoded.
 */
import { setImmediate } from 'node:timers/promises';
import { parseAtoms } from '@tradetail/core/decimal.ts';
import type { Json, LineTimes } from '@tradetail/core/events/check.ts';
import type { Clock } from '../clock.ts';
import { decodeLine } from '../decode/decode.ts';
import type { Fields } from '../decode/fields.ts';
import { LineScanner } from '../decode/line-scanner.ts';
import { input, memory } from '../decode/scanner-memory.ts';
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
}

export interface Instrument {
  readonly base: string;
  readonly quote: string;
  /** Atoms. */
  readonly multiplier: bigint;
}

export const marketId = (venue: unknown, symbol: unknown): string =>
  `${String(venue)}\0${String(symbol)}`;

/** What a line is about, as far as it says. */
export interface LineScope {
  readonly venue: string | undefined;
  readonly symbol: string | undefined;
  readonly strategy: string | undefined;
}

/** A valid line that was not decoded: what the scanner tells of it. */
export interface ScannedLine {
  readonly run: Run;
  readonly seq: number;
  readonly event: string;
  readonly scope: LineScope;
  /** Those that the fold reads of its event. */
  readonly fields: Fields;
  readonly times: LineTimes;
  /** Reads it from the bytes. */
  readonly cause: () => number | undefined;
}

/** Who asks. */
export interface LineTaker {
  /** Whether the line is to be decoded. Not asked where it was for other reasons. */
  wants(line: ScannedLine, bytes: Buffer, start: number, end: number): boolean;
  /** A line that counts, in the order of reading: those it wants, and others that it must sort out itself. */
  take(line: Json, times: LineTimes, run: Run): void;
}

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
 * @returns whether a file matches
 * @throws Canceled
 */
export async function readLogs(
  patterns: readonly string[],
  taker: LineTaker,
  { clock, signal, progress }: ReadSurroundings,
): Promise<boolean> {
  const follower = new FileFollower({ patterns, sink: new LineReader(taker), clock });
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
    return files > 0;
  } finally {
    follower.stop();
  }
}

/** Turns of the follower between two looks at the world outside: about 16 MB. */
const TURNS = 64;

/** What stands for itself in JSON, so that the scanner can know it. */
const PLAIN = /^[ !#-[\]-~]{0,128}$/;
/** Of all runs together; past it they are learnt anew. */
const SCOPES_MAX = 16_384;
const ZERO = 0x30;
const NINE = 0x39;

class LineReader implements LineSink {
  readonly buffer = input;
  readonly #taker: LineTaker;
  readonly #runs = new Map<string, Run>();
  readonly #times: LineTimes = { engine: { seconds: 0, nanos: 0 }, wall: { seconds: 0, nanos: 0 } };
  readonly #scanner = new LineScanner<Run, LineScope>(this.#times);
  /** Those that the scanner knows, and their scopes. */
  readonly #known = new Map<Run, Set<string>>();
  #scopes = 0;
  /** The line that is asked about: one object for all. */
  readonly #scanned;

  constructor(taker: LineTaker) {
    this.#taker = taker;
    const scanner = this.#scanner;
    this.#scanned = {
      run: undefined as unknown as Run,
      seq: 0,
      event: '',
      scope: NOTHING,
      fields: scanner.fields,
      times: this.#times,
      cause: () => causeBefore(scanner.scopeStart),
    };
  }

  nextLine(bytes: Buffer, start: number, end: number): number {
    const next = this.#scanner.scanNext(bytes, start, end);
    return next >= 0 && this.#pass(bytes, start, next - 1) ? next : -1;
  }

  line(bytes: Buffer, start: number, end: number, segment: Segment | undefined): void {
    if (this.#scanner.scan(bytes, start, end) && this.#pass(bytes, start, end)) return;
    const line = decodeLine(bytes, start, end, this.#times);
    if (typeof line !== 'string') this.#read(line, segment);
  }

  lineTooLong(): void {
    // It is not read, like any invalid line.
  }

  unfinishedLine(): void {
    // Likewise.
  }

  /** @returns whether the scanned line is done with: the next of its run, and not wanted, or taken */
  #pass(bytes: Buffer, start: number, end: number): boolean {
    const { run, scope, seq, grammar } = this.#scanner;
    if (run === undefined || scope === undefined || seq !== run.sequence.max + 1) return false;
    const scanned = this.#scanned;
    scanned.run = run;
    scanned.seq = seq;
    scanned.event = grammar.event;
    scanned.scope = scope;
    take(run.sequence, seq);
    if (!this.#taker.wants(scanned, bytes, start, end)) return true;
    const line = decodeLine(bytes, start, end, this.#times) as Json;
    this.#taker.take(line, this.#times, run);
    return true;
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
    this.#learn(line, run);
    if (classify(run.sequence, seq) === 'duplicate') return;
    take(run.sequence, seq);
    for (const [market, instrument] of defined) run.instruments.set(market, instrument);
    this.#taker.take(line, this.#times, run);
  }

  /** Lines like this one are scanned from now on. */
  #learn(line: Json, run: Run): void {
    const scanner = this.#scanner;
    if (!scanner.isReady || this.#scopes > SCOPES_MAX) {
      scanner.forget();
      this.#known.clear();
      this.#scopes = 0;
    }
    scanner.knowDay(line);
    let scopes = this.#known.get(run);
    if (scopes === undefined) {
      this.#known.set(run, (scopes = new Set()));
      scanner.know(run.engine, run.run, run.hasEngineTime, run, NOTHING);
    }
    const names = [line['venue'], line['symbol'], line['strategy']];
    const isPlain = names.every(
      (name) => name === undefined || (typeof name === 'string' && PLAIN.test(name)),
    );
    const [venue, symbol, strategy] = names as (string | undefined)[];
    const text = JSON.stringify({ venue, symbol, strategy }).slice(1, -1);
    if (!isPlain || text === '' || scopes.has(text)) return;
    scopes.add(text);
    this.#scopes += 1;
    scanner.knowScope(run, `,${text}`, { venue, symbol, strategy });
  }
}

const NOTHING: LineScope = { venue: undefined, symbol: undefined, strategy: undefined };

/** A cause stands right before the scope: `"cause":123,"venue":"…"`. */
function causeBefore(scopeStart: number): number | undefined {
  let at = scopeStart;
  while (memory[at - 1]! >= ZERO && memory[at - 1]! <= NINE) at -= 1;
  return at === scopeStart ? undefined : Number(memory.toString('latin1', at, scopeStart));
}

const newRun = (engine: string, run: string, hasEngineTime: boolean): Run => ({
  engine,
  run,
  sequence: newSequence(),
  hasEngineTime,
  instruments: new Map(),
});

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
