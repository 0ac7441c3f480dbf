/**
 * Whatever happens to the files, every complete line is handed over once. Random sequences of file
 * actions are played on real files, and a model says beside them which lines are owed: those that
 * stood in a file that was seen. Lines that were cut off, or deleted with a file that nobody had
 * open, before they were read may be missing; none may come twice, torn, or out of order.
 *
 * `TRADETAIL_SEQUENCES=10000` plays so many; a failure prints its seed, `TRADETAIL_SEED` replays it.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disk } from '../../src/follow/disk.ts';
import type { Disk } from '../../src/follow/disk.ts';
import { FileFollower } from '../../src/follow/file-follower.ts';
import type { Progress } from '../../src/follow/follower.ts';
import { HandClock, KeptLines, RUN_1, RUN_2 } from './log-folder.ts';

const ACTIONS = {
  write: 8,
  tear: 3,
  look: 6,
  readSome: 3,
  readAll: 4,
  rename: 2,
  renameWithin: 1,
  writeToRenamed: 1,
  segment: 3,
  deleteSegment: 1,
  copyTruncate: 1,
  truncate: 1,
  cut: 1,
  deleteFile: 1,
  replace: 1,
  deny: 1,
  allow: 1,
  restart: 2,
  stop: 1,
} as const;
type Action = keyof typeof ACTIONS;

interface Step {
  readonly action: Action;
  readonly target: number;
  readonly amount: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom(
    ...Object.entries(ACTIONS).flatMap(([name, weight]) =>
      Array<Action>(weight).fill(name as Action),
    ),
  ),
  target: fc.nat(2),
  amount: fc.integer({ min: 1, max: 8 }),
});

/** A file as its writer knows it. */
interface Written {
  path: string;
  /** The writer's name for what it writes: lines of one stream come in order. */
  readonly stream: string;
  readonly lines: string[];
  /** Of the next line, the part that stands in the file already. */
  torn: string;
  /** A follower has seen bytes of it, by which it knows it again under any name. */
  seen: boolean;
  /** It was truncated; what a follower knows of it is old until it reads it again. */
  rewritten: boolean;
  deleted: boolean;
}

class Folder {
  readonly root = mkdtempSync(join(tmpdir(), 'actions-'));
  readonly sink = new KeptLines();
  readonly #clock = new HandClock();
  readonly #files: Written[] = [];
  readonly #current = new Map<string, Written>();
  readonly #n = new Map<string, number>();
  readonly #owed = new Map<string, string>();
  readonly #forgiven = new Set<string>();
  readonly #unordered = new Set<string>();
  #denied: string | undefined;
  #wasDenied = false;
  #count = 0;
  #renamed: Written | undefined;
  readonly #openFilesMax: number;
  #follower: FileFollower;
  /** How far the one before came; undefined while one follows. */
  #left: Progress | undefined;

  constructor(openFilesMax: number) {
    this.#openFilesMax = openFilesMax;
    this.#follower = this.#start();
  }

  play({ action, target, amount }: Step): void {
    const plain = join('plain', 'deep'.repeat(target % 2), `p${target}.jsonl`);
    const run = target === 0 ? RUN_1 : RUN_2;
    const name = amount % 2 === 0 ? plain : this.#segmentName(run);
    const file = this.#current.get(plain);
    switch (action) {
      case 'write':
        return this.#write(this.#open(name), amount);
      case 'tear':
        return this.#tear(this.#open(name), amount);
      case 'look':
        return this.#look();
      case 'readSome':
        if (this.#left !== undefined) return;
        for (let turn = 0; turn < amount; turn += 1) this.#follower.step();
        return;
      case 'readAll':
        return this.#readAll();
      case 'segment':
        this.#current.delete(this.#segmentName(run));
        this.#n.set(run, (this.#n.get(run) ?? 1) + 1);
        return this.#write(this.#open(this.#segmentName(run)), amount);
      case 'deleteSegment': {
        const oldest = this.#files.find((one) => one.stream === run && !one.deleted);
        if (oldest !== undefined && oldest !== this.#current.get(this.#segmentName(run)))
          this.#delete(oldest);
        return;
      }
      case 'rename':
        if (file === undefined) return;
        this.#rename(file, `${file.path}.${this.#count}.old`);
        this.#current.delete(plain);
        this.#renamed = file;
        return;
      case 'renameWithin':
        if (file === undefined) return;
        this.#rename(file, `${file.path.replace(/\.jsonl$/, '')}-${this.#count}.jsonl`);
        this.#current.delete(plain);
        return;
      case 'writeToRenamed':
        // The name it had must still be free: a writer leaves the old file before it makes the new one.
        if (this.#renamed?.seen && !this.#current.has(this.#renamed.stream))
          this.#write(this.#renamed, amount);
        return;
      case 'copyTruncate':
        if (file === undefined) return;
        copyFileSync(this.#at(file), `${this.#at(file)}.copy`);
        return this.#truncate(file);
      case 'truncate':
        return file && this.#truncate(file);
      case 'cut':
        return file && this.#cut(file, amount);
      case 'deleteFile':
        if (file === undefined) return;
        this.#current.delete(plain);
        return this.#delete(file);
      case 'replace':
        return this.#replace(plain, amount);
      case 'deny':
        this.#denied = plain;
        this.#wasDenied = true;
        return;
      case 'allow':
        this.#denied = undefined;
        return;
      case 'restart':
        this.#stop();
        return this.#resume();
      case 'stop':
        return this.#stop();
    }
  }

  /** Everything that can be read has been read, and is what was owed. */
  end(): void {
    this.#denied = undefined;
    this.#resume();
    this.#readAll();
    this.#readAll();
    this.#follower.stop();
    const got = this.sink.lines;
    expect(
      got.filter((line, index) => got.indexOf(line) !== index),
      'twice',
    ).toEqual([]);
    expect(
      got.filter((line) => !this.#owed.has(line) && !this.#forgiven.has(line)),
      'never written',
    ).toEqual([]);
    const read = new Set(got);
    expect(
      [...this.#owed.keys()].filter((line) => !read.has(line)),
      'lost',
    ).toEqual([]);
    if (this.#wasDenied) return;
    for (const stream of new Set(this.#owed.values())) {
      if (this.#unordered.has(stream)) continue;
      const order = got
        .filter((line) => this.#owed.get(line) === stream)
        .map((line) => Number(line.split(' ')[0]));
      expect(order, `order of ${stream}`).toEqual([...order].sort((a, b) => a - b));
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #segmentName(run: string): string {
    return join('runs', `engine-1-${run}.${this.#n.get(run) ?? 1}.jsonl`);
  }

  #at(file: Written): string {
    return join(this.root, file.path);
  }

  #open(name: string): Written {
    const open = this.#current.get(name);
    if (open !== undefined) return open;
    const run = [RUN_1, RUN_2].find((one) => name.includes(one));
    const file: Written = {
      path: name,
      stream: run ?? name,
      lines: [],
      torn: '',
      seen: false,
      rewritten: false,
      deleted: false,
    };
    // A writer that makes a new file has left the old one.
    if (this.#renamed?.stream === file.stream) this.#renamed = undefined;
    mkdirSync(dirname(this.#at(file)), { recursive: true });
    writeFileSync(this.#at(file), '', { flag: 'wx' });
    this.#files.push(file);
    this.#current.set(name, file);
    return file;
  }

  #newLine(): string {
    this.#count += 1;
    return `${this.#count} ${'·€x'.repeat((this.#count * 7) % 90)}`;
  }

  #write(file: Written, lines: number): void {
    for (let index = 0; index < lines; index += 1) {
      const line = index === 0 && file.torn !== '' ? file.torn : this.#newLine();
      const standing = index === 0 && file.torn !== '' ? this.#standing(file) : 0;
      appendFileSync(this.#at(file), Buffer.from(`${line}\n`).subarray(standing));
      file.torn = '';
      file.lines.push(line);
      this.#owed.set(line, file.stream);
    }
  }

  #standing(file: Written): number {
    const whole = file.lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    return statSync(this.#at(file)).size - whole;
  }

  #tear(file: Written, amount: number): void {
    if (file.torn !== '') return;
    file.torn = this.#newLine();
    const bytes = Buffer.from(file.torn);
    appendFileSync(this.#at(file), bytes.subarray(0, Math.min(bytes.length, amount * 5)));
  }

  #forgive(lines: readonly string[]): void {
    for (const line of lines) {
      this.#owed.delete(line);
      this.#forgiven.add(line);
    }
  }

  #truncate(file: Written): void {
    truncateSync(this.#at(file));
    this.#forgive(file.lines.splice(0));
    file.torn = '';
    file.seen = false;
    file.rewritten = true;
  }

  /** To the start of a line; looked at before it grows again, for afterwards nobody can tell what was new. */
  #cut(file: Written, lines: number): void {
    if (file.lines.length === 0 || file.path === this.#denied || this.#left !== undefined) return;
    this.#readAll();
    this.#forgive(file.lines.splice(Math.min(lines, file.lines.length)));
    truncateSync(
      this.#at(file),
      file.lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0),
    );
    file.torn = '';
    this.#readAll();
  }

  #rename(file: Written, to: string): void {
    if (file.torn !== '') this.#write(file, 1);
    // A file that nobody saw under its first name continues nothing that was seen.
    if (!file.seen) this.#unordered.add(file.stream);
    renameSync(this.#at(file), join(this.root, to));
    file.path = to;
    // Out of the pattern before anybody saw it.
    if (!file.seen && !to.endsWith('.jsonl')) this.#forgive(file.lines);
  }

  #delete(file: Written): void {
    unlinkSync(this.#at(file));
    file.deleted = true;
    if (!this.#isOpen(file)) this.#forgive(file.lines);
  }

  /** By a follower, who can then read it to its end whatever happens. */
  #isOpen({ seen }: Written): boolean {
    return seen && this.#openFilesMax >= 100 && this.#left === undefined;
  }

  #replace(name: string, lines: number): void {
    const old = this.#current.get(name);
    if (old === undefined) return;
    this.#current.delete(name);
    const target = this.#at(old);
    old.deleted = true;
    if (!this.#isOpen(old)) this.#forgive(old.lines);
    const beside: Written = {
      path: `${name}.new`,
      stream: name,
      lines: [],
      torn: '',
      seen: false,
      rewritten: false,
      deleted: false,
    };
    writeFileSync(this.#at(beside), '');
    this.#write(beside, lines);
    renameSync(this.#at(beside), target);
    beside.path = name;
    this.#files.push(beside);
    this.#current.set(name, beside);
  }

  #look(): void {
    if (this.#left !== undefined) return;
    this.#follower.look();
    for (const file of this.#files) {
      const isThere = !file.deleted && file.path.endsWith('.jsonl') && existsSync(this.#at(file));
      if (
        isThere &&
        !file.rewritten &&
        file.path !== this.#denied &&
        statSync(this.#at(file)).size > 0
      )
        file.seen = true;
    }
  }

  #readAll(): void {
    if (this.#left !== undefined) return;
    this.#look();
    while (this.#follower.step());
    for (const file of this.#files) if (file.path !== this.#denied) file.rewritten = false;
    this.#look();
  }

  #start(progress?: Progress): FileFollower {
    const denying: Disk = {
      ...disk,
      open: (path) => {
        if (this.#denied !== undefined && path === join(this.root, this.#denied))
          throw Object.assign(new Error('denied'), { code: 'EACCES', syscall: 'open' });
        return disk.open(path);
      },
    };
    return new FileFollower({
      patterns: [join(this.root, '**/*.jsonl')],
      sink: this.sink,
      clock: this.#clock,
      disk: denying,
      bufferBytes: 0,
      openFilesMax: this.#openFilesMax,
      ...(progress && { progress }),
    });
  }

  /** From now on nobody follows; what is done to the files is found when somebody does again. */
  #stop(): void {
    if (this.#left !== undefined) return;
    this.#left = JSON.parse(JSON.stringify(this.#follower.progress())) as Progress;
    this.#follower.stop();
    // Nobody has them open any more.
    for (const file of this.#files) {
      if (file.deleted) this.#forgive(file.lines);
      if (file.path === this.#denied) file.seen = false;
    }
  }

  #resume(): void {
    if (this.#left === undefined) return;
    this.#follower = this.#start(this.#left);
    this.#left = undefined;
    this.#look();
  }
}

test('whatever happens to the files, every complete line is handed over once', () => {
  const seed = process.env['TRADETAIL_SEED'];
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }),
      fc.boolean(),
      (steps, few) => {
        const folder = new Folder(few ? 3 : 256);
        try {
          for (const one of steps) folder.play(one);
          folder.end();
        } finally {
          folder.remove();
        }
      },
    ),
    {
      numRuns: Number(process.env['TRADETAIL_SEQUENCES'] ?? 150),
      ...(seed !== undefined && { seed: Number(seed) }),
    },
  );
});
