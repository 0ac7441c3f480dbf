/** Markouts of single fills against the fold's: their mean by quantity is the metric. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '@tradetail/sidecar/clock.ts';
import { explanationOf } from '@tradetail/sidecar/explain/explain.ts';
import { canonicalSeries } from './oracle/exposition.ts';
import { generateLog } from './oracle/log-generator.ts';
import { replicaMetrics } from './oracle/replica-metrics.ts';

const surroundings = { clock: systemClock(), signal: new AbortController().signal };

test.each([1, 2, 3, 4, 5])('for the log of seed %d', async (seed) => {
  const folder = mkdtempSync(join(tmpdir(), 'tradetail-explain-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = generateLog(seed, { mutations: 0 });
  for (const { name, bytes } of files) writeFileSync(join(folder, name), bytes);
  const filled = files.flatMap(({ bytes }) =>
    [...bytes.toString().matchAll(/"order\.filled".*?"cl_ord_id":"([^"\\]*)"/g)].map(
      ([, id]) => id!,
    ),
  );
  const latest = new Map<string, string>();
  const sums = new Map<string, { run: string; weight: number; weighted: number }[]>();
  const seen = new Set<string>();
  for (const id of new Set(filled)) {
    const explanation = await explanationOf(id, [join(folder, '*.jsonl')], surroundings);
    for (const order of explanation!.orders) {
      const { engine, run, strategy, venue, symbol } = order;
      if (run > (latest.get(engine) ?? '')) latest.set(engine, run);
      for (const { seq, fields, markouts } of order.events)
        for (const { horizon_s: horizon, bps } of markouts ?? []) {
          const line = `${engine} ${run} ${seq} ${horizon}`;
          if (bps === null || seen.has(line)) continue;
          seen.add(line);
          const liquidity = (fields['last_liquidity'] as string).toLowerCase();
          const labels = { engine, strategy, venue, symbol, liquidity, horizon: `${horizon}s` };
          const series = canonicalSeries('trading_markout_bps', labels);
          const all = sums.get(series) ?? [];
          sums.set(series, all);
          let sum = all.find((one) => one.run === run);
          if (sum === undefined) all.push((sum = { run, weight: 0, weighted: 0 }));
          const weight = Number(fields['last_qty']);
          sum.weight += weight;
          sum.weighted += weight * bps;
        }
    }
  }
  let compared = 0;
  for (const [series, value] of await replicaMetrics(files)) {
    if (!series.startsWith('trading_markout_bps')) continue;
    // A gauge is that of its engine's latest run, the greatest.
    const sum = sums.get(series)?.reduce((a, b) => (b.run > a.run ? b : a));
    expect(sum, series).toBeDefined();
    expect(sum!.weighted / sum!.weight, series).toBeCloseTo(value, 8);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(0);
});
