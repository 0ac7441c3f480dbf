/**
 * Every query of every dashboard, against Debian's Prometheus that scrapes a sidecar which follows a
 * trading engine: each panel that should show something does, with the names that its legend and its
 * links use. The engine trades under limits that it meets and at a venue that refuses, so that
 * breaches and rejects are there to be seen.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { ALERTS } from '@tradetail/grafana/alerts/catalogue.ts';
import { expression } from '@tradetail/grafana/alerts/alert.ts';
import { RECORDINGS } from '@tradetail/grafana/alerts/recording.ts';
import { DASHBOARDS } from '@tradetail/grafana/dashboards.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { component } from './setup/components.ts';
import { ENGINE, freePort, node, Program, root, SIDECAR, until } from './setup/program.ts';
import { withEverything } from './setup/promql.ts';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant: boolean;
  readonly legendFormat: string;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
}

/** Panels, by dashboard and id, with the query that rightly finds nothing here, and why. */
const EMPTY: Readonly<Record<string, string>> = {
  'market-data 2 A': 'a simulated feed has no gaps',
  'risk 42 A': 'everything is known',
  'risk 42 B': 'all fees are in quote',
  'pipeline-health 15 A': 'no cap was reached',
  'pipeline-health 30 A': 'no Promtail or Alloy runs here',
  'pipeline-health 30 B': 'no Loki runs here',
  'pipeline-health 31 A': 'no Promtail or Alloy runs here',
  'pipeline-health 31 B': 'no Loki runs here',
  'pipeline-health 32 A': 'no Loki runs here',
};

const queries = DASHBOARDS.flatMap((dashboard) =>
  ((dashboard.panels ?? []) as Panel[])
    .filter(({ type }) => !/^(row|logs|text|alertlist)$/.test(type))
    .flatMap((panel) =>
      ((panel.targets ?? []) as unknown as Target[]).map((target) => ({
        name: `${dashboard.uid!} ${panel.id!} ${target.refId}`,
        title: panel.title!,
        panel,
        target,
      })),
    ),
);

const prometheus = component('prometheus');
const alertmanager = component('prometheus-alertmanager', 'alertmanager');

describe.runIf(prometheus && alertmanager)('on a real Prometheus', () => {
  let folder: string;
  let url: string;
  const programs: Program[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tradetail-'));
    const logs = `${folder}/logs`;
    await writeFile(
      `${folder}/engine.json`,
      JSON.stringify({
        risk: { max_open_orders: 4 },
        paper: { faults: { reject: 0.02 } },
      }),
    );
    programs.push(
      node(ENGINE, [
        'run',
        ...['--market', 'sim', '--speed', '20', '--seed', '3'],
        ...['--config', `${folder}/engine.json`, '--log-dir', logs],
      ]),
    );
    const sidecar = node(SIDECAR, [
      'serve',
      ...['--logs', `${logs}/*.jsonl`, '--port', '0', '--state-dir', `${folder}/state`],
    ]);
    programs.push(sidecar);
    const page = new URL((await sidecar.says(/serves (http:\S+)/))[1]!);
    const [port, alerts] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    await writeFile(
      `${folder}/alertmanager.yml`,
      'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n',
    );
    programs.push(
      new Program(alertmanager!, [
        `--config.file=${folder}/alertmanager.yml`,
        `--storage.path=${folder}/alertmanager`,
        `--web.listen-address=127.0.0.1:${alerts}`,
        '--cluster.listen-address=',
      ]),
    );
    await writeFile(
      `${folder}/prometheus.yml`,
      `global: { scrape_interval: 1s, scrape_timeout: 1s }
rule_files: ['${root}prometheus/rules/*.yml']
scrape_configs:
  - { job_name: sidecar, static_configs: [{ targets: ['${page.host}'] }] }
  - { job_name: prometheus, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }
  - { job_name: alertmanager, static_configs: [{ targets: ['127.0.0.1:${alerts}'] }] }
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

  /** @returns what it found, undefined where Prometheus is not there yet; throws where it is refused */
  async function ask(expr: string, isInstant: boolean): Promise<Series[] | undefined> {
    const end = Date.now() / 1000;
    const query = isInstant
      ? new URLSearchParams({ query: expr })
      : new URLSearchParams({ query: expr, start: `${end - 5}`, end: `${end}`, step: '1' });
    const response = await fetch(
      `${url}/api/v1/query${isInstant ? '' : '_range'}?${query.toString()}`,
    ).catch(() => undefined);
    if (response === undefined || response.status === 503) return undefined;
    const { data, error } = (await response.json()) as {
      data?: { result: Series[] };
      error?: string;
    };
    if (data === undefined) throw new Error(`${error}: ${expr}`);
    return data.result;
  }

  const something = (expr: string, isInstant: boolean): Promise<Series[]> =>
    until(async () => {
      const result = await ask(expr, isInstant);
      return result !== undefined && result.length > 0 ? result : undefined;
    }, expr);

  test.each(
    queries
      .filter(({ name }) => !(name in EMPTY))
      .map(({ name, title, ...rest }) => [name, title, rest] as const),
  )('%s finds data: %s', async (_name, _title, { panel, target }) => {
    const found = await something(withEverything(target.expr), target.instant);
    const has = (label: string): boolean => found.every(({ metric }) => label in metric);
    for (const [, label] of target.legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      expect([label, has(label!)]).toEqual([label, true]);
    for (const link of panel.fieldConfig!.defaults.links ?? [])
      for (const [, label] of (link as { url: string }).url.matchAll(/__field\.labels\.(\w+)/g))
        expect([label, has(label!)]).toEqual([label, true]);
  });

  test.each(Object.entries(EMPTY))('%s rightly finds nothing: %s', async (name) => {
    const { target } = queries.find((one) => one.name === name)!;
    expect(await until(() => ask(withEverything(target.expr), target.instant), name)).toEqual([]);
  });

  test.each(RECORDINGS.filter(({ interval }) => interval !== '1m').map(({ record }) => record))(
    '%s is recorded',
    async (record) => {
      await something(record, true);
    },
  );

  test('accepts the query of every alert', async () => {
    for (const alert of ALERTS) {
      await until(() => ask(alert.value, true), alert.name);
      await until(() => ask(expression(alert), true), alert.name);
    }
  });
});
