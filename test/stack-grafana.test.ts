/**
 * Grafana as it is shipped, on the real program, 9.4 to 13: `npm run test:grafana`, with grafana on the PATH
 * or named by TRADETAIL_GRAFANA, and Prometheus and a Chromium; Loki and Promtail too where they are there.
 * Says what Grafana complained of, which dashboard it did not load, which panel shows an error or nothing.
 * Screenshots are in test-results/grafana/.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { component, extra } from './setup/components.ts';
import { freePort, node, root, until, type Program } from './setup/program.ts';

const grafana = extra('grafana');
const prometheus = component('prometheus');
const executablePath = component('chromium', 'chromium-browser', 'google-chrome');
const hasLoki = grafana !== undefined && Boolean(extra('loki') && extra('promtail'));

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

describe.runIf(grafana && prometheus && executablePath)('Grafana', () => {
  let folder: string;
  let url: string;
  let stack: Program;
  let browser: Browser;

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
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await stack.stop('SIGINT');
    rmSync(folder, { recursive: true, force: true });
  });

  test('loads every file without a complaint', () => {
    const complaints = readFileSync(path.join(folder, 'grafana.log'), 'utf8')
      .split('\n')
      .filter(
        (line) =>
          /level=(warn|error)/.test(line) && /provision|dashboard|datasource|alert/i.test(line),
      );
    expect(complaints).toEqual([]);
  });

  test('has every dashboard and both data sources', async () => {
    const found = (await (await fetch(`${url}/api/search?type=dash-db`)).json()) as Dashboard[];
    expect(found.map(({ uid }) => uid).sort()).toEqual(
      dashboards()
        .map(({ uid }) => uid)
        .sort(),
    );
    for (const uid of ['prometheus', ...(hasLoki ? ['loki'] : [])]) {
      const answer = await fetch(`${url}/api/datasources/uid/${uid}/health`);
      // A viewer may not ask for health everywhere; where it is answered it is good.
      if (answer.status !== 403) expect([uid, answer.status]).toEqual([uid, 200]);
    }
  });

  test('shows every dashboard with no panel in error', async () => {
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
    expect(found).toEqual(
      Object.fromEntries(dashboards().map(({ uid }) => [uid, { errors: 0, failed: [] }])),
    );
  }, 240_000);
});
