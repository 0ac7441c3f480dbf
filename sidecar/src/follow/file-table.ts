/**
 * What the follower knows of its files, and whose turn it is. Pure: it is told what a look at the
 * disk has found, and says what that means.
 *
 * A name is not a file. A file is known by device and inode, and the bytes read from it say
 * whether it still is what it was.
 *
 * ```
 * rename and create     a.log ─ file 1          a.log ─ file 2        file 1 is read to its end
 *                       ▇▇▇▇▇▇▇▇                ▇▇▇                   by descriptor, under
 *                                               a.log.1 ─ file 1      whatever name or none,
 *                                               ▇▇▇▇▇▇▇▇▇▇            then file 2 from its start
 *
 * copy and truncate     a.log ─ file 1          a.log ─ file 1        same inode, other bytes:
 *                       ▇▇▇▇▇▇▇▇│               ▒▒▒                   read from the start. What
 *                               offset                                stood behind the offset and
 *                                                                     was cut off is lost to any
 *                                                                     reader of this file
 *
 * segments of a run     x-RUN.1.jsonl ▇▇▇▇▇▇▇▇│ x-RUN.2.jsonl ▇▇▇     2 begins when 1, looked at
 *                                                                     after 2 was seen, has ended
 *
 * torn write            ▇▇▇▇▇▇ ▇▇▇▇▇▇ ▇▇▇░░░    the last line waits at the offset of its start,
 *                                     offset    and is read whole when its newline is there
 * ```
 *
 * Files whose lines continue one another stand in one lineage, in order: the segments of a run, or
 * the files that have had one name. Within a lineage the first file that may have unread bytes is
 * read; between lineages turns go round.
 */
import type { Found } from './glob.ts';
import type { FileStat } from './disk.ts';
import type { Position } from './follower.ts';
import type { Segment } from './line-sink.ts';
import { parseSegment } from './segment-name.ts';

/** How much of a file's beginning, and of what stands before the offset, is kept to know it again. */
export const HEAD_BYTES = 256;
export const TAIL_BYTES = 64;
/** Names of files that are gone, kept to know that a new file under one of them is a rotation. */
const LEFT_NAMES_MAX = 10_000;
/** A file that changed so recently may change again without its time of change showing it. */
const CLOCK_TICK_NS = 2_000_000_000n;

export interface FollowedFile {
  readonly id: string;
  path: string;
  readonly segment: Segment | undefined;
  readonly lineage: Lineage;
  offset: number;
  skipped: number;
  head: Buffer;
  tail: Buffer;
  unfinished: boolean;
  /** As last seen. */
  size: number;
  mtimeNs: bigint;
  /** To be read up to here and no further while an earlier file of the lineage may still grow. */
  limit: number;
  /** May have bytes that were not read. */
  pending: boolean;
  /** Its end has not been reached since it appeared. */
  behind: boolean;
  /** A name of it matches. */
  present: boolean;
  /** Could not be opened or read; tried again at the next look. */
  unreadable: boolean;
  /** Nothing more is expected: its lineage goes on in another file, or it has no name. */
  closed: boolean;
  /** Monotonic time of the last sign of life. */
  aliveMs: number;
}

export interface Lineage {
  readonly key: string;
  readonly files: FollowedFile[];
  queued: boolean;
}

/** What a look has changed, where the disk has to be asked or somebody told. */
export interface Changes {
  readonly appeared: readonly FollowedFile[];
  /** No longer under any name that matches. */
  readonly missing: readonly FollowedFile[];
  /** New files under the name of another. */
  readonly rotated: readonly FollowedFile[];
}

export class FileTable {
  readonly #byId = new Map<string, FollowedFile>();
  readonly #byPath = new Map<string, FollowedFile>();
  readonly #lineages = new Map<string, Lineage>();
  readonly #queue: Lineage[] = [];
  readonly #leftNames = new Set<string>();
  readonly #latestRun = new Map<string, string>();

  constructor(saved: readonly Position[] = []) {
    for (const one of saved) {
      // Of an empty file there is nothing by which it could be known again.
      if (one.head === '') continue;
      this.#add(one.id, one.path, one.lineage, {
        offset: one.offset,
        skipped: one.skipped,
        head: Buffer.from(one.head, 'base64'),
        tail: Buffer.from(one.tail, 'base64'),
        unfinished: one.unfinished,
      });
    }
  }

  get files(): Iterable<FollowedFile> {
    return this.#byId.values();
  }

  at(path: string): FollowedFile | undefined {
    return this.#byPath.get(path);
  }

  positions(): Position[] {
    return [...this.#lineages.values()].flatMap((lineage) =>
      lineage.files.map((file) => ({
        id: file.id,
        path: file.path,
        lineage: lineage.key,
        offset: file.offset,
        skipped: file.skipped,
        head: file.head.toString('base64'),
        tail: file.tail.toString('base64'),
        unfinished: file.unfinished,
      })),
    );
  }

  /**
   * Takes in what a look at the disk has found.
   *
   * @param nowMs monotonic
   * @param wallNs the wall clock, as the times of files
   * @param isSame whether what stands under a new name is the file of old, or has only its inode;
   * asked of the bytes, and what is not the same is forgotten by the one asked
   */
  look(
    found: Found,
    nowMs: number,
    wallNs: bigint,
    isSame: (file: FollowedFile, path: string) => boolean,
  ): Changes {
    const appeared: FollowedFile[] = [];
    const rotated: FollowedFile[] = [];
    const moved: FollowedFile[] = [];
    const seen = new Set<string>();
    for (const [path, stat] of found.files) {
      if (seen.has(stat.id)) continue;
      let known = this.#byId.get(stat.id);
      // Under several names at once (links), it keeps the one it has.
      const isMoved = known !== undefined && found.files.get(known.path)?.id !== stat.id;
      if (known !== undefined && isMoved && !isSame(known, path)) known = undefined;
      if (known === undefined) {
        const holder = this.#byPath.get(path);
        const file = this.#add(stat.id, path, lineageOf(path, holder));
        file.aliveMs = nowMs;
        this.mark(file, stat.size);
        appeared.push(file);
        if (holder !== undefined || this.#leftNames.delete(path)) rotated.push(file);
        this.#see(file, stat);
      } else {
        if (isMoved) {
          known.path = path;
          moved.push(known);
        }
        const changed = known.size !== stat.size || known.mtimeNs !== stat.mtimeNs;
        const returned = !known.present || known.unreadable;
        this.#see(known, stat);
        if (changed || returned) known.aliveMs = nowMs;
        if (changed || returned || wallNs - stat.mtimeNs < CLOCK_TICK_NS)
          this.mark(known, stat.size);
      }
      seen.add(stat.id);
    }
    // After all of them: files may have swapped names.
    for (const file of moved) this.#byPath.set(file.path, file);
    for (const file of appeared) this.#byPath.set(file.path, file);
    const missing = [...this.#byId.values()].filter(
      (file) => !seen.has(file.id) && !isUnseen(file.path, found),
    );
    for (const file of missing) file.present = false;
    return { appeared, missing, rotated };
  }

  /**
   * The file may have bytes that were not read. So may the earlier ones of its lineage that can
   * still grow: a writer leaves the old file before it writes to the new one, hence all that
   * belongs before the new file's first `size` bytes is found by reading the old one now.
   */
  mark(file: FollowedFile, size: number): void {
    file.pending = true;
    file.limit = Infinity;
    for (const earlier of file.lineage.files) {
      if (earlier === file) break;
      if (earlier.closed) continue;
      earlier.pending = true;
      file.limit = size;
    }
    this.#enqueue(file.lineage);
  }

  /** @returns the file whose turn it is, undefined when every file was read to its end */
  next(): FollowedFile | undefined {
    for (;;) {
      const lineage = this.#queue.shift();
      if (lineage === undefined) return undefined;
      lineage.queued = false;
      const file = lineage.files.find((one) => one.pending && !one.unreadable);
      if (file !== undefined) return file;
    }
  }

  /**
   * Ends a turn. Lineages take turns; only a file that is no segment keeps its turn until its end
   * was reached once, because its lines may continue in the next one by name.
   */
  turnEnds(file: FollowedFile, atEnd: boolean): void {
    if (atEnd) {
      file.pending = false;
      file.behind = false;
    }
    this.#enqueue(file.lineage, file.behind && file.segment === undefined);
  }

  /** The file holds other bytes than those that were read: from `offset` on it is new. */
  restart(file: FollowedFile, offset: number, tail: Buffer): void {
    file.offset = offset;
    file.skipped = 0;
    file.head = file.head.subarray(0, offset);
    file.tail = tail;
    file.unfinished = false;
  }

  /** It is another file, with the inode of one that was deleted: the latest of those that had its name. */
  renew(file: FollowedFile): void {
    this.restart(file, 0, Buffer.alloc(0));
    const { files } = file.lineage;
    if (file.segment === undefined) files.push(...files.splice(files.indexOf(file), 1));
    this.mark(file, file.size);
  }

  forget(file: FollowedFile): void {
    this.#byId.delete(file.id);
    for (const [path, holder] of this.#byPath) {
      if (holder !== file) continue;
      this.#byPath.delete(path);
      if (this.#leftNames.size >= LEFT_NAMES_MAX) this.#leftNames.clear();
      if (file.segment === undefined) this.#leftNames.add(path);
    }
    const { files, key } = file.lineage;
    files.splice(files.indexOf(file), 1);
    if (files.length === 0) this.#lineages.delete(key);
  }

  /** Is there a later file of its lineage, or a later run of its engine? */
  succeededBy(file: FollowedFile): 'file' | 'run' | undefined {
    if (file.lineage.files.at(-1) !== file) return 'file';
    const { segment } = file;
    if (segment === undefined) return undefined;
    return (this.#latestRun.get(segment.engine) ?? '') > segment.run ? 'run' : undefined;
  }

  #add(id: string, path: string, key: string, read: Partial<FollowedFile> = {}): FollowedFile {
    const lineage = this.#lineages.get(key) ?? { key, files: [], queued: false };
    this.#lineages.set(key, lineage);
    const segment = parseSegment(path.slice(path.lastIndexOf('/') + 1));
    const file: FollowedFile = {
      id,
      path,
      segment,
      lineage,
      offset: 0,
      skipped: 0,
      head: Buffer.alloc(0),
      tail: Buffer.alloc(0),
      unfinished: false,
      size: 0,
      mtimeNs: 0n,
      limit: Infinity,
      pending: true,
      behind: true,
      present: false,
      unreadable: false,
      closed: false,
      aliveMs: 0,
      ...read,
    };
    const later =
      segment === undefined ? -1 : lineage.files.findIndex((one) => isLater(one, segment.n));
    lineage.files.splice(later === -1 ? lineage.files.length : later, 0, file);
    this.#byId.set(id, file);
    if (!this.#byPath.has(path)) this.#byPath.set(path, file);
    if (segment !== undefined && segment.run > (this.#latestRun.get(segment.engine) ?? ''))
      this.#latestRun.set(segment.engine, segment.run);
    return file;
  }

  #see(file: FollowedFile, stat: FileStat): void {
    file.size = stat.size;
    file.mtimeNs = stat.mtimeNs;
    file.present = true;
    file.unreadable = false;
  }

  #enqueue(lineage: Lineage, first = false): void {
    if (lineage.queued || !lineage.files.some((file) => file.pending && !file.unreadable)) return;
    lineage.queued = true;
    if (first) this.#queue.unshift(lineage);
    else this.#queue.push(lineage);
  }
}

/** Segments of a run continue one another wherever they stand; any other file continues the one that had its name. */
function lineageOf(path: string, holder: FollowedFile | undefined): string {
  const segment = parseSegment(path.slice(path.lastIndexOf('/') + 1));
  if (segment !== undefined) return `run ${segment.engine} ${segment.run}`;
  return holder?.lineage.key ?? `name ${path}`;
}

const isLater = (file: FollowedFile, n: number): boolean => (file.segment?.n ?? 0) > n;

/** A file in a folder that cannot be listed now is not gone. */
function isUnseen(path: string, { unseen }: Found): boolean {
  return [...unseen.keys()].some((one) => path === one || path.startsWith(`${one}/`));
}
