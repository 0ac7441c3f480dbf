/**
 * Which files are read together, so that several can be read at once. What a line does depends on the
 * lines of its engine alone, so the files of an engine stay together, and everything that is read of
 * them stays as it was: the order of a run's segments, the gaps, the turns that they take.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import type { FileStat } from '../follow/disk.ts';
import { LINE_BYTES_MAX } from '../follow/line-sink.ts';
import { parseSegment } from '../follow/segment-name.ts';

/** What a thread costs to begin with is what it reads in the time: less is not worth one. */
const SHARD_BYTES_MIN = 16 * 1024 * 1024;

/** Absolute paths. */
export type Shard = readonly string[];

interface Group {
  readonly paths: string[];
  bytes: number;
}

/**
 * @param shardsMax as many as there are cores
 * @param shardBytesMin what each has to read at least
 * @returns the shards, the largest first; one where there is nothing to divide, or no telling how
 */
export function planShards(
  files: ReadonlyMap<string, FileStat>,
  shardsMax: number,
  shardBytesMin = SHARD_BYTES_MIN,
): Shard[] {
  const engines = new Map<string, Group>();
  const seen = new Set<string>();
  for (const [path, { id, size }] of files) {
    // Under a second name it is still one file.
    if (seen.has(id)) continue;
    seen.add(id);
    const engine = parseSegment(basename(path))?.engine ?? engineOfFirstLine(path);
    if (engine === undefined) return [[...files.keys()]];
    const group = engines.get(engine) ?? { paths: [], bytes: 0 };
    engines.set(engine, group);
    group.paths.push(path);
    group.bytes += size;
  }
  const groups = [...engines.values()].sort((a, b) => b.bytes - a.bytes);
  for (let count = Math.min(shardsMax, groups.length); count > 1; count -= 1) {
    const shards = divided(groups, count);
    if (shards.every(({ bytes }) => bytes >= shardBytesMin))
      return shards.map(({ paths }) => paths);
  }
  return [[...files.keys()]];
}

/** Each to the one that has least to read so far. */
function divided(groups: readonly Group[], count: number): Group[] {
  const shards = Array.from({ length: count }, (): Group => ({ paths: [], bytes: 0 }));
  for (const { paths, bytes } of groups) {
    const least = shards.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    least.paths.push(...paths);
    least.bytes += bytes;
  }
  return shards.sort((a, b) => b.bytes - a.bytes);
}

/** @returns undefined where the file does not say it, or cannot be read */
function engineOfFirstLine(path: string): string | undefined {
  const bytes = Buffer.alloc(LINE_BYTES_MAX);
  try {
    const file = openSync(path, 'r');
    try {
      const end = bytes.subarray(0, readSync(file, bytes, 0, LINE_BYTES_MAX, 0)).indexOf('\n');
      const line = JSON.parse(bytes.toString('utf8', 0, Math.max(0, end))) as { engine?: unknown };
      return typeof line.engine === 'string' ? line.engine : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
