/**
 * Random actions on log files beside a real sidecar that is killed and started again: every complete
 * line counts once.
 *
 * A sequence has two writers with a folder each: one rotates a file under one name in all the ways
 * that are in use, one writes segments as the engine does. Each has its seed. Forty sequences share
 * a sidecar, and the times at which it is killed; what it is asked for, and compared with, is each
 * sequence's own. Played alone, by its seed, a sequence meets the kills it met among the others.
 *
 * The lines are trades of which no two of a symbol have the same quantity, all of them powers of
 * two: a volume tells which lines are in it, each once.
 *
 * Beside the files a model says which lines are owed. A line is let off where nobody could have it:
 * it was cut off or deleted before it was read, or after it was read but before a checkpoint had it,
 * and then the sidecar was killed. A line that the sidecar may not read is owed once it may.
 *
 * Permission is taken from a sidecar that runs as `nobody`: root reads everything. Who is not root
 * plays without that.
 */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadCheckpoint } from '@tradetail/sidecar/checkpoint.ts';
import { Replica } from '@tradetail/sidecar/fold/replica.ts';
import type { Position } from '@tradetail/sidecar/follow/follower.ts';
import type { Segment } from '@tradetail/sidecar/follow/line-sink.ts';
import { metricsText } from '@tradetail/sidecar/metrics/registry.ts';
import { Random } from '../oracle/random.ts';
import { build, restricted, seriesOf, Sidecar, untilRight } from './sidecar.ts';

const START_MS = Date.UTC(2026, 0, 1);
const RUN = '01JDGZ00000000000000000001';
/** Lines of a symbol: the sum of as many powers of two is exact in a double. */
const BITS = 48;
const ROUNDS = 14;
/** Sequences under one sidecar: as many as leave it a descriptor for each of their files. */
export const BATCH = 40;

const SEGMENT_ACTIONS = [
  [6, 'write'],
  [3, 'tear'],
  [3, 'nextSegment'],
  [1, 'deleteOldest'],
  [1, 'setClock'],
  [1, 'forbidFile'],
  [1, 'forbidFolder'],
  [2, 'permit'],
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
  [1, 'setClock'],
  [1, 'forbidFile'],
  [1, 'forbidFolder'],
  [2, 'permit'],
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
  readonly seed: number;
  readonly engine: string;
  readonly lines: Line[] = [];
  /** What was done, for whoever looks into a failure. */
  readonly done: string[] = [];
  readonly #folder: string;
  readonly #random: Random;
  readonly #writesSegments: boolean;
  readonly #canForbid: boolean;
  #current: LogFile | undefined;
  #n = 1;
  #renames = 0;
  /** Every file that may still be found. */
  readonly files = new Set<LogFile>();
  /** Its lines may have been read in another order than they were written in, so gaps were counted. */
  unordered = false;
  /** Undefined while a sidecar runs. */
  saved: Saved | undefined;
  /** Of the writer's clock from ours, seconds. */
  #clockOffset = 0;
  /** What the sidecar may not read: a file, or the folder. */
  #forbidden: LogFile | 'folder' | undefined;

  constructor(seed: number, index: number, logs: string, canForbid: boolean, random: Random) {
    this.seed = seed;
    this.engine = `e${index}`;
    this.#folder = join(logs, this.engine);
    this.#writesSegments = index % 2 === 1;
    this.#canForbid = canForbid;
    this.#random = random;
  }

  get isForbidden(): boolean {
    return this.#forbidden !== undefined;
  }

  play(): void {
    for (let count = this.#random.integer(0, 3); count > 0; count -= 1) {
      const action = this.#random.weighted(this.#writesSegments ? SEGMENT_ACTIONS : FILE_ACTIONS);
      if (this[action]() !== false) this.done.push(`${action}@${this.lines.length}`);
    }
  }

  /** An unfinished line stays one, so the last one is finished. */
  finish(): void {
    if (this.#current !== undefined && this.#current.torn > 0) this.write();
  }

  end(): void {
    this.finish();
    this.permit();
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
    const name = this.#writesSegments ? `${this.engine}-${RUN}.${this.#n}.jsonl` : 'plain.jsonl';
    const path = join(this.#folder, name);
    mkdirSync(this.#folder, { recursive: true });
    this.#goesOn();
    this.#current = { path, lines: [], torn: 0, open: false, renamed: false };
    this.files.add(this.#current);
    return this.#current;
  }

  #newLine(): Line {
    const index = this.lines.length;
    const qty = 2 ** (index % BITS);
    const symbol = `S${Math.floor(index / BITS)}`;
    const second = new Date(START_MS + 1000 * this.#clockOffset).toISOString().slice(0, 19);
    const filler = 'é€x'.repeat((index * 7) % 60);
    const text = `{"level":"trace","time":"${second}.${String(index).padStart(9, '0')}Z","v":1,"engine":"${this.engine}","run":"${RUN}","seq":${index + 1},"mono_ns":${index},"event":"md.trade","venue":"v","symbol":"${symbol}","trade_id":"${filler}","px":"1","qty":"${qty}","aggressor_side":"BUY"}\n`;
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
    this.#append(file, Buffer.concat(parts));
  }

  tear(): boolean {
    const file = this.#open();
    if (file.torn > 0) return false;
    const line = this.#newLine();
    file.lines.push(line);
    file.torn = this.#random.integer(1, line.bytes.length - 1);
    this.#append(file, line.bytes.subarray(0, file.torn));
    return true;
  }

  /** The file's time is the writer's. */
  #append({ path }: LogFile, bytes: Buffer): void {
    appendFileSync(path, bytes);
    if (this.#clockOffset === 0) return;
    const now = Date.now() / 1000 + this.#clockOffset;
    utimesSync(path, now, now);
  }

  setClock(): void {
    this.#clockOffset = this.#random.integer(-7_200, 7_200);
  }

  forbidFile(): boolean {
    const file = this.#current;
    if (!this.#canForbid || this.isForbidden || file === undefined) return false;
    chmodSync(file.path, 0);
    this.#forbidden = file;
    return true;
  }

  forbidFolder(): boolean {
    if (!this.#canForbid || this.isForbidden || this.#current === undefined) return false;
    chmodSync(this.#folder, 0);
    this.#forbidden = 'folder';
    return true;
  }

  permit(): boolean {
    if (this.#forbidden === undefined) return false;
    if (this.#forbidden === 'folder') chmodSync(this.#folder, 0o755);
    // It may have been deleted.
    else if (existsSync(this.#forbidden.path)) chmodSync(this.#forbidden.path, 0o644);
    this.#forbidden = undefined;
    return true;
  }

  /** In another file, which may be read before one that may not be. */
  #goesOn(): void {
    if (this.#forbidden !== undefined && this.#forbidden !== 'folder') this.unordered = true;
  }

  nextSegment(): void {
    this.finish();
    this.#current = undefined;
    this.#n += 1;
    this.write();
  }

  deleteOldest(): boolean {
    const [oldest] = this.files;
    if (oldest === undefined || oldest === this.#current) return false;
    this.#remove(oldest, () => unlinkSync(oldest.path));
    return true;
  }

  renameAway(): boolean {
    const file = this.#current;
    if (file === undefined) return false;
    this.finish();
    const isKnown = this.#isKnown(file);
    renameSync(file.path, `${file.path}.${(this.#renames += 1)}`);
    file.path = `${file.path}.${this.#renames}`;
    if (!isKnown) this.#gone(file);
    this.#current = undefined;
    return true;
  }

  renameWithin(): boolean {
    const file = this.#current;
    // Of a file that nobody knows nobody could tell that another continues it.
    if (file === undefined || !this.#isKnown(file)) return false;
    this.finish();
    const path = file.path.replace('.jsonl', `-${(this.#renames += 1)}.jsonl`);
    renameSync(file.path, path);
    file.path = path;
    file.renamed = true;
    this.#current = undefined;
    return true;
  }

  copyTruncate(): boolean {
    if (this.#current === undefined) return false;
    copyFileSync(this.#current.path, `${this.#current.path}.copy`);
    return this.truncate();
  }

  truncate(): boolean {
    const file = this.#current;
    if (file === undefined) return false;
    truncateSync(file.path);
    this.#excuse(file, false);
    file.lines.length = 0;
    file.torn = 0;
    // What the sidecar has of it is old until it reads it again.
    file.open = false;
    return true;
  }

  delete(): boolean {
    const file = this.#current;
    if (file === undefined) return false;
    this.#current = undefined;
    this.#remove(file, () => unlinkSync(file.path));
    return true;
  }

  replace(): boolean {
    const old = this.#current;
    if (old === undefined) return false;
    this.#goesOn();
    const beside = { path: `${old.path}.new`, lines: [], torn: 0, open: false, renamed: false };
    this.#current = beside;
    this.write();
    this.#remove(old, () => renameSync(beside.path, old.path));
    beside.path = old.path;
    this.files.add(beside);
    return true;
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

export interface FilePlay {
  /** By seed: what was lost, counted twice or torn. */
  readonly failures: ReadonlyMap<number, string>;
  /** How often each thing was done. */
  readonly actions: ReadonlyMap<string, number>;
}

/** @param seeds of one batch: from a multiple of its size, and one, to the next */
export async function playFiles(seeds: readonly number[]): Promise<FilePlay> {
  const random = new Random(-Math.ceil(seeds[0]! / BATCH));
  const root = mkdtempSync(join(tmpdir(), 'file-play-'));
  chmodSync(root, 0o755);
  const stateDir = join(root, 'state');
  const logs = join(root, 'logs', '**', '*.jsonl');
  const flags = random.chance(0.2) ? ['--poll'] : [];
  const user = await restricted;
  const writers = seeds.flatMap((seed, index) => {
    const folder = join(root, 'logs');
    return [0, 1].map((one) => {
      const own = new Random(2 * seed + one);
      return new Writer(seed, 2 * index + one, folder, user !== undefined, own);
    });
  });
  const failures = new Map<number, string>();
  const actions = new Map<string, number>();
  const note = (what: string): void => {
    actions.set(what, (actions.get(what) ?? 0) + 1);
    for (const { done } of writers) done.push(`[${what}]`);
  };
  const start = (): Promise<Sidecar> => Sidecar.startAs(user, logs, stateDir, ...flags);
  const unfailed = (): Writer[] => writers.filter(({ seed }) => !failures.has(seed));
  const playAll = (): void => writers.forEach((writer) => writer.play());
  let sidecar: Sidecar | undefined;
  let said = '';
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const errors = seriesOf(await sidecar!.metrics()).get('sidecar_file_errors_total');
    const what = '(reading refused)';
    actions.set(what, (actions.get(what) ?? 0) + Number(errors));
    await sidecar!.end(signal);
    said += sidecar!.said;
  };
  const everythingRead = async (): Promise<void> => {
    let behind: ReadonlyMap<number, string> = new Map();
    try {
      await untilRight(async () => {
        behind = missing(seriesOf(await sidecar!.metrics()), unfailed());
        return [...behind.values()][0];
      });
    } catch (error) {
      if (behind.size === 0) throw error;
      for (const [seed, what] of behind) failures.set(seed, what);
    }
  };
  try {
    sidecar = await start();
    for (let round = 0; round < ROUNDS; round += 1) {
      playAll();
      const after = random.weighted([
        [3, 'read'],
        [1, 'stop'],
        [4, 'kill'],
        [2, 'go on'],
      ]);
      note(after);
      if (after === 'read' || after === 'stop') await everythingRead();
      if (after === 'read' && random.chance(0.3)) await pause(random.integer(0, 1_200));
      if (after === 'stop' || after === 'kill') {
        if (after === 'kill') await pause(random.integer(0, 400));
        await end(after === 'stop' ? 'SIGTERM' : 'SIGKILL');
        const saved = await savedIn(stateDir);
        for (const writer of writers) writer.killed(saved);
        if (random.chance(0.7)) playAll();
        sidecar = await start();
        note('start');
        for (const writer of writers) writer.saved = undefined;
      }
    }
    for (const writer of writers) writer.end();
    await everythingRead();
    const differences = await fromUninterrupted(await sidecar.metrics(), unfailed());
    for (const [seed, what] of differences) failures.set(seed, what);
    await end('SIGTERM');
  } catch (error) {
    for (const seed of seeds) failures.set(seed, `${(error as Error).message}\n${said}`);
  } finally {
    sidecar?.kill();
    rmSync(root, { recursive: true, force: true });
  }
  for (const { done } of writers)
    for (const one of done) {
      const [action] = one.split('@');
      if (!one.startsWith('[')) actions.set(action!, (actions.get(action!) ?? 0) + 1);
    }
  return { failures, actions };
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

/** @returns by seed what is not there yet; all that is there is marked as read */
function missing(
  series: ReadonlyMap<string, string>,
  writers: readonly Writer[],
): Map<number, string> {
  const found = linesIn(series);
  const behind = new Map<number, string>();
  for (const { seed, engine, lines, files, done, isForbidden } of writers) {
    const there = found.get(engine) ?? new Set();
    for (const file of files) {
      const torn = file.torn > 0 ? file.lines.at(-1) : undefined;
      for (const line of file.lines) {
        if (line === torn || line.read || !there.has(line.index)) continue;
        line.read = true;
        // Of one that may not be read, the checkpoint may have known the lines.
        file.open ||= !isForbidden;
      }
    }
    const torn = new Set([...files].map((file) => (file.torn > 0 ? file.lines.at(-1) : undefined)));
    for (const line of lines) {
      if (there.has(line.index)) line.read = true;
      else if (!line.excused && !torn.has(line) && !isForbidden)
        behind.set(seed, `${engine}: line ${line.index} is lost; ${done.join(' ')}`);
    }
  }
  return behind;
}

/** What a sidecar that is not stopped shows of itself only. */
const OF_ITSELF = /^(trading_engine_up|sidecar_file|sidecar_lines|sidecar_bytes)/;
const engineOf = (series: string): string => /engine="(\w+)"/.exec(series)?.[1] ?? '';

/** @returns by seed how an engine's series are not those of a reader who read the same lines in one go */
async function fromUninterrupted(
  metrics: string,
  writers: readonly Writer[],
): Promise<Map<number, string>> {
  const series = seriesOf(metrics);
  const found = linesIn(series);
  const replica = new Replica();
  const owners = new Map(
    writers.filter(({ unordered }) => !unordered).map((writer) => [writer.engine, writer]),
  );
  for (const { engine, lines } of owners.values())
    for (const { index, bytes, segment } of lines)
      if (found.get(engine)?.has(index)) replica.line(bytes, 0, bytes.length - 1, segment);
  const follower = { files: 0, lagBytes: 0, rotations: 0, truncations: 0, errors: 0 };
  const wanted = seriesOf(await metricsText(replica.state, follower));
  const wrong = new Map<number, string>();
  for (const name of new Set([...series.keys(), ...wanted.keys()])) {
    const writer = owners.get(engineOf(name));
    if (writer === undefined || OF_ITSELF.test(name) || series.get(name) === wanted.get(name))
      continue;
    const absent = writer.lines.filter(({ index }) => !found.get(writer.engine)?.has(index));
    wrong.set(
      writer.seed,
      `${wrong.get(writer.seed) ?? ''}${name} is ${series.get(name)}, of the same lines in one go ${wanted.get(name)}\n` +
        `without lines ${absent.map(({ index }) => index).join()}: ${writer.done.join(' ')}\n`,
    );
  }
  const lines = [...found.values()].reduce((sum, one) => sum + one.size, 0);
  const read = Number(series.get('sidecar_lines_total'));
  if (read !== lines)
    for (const { seed, engine } of writers)
      if (Number(series.get(`sidecar_duplicate_events_total{engine="${engine}"}`)) > 0)
        wrong.set(seed, `${wrong.get(seed) ?? ''}${engine} has lines that were read twice\n`);
  if (read !== lines && wrong.size === 0)
    for (const { seed } of writers) wrong.set(seed, `${read} lines were read, not ${lines}`);
  return wrong;
}
