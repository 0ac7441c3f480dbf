/**
 * Reads the files of the table as it gives turns, by descriptor, through one buffer, and makes
 * sure at each read that the file is still the one that was read before: the read begins a little
 * before the offset, and those bytes, and the first ones of the file, must be what they were.
 *
 * `look` and `step` are all there is; a test calls them by hand, `start` calls them in time.
 * Everything is synchronous, so that between two calls positions and the sink's state belong
 * together.
 */
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import { disk as realDisk, errorCode, isAbsence } from './disk.ts';
import type { Disk } from './disk.ts';
import { FileTable, HEAD_BYTES, TAIL_BYTES } from './file-table.ts';
import type { FollowedFile } from './file-table.ts';
import type { FileNotice, Follower, Progress } from './follower.ts';
import { findFiles, parseGlob } from './glob.ts';
import type { Found, Glob } from './glob.ts';
import { LINE_BYTES_MAX } from './line-sink.ts';
import type { FollowerStatus, LineSink } from './line-sink.ts';
import { splitLines } from './line-splitter.ts';
import { parseSegment } from './segment-name.ts';
import { Waker } from './waker.ts';

const NEWLINE = 0x0a;
/** One turn's worth: large enough that reading costs nothing beside the lines, small enough not to hold others up. */
const BUFFER_BYTES = 256 * 1024;
/** Descriptors kept open; past it those of files at their end are closed, and opened again when they grow. */
const OPEN_FILES_MAX = 256;
/** Times that the folders are listed again while files appear. */
const LISTINGS_MAX = 20;
/** A file that lost its name may still be written to by one who has it open, so long after its last sign of life. */
const CLOSE_AFTER_MS = 10_000;
/** A run that a later one of its engine has followed may still be in the middle of a line, so long after its last write. */
const SETTLE_MS = 250;

export interface FollowerOptions {
  readonly patterns: readonly string[];
  readonly sink: LineSink;
  /** How far another follower came; absent: every file is read from its start. */
  readonly progress?: Progress;
  /** Called after lines were read, in time; not from `step`. */
  readonly changed?: () => void;
  readonly say?: (notice: FileNotice) => void;
  /** No kernel events: for network file systems and virtual machines that do not carry them. */
  readonly poll?: boolean;
  readonly disk?: Disk;
  readonly bufferBytes?: number;
  readonly openFilesMax?: number;
  readonly clock: Clock;
}

export class FileFollower implements Follower {
  revision = 0;
  readonly #globs: readonly Glob[];
  readonly #sink: LineSink;
  readonly #say: (notice: FileNotice) => void;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #table: FileTable;
  readonly #waker: Waker;
  #openFilesMax: number;
  /** Descriptors, the least recently read first. */
  readonly #open = new Map<FollowedFile, number>();
  readonly #buffer: Buffer;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  /** Segments with an unfinished last line that was not counted. */
  readonly #unfinished = new Set<FollowedFile>();
  /** Files that were there at the first look and have not been read to their end; undefined before. */
  #backlog: Set<FollowedFile> | undefined;
  #folders: ReadonlySet<string> = new Set();
  #rotations: number;
  #truncations: number;
  #errors = 0;

  constructor(options: FollowerOptions) {
    this.#globs = options.patterns.flatMap(parseGlob);
    this.#sink = options.sink;
    this.#say = options.say ?? (() => undefined);
    this.#disk = options.disk ?? realDisk;
    this.#clock = options.clock;
    this.#table = new FileTable(options.progress?.positions);
    this.#rotations = options.progress?.rotations ?? 0;
    this.#truncations = options.progress?.truncations ?? 0;
    this.#openFilesMax = options.openFilesMax ?? OPEN_FILES_MAX;
    const bufferBytes = Math.max(options.bufferBytes ?? BUFFER_BYTES, TAIL_BYTES + LINE_BYTES_MAX);
    const own = options.sink.buffer?.subarray(0, bufferBytes);
    this.#buffer = own?.length === bufferBytes ? own : Buffer.alloc(bufferBytes);
    this.#waker = new Waker(
      this,
      options.clock,
      options.poll ?? false,
      options.changed ?? (() => undefined),
    );
  }

  start(): void {
    this.#waker.start();
  }

  stop(): void {
    this.#waker.stop();
    for (const fd of this.#open.values()) this.#disk.close(fd);
    this.#open.clear();
  }

  /** Folders in which something may happen, as of the last look. */
  get folders(): ReadonlySet<string> {
    return this.#folders;
  }

  /** An unfinished line is about to be counted, once its file has been quiet. */
  get settling(): boolean {
    return [...this.#unfinished].some((file) => this.#table.succeededBy(file) !== undefined);
  }

  /** Looks at the disk: which files there are, which have changed, which are gone. */
  look(): void {
    const nowMs = this.#clock.monotonicMs();
    const found = this.#find();
    for (const [path, code] of found.unseen) this.#failed(path, code);
    const { appeared, missing, rotated } = this.#table.look(
      found,
      nowMs,
      BigInt(Math.round(this.#clock.wallMs())) * 1_000_000n,
      (file, path) => this.#isSame(file, path),
    );
    for (const { path } of rotated) {
      this.#rotations += 1;
      this.#say({ kind: 'rotation', path, detail: 'another file has its name' });
    }
    // At once, so that a file that is deleted before its turn is read all the same, and one that is
    // renamed is known again.
    for (const file of this.#table.files) {
      // It was empty, or cut, when it was opened.
      const fd = this.#open.get(file);
      if (fd !== undefined && file.head.length === 0 && file.size > 0) this.#learnHead(file, fd);
      const isToOpen = file.pending && file.present && !file.unreadable && fd === undefined;
      const isFull = this.#open.size >= this.#openFilesMax;
      if (isToOpen && (!isFull || file.head.length === 0)) this.#descriptor(file);
    }
    for (const file of missing) this.#missing(file, nowMs);
    for (const file of this.#table.files) this.#closeIfOver(file, nowMs);
    if (appeared.length + missing.length + rotated.length > 0) this.revision += 1;
    this.#folders = found.folders;
    this.#backlog ??= new Set(
      [...this.#table.files].filter((file) => file.present && !file.unreadable),
    );
    this.#settle(SETTLE_MS);
  }

  /**
   * A listing is not a moment: what is created while it goes on may be in it or not, so the next
   * segment may be there and the one before it, created earlier, missing. Once two listings in a row
   * agree, whatever was created before one of their files is among them.
   */
  #find(): Found {
    let found = findFiles(this.#globs, this.#disk);
    for (let again = 0; again < LISTINGS_MAX; again += 1) {
      const isNews = [...found.files].some(([path, { id }]) => this.#table.at(path)?.id !== id);
      if (!isNews) break;
      const before = found.files;
      found = findFiles(this.#globs, this.#disk);
      const isSame =
        found.files.size === before.size &&
        [...found.files].every(([path, { id }]) => before.get(path)?.id === id);
      if (isSame) break;
    }
    return found;
  }

  /** A file under this path has changed. @returns false when none is followed there */
  touch(path: string): boolean {
    const file = this.#table.at(path);
    if (file === undefined) return false;
    const fd = this.#open.get(file);
    const hasEarlier = file.lineage.files[0] !== file;
    this.#table.mark(file, hasEarlier ? this.#seen(file, fd).size : file.size);
    return true;
  }

  /** One turn: at most one buffer of one file. @returns false when there was nothing to read */
  step(): boolean {
    const file = this.#table.next();
    if (file === undefined) return false;
    let atEnd = true;
    try {
      const fd = this.#descriptor(file);
      if (fd !== undefined) atEnd = this.#read(file, fd);
    } catch (error) {
      // A fault of the disk only: the sink's own are not ours to hide.
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      this.#failed(file.path, errorCode(error));
      this.#close(file);
      file.unreadable = true;
    }
    this.#table.turnEnds(file, atEnd && !file.unreadable);
    if (file.unreadable) this.#backlog?.delete(file);
    else if (atEnd) this.#ended(file);
    return true;
  }

  /** Reads everything that is there now to its end, and counts what will not be finished. */
  readAll(): void {
    this.look();
    while (this.step());
    this.#settle(0);
  }

  status(): FollowerStatus {
    let files = 0;
    let lagBytes = 0;
    for (const file of this.#table.files) {
      if (file.present) files += 1;
      if (!file.unfinished) lagBytes += Math.max(0, file.size - file.offset);
    }
    return {
      files,
      lagBytes,
      rotations: this.#rotations,
      truncations: this.#truncations,
      errors: this.#errors,
      caughtUp: this.#backlog?.size === 0,
    };
  }

  progress(): Progress {
    return {
      positions: this.#table.positions(),
      rotations: this.#rotations,
      truncations: this.#truncations,
    };
  }

  /** @returns whether the end was reached */
  #read(file: FollowedFile, fd: number): boolean {
    const known = file.tail.length;
    const from = file.offset - known;
    const wanted = Math.min(this.#buffer.length, Math.max(file.limit, file.offset) - from);
    const got = this.#disk.read(fd, this.#buffer, 0, wanted, from);
    const headGot = this.#disk.read(fd, this.#head, 0, HEAD_BYTES, 0);
    if (!this.#continues(file, got, headGot)) return this.#changedBelow(file, fd, headGot);
    // Of a short file the bytes that were not read yet may still change.
    if (file.offset < HEAD_BYTES) file.head = Buffer.from(this.#head.subarray(0, headGot));
    const { next, skipped } = splitLines(
      this.#buffer,
      known,
      got,
      file.skipped,
      file.segment,
      this.#sink,
    );
    const end = from + got;
    file.size = Math.max(file.size, end);
    if (next > known) {
      file.offset = from + next;
      file.skipped = skipped;
      file.unfinished = false;
      file.tail = Buffer.from(this.#buffer.subarray(Math.max(0, next - TAIL_BYTES), next));
      this.revision += 1;
    }
    if (got === wanted && end < file.limit) return false;
    file.size = Math.max(end, Number.isFinite(file.limit) ? file.size : 0);
    return true;
  }

  #continues(file: FollowedFile, got: number, headGot: number): boolean {
    const { head, tail, offset } = file;
    const known = Math.min(head.length, offset);
    if (got < tail.length || !this.#begins(this.#buffer, tail, tail.length)) return false;
    // The head was read after: if it is shorter now, what was read may still be from before the cut.
    if (headGot < known && got === tail.length) return false;
    return this.#begins(this.#head, head, Math.min(known, headGot));
  }

  #begins(bytes: Buffer, as: Buffer, length: number): boolean {
    return bytes.compare(as, 0, length, 0, length) === 0;
  }

  /**
   * Not what it was: cut to its beginning, cut and written anew, or another file with the same
   * inode. Of one that was only cut, what is left was read: it goes on at the start of the line in
   * which the cut fell.
   */
  #changedBelow(file: FollowedFile, fd: number, headGot: number): boolean {
    const { size } = this.#disk.fstat(fd);
    const common = Math.min(file.head.length, file.offset, headGot, size);
    const onlyCut = size < file.offset && this.#begins(this.#head, file.head, common);
    let offset = 0;
    let tail = Buffer.alloc(0);
    if (onlyCut) {
      const from = Math.max(0, size - this.#buffer.length);
      const got = this.#disk.read(fd, this.#buffer, 0, size - from, from);
      const lineStart = this.#buffer.subarray(0, got).lastIndexOf(NEWLINE) + 1;
      offset = lineStart === 0 ? 0 : from + lineStart;
      tail = Buffer.from(this.#buffer.subarray(Math.max(0, lineStart - TAIL_BYTES), lineStart));
    }
    this.#table.restart(file, offset, tail);
    this.#unfinished.delete(file);
    file.size = size;
    this.#truncations += 1;
    this.revision += 1;
    this.#say({
      kind: 'truncation',
      path: file.path,
      detail: onlyCut ? `cut to ${size} bytes` : 'written anew',
    });
    return false;
  }

  #ended(file: FollowedFile): void {
    const rest = file.size - file.offset + file.skipped;
    if (rest > 0 && !file.unfinished && file.segment !== undefined) this.#unfinished.add(file);
    else this.#unfinished.delete(file);
    this.#settle(SETTLE_MS);
    // Ready means that the numbers are those of the files, so a line that is about to be counted holds it up.
    if (!this.#unfinished.has(file) || this.#table.succeededBy(file) === undefined)
      this.#backlog?.delete(file);
    this.#closeIfOver(file, this.#clock.monotonicMs());
  }

  /** Counts the unfinished lines of segments that others have followed, once they have been quiet for so long. */
  #settle(quietMs: number): void {
    for (const file of this.#unfinished) {
      const by = this.#table.succeededBy(file);
      // The file must have been read to its end after its successor was seen.
      if (by === undefined || file.pending) continue;
      if (by === 'run' && this.#clock.wallMs() - Number(file.mtimeNs / 1_000_000n) < quietMs)
        continue;
      this.#unfinished.delete(file);
      this.#backlog?.delete(file);
      file.unfinished = true;
      this.revision += 1;
      this.#sink.unfinishedLine(file.size - file.offset + file.skipped);
    }
  }

  /** An inode is not given to another file while somebody has it open; otherwise the bytes must tell. */
  #isSame(file: FollowedFile, path: string): boolean {
    if (this.#open.has(file)) return true;
    // The first bytes of segments are alike, and no segment becomes another one. Nor is a file of
    // which nothing was read known by a few bytes in another folder.
    const segment = parseSegment(basename(path));
    const isOther =
      (segment !== undefined && !isDeepStrictEqual(segment, file.segment)) ||
      (file.offset === 0 && dirname(path) !== dirname(file.path));
    const isIt = !isOther && this.#beginsAs(file, path);
    // Where the bytes may not be read, its folder has to do; they are compared once they may.
    if (isIt ?? dirname(path) === dirname(file.path)) return true;
    this.#lost(file, 'deleted');
    return false;
  }

  /** @returns undefined where it may not be read now */
  #beginsAs({ head, tail, offset }: FollowedFile, path: string): boolean | undefined {
    if (head.length === 0) return false;
    let fd: number | undefined;
    try {
      fd = this.#disk.open(path);
      const isThere = (bytes: Buffer, position: number): boolean =>
        this.#disk.read(fd!, this.#head, 0, bytes.length, position) === bytes.length &&
        this.#begins(this.#head, bytes, bytes.length);
      return isThere(head, 0) && isThere(tail, offset - tail.length);
    } catch (error) {
      return isAbsence(error) ? false : undefined;
    } finally {
      if (fd !== undefined) this.#disk.close(fd);
    }
  }

  #missing(file: FollowedFile, nowMs: number): void {
    let fd = this.#open.get(file);
    if (fd === undefined) {
      const { path, isUnreadable } = this.#otherName(file);
      if (isUnreadable) {
        file.unreadable = true;
        file.aliveMs = nowMs;
        return;
      }
      if (path === undefined) {
        this.#lost(
          file,
          file.size > file.offset ? `deleted with ${file.size - file.offset} bytes unread` : '',
        );
        return;
      }
      file.path = path;
      file.unreadable = false;
      file.aliveMs = nowMs;
      fd = this.#descriptor(file);
    }
    const { size, mtimeNs } = this.#seen(file, fd);
    if (size !== file.size || mtimeNs !== file.mtimeNs || file.pending) {
      if (size !== file.size) file.aliveMs = nowMs;
      file.size = size;
      file.mtimeNs = mtimeNs;
      this.#table.mark(file, size);
    }
  }

  /** A file that was renamed while nobody had it open: its inode under another name in the same folder. */
  #otherName(file: FollowedFile): { path?: string; isUnreadable?: boolean } {
    const folder = dirname(file.path);
    try {
      for (const { name, folder: isFolder } of this.#disk.list(folder)) {
        if (isFolder) continue;
        const path = join(folder, name);
        if (this.#disk.stat(path).id !== file.id) continue;
        const isIt = this.#beginsAs(file, path);
        if (isIt !== false) return isIt ? { path } : { isUnreadable: true };
      }
      return {};
    } catch (error) {
      // Whatever cannot be listed here has been said by the look.
      return { isUnreadable: !isAbsence(error) };
    }
  }

  /** Lets go of a file that nothing more is expected of. */
  #closeIfOver(file: FollowedFile, nowMs: number): void {
    if (file.pending) return;
    const followed = this.#table.succeededBy(file) === 'file';
    if (file.present && !followed) return;
    // The engine closes a segment before it opens the next; anybody else may take a while.
    const atOnce = file.segment !== undefined && followed;
    if (!atOnce && nowMs - file.aliveMs < CLOSE_AFTER_MS) return;
    file.closed = true;
    this.#close(file);
    if (!file.present) this.#forget(file);
  }

  #lost(file: FollowedFile, detail: string): void {
    if (detail !== '') this.#say({ kind: 'lost', path: file.path, detail });
    this.#forget(file);
  }

  #forget(file: FollowedFile): void {
    this.#close(file);
    this.#unfinished.delete(file);
    this.#backlog?.delete(file);
    file.pending = false;
    this.#table.forget(file);
    this.revision += 1;
  }

  /** @returns the open descriptor of a file, undefined when its path has become another's */
  #descriptor(file: FollowedFile): number | undefined {
    const open = this.#open.get(file);
    if (open !== undefined) {
      this.#open.delete(file);
      this.#open.set(file, open);
      return open;
    }
    if (this.#open.size >= this.#openFilesMax) this.#closeLeastUsed();
    let fd: number | undefined;
    try {
      fd = this.#disk.open(file.path);
      const stat = this.#disk.fstat(fd);
      if (stat.id === file.id && stat.regular) {
        // Not only what was read: a file that is renamed before its turn is to be known again too.
        const head = this.#headOf(fd);
        if (file.head.length === 0) file.head = head;
        else if (!this.#begins(head, file.head, Math.min(head.length, file.head.length)))
          this.#replaced(file, head);
        this.#open.set(file, fd);
        return fd;
      }
    } catch (error) {
      if (!isAbsence(error)) this.#failed(file.path, errorCode(error));
      // Others in the process or on the machine need descriptors too: make do with fewer from now on.
      const isScarce = errorCode(error) === 'EMFILE' || errorCode(error) === 'ENFILE';
      if (isScarce && this.#open.size > 0) {
        this.#openFilesMax = this.#open.size;
        return this.#descriptor(file);
      }
    }
    if (fd !== undefined) this.#disk.close(fd);
    // The next look finds out what has become of it.
    file.unreadable = true;
    return undefined;
  }

  /** Another file, that was given its inode and its name: nothing of it has been read. */
  #replaced(file: FollowedFile, head: Buffer): void {
    this.#table.renew(file);
    this.#unfinished.delete(file);
    file.head = head;
    this.#truncations += 1;
    this.revision += 1;
    this.#say({ kind: 'truncation', path: file.path, detail: 'written anew' });
  }

  /** Size and time of change as the descriptor tells, or as they were last seen. */
  #seen(file: FollowedFile, fd: number | undefined): { size: number; mtimeNs: bigint } {
    if (fd === undefined) return file;
    try {
      return this.#disk.fstat(fd);
    } catch (error) {
      // A network file system may have forgotten the file; the next turn finds out.
      this.#failed(file.path, errorCode(error));
      return file;
    }
  }

  #learnHead(file: FollowedFile, fd: number): void {
    try {
      file.head = this.#headOf(fd);
    } catch (error) {
      this.#failed(file.path, errorCode(error));
    }
  }

  #headOf(fd: number): Buffer {
    return Buffer.from(this.#head.subarray(0, this.#disk.read(fd, this.#head, 0, HEAD_BYTES, 0)));
  }

  /** One that has lost its name only if there is no other: its bytes may not be found again. */
  #closeLeastUsed(): void {
    const open = [...this.#open.keys()];
    const file = open.find((one) => one.present) ?? open[0];
    if (file !== undefined) this.#close(file);
  }

  #close(file: FollowedFile): void {
    const fd = this.#open.get(file);
    if (fd === undefined) return;
    this.#open.delete(file);
    this.#disk.close(fd);
  }

  #failed(path: string, code: string): void {
    this.#errors += 1;
    this.#say({ kind: 'unreadable', path, detail: code });
  }
}
