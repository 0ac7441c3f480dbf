/**
 * Reading logs on several cores: the largest shard here, each other one in a thread of its own with a
 * replica of its own.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import { disk } from '../follow/disk.ts';
import { findFiles, parseGlob } from '../follow/glob.ts';
import type { FollowerStatus } from '../follow/line-sink.ts';
import { Replica } from '../fold/replica.ts';
import { planShards, type Shard } from './plan.ts';
import { joined, readLogs, type Reading } from './reading.ts';

export interface ShardGiven {
  readonly patterns: readonly string[];
  readonly paths: Shard;
  /** Of how many shards it is one. */
  readonly of: number;
}

export interface ShardRead {
  /** As `Replica.save` gives it. */
  readonly state: Uint8Array;
  readonly status: FollowerStatus;
}

export interface Cores {
  readonly count: number;
  /** The program of a thread. */
  readonly workerUrl: URL;
  readonly shardBytesMin?: number;
}

/**
 * @param cores absent: one
 * @returns what the logs say, each read from its start to its end; the same on any number of cores
 */
export async function readOn(
  cores: Cores | undefined,
  patterns: readonly string[],
  clock: Clock,
): Promise<Reading> {
  const shards = cores === undefined ? [] : shardsOf(cores, patterns);
  const reading = shards.length > 1 ? await readShards(cores!, shards, patterns, clock) : undefined;
  if (reading !== undefined) return reading;
  const { replica, status } = readLogs(patterns, clock);
  return { state: replica.state, status };
}

function shardsOf({ count, shardBytesMin }: Cores, patterns: readonly string[]): Shard[] {
  if (count < 2) return [];
  const { files, unseen } = findFiles(patterns.flatMap(parseGlob), disk);
  // What cannot be seen is counted, and by one only.
  return unseen.size > 0 ? [] : planShards(files, count, shardBytesMin);
}

async function readShards(
  { workerUrl }: Cores,
  [own = [], ...others]: readonly Shard[],
  patterns: readonly string[],
  clock: Clock,
): Promise<Reading | undefined> {
  const of = others.length + 1;
  const workers = others.map(
    (paths) =>
      new Worker(workerUrl, {
        workerData: { patterns, paths, of } satisfies ShardGiven,
        name: 'shard',
      }),
  );
  const readings = workers.map(async (worker): Promise<Reading> => {
    // An error in the thread rejects.
    const [{ state, status }] = (await once(worker, 'message')) as [ShardRead];
    return { state: Replica.load(state).state, status };
  });
  const { replica, status } = readLogs(patterns, clock, { paths: own, of });
  return joined([{ state: replica.state, status }, ...(await Promise.all(readings))]);
}
