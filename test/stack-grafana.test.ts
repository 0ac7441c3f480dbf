/**
 * Grafana as it is shipped, on the real program, 9.4 to 13: `npm run test:grafana`, with grafana on the PATH
 * or named by TRADETAIL_GRAFANA, and Prometheus; Loki, Promtail and a Chromium too where they are there.
 * Says what Grafana complained of, which dashboard it did not load, which rule it cannot evaluate, which
 * panel shows an error or nothing. Screenshots are in test-results/grafana/. A server without its pages
 * (public/build) answers all but the last.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { ALERTS } from '@tradetail/grafana/alerts/catalogue.ts';
import { DASHBOARDS } from '@tradetail/grafana/dashboards.ts';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { component, extra } from './setup/components.ts';
import { freePort, node, root, until, type Program } from './setup/program.ts';
import { withEverything } from './setup/promql.ts';

const grafana = extra('grafana');
const prometheus = component('prometheus-alertmanager', 'alertmanager') && component('prometheus');
const executablePath = component('chromium', 'chromium-browser', 'google-chrome');
const hasLoki = grafana !== undefined && Boolean(extra('loki') && extra('promtail'));

/** Two folders above its program, as build/stack.js looks for it. */
const home =
  process.env['TRADETAIL_GRAFANA_HOME'] ?? path.resolve(path.dirname(grafana ?? ''), '..');
const hasPages = existsSync(path.join(home, 'public', 'build')) || !existsSync(`${home}/public`);

/** Panels, by dashboard, id and query, that rightly show nothing in this stack, and why. */
const EMPTY: Readonly<Record<string, string>> = {
  'execution-quality 60 A': 'the simulated venue refuses nothing',
  'execution-quality 61 A': 'no limit is met',
  'market-data 2 A': 'a simulated feed has no gaps',
  'pipeline-health 15 A': 'no cap was reached',
  'pipeline-health 31 B': 'Loki takes every line',
  'risk 5 A': 'no limit is met',
  'risk 30 A': 'no limit is met',
  'risk 42 A': 'everything is known',
  'risk 42 B': 'all fees are in quote',
  'trade-forensics 1 A': 'no order is chosen',
  'trade-forensics 2 A': 'no order is chosen',
  'trading-overview 30 D': 'the simulated venue refuses nothing',
  'trading-overview 30 E': 'no limit is met',
};

interface Target {
  readonly refId: string;
  readonly expr: string;
}
const targets = DASHBOARDS.flatMap((dashboard) =>
  ((dashboard.panels ?? []) as Panel[]).flatMap((panel) =>
    ((panel.targets ?? []) as unknown as Target[]).map((target) => ({
      name: `${dashboard.uid!} ${panel.id!} ${target.refId}`,
      type: panel.datasource?.type ?? 'prometheus',
      target,
    })),
  ),
);

const folderOfDashboards = `${root}grafana/dashboards`;
const screenshots = `${root}test-results/grafana`;

interface Dashboard {
  readonly uid: string;
  readonly title: string;
}
const dashboards = (): Dashboard[] =>
  readdirSync(folderOfDashboards)
    .filter((file) => file.endsWith('.json'))
    .map(
      (file) => JSON.parse(readFileSync(path.join(folderOfDashboards, file), 'utf8')) as Dashboard,
    );

describe.runIf(grafana && prometheus)('Grafana', () => {
  let folder: string;
  let url: string;
  let stack: Program;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tradetail-grafana-'));
    mkdirSync(screenshots, { recursive: true });
    const ports: Record<string, string> = { TRADETAIL_PORT: String(await freePort()) };
    for (const name of [
      'RECEIVER',
      'LOKI',
      'LOKI_GRPC',
      'PROMTAIL',
      'ALERTMANAGER',
      'PROMETHEUS',
      'GRAFANA',
    ])
      ports[`TRADETAIL_${name}_PORT`] = String(await freePort());
    url = `http://127.0.0.1:${ports['TRADETAIL_GRAFANA_PORT']}`;
    const services = [
      'engine',
      'sidecar',
      'receiver',
      'alertmanager',
      'prometheus',
      'grafana',
      ...(hasLoki ? ['loki', 'promtail'] : []),
    ];
    stack = node(`${root}build/stack.js`, services, {
      ...ports,
      TRADETAIL_STACK_DIR: folder,
      TRADETAIL_SPEED: '20',
    });
    await until(
      () => (/Ctrl-C stops it/.test(stack.stdout) ? true : undefined),
      'the stack runs',
      120,
    );
    expect(stack.stdout).toContain('grafana is ready');
  }, 180_000);

  afterAll(async () => {
    await stack.stop('SIGINT');
    rmSync(folder, { recursive: true, force: true });
  });

  test('loads every file without a complaint', () => {
    const complaints = readFileSync(path.join(folder, 'grafana.log'), 'utf8')
      .split('\n')
      .filter(
        (line) =>
          /level=(warn|error)/.test(line) &&
          /logger=(provisioning|ngalert|dashboard|datasource)/.test(line),
      );
    expect(complaints).toEqual([]);
  });

  test('has every dashboard', async () => {
    const wanted = dashboards().map(({ uid }) => uid);
    // Grafana finds them a moment after it is ready.
    const found = await until(async () => {
      const answer = await fetch(`${url}/api/search?type=dash-db`);
      const all = (await answer.json()) as Dashboard[];
      return all.length < wanted.length ? undefined : all.map(({ uid }) => uid);
    }, 'every dashboard is found');
    expect(found.sort()).toEqual(wanted.sort());
  });

  test('evaluates every alert, and none fires for what is not there', async () => {
    const rules = await until(
      async () => {
        const { data } = (await (
          await fetch(`${url}/api/prometheus/grafana/api/v1/rules`)
        ).json()) as {
          data: { groups: { rules: { name: string; health: string; state: string }[] }[] };
        };
        const all = data.groups.flatMap((group) => group.rules);
        return all.length > 0 && all.every(({ health }) => health !== 'unknown') ? all : undefined;
      },
      'every rule is evaluated',
      60,
    );
    expect(rules.map(({ name }) => name).sort()).toEqual(ALERTS.map(({ name }) => name).sort());
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    const firing = rules.filter(({ state }) => state === 'firing').map(({ name }) => name);
    for (const name of ['ReconciliationResidual', 'LokiDown', 'ShipperDown', 'SidecarDown'])
      expect(firing).not.toContain(name);
  }, 90_000);

  test('shows something in every panel but for those that are named', async () => {
    const ask = async ({ type, target }: (typeof targets)[number]): Promise<number | string> => {
      const expr = withEverything(target.expr, '1m').replace(/\$\w+/g, '');
      const query = { queryType: 'range', ...target, datasource: { type, uid: type }, expr };
      const response = await fetch(`${url}/api/ds/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          from: String(Date.now() - 300_000),
          to: String(Date.now()),
          queries: [{ ...query, intervalMs: 1000, maxDataPoints: 500 }],
        }),
      });
      const { results, message } = (await response.json()) as {
        results?: Record<string, { error?: string; frames?: { data?: { values: unknown[][] } }[] }>;
        message?: string;
      };
      const result = results?.[target.refId];
      if (result === undefined || result.error) return result?.error ?? message ?? 'no answer';
      return (result.frames ?? []).reduce((n, { data }) => n + (data?.values[0]?.length ?? 0), 0);
    };
    let open = targets.filter(({ type }) => hasLoki || type !== 'loki');
    const found = new Map<string, number | string>();
    await until(
      async () => {
        for (const one of open) found.set(one.name, await ask(one));
        open = open.filter(({ name }) => found.get(name) === 0 && !(name in EMPTY));
        return open.length === 0 ? true : undefined;
      },
      'every panel shows something',
      90,
    ).catch(() => undefined);
    expect([...found].filter(([, rows]) => typeof rows === 'string')).toEqual([]);
    expect(open.map(({ name }) => name)).toEqual([]);
  }, 120_000);

  test.runIf(executablePath && hasPages)(
    'draws every dashboard with no panel in error',
    async () => {
      const browser = await chromium.launch({
        executablePath: executablePath!,
        args: ['--no-sandbox'],
      });
      const found: Record<string, unknown> = {};
      for (const { uid, title } of dashboards()) {
        const page = await browser.newPage({ viewport: { width: 1440, height: 3000 } });
        const failed: string[] = [];
        page.on('response', (response) => {
          if (/\/api\/ds\/query/.test(response.url()) && response.status() >= 400)
            failed.push(`${response.status()} ${response.url()}`);
        });
        await page.goto(`${url}/d/${uid}?kiosk&from=now-5m&to=now`);
        await page.waitForLoadState('networkidle', { timeout: 30_000 }).catch(() => undefined);
        await page.screenshot({ path: path.join(screenshots, `${uid}.png`) });
        const [errors, empty] = await Promise.all([
          page.locator('[data-testid*="Panel status error"], [aria-label="Panel status"]').count(),
          page.getByText(/^No data$/).count(),
        ]);
        console.warn(`${title}: ${errors} panels in error, ${empty} without data`);
        found[uid] = { errors, failed };
        await page.close();
      }
      await browser.close();
      expect(found).toEqual(
        Object.fromEntries(dashboards().map(({ uid }) => [uid, { errors: 0, failed: [] }])),
      );
    },
    240_000,
  );
});
