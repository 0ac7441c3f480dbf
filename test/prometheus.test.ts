/** Debian's Prometheus scrapes a sidecar that follows a trading engine, and answers in PromQL. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { component } from './setup/components.ts';
import { ENGINE, freePort, node, Program, SIDECAR, until } from './setup/program.ts';

const prometheus = component('prometheus');
const promtool = component('promtool');

/** A result of an instant query. */
interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

describe.runIf(prometheus && promtool)('Prometheus', () => {
  let folder: string;
  let sidecarUrl: string;
  let prometheusUrl: string;
  const programs: Program[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tradetail-'));
    const logs = path.join(folder, 'logs');
    programs.push(
      node(ENGINE, ['run', '--market', 'sim', '--speed', '20', '--seed', '3', '--log-dir', logs]),
    );
    const sidecar = node(SIDECAR, [
      'serve',
      '--logs',
      `${logs}/*.jsonl`,
      '--port',
      '0',
      '--state-dir',
      `${folder}/state`,
    ]);
    programs.push(sidecar);
    sidecarUrl = (await sidecar.says(/serves (http:\S+)/))[1]!;
    const port = await freePort();
    prometheusUrl = `http://127.0.0.1:${port}`;
    await writeFile(
      `${folder}/prometheus.yml`,
      `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: tradetail
    static_configs: [{ targets: ['${new URL(sidecarUrl).host}'] }]
`,
    );
    programs.push(
      new Program(prometheus!, [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/tsdb`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]),
    );
  });

  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function query(promql: string): Promise<Series[] | undefined> {
    const response = await fetch(
      `${prometheusUrl}/api/v1/query?query=${encodeURIComponent(promql)}`,
    ).catch(() => undefined);
    if (!response?.ok) return undefined;
    const { data } = (await response.json()) as { data: { result: Series[] } };
    return data.result.length > 0 ? data.result : undefined;
  }

  test.each([
    ['the scrape', 'up{job="tradetail"} == 1'],
    ['net PnL by strategy', 'sum by (strategy) (trading_net_pnl)'],
    ['equity', 'trading_equity > 0'],
    ['position', 'trading_position{strategy="market_maker"}'],
    ['the rate of fills', 'sum(rate(trading_fills_total[10s])) > 0'],
    ['maker against taker', 'sum by (liquidity) (trading_fills_total)'],
    [
      'tick-to-trade p99',
      'histogram_quantile(0.99, sum by (le) (rate(trading_tick_to_trade_seconds_bucket[10s])))',
    ],
    [
      'acknowledgement p50',
      'histogram_quantile(0.5, sum by (le) (trading_order_ack_seconds_bucket))',
    ],
    ['spread', 'trading_spread_bps > 0'],
    ['that the engine is up', 'trading_engine_up == 1'],
  ])('answers %s: %s', async (_, promql) => {
    const result = await until(() => query(promql), promql);
    for (const { value } of result) expect(Number(value[1])).not.toBeNaN();
  });

  test('finds the claims of the engine and our own computation equal', async () => {
    const result = await until(
      () => query('max by (kind) (trading_reconciliation_residual)'),
      'residuals',
    );
    const kinds = result.map(({ metric }) => metric['kind']).sort();
    expect(kinds).toEqual(['balance', 'fees', 'order', 'position', 'realized_pnl']);
    for (const { metric, value } of result)
      expect([metric['kind'], Number(value[1]) <= 1e-9]).toEqual([metric['kind'], true]);
    expect(await query('sum(trading_reconciliation_mismatches_total) > 0')).toBeUndefined();
  });

  test('agrees with promtool that the metrics are well made', async () => {
    const text = await (await fetch(`${sidecarUrl}metrics`)).text();
    const said = await new Promise<string>((resolve) => {
      const check = execFile(promtool!, ['check', 'metrics'], (_, stdout, stderr) =>
        resolve(stdout + stderr),
      );
      check.stdin!.end(text);
    });
    expect(said).toBe('');
  });
});
