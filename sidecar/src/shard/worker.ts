/** The thread that reads a shard: it gets the shard, and gives what it has read. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { readLogs } from './reading.ts';
import type { ShardGiven, ShardRead } from './sharded.ts';

const { patterns, paths, of } = workerData as ShardGiven;
const { replica, status } = readLogs(patterns, systemClock(), { paths, of });
const state = replica.save();
parentPort!.postMessage({ state, status } satisfies ShardRead);
