import { describe, expect, test } from 'vitest';

import type { LogFile } from './oracle/oracle.ts';
import { oracleMetrics } from './oracle/oracle.ts';
import { averageCostCases, drawdownCases } from './oracle/reference-cases.ts';
import { recordedData } from './setup/components.ts';

const reference = recordedData('metrics-reference');

/** The numbers of the cases are printed with 8 to 25 digits. */
function expectSeries(
  metrics: ReadonlyMap<string, number>,
  expected: Readonly<Record<string, string | undefined>>,
): void {
  for (const [series, value] of Object.entries(expected)) {
    if (value === undefined) expect(metrics.has(series), series).toBe(false);
    else expect(metrics.get(series), series).toBeCloseTo(Number(value), 8);
  }
}

const folds: readonly (readonly [string, (files: readonly LogFile[]) => Map<string, number>])[] = [
  ['the oracle', oracleMetrics],
];

describe.each(folds)('%s holds the recorded reference case', (_, fold) => {
  const cases =
    reference === undefined ? [] : [...averageCostCases(reference), ...drawdownCases(reference)];
  test.skipIf(reference !== undefined)('(the recorded cases are absent)', () => undefined);
  for (const { name, log, expected } of cases)
    test(name, () => {
      expectSeries(fold(log), expected);
    });
});
