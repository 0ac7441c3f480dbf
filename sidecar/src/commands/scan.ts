import { systemClock } from '../clock.ts';
import { FileFollower } from '../follow/file-follower.ts';
import { Replica } from '../fold/replica.ts';
import { metricsText } from '../metrics/registry.ts';

/** @returns the metrics of the logs, each read from its start to its end; undefined where no file matches */
export async function scan(patterns: readonly string[]): Promise<string | undefined> {
  const replica = new Replica();
  const follower = new FileFollower({ patterns, sink: replica, clock: systemClock() });
  follower.readAll();
  follower.stop();
  const status = follower.status();
  if (status.files === 0) return undefined;
  return metricsText(replica.state, status);
}
