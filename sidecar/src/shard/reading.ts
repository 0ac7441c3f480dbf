/** Logs read from their start to their end: all of them, or a shard. */
import type { Clock } from '../clock.ts';
import { disk, type Disk } from '../follow/disk.ts';
import { FileFollower } from '../follow/file-follower.ts';
import type { FollowerStatus } from '../follow/line-sink.ts';
import { Replica, type ReplicaState } from '../fold/replica.ts';
import type { Shard } from './plan.ts';

/** Descriptors of all shards together. */
const OPEN_FILES_MAX = 256;
/** A replica takes a thousand engines, and which ones those are is a matter of order: far below it, it is not. */
const ENGINES_MAX = 500;

export interface Reading {
  readonly state: ReplicaState;
  readonly status: FollowerStatus;
}

/** @param shard of the files that match, those that are read; absent: all */
export function readLogs(
  patterns: readonly string[],
  clock: Clock,
  shard?: { readonly paths: Shard; readonly of: number },
): { readonly replica: Replica; readonly status: FollowerStatus } {
  const replica = new Replica();
  const follower = new FileFollower({
    patterns,
    sink: replica,
    clock,
    ...(shard !== undefined && {
      disk: diskOf(new Set(shard.paths)),
      openFilesMax: Math.ceil(OPEN_FILES_MAX / shard.of),
    }),
  });
  follower.readAll();
  follower.stop();
  return { replica, status: follower.status() };
}

/** A disk with no files but these. */
const diskOf = (paths: ReadonlySet<string>): Disk => ({
  ...disk,
  stat(path) {
    const stat = disk.stat(path);
    if (stat.regular && !paths.has(path))
      throw Object.assign(new Error('another shard reads it'), { code: 'ENOENT' });
    return stat;
  },
});

/**
 * @returns what one who read everything would have; undefined where that cannot be told: an engine's
 * lines stood in files of several shards
 */
export function joined([first, ...others]: readonly [Reading, ...Reading[]]): Reading | undefined {
  const state: ReplicaState = { ...first.state, invalidLines: { ...first.state.invalidLines } };
  const status = { ...first.status };
  for (const other of others) {
    for (const [name, engine] of other.state.engines) {
      if (state.engines.has(name)) return undefined;
      state.engines.set(name, engine);
    }
    for (const reason of Object.keys(state.invalidLines) as (keyof typeof state.invalidLines)[])
      state.invalidLines[reason] += other.state.invalidLines[reason];
    for (const [metric, count] of other.state.seriesDropped)
      state.seriesDropped.set(metric, (state.seriesDropped.get(metric) ?? 0) + count);
    state.lines += other.state.lines;
    state.bytes += other.state.bytes;
    status.files += other.status.files;
    status.lagBytes += other.status.lagBytes;
    status.rotations += other.status.rotations;
    status.truncations += other.status.truncations;
    status.errors += other.status.errors;
  }
  return state.engines.size <= ENGINES_MAX ? { state, status } : undefined;
}
