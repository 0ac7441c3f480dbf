/** Market to metrics, on the real programs: what the engine did, what its log says, what the sidecar shows. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { eventsSchema } from '../scripts/events-schema.ts';
import { differences } from './oracle/comparison.ts';
import { parseExposition } from './oracle/exposition.ts';
import { oracleReadings, type LogFile } from './oracle/oracle.ts';
import { Random } from './oracle/random.ts';
import { restartedReplicaMetrics } from './oracle/replica-metrics.ts';
import { recordedData } from './setup/components.ts';
import { ENGINE, node, SIDECAR } from './setup/program.ts';

/** The oracle is slow on purpose. */
const MINUTES = 300_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tradetail-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs an engine to its end and reads its segments. */
async function run(name: string, ...flags: readonly string[]): Promise<LogFile[]> {
  const logs = path.join(folder, name);
  const engine = node(ENGINE, ['run', '--speed', 'max', '--log-dir', logs, ...flags]);
  expect([await engine.ended(), engine.stderr]).toEqual([0, '']);
  const names = (await readdir(logs)).sort(
    (a, b) => Number(a.split('.').at(-2)) - Number(b.split('.').at(-2)),
  );
  return Promise.all(
    names.map(async (file) => ({ name: file, bytes: await readFile(path.join(logs, file)) })),
  );
}

const linesOf = (files: readonly LogFile[]): Record<string, unknown>[] =>
  files.flatMap(({ bytes }) =>
    bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );

async function scan(name: string): Promise<string> {
  const sidecar = node(SIDECAR, ['scan', '--logs', path.join(folder, name, '*.jsonl')]);
  expect([await sidecar.ended(), sidecar.stderr]).toEqual([0, '']);
  return sidecar.stdout;
}

/** Measured, not decided: the only things in which two equal runs differ. */
const MEASURED = new Set([
  'time',
  'mono_ns',
  'run',
  'tick_to_trade_ns',
  'decision_ns',
  'risk_ns',
  'took_ms',
  'uptime_s',
  'loop_p50_ns',
  'loop_p99_ns',
  'rss_mb',
  'totals',
  'config',
  'config_sha256',
]);
const decided = (files: readonly LogFile[]): string[] =>
  linesOf(files).map((line) =>
    JSON.stringify(line, (key, value: unknown) => (MEASURED.has(key) ? undefined : value)),
  );

/** Everything that a log owes to its readers, whatever market it is of. */
function owes(name: string, log: () => { files: readonly LogFile[]; metrics: string }): void {
  test(`${name}: every line is as the schema says, in the byte shape of the contract`, () => {
    const validate = new Ajv2020({ strict: false }).compile(eventsSchema());
    let seq = 0;
    for (const { bytes } of log().files)
      for (const text of bytes.toString().trimEnd().split('\n')) {
        const line = JSON.parse(text) as Record<string, unknown>;
        expect(JSON.stringify(line)).toBe(text);
        expect([text, validate(line) ? [] : validate.errors]).toEqual([text, []]);
        expect(line['seq']).toBe((seq += 1));
      }
  });

  test(`${name}: every segment begins with log.segment and, but for the first, a snapshot`, () => {
    for (const [index, { bytes }] of log().files.entries()) {
      const [first, second] = linesOf([{ name: '', bytes }]);
      expect([first!['event'], first!['n'], first!['first_seq']]).toEqual([
        'log.segment',
        index + 1,
        first!['seq'],
      ]);
      if (index > 0) expect(second!['event']).toBe('engine.snapshot');
    }
  });

  test(
    `${name}: an independent recomputation gives every metric, to the last digit`,
    () => {
      const oracle = oracleReadings(log().files);
      const shown = parseExposition(log().metrics);
      for (const series of shown.keys())
        if (series.startsWith('sidecar_file')) shown.delete(series);
      for (const series of oracle.keys())
        if (series.startsWith('sidecar_file')) oracle.delete(series);
      expect(differences(shown, oracle)).toEqual([]);
    },
    MINUTES,
  );

  test(`${name}: both strategies trade, and the engine's claims agree with its fills`, () => {
    const series = [...parseExposition(log().metrics)];
    for (const strategy of ['market_maker', 'liquidity_taker']) {
      const fills = series.filter(
        ([one]) => one.startsWith('trading_fills_total') && one.includes(strategy),
      );
      expect(fills.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(20);
    }
    const residuals = series.filter(([one]) => one.startsWith('trading_reconciliation_residual'));
    expect(residuals).toHaveLength(5);
    for (const [one, residual] of residuals) expect([one, residual < 1e-9]).toEqual([one, true]);
    expect(
      series.filter(([one]) => one.startsWith('trading_reconciliation_mismatches_total')),
    ).toEqual([]);
  });

  test(
    `${name}: restarts between lines, in any number, change nothing`,
    async () => {
      const restarted = await restartedReplicaMetrics(log().files, new Random(1));
      for (const [series, value] of parseExposition(log().metrics))
        if (!series.startsWith('sidecar_file'))
          expect([series, restarted.get(series)]).toEqual([series, value]);
    },
    MINUTES,
  );
}

describe('ten minutes of the simulated market', () => {
  const flags = ['--market', 'sim', '--seed', '11', '--duration', '10m'];
  let files: LogFile[];
  let metrics: string;
  beforeAll(async () => {
    files = await run('sim', ...flags);
    metrics = await scan('sim');
  });

  owes('sim', () => ({ files, metrics }));

  test('with the same seed and settings give the same log again', async () => {
    expect(decided(await run('sim-again', ...flags))).toEqual(decided(files));
  });

  test('with another seed give another', async () => {
    const other = decided(
      await run('sim-other', '--market', 'sim', '--seed', '12', '--duration', '1m'),
    );
    expect(other.slice(0, 500)).not.toEqual(decided(files).slice(0, 500));
  });
});

const recorded = recordedData('binance-spot-btcusdt-20240808');
describe.runIf(recorded)('the recorded session of BTCUSDT', () => {
  const flags = [
    '--market',
    'replay',
    '--data',
    `${recorded}/btcusdt_20240808.gz`,
    `${recorded}/btcusdt_20240809.gz`,
    '--strategies',
    'market_maker,liquidity_taker',
    '--seed',
    '5',
  ];
  let files: LogFile[];
  let metrics: string;
  beforeAll(async () => {
    files = await run('replay', ...flags);
    metrics = await scan('replay');
  });

  owes('replay', () => ({ files, metrics }));

  test('gives the same log again', async () => {
    const hash = (lines: readonly string[]): string =>
      createHash('sha256').update(lines.join('\n')).digest('hex');
    expect(hash(decided(await run('replay-again', ...flags)))).toBe(hash(decided(files)));
  });

  test('names every trade of the recording once, in its order', () => {
    const ids = linesOf(files).flatMap((line) =>
      line['event'] === 'md.trade' ? [Number(line['trade_id'])] : [],
    );
    expect(ids).toEqual(Array.from({ length: 19_904 }, (_, index) => 3_735_683_259 + index));
  });
});
