/**
 * Random actions on log files beside a real sidecar that is killed and started again: every complete
 * line counts once.
 *
 * Many sequences are played at once, each in a folder of its own with two writers: one that rotates a
 * file under one name in all the ways that are in use, one that writes segments as the engine does.
 * The lines are trades of which no two of a symbol have the same quantity, all of them powers of
 * two: a volume tells which lines are in it, each once.
 *
 * Beside the files a model says which lines are owed. A line is let off where nobody could have it:
 * it was cut off or deleted before it was read, or after it was read but before a checkpoint had it,
 * and then the sidecar was killed.
 */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadCheckpoint } from '@tradetail/sidecar/checkpoint.ts';
import { Replica } from '@tradetail/sidecar/fold/replica.ts';
import type { Position } from '@tradetail/sidecar/follow/follower.ts';
import type { Segment } from '@tradetail/sidecar/follow/line-sink.ts';
import { metricsText } from '@tradetail/sidecar/metrics/registry.ts';
import type { Random } from '../oracle/random.ts';
import { build, endAll, seriesOf, Sidecar, untilRight } from './sidecar.ts';

const RUN = '01JDGZ00000000000000000001';
/** Lines of a symbol: the sum of as many powers of two is exact in a double. */
const BITS = 48;
const ROUNDS = 14;

const SEGMENT_ACTIONS = [
  [6, 'write'],
  [3, 'tear'],
  [3, 'nextSegment'],
  [1, 'deleteOldest'],
] as const;
const FILE_ACTIONS = [
  [8, 'write'],
  [3, 'tear'],
  [2, 'renameAway'],
  [1, 'renameWithin'],
  [2, 'copyTruncate'],
  [1, 'truncate'],
  [1, 'delete'],
  [1, 'replace'],
] as const;

interface Line {
  readonly index: number;
  readonly bytes: Buffer;
  readonly segment: Segment | undefined;
  /** It was seen in the metrics of the sidecar that runs. */
  read: boolean;
  /** It need not be there, but may. */
  excused: boolean;
}

interface LogFile {
  path: string;
  readonly lines: Line[];
  /** Bytes of the last line, if that is not complete. */
  torn: number;
  /** The sidecar that runs has it open. */
  open: boolean;
  /** To another name that matches. */
  renamed: boolean;
}

/** What a sidecar that was killed has left. */
interface Saved {
  readonly lines: ReadonlyMap<string, ReadonlySet<number>>;
  /** By device and inode. */
  readonly files: ReadonlyMap<string, Position>;
}

/** One that writes lines of one engine. */
class Writer {
  readonly engine: string;
  readonly lines: Line[] = [];
  /** What was done, for whoever looks into a failure. */
  readonly done: string[] = [];
  readonly #folder: string;
  readonly #random: Random;
  readonly #writesSegments: boolean;
  #current: LogFile | undefined;
  #n = 1;
  #renames = 0;
  /** Every file that may still be found. */
  readonly files = new Set<LogFile>();
  /** Its lines may have been read in another order than they were written in, so gaps were counted. */
  unordered = false;
  /** Undefined while a sidecar runs. */
  saved: Saved | undefined;

  constructor(engine: string, folder: string, writesSegments: boolean, random: Random) {
    this.engine = engine;
    this.#folder = folder;
    this.#writesSegments = writesSegments;
    this.#random = random;
  }

  play(): void {
    const action = this.#random.weighted(this.#writesSegments ? SEGMENT_ACTIONS : FILE_ACTIONS);
    this.done.push(`${action}@${this.lines.length}`);
    this[action]();
  }

  /** An unfinished line stays one, so the last one is finished. */
  finish(): void {
    if (this.#current !== undefined && this.#current.torn > 0) this.write();
  }

  /** What is gone and in no checkpoint died with the process. */
  killed(saved: Saved): void {
    this.saved = saved;
    const standing = new Set<Line>();
    for (const file of this.files) {
      // Under another name, and in no checkpoint: nobody can tell what it continues.
      if (file.renamed && !isIn(saved, file)) this.unordered = true;
      const isFound = file.path.endsWith('.jsonl') || isIn(saved, file);
      if (isFound) for (const line of file.lines) standing.add(line);
      else this.files.delete(file);
    }
    for (const line of this.lines)
      if (!standing.has(line) && !this.#isSaved(line)) line.excused = true;
    for (const line of this.lines) line.read = false;
    for (const file of this.files) file.open = false;
  }

  #isSaved({ index }: Line): boolean {
    return this.saved?.lines.get(this.engine)?.has(index) ?? false;
  }

  #open(): LogFile {
    if (this.#current !== undefined) return this.#current;
    const name = this.#writesSegments
      ? `${this.engine}-${RUN}.${this.#n}.jsonl`
      : join(this.engine, 'plain.jsonl');
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true });
    this.#current = { path, lines: [], torn: 0, open: false, renamed: false };
    this.files.add(this.#current);
    return this.#current;
  }

  #newLine(): Line {
    const index = this.lines.length;
    const qty = 2 ** (index % BITS);
    const symbol = `S${Math.floor(index / BITS)}`;
    const filler = 'é€x'.repeat((index * 7) % 60);
    const text = `{"level":"trace","time":"2026-01-01T00:00:00.${String(index).padStart(9, '0')}Z","v":1,"engine":"${this.engine}","run":"${RUN}","seq":${index + 1},"mono_ns":${index},"event":"md.trade","venue":"v","symbol":"${symbol}","trade_id":"${filler}","px":"1","qty":"${qty}","aggressor_side":"BUY"}\n`;
    const segment = this.#writesSegments
      ? { engine: this.engine, run: RUN, n: this.#n }
      : undefined;
    const line = { index, bytes: Buffer.from(text), segment, read: false, excused: false };
    this.lines.push(line);
    return line;
  }

  write(): void {
    const file = this.#open();
    const count = this.#random.integer(1, 6);
    const parts: Buffer[] = [];
    for (let one = 0; one < count; one += 1) {
      if (file.torn > 0) {
        parts.push(file.lines.at(-1)!.bytes.subarray(file.torn));
        file.torn = 0;
        continue;
      }
      const line = this.#newLine();
      file.lines.push(line);
      parts.push(line.bytes);
    }
    appendFileSync(file.path, Buffer.concat(parts));
  }

  tear(): void {
    const file = this.#open();
    if (file.torn > 0) return;
    const line = this.#newLine();
    file.lines.push(line);
    file.torn = this.#random.integer(1, line.bytes.length - 1);
    appendFileSync(file.path, line.bytes.subarray(0, file.torn));
  }

  nextSegment(): void {
    this.finish();
    this.#current = undefined;
    this.#n += 1;
    this.write();
  }

  deleteOldest(): void {
    const [oldest] = this.files;
    if (oldest !== undefined && oldest !== this.#current)
      this.#remove(oldest, () => unlinkSync(oldest.path));
  }

  renameAway(): void {
    const file = this.#current;
    if (file === undefined) return;
    this.finish();
    const isKnown = this.#isKnown(file);
    renameSync(file.path, `${file.path}.${(this.#renames += 1)}`);
    file.path = `${file.path}.${this.#renames}`;
    if (!isKnown) this.#gone(file);
    this.#current = undefined;
  }

  renameWithin(): void {
    const file = this.#current;
    // Of a file that nobody knows nobody could tell that another continues it.
    if (file === undefined || !this.#isKnown(file)) return;
    this.finish();
    const path = file.path.replace('.jsonl', `-${(this.#renames += 1)}.jsonl`);
    renameSync(file.path, path);
    file.path = path;
    file.renamed = true;
    this.#current = undefined;
  }

  copyTruncate(): void {
    if (this.#current === undefined) return;
    copyFileSync(this.#current.path, `${this.#current.path}.copy`);
    this.truncate();
  }

  truncate(): void {
    const file = this.#current;
    if (file === undefined) return;
    truncateSync(file.path);
    this.#excuse(file, false);
    file.lines.length = 0;
    file.torn = 0;
    // What the sidecar has of it is old until it reads it again.
    file.open = false;
  }

  delete(): void {
    const file = this.#current;
    if (file === undefined) return;
    this.#current = undefined;
    this.#remove(file, () => unlinkSync(file.path));
  }

  replace(): void {
    const old = this.#current;
    if (old === undefined) return;
    const beside = { path: `${old.path}.new`, lines: [], torn: 0, open: false, renamed: false };
    this.#current = beside;
    this.write();
    this.#remove(old, () => renameSync(beside.path, old.path));
    beside.path = old.path;
    this.files.add(beside);
  }

  #remove(file: LogFile, action: () => void): void {
    action();
    // Whoever has it open reads it to its end all the same.
    this.#excuse(file, file.open && this.saved === undefined);
    this.files.delete(file);
  }

  #gone(file: LogFile): void {
    this.#excuse(file, false);
    this.files.delete(file);
  }

  /** Its bytes are no more, for anybody but, perhaps, who has it open. */
  #excuse(file: LogFile, isReadable: boolean): void {
    for (const [index, line] of file.lines.entries()) {
      const isTorn = file.torn > 0 && index === file.lines.length - 1;
      const isThere = this.saved === undefined ? line.read : this.#isSaved(line);
      if (isTorn || !(isThere || isReadable)) line.excused = true;
    }
  }

  #isKnown(file: LogFile): boolean {
    if (this.saved !== undefined) return isIn(this.saved, file);
    return file.lines.some((line) => line.read);
  }
}

/** @returns whether the checkpoint knows the file, whatever its name: by its inode and its bytes */
function isIn(saved: Saved, { path }: LogFile): boolean {
  const { dev, ino } = statSync(path, { bigint: true });
  const position = saved.files.get(`${dev}:${ino}`);
  // Of another folder it is a deleted file's, whose inode was given again.
  if (position === undefined || dirname(position.path) !== dirname(path)) return false;
  const bytes = readFileSync(path);
  const head = Buffer.from(position.head, 'base64');
  const tail = Buffer.from(position.tail, 'base64');
  const { offset } = position;
  return (
    head.length > 0 &&
    head.equals(bytes.subarray(0, head.length)) &&
    tail.equals(bytes.subarray(offset - tail.length, offset))
  );
}

/** @returns by engine the lines that are in the volumes */
function linesIn(series: ReadonlyMap<string, string>): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const [name, value] of series) {
    const [, engine, symbol] =
      /^trading_market_volume_total\{engine="(\w+)",venue="v",symbol="S(\d+)"/.exec(name) ?? [];
    if (engine === undefined) continue;
    const lines = found.get(engine) ?? new Set();
    found.set(engine, lines);
    for (let bit = 0; bit < BITS; bit += 1)
      if (Math.floor(Number(value) / 2 ** bit) % 2 === 1) lines.add(Number(symbol) * BITS + bit);
  }
  return found;
}

/** Plays so many sequences at once. @throws Error saying what was lost, counted twice or torn */
export async function playFiles(sequences: number, random: Random): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'file-play-'));
  const stateDir = join(root, 'state');
  const logs = join(root, 'logs', '**', '*.jsonl');
  const flags = random.chance(0.2) ? ['--poll'] : [];
  const writers = Array.from({ length: 2 * sequences }, (_, index) => {
    const folder = join(root, 'logs', `s${index >> 1}`);
    return new Writer(`e${index}`, folder, index % 2 === 1, random);
  });
  let said = '';
  try {
    let sidecar = await Sidecar.start(logs, stateDir, ...flags);
    const playAll = (): void => {
      for (const writer of writers)
        for (let count = random.integer(0, 3); count > 0; count -= 1) writer.play();
    };
    const note = (what: string): void => writers.forEach(({ done }) => done.push(`[${what}]`));
    for (let round = 0; round < ROUNDS; round += 1) {
      playAll();
      const after = random.weighted([
        [3, 'read'],
        [1, 'stop'],
        [4, 'kill'],
        [2, 'go on'],
      ]);
      note(after);
      if (after === 'read' || after === 'stop') await untilRight(() => missing(sidecar, writers));
      if (after === 'read' && random.chance(0.3)) await pause(random.integer(0, 1_200));
      if (after === 'stop' || after === 'kill') {
        if (after === 'kill') await pause(random.integer(0, 400));
        await sidecar.end(after === 'stop' ? 'SIGTERM' : 'SIGKILL');
        said += sidecar.said;
        const saved = await savedIn(stateDir);
        for (const writer of writers) writer.killed(saved);
        if (random.chance(0.7)) playAll();
        sidecar = await Sidecar.start(logs, stateDir, ...flags);
        note('start');
        for (const writer of writers) writer.saved = undefined;
      }
    }
    for (const writer of writers) writer.finish();
    await untilRight(() => missing(sidecar, writers));
    said += sidecar.said;
    await sameAsUninterrupted(await sidecar.metrics(), writers);
    await sidecar.end('SIGTERM');
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${said}`, { cause: error });
  } finally {
    endAll();
    rmSync(root, { recursive: true, force: true });
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function savedIn(stateDir: string): Promise<Saved> {
  const loaded = await loadCheckpoint(stateDir, await build);
  if (loaded === undefined) return { lines: new Map(), files: new Map() };
  if ('unusable' in loaded) throw new Error(`the checkpoint ${loaded.unusable}`);
  const { progress, state } = loaded.checkpoint;
  const follower = { files: 0, lagBytes: 0, rotations: 0, truncations: 0, errors: 0 };
  const metrics = await metricsText(Replica.load(state).state, follower);
  return {
    lines: linesIn(seriesOf(metrics)),
    files: new Map(progress.positions.map((position) => [position.id, position])),
  };
}

/** @returns what is not there yet; all that is there is marked as read */
async function missing(sidecar: Sidecar, writers: readonly Writer[]): Promise<string | undefined> {
  const found = linesIn(seriesOf(await sidecar.metrics()));
  for (const { engine, lines, files, done } of writers) {
    const there = found.get(engine) ?? new Set();
    for (const file of files) {
      const torn = file.torn > 0 ? file.lines.at(-1) : undefined;
      for (const line of file.lines) {
        if (line === torn || line.read || !there.has(line.index)) continue;
        line.read = true;
        file.open = true;
      }
    }
    const torn = new Set([...files].map((file) => (file.torn > 0 ? file.lines.at(-1) : undefined)));
    for (const line of lines) {
      if (there.has(line.index)) line.read = true;
      else if (!line.excused && !torn.has(line))
        return `${engine}: line ${line.index} is lost; ${done.join(' ')}`;
    }
  }
  return undefined;
}

/** The series of each engine are those of a reader who read the same lines in one go. */
async function sameAsUninterrupted(metrics: string, writers: readonly Writer[]): Promise<void> {
  const series = seriesOf(metrics);
  const found = linesIn(series);
  const replica = new Replica();
  for (const { engine, lines, unordered } of writers)
    for (const { index, bytes, segment } of lines)
      if (!unordered && found.get(engine)?.has(index))
        replica.line(bytes, 0, bytes.length - 1, segment);
  const follower = { files: 0, lagBytes: 0, rotations: 0, truncations: 0, errors: 0 };
  const wanted = seriesOf(await metricsText(replica.state, follower));
  const wrong: string[] = [];
  for (const [name, value] of wanted) {
    if (/^(trading_engine_up|sidecar_file|sidecar_lines|sidecar_bytes)/.test(name)) continue;
    if (series.get(name) !== value)
      wrong.push(`${name} is ${series.get(name)}, of the same lines in one go ${value}`);
  }
  const lines = [...found.values()].reduce((sum, one) => sum + one.size, 0);
  if (series.get('sidecar_lines_total') !== String(lines))
    wrong.push(`sidecar_lines_total is ${series.get('sidecar_lines_total')}, not ${lines}`);
  if (wrong.length > 0) {
    const engine = /engine="(\w+)"/.exec(wrong[0]!)?.[1] ?? '';
    const story = storyOf(engine, found.get(engine) ?? new Set(), writers);
    throw new Error(`${wrong.join('\n')}\n${story}`);
  }
}

function storyOf(engine: string, found: ReadonlySet<number>, writers: readonly Writer[]): string {
  const writer = writers.find((one) => one.engine === engine);
  const absent = writer?.lines.filter(({ index }) => !found.has(index)).map(({ index }) => index);
  return `${engine}, without lines ${absent?.join()}: ${writer?.done.join(' ')}`;
}
