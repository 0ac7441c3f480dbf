/**
 * From the engine's line to somebody's pager: engine, sidecar, Debian's Prometheus and Alertmanager
 * with the files of the stack (addresses aside), and the stack's own receiver at the end.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { component } from './setup/components.ts';
import { ENGINE, freePort, node, Program, root, SIDECAR, until } from './setup/program.ts';

interface Delivered {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
}

const prometheus = component('prometheus');
const alertmanager = component('prometheus-alertmanager', 'alertmanager');

describe.runIf(prometheus && alertmanager)('an alert', () => {
  let folder: string;
  let engine: Program;
  let receiverUrl: string;
  let alertmanagerUrl: string;
  const programs: Program[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tradetail-'));
    const logs = `${folder}/logs`;
    // It is not allowed to lose anything, so it soon halts.
    await writeFile(
      `${folder}/engine.json`,
      JSON.stringify({ risk: { max_daily_loss: '0.01', halt_factor: 1 } }),
    );
    engine = node(ENGINE, [
      'run',
      ...['--market', 'sim', '--speed', '20', '--seed', '3'],
      ...['--config', `${folder}/engine.json`, '--log-dir', logs],
    ]);
    const sidecar = node(SIDECAR, [
      'serve',
      ...['--logs', `${logs}/*.jsonl`, '--port', '0', '--state-dir', `${folder}/state`],
    ]);
    const receiver = node(`${root}docker/receiver.js`, ['--port', '0']);
    programs.push(engine, sidecar, receiver);
    receiverUrl = (await receiver.says(/takes alerts at (http:\S+)/))[1]!;
    const page = new URL((await sidecar.says(/serves (http:\S+)/))[1]!);
    const [port, alerts] = [await freePort(), await freePort()];
    alertmanagerUrl = `http://127.0.0.1:${alerts}`;
    const local = async (
      file: string,
      replace: Readonly<Record<string, string>>,
    ): Promise<string> =>
      Object.entries(replace).reduce(
        (text, [from, to]) => text.replaceAll(from, to),
        await readFile(`${root}${file}`, 'utf8'),
      );
    await writeFile(
      `${folder}/alertmanager.yml`,
      await local('alertmanager/alertmanager.yml', { 'http://receiver:9465/alerts': receiverUrl }),
    );
    await writeFile(`${folder}/token`, 'nobody asks on loopback');
    await writeFile(
      `${folder}/prometheus.yml`,
      await local('prometheus/prometheus.yml', {
        'rules/*.yml': `${root}prometheus/rules/*.yml`,
        '/run/tradetail/token': `${folder}/token`,
        'sidecar:9464': page.host,
        'alertmanager:9093': `127.0.0.1:${alerts}`,
        '127.0.0.1:9090': `127.0.0.1:${port}`,
      }),
    );
    programs.push(
      new Program(alertmanager!, [
        `--config.file=${folder}/alertmanager.yml`,
        `--storage.path=${folder}/alertmanager`,
        `--web.listen-address=127.0.0.1:${alerts}`,
        '--cluster.listen-address=',
      ]),
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

  const delivered = (name: string): Promise<Delivered> =>
    until(
      async () => {
        const alerts = (await (await fetch(receiverUrl)).json()) as Delivered[];
        return alerts.find(({ labels }) => labels['alertname'] === name);
      },
      `${name} is delivered`,
      45,
    );

  test('of an engine that halts is delivered, with its sentence, panel and runbook', async () => {
    const alert = await delivered('EngineHalted');
    expect(alert).toMatchObject({
      status: 'firing',
      labels: { engine: 'engine-1', severity: 'critical' },
      annotations: {
        summary: 'The engine has halted: it sends no orders',
        description: 'engine-1 is HALTED. Its last engine.state says why.',
        runbook_url: 'docs/runbooks/engine-halted.md',
        dashboard_url: 'http://127.0.0.1:3000/d/risk?viewPanel=2',
      },
    });
  });

  test('that Grafana, which stands by, sends as well is kept back', async () => {
    await delivered('EngineHalted');
    await fetch(`${alertmanagerUrl}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        {
          labels: {
            alertname: 'EngineHalted',
            engine: 'engine-1',
            severity: 'critical',
            standby: 'true',
            grafana_folder: 'Trading',
          },
        },
      ]),
    });
    const inhibited = await until(async () => {
      const alerts = (await (await fetch(`${alertmanagerUrl}/api/v2/alerts`)).json()) as {
        labels: Record<string, string>;
        status: { inhibitedBy: string[] };
      }[];
      return alerts.find(
        ({ labels, status }) => labels['standby'] && status.inhibitedBy.length > 0,
      );
    }, 'the stand-by is inhibited');
    expect(inhibited.labels['alertname']).toBe('EngineHalted');
  });

  test('of an engine that was killed is delivered too: silence is no good news', async () => {
    await engine.stop('SIGKILL');
    const { annotations } = await delivered('EngineSilent');
    expect(annotations['description']).toMatch(/^engine-1 has not written a line for 1\d\.\d+s;/);
  });
});
