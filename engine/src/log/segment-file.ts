/**
 * The files of a log: `<engine>-<run>.<n>.jsonl`. The run is a ULID, 48 bits of wall clock and 80
 * of chance in Crockford's base 32, so that file names sort as the runs were started.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

export const ENGINE_NAME = /^[A-Za-z0-9._-]{1,64}$/;
const SEGMENT = /^([A-Za-z0-9._-]{1,64})-([0-9A-HJKMNP-TV-Z]{26})\.([1-9]\d*)\.jsonl$/;
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export interface SegmentFile {
  readonly run: string;
  readonly n: number;
  readonly path: string;
}

export const segmentPath = (folder: string, engine: string, run: string, n: number): string =>
  path.join(folder, `${engine}-${run}.${n}.jsonl`);

/** Makes the folder where it is missing, for its owner only. */
export function makeLogFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** @returns the segments of an engine, oldest first */
export function segmentFiles(folder: string, engine: string): SegmentFile[] {
  const found: SegmentFile[] = [];
  for (const name of readdirSync(folder)) {
    const match = SEGMENT.exec(name);
    if (match?.[1] === engine)
      found.push({ run: match[2]!, n: Number(match[3]), path: path.join(folder, name) });
  }
  return found.sort((a, b) => (a.run === b.run ? a.n - b.n : a.run < b.run ? -1 : 1));
}

/** Deletes the oldest segments of an engine until they take at most `budgetBytes`; never `current`. */
export function pruneSegments(
  folder: string,
  engine: string,
  current: string,
  budgetBytes: number,
): void {
  const files = segmentFiles(folder, engine).map((file) => ({ ...file, bytes: sizeOf(file.path) }));
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files) {
    if (total <= budgetBytes) return;
    if (file.path === current) continue;
    rmSync(file.path, { force: true });
    total -= file.bytes;
  }
}

// A file may be gone by now: another engine of the same name prunes too.
const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * @param wallMs ms since the epoch
 * @param random 10 bytes
 * @param latest the greatest run there is, if any
 * @returns a ULID greater than `latest`, also when the clock was set back
 */
export function nextRun(wallMs: number, random: Uint8Array, latest: string | undefined): string {
  let bits = BigInt(wallMs);
  for (const byte of random) bits = (bits << 8n) | BigInt(byte);
  const run = base32(bits);
  if (latest === undefined || run > latest) return run;
  let next = 0n;
  for (const digit of latest) next = (next << 5n) | BigInt(DIGITS.indexOf(digit));
  return base32(next + 1n);
}

function base32(bits: bigint): string {
  let text = '';
  for (let place = 25n; place >= 0n; place--) text += DIGITS[Number((bits >> (place * 5n)) & 31n)]!;
  return text;
}
