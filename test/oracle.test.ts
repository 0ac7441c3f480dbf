/**
 * The product's fold against a second, slower computation of every number (`oracle/oracle.ts`),
 * on logs by seed. `TRADETAIL_ORACLE_RUNS=500 npx vitest run test/oracle.test.ts` compares more of
 * them, `TRADETAIL_ORACLE_SEED=17` that one alone.
 */
import { describe, expect, test } from 'vitest';

import { differences } from './oracle/comparison.ts';
import { generateLog } from './oracle/log-generator.ts';
import type { LogFile } from './oracle/oracle.ts';
import { oracleMetrics, oracleReadings } from './oracle/oracle.ts';
import { averageCostCases, drawdownCases } from './oracle/reference-cases.ts';
import { Random } from './oracle/random.ts';
import { replicaMetrics, restartedReplicaMetrics } from './oracle/replica-metrics.ts';
import { WORKED_EXAMPLES } from './oracle/worked-examples.ts';
import { recordedData } from './setup/components.ts';

const runs = Number(process.env['TRADETAIL_ORACLE_RUNS'] ?? 6);
const only = process.env['TRADETAIL_ORACLE_SEED'];
const seeds =
  only === undefined ? Array.from({ length: runs }, (_, index) => index + 1) : [Number(only)];

describe('the fold gives every number that the oracle gives', () => {
  test.each(seeds)('for the log of seed %d', async (seed) => {
    const files = generateLog(seed);
    expect(
      differences(await replicaMetrics(files), oracleReadings(files)),
      `replay with TRADETAIL_ORACLE_SEED=${seed}`,
    ).toEqual([]);
  });
});

describe('runs read side by side, with restarts between lines, give the same numbers', () => {
  test.each(seeds)('for the log of seed %d', async (seed) => {
    const files = generateLog(seed);
    const restarted = await restartedReplicaMetrics(files, new Random(seed));
    const straight = await replicaMetrics(files);
    expect([...restarted].sort(), `replay with TRADETAIL_ORACLE_SEED=${seed}`).toEqual(
      [...straight].sort(),
    );
  });
});

const reference = recordedData('metrics-reference');
const recorded =
  reference === undefined ? [] : [...averageCostCases(reference), ...drawdownCases(reference)];
type Fold = (files: readonly LogFile[]) => Map<string, number> | Promise<Map<string, number>>;
const folds: readonly (readonly [string, Fold])[] = [
  ['the oracle', oracleMetrics],
  ['the fold', replicaMetrics],
];

describe.each(folds)('%s holds the case', (_, fold) => {
  for (const { name, log, expected } of [...WORKED_EXAMPLES, ...recorded])
    test(name, async () => {
      const metrics = await fold(log);
      for (const [series, value] of Object.entries(expected)) {
        if (value === undefined) expect(metrics.has(series), series).toBe(false);
        // As many places as the case is printed with, at most 8.
        else expect(metrics.get(series), series).toBeCloseTo(Number(value), placesOf(value));
      }
    });
});

function placesOf(decimal: string): number {
  const places = decimal.split('.')[1]?.length ?? 8;
  return places < 6 ? 8 : Math.min(places, 8);
}
