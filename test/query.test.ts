/**
 * The views hold the lines that the fold counts: on logs by seed with everything that can happen to
 * a log (`oracle/log-mutator.ts`), whatever a question makes the reader pass over.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { main } from '@tradetail/sidecar/cli.ts';
import { entry } from '../build/bundle.js';
import { generateLog } from './oracle/log-generator.ts';
import { replicaMetrics } from './oracle/replica-metrics.ts';
import { node } from './setup/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'tradetail-query-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function ask(sql: string, logs: string): Promise<Record<string, unknown>[]> {
  let out = '';
  let err = '';
  const code = await main(['query', sql, '--json', '--logs', logs], {
    env: {},
    out: (text) => (out += text),
    err: (text) => (err += text),
    pageDir: '',
    signal: new AbortController().signal,
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Record<string, unknown>[];
}

const COUNTS = 'SELECT engine, event, count(*) AS n FROM events GROUP BY ALL';
const FILLS =
  'SELECT engine, lower(side) AS side, symbol, count(*) AS n, sum(last_qty) AS qty FROM fills GROUP BY ALL';
const ORDERS = 'SELECT engine, event, count(*) AS n FROM order_events GROUP BY ALL';

/** Sums the series of a metric by some of its labels. */
function summed(
  metrics: ReadonlyMap<string, number>,
  name: string,
  ...labels: readonly string[]
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [series, value] of metrics) {
    if (!series.startsWith(`${name}{`) || value === 0) continue;
    const key = labels
      .map((label) => new RegExp(`\\b${label}="([^"]*)"`).exec(series)?.[1])
      .join(' ');
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

test.each(Array.from({ length: 8 }, (_, index) => index + 1))(
  'for the log of seed %d',
  async (seed) => {
    const files = generateLog(seed, { mutations: seed % 4 === 0 ? 0 : 8 });
    mkdirSync(join(folder, String(seed)));
    for (const { name, bytes } of files) writeFileSync(join(folder, String(seed), name), bytes);
    const logs = join(folder, String(seed), '*.jsonl');
    const metrics = await replicaMetrics(files);
    const known = summed(metrics, 'sidecar_events_total', 'engine', 'event');
    const unknown = summed(metrics, 'sidecar_unknown_events_total', 'engine');

    const counts = new Map<string, number>();
    const others = new Map<string, number>();
    for (const { engine, event, n } of await ask(COUNTS, logs)) {
      const key = `${engine as string} ${event as string}`;
      if (known.has(key)) counts.set(key, n as number);
      else others.set(engine as string, (others.get(engine as string) ?? 0) + (n as number));
    }
    expect(counts).toEqual(known);
    expect(others).toEqual(unknown);

    const orders = await ask(ORDERS, logs);
    for (const { engine, event, n } of orders)
      expect(known.get(`${engine as string} ${event as string}`), event as string).toBe(n);

    const fills = summed(metrics, 'trading_fills_total', 'engine', 'side', 'symbol');
    const quantities = summed(metrics, 'trading_filled_quantity_total', 'engine', 'side', 'symbol');
    const rows = await ask(FILLS, logs);
    expect(rows.length).toBe(fills.size);
    for (const { engine, side, symbol, n, qty } of rows) {
      const key = `${engine as string} ${side as string} ${symbol as string}`;
      expect(fills.get(key), key).toBe(n);
      expect(quantities.get(key), key).toBeCloseTo(Number(qty), 9);
    }
  },
);

test('where an install left DuckDB out, one line says what adds it', async () => {
  const install = join(folder, 'install');
  const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
  cpSync(dirname(fileURLToPath(await entry('sidecar'))), join(install, 'dist'), {
    recursive: true,
  });
  mkdirSync(join(install, 'node_modules'));
  for (const name of readdirSync(modules))
    if (name !== '@duckdb') symlinkSync(join(modules, name), join(install, 'node_modules', name));
  const program = node(join(install, 'dist', 'sidecar.js'), [
    'query',
    'SELECT 1',
    '--logs',
    join(folder, '1', '*'),
  ]);
  expect(await program.ended()).toBe(1);
  expect(program.stderr).toMatch(
    /^tradetail-sidecar: query needs DuckDB, which this install left out; to add it: npm install --no-save @duckdb\/node-api@[\w.-]+\n$/,
  );
});
