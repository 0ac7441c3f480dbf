import { systemClock } from '../clock.ts';
import { metricsText } from '../metrics/registry.ts';
import { readOn, type Cores } from '../shard/sharded.ts';

/**
 * @param cores absent: one
 * @returns the metrics of the logs, each read from its start to its end; undefined where no file matches
 */
export async function scan(
  patterns: readonly string[],
  cores?: Cores,
): Promise<string | undefined> {
  const { state, status } = await readOn(cores, patterns, systemClock());
  return status.files === 0 ? undefined : metricsText(state, status);
}
