/**
 * The npm package `tail` behind the follower's interface, for those who want it and as a measure.
 * It is lossy: it follows a name by byte position alone, so what stands in a file that is renamed,
 * truncated or replaced before it was read is lost, and lines that come after may be torn. It
 * cannot resume: every start reads every file from its beginning.
 */
import { basename } from 'node:path';
import { Tail } from 'tail';
import { disk } from './disk.ts';
import type { FileNotice, Follower, Progress } from './follower.ts';
import { findFiles, parseGlob } from './glob.ts';
import { LINE_BYTES_MAX } from './line-sink.ts';
import type { FollowerStatus, LineSink } from './line-sink.ts';
import { parseSegment } from './segment-name.ts';

/** Between two looks for new files. */
const LOOK_MS = 1_000;

export interface TailFollowerOptions {
  readonly patterns: readonly string[];
  readonly sink: LineSink;
  readonly changed: () => void;
  readonly say: (notice: FileNotice) => void;
  readonly poll: boolean;
}

interface TailedFile {
  readonly tail: Tail;
  readonly id: string;
  size: number;
  /** Handed over, by length: where it really is, `tail` does not say. */
  read: number;
}

export class TailFollower implements Follower {
  revision = 0;
  readonly #options: TailFollowerOptions;
  readonly #files = new Map<string, TailedFile>();
  /** Bytes that were there when it began, by file, until they have been read. */
  #backlog: Map<TailedFile, number> | undefined;
  #looks: NodeJS.Timeout | undefined;
  #rotations = 0;
  #errors = 0;

  constructor(options: TailFollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#look();
    this.#looks = setInterval(() => this.#look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#looks);
    for (const { tail } of this.#files.values()) tail.unwatch();
    this.#files.clear();
  }

  status(): FollowerStatus {
    let lagBytes = 0;
    for (const { size, read } of this.#files.values()) lagBytes += Math.max(0, size - read);
    for (const [file, size] of this.#backlog ?? [])
      if (file.read >= size || !this.#isFollowed(file)) this.#backlog?.delete(file);
    return {
      files: this.#files.size,
      lagBytes,
      rotations: this.#rotations,
      truncations: 0,
      errors: this.#errors,
      caughtUp: this.#backlog?.size === 0,
    };
  }

  progress(): Progress {
    return { positions: [], rotations: this.#rotations, truncations: 0 };
  }

  #isFollowed(file: TailedFile): boolean {
    for (const one of this.#files.values()) if (one === file) return true;
    return false;
  }

  #look(): void {
    const found = findFiles(this.#options.patterns.flatMap(parseGlob), disk);
    for (const [path, code] of found.unseen) this.#failed(path, code);
    for (const [path, { tail }] of this.#files) {
      if (found.files.has(path)) continue;
      tail.unwatch();
      this.#files.delete(path);
    }
    for (const [path, { id, size }] of found.files) {
      const file = this.#files.get(path);
      if (file?.id === id) {
        file.size = size;
        continue;
      }
      if (file !== undefined) {
        file.tail.unwatch();
        this.#rotations += 1;
        this.#options.say({ kind: 'rotation', path, detail: 'another file has its name' });
      }
      this.#follow(path, id, size);
    }
    this.#backlog ??= new Map([...this.#files.values()].map((file) => [file, file.size]));
  }

  #follow(path: string, id: string, size: number): void {
    const { sink, changed, poll } = this.#options;
    const segment = parseSegment(basename(path));
    try {
      const tail = new Tail(path, { fromBeginning: true, separator: '\n', useWatchFile: poll });
      const file: TailedFile = { tail, id, size, read: 0 };
      tail.on('line', (line: string) => {
        const bytes = Buffer.from(line);
        file.read += bytes.length + 1;
        file.size = Math.max(file.size, file.read);
        if (bytes.length >= LINE_BYTES_MAX) sink.lineTooLong(bytes.length + 1);
        else sink.line(bytes, 0, bytes.length, segment);
        this.revision += 1;
        changed();
      });
      tail.on('error', (error: unknown) => this.#failed(path, String(error)));
      this.#files.set(path, file);
    } catch (error) {
      this.#failed(path, String(error));
    }
  }

  #failed(path: string, detail: string): void {
    this.#errors += 1;
    this.#options.say({ kind: 'unreadable', path, detail });
  }
}
