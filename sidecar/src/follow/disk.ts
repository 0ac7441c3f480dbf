/**
 * The follower's view of a file system: the one seam at which a test lets a permission vanish or
 * the descriptors run out. Every call is synchronous (a read from the page cache costs less than a
 * promise) and throws Node's errors, with their `code`.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  readdirSync,
  statSync,
} from 'node:fs';
import type { BigIntStats } from 'node:fs';

export interface FileStat {
  /** Device and inode: the file itself, whatever its name is. */
  readonly id: string;
  readonly regular: boolean;
  readonly folder: boolean;
  readonly size: number;
  /** Changes with every write; also a later write of the same length. */
  readonly mtimeNs: bigint;
}

export interface Entry {
  readonly name: string;
  /** A symbolic link is neither: what it points to is known from `stat`. */
  readonly folder: boolean;
}

export interface Disk {
  list(folder: string): readonly Entry[];
  /** Follows symbolic links. */
  stat(path: string): FileStat;
  open(path: string): number;
  fstat(fd: number): FileStat;
  /** @returns bytes read, 0 at the end of the file */
  read(fd: number, into: Buffer, start: number, length: number, position: number): number;
  close(fd: number): void;
}

const fileStat = (stats: BigIntStats): FileStat => ({
  id: `${stats.dev}:${stats.ino}`,
  regular: stats.isFile(),
  folder: stats.isDirectory(),
  size: Number(stats.size),
  mtimeNs: stats.mtimeNs,
});

export const disk: Disk = {
  list: (folder) =>
    readdirSync(folder, { withFileTypes: true }).map((one) => ({
      name: one.name,
      folder: one.isDirectory(),
    })),
  stat: (path) => fileStat(statSync(path, { bigint: true })),
  // Non-blocking: a pipe that took the file's place since it was looked at must not hold us up.
  open: (path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
  fstat: (fd) => fileStat(fstatSync(fd, { bigint: true })),
  read: readSync,
  close: closeSync,
};

export function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** Nothing there, as opposed to something that cannot be seen. */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
}
