/**
 * The stack as files and as `npm run stack`: the compose file against its schema and against what it
 * mounts, the preparation, the alert receiver, and the same services without Docker.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ALERTS } from '@tradetail/grafana/alerts/catalogue.ts';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { component } from './setup/components.ts';
import { freePort, node, root, until, type Program } from './setup/program.ts';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: { readonly dockerfile: string; readonly target: string };
  readonly user: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly [key: string]: unknown;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const withDefaults = (text: string): string => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

describe('docker-compose.yml', () => {
  test('is what the Compose specification wants', () => {
    // Beside the linter's program, since its package shows it to nobody.
    const schema = `${root}node_modules/dclint/schemas/compose.schema.json`;
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile({
      ...(JSON.parse(readFileSync(schema, 'utf8')) as object),
      $schema: 'http://json-schema.org/draft-07/schema#',
    });
    validate(compose);
    expect(validate.errors).toBeNull();
    expect(validate({ services: { a: { image: 'a', helthcheck: {} } } })).toBe(false);
  });

  describe.each(services)('%s', (name, service) => {
    test('is pinned, to a version and, but for what is built here and Promtail, to its bytes', () => {
      if (service.build)
        expect(read(service.build.dockerfile)).toContain(` AS ${service.build.target}\n`);
      else expect(service.image).toMatch(/:v?\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
    });

    test('has no privileges, no root, a read-only file system, and a limit of memory', () => {
      expect(service.user).toMatch(/^[1-9]\d*:\d+$/);
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(service['mem_limit']).toMatch(/^\d+[mg]$/);
      expect(service['privileged']).toBeUndefined();
    });

    test('shows its ports to this machine only', () => {
      for (const port of service.ports ?? [])
        expect(withDefaults(port)).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      expect(service['network_mode']).not.toBe('host');
    });

    test('is healthy before those that need it start, and all it depends on exists', () => {
      if (service['restart'] !== 'no') expect(service.healthcheck?.test[0]).toBe('CMD');
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        const isOneShot = compose.services[needed]!['restart'] === 'no';
        expect([needed, condition]).toEqual([
          needed,
          isOneShot ? 'service_completed_successfully' : 'service_healthy',
        ]);
      }
    });

    test('mounts what exists, configuration read-only', () => {
      for (const volume of service.volumes ?? []) {
        const [source, target, mode] = withDefaults(volume).split(':') as [string, string, string?];
        if (source.startsWith('.')) {
          expect([source, existsSync(path.join(root, source))]).toEqual([source, true]);
          expect([source, mode]).toEqual([source, 'ro']);
        } else expect(Object.keys(compose.volumes)).toContain(source);
        expect(target).toMatch(/^\//);
      }
    });

    test('reads and writes only what is mounted or in its image', () => {
      const mounts = (service.volumes ?? []).map((volume) => withDefaults(volume).split(':')[1]!);
      const inImage = ['/app/', '/usr/bin/', '/bin/', '/dev/'];
      const named = [
        ...(service.command ?? []),
        ...Object.values(service.environment ?? {}).filter((value) => value !== null),
      ].flatMap((text) =>
        [...withDefaults(text).matchAll(/(?<![\w:/.])\/[a-z][\w./*-]*/g)].map(([found]) => found),
      );
      for (const place of named)
        expect([
          place,
          inImage.some((start) => place.startsWith(start)) ||
            mounts.some((mount) => place === mount || place.startsWith(`${mount}/`)),
        ]).toEqual([place, true]);
    });

    test('says which program does it without Docker', () => {
      const { programs } = service['x-stack'] as { programs: readonly string[] };
      expect(programs.length).toBeGreaterThan(0);
      expect(programs[0] === 'node' || name === programs[0]).toBe(true);
    });
  });

  test('the engine’s files are read under the engine’s own user', () => {
    const readers = services.filter(([, { volumes = [] }]) =>
      volumes.some((volume) => volume.startsWith('logs:')),
    );
    expect(readers.map(([name]) => name)).toEqual(['engine', 'sidecar', 'promtail', 'alloy']);
    expect(new Set(readers.map(([, { user }]) => user))).toEqual(new Set(['1000:1000']));
    for (const [name, { volumes = [] }] of readers)
      expect([name, volumes.some((volume) => volume === 'logs:/var/log/tradetail:ro')]).toEqual([
        name,
        name !== 'engine',
      ]);
  });

  test('a folder that a service of ours writes belongs to its user in the image', () => {
    const images = read('docker/Dockerfile').split(/^FROM /m);
    for (const [, { build, volumes = [] }] of services) {
      if (!build) continue;
      const image = images.find((stage) => stage.split('\n')[0]!.endsWith(` AS ${build.target}`))!;
      const owned = [...image.matchAll(/install -d -o 1000 -g 1000 -m 7\d0 ([^\n\\]+)/g)].flatMap(
        ([, places]) => places!.trim().split(/\s+/),
      );
      for (const volume of volumes.filter((one) => !one.endsWith(':ro')))
        expect(owned).toContain(volume.split(':')[1]);
    }
  });

  test('the image gets the manifest of every workspace that npm ci asks for, and all that is bundled', () => {
    const dockerfile = read('docker/Dockerfile');
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    for (const workspace of workspaces)
      expect(dockerfile).toContain(`COPY ${workspace}/package.json ${workspace}/`);
    for (const program of ['core/src', 'engine/src', 'sidecar/src'])
      expect(dockerfile).toContain(`COPY ${program} ${program}`);
  });
});

describe('configuration', () => {
  test('data sources are the two that dashboards and alerts name', () => {
    const { datasources } = parse(read('grafana/provisioning/datasources/datasources.yaml')) as {
      datasources: { uid: string; type: string; url: string }[];
    };
    expect(datasources.map(({ uid, type, url }) => [uid, type, url])).toEqual([
      ['prometheus', 'prometheus', 'http://prometheus:9090'],
      ['loki', 'loki', 'http://loki:3100'],
    ]);
  });

  test('every address in it is a service and a port that the service shows', () => {
    const shown = services.flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name}:${withDefaults(port).split(':')[2]!}`),
    );
    const files = [
      'alertmanager',
      'alloy',
      'loki',
      'promtail',
      'grafana/provisioning',
      'prometheus',
    ]
      .filter((folder) => existsSync(path.join(root, folder)))
      .flatMap((folder) =>
        readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
          .filter((file) => /\.(ya?ml|alloy)$/.test(file))
          .map((file) => path.join(folder, file)),
      );
    const names = Object.keys(compose.services).join('|');
    const used = files.flatMap((file) =>
      [...read(file).matchAll(new RegExp(`\\b(?:${names}):\\d{4,5}\\b`, 'g'))].map(
        ([address]) => address,
      ),
    );
    expect(used).toContain('loki:3100');
    expect(used.filter((address) => !shown.includes(address))).toEqual([]);
  });

  test('Alloy does what Promtail does: expressions, labels, metadata, time, where to', () => {
    interface Stages {
      json?: { expressions: Record<string, string | null> };
      labels?: Record<string, null>;
      structured_metadata?: Record<string, null>;
      timestamp?: { source: string; format: string };
      labeldrop?: string[];
    }
    const promtail = parse(read('promtail/promtail.yaml')) as {
      clients: { url: string }[];
      scrape_configs: {
        pipeline_stages: Stages[];
        static_configs: { labels: Record<string, string> }[];
      }[];
    };
    const [scrape] = promtail.scrape_configs;
    const stages = Object.assign({}, ...scrape!.pipeline_stages) as Required<Stages>;

    const alloy = read('alloy/config.alloy');
    const block = (head: string): Record<string, string> => {
      const [, body] = new RegExp(
        `${head} \\{[^{]*?(?:expressions|values)? *=? *\\{?\\n([^}]*)\\}`,
      ).exec(alloy)!;
      return Object.fromEntries(
        [...body!.matchAll(/^\s*(\w+)\s*= "(.*)",?$/gm)].map(([, key, value]) => [key!, value!]),
      );
    };
    const plain = (all: Record<string, string | null>): Record<string, string> =>
      Object.fromEntries(Object.entries(all).map(([key, value]) => [key, (value ?? '').trim()]));

    expect(block('stage\\.json')).toEqual(plain(stages.json.expressions));
    expect(block('stage\\.labels')).toEqual(plain(stages.labels));
    expect(block('stage\\.structured_metadata')).toEqual(plain(stages.structured_metadata));
    expect(block('stage\\.timestamp')).toEqual({
      ...stages.timestamp,
      // What Promtail does of itself.
      action_on_duplicate_timestamp: 'keep',
    });
    expect(alloy).toContain(`stage.label_drop {\n\t\tvalues = ${JSON.stringify(stages.labeldrop)}`);
    expect(alloy).toContain(`"${promtail.clients[0]!.url}"`);
    expect(alloy).toContain(`__path__ = "${scrape!.static_configs[0]!.labels['__path__']}"`);
  });
});

describe('prepare', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tradetail-prepare-'));
    mkdirSync(path.join(folder, 'secrets'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const prepare = (env: NodeJS.ProcessEnv = {}): Program =>
    node(
      `${root}docker/prepare.js`,
      [
        `--out=${folder}/out`,
        `--secrets=${folder}/secrets`,
        `--alertmanager=${root}alertmanager/alertmanager.yml`,
      ],
      env,
    );
  const secret = (name: string, text: string): void =>
    writeFileSync(path.join(folder, 'secrets', name), text);
  const made = (): { receivers: Record<string, unknown>[] } =>
    parse(readFileSync(path.join(folder, 'out', 'alertmanager.yml'), 'utf8')) as {
      receivers: Record<string, unknown>[];
    };

  test('makes a token that stays and that others do not read', async () => {
    expect(await prepare().ended()).toBe(0);
    const token = readFileSync(path.join(folder, 'out', 'token'), 'utf8');
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(statSync(path.join(folder, 'out', 'token')).mode & 0o007).toBe(0);
    expect(await prepare().ended()).toBe(0);
    expect(readFileSync(path.join(folder, 'out', 'token'), 'utf8')).toBe(token);
  });

  test('without TRADETAIL_ALERTS alerts go to the stack’s own receiver', async () => {
    expect(await prepare().ended()).toBe(0);
    expect(Object.keys(made().receivers[0]!)).toEqual(['name', 'webhook_configs']);
  });

  test('one variable sends them on, with secrets from files', async () => {
    secret('slack_url', 'https://hooks.example.com/a\n');
    secret('telegram_token', '1:a');
    secret('smtp_password', 'p');
    secret('pagerduty_key', 'k');
    const env = {
      TRADETAIL_ALERTS: 'slack:#desk,telegram:-100123,email:risk@example.com,pagerduty',
      TRADETAIL_SMTP: 'desk@example.com@smtp.example.com:587',
    };
    expect(await prepare(env).ended()).toBe(0);
    expect(made().receivers[0]).toMatchObject({
      slack_configs: [{ channel: '#desk', api_url_file: `${folder}/out/slack_url` }],
      telegram_configs: [{ chat_id: -100123, bot_token_file: `${folder}/out/telegram_token` }],
      email_configs: [
        {
          to: 'risk@example.com',
          from: 'desk@example.com',
          smarthost: 'smtp.example.com:587',
          auth_password_file: `${folder}/out/smtp_password`,
        },
      ],
      pagerduty_configs: [{ routing_key_file: `${folder}/out/pagerduty_key` }],
    });
    expect(readFileSync(path.join(folder, 'out', 'slack_url'), 'utf8')).toBe(
      'https://hooks.example.com/a',
    );
  });

  test.each([
    ['an unknown channel', 'pigeon:1', /TRADETAIL_ALERTS: got "pigeon", wants slack:#channel/],
    ['a channel without its target', 'slack', /got slack without its target, wants slack:#channel/],
    ['a chat id that is none', 'telegram:desk', /wants telegram:a chat id/],
    [
      'a secret that is not there',
      'pagerduty',
      /the secret pagerduty_key: wants a file .* \(ENOENT\)/,
    ],
    ['mail without a server', 'email:a@b.example', /TRADETAIL_SMTP: got "", wants USER@HOST:PORT/],
  ])('%s is said in one line: %s', async (_, alerts, line) => {
    const program = prepare({ TRADETAIL_ALERTS: alerts });
    expect(await program.ended()).toBe(2);
    expect(program.stderr).toMatch(line);
    expect(program.stderr.trimEnd().split('\n').length).toBe(1);
  });
});

describe('npm run stack', () => {
  let folder: string;
  let ports: Record<string, string>;
  let stacks: Program[];
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tradetail-stack-'));
    ports = { TRADETAIL_PORT: String(await freePort()) };
    for (const name of [
      'RECEIVER',
      'LOKI',
      'LOKI_GRPC',
      'PROMTAIL',
      'ALLOY',
      'ALERTMANAGER',
      'PROMETHEUS',
      'GRAFANA',
    ])
      ports[`TRADETAIL_${name}_PORT`] = String(await freePort());
    stacks = [];
  });
  afterEach(async () => {
    for (const stack of stacks) await stack.stop('SIGINT');
    rmSync(folder, { recursive: true, force: true });
  });

  const stack = (services: readonly string[], env: NodeJS.ProcessEnv = {}): Program => {
    const program = node(`${root}build/stack.js`, services, {
      ...ports,
      TRADETAIL_STACK_DIR: folder,
      ...env,
    });
    stacks.push(program);
    return program;
  };

  test('a port in use, a folder that cannot be written, an unknown service, a wrong program: one line each, nothing left', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const taken = String((other.address() as AddressInfo).port);
    const notFolder = path.join(folder, 'file');
    writeFileSync(notFolder, '');
    const cases: readonly [string[], NodeJS.ProcessEnv, RegExp][] = [
      [
        ['receiver'],
        { TRADETAIL_RECEIVER_PORT: taken },
        /the port of receiver: 127\.0\.0\.1:\d+ cannot be had \(EADDRINUSE\); TRADETAIL_RECEIVER_PORT sets another/,
      ],
      [
        ['receiver'],
        { TRADETAIL_RECEIVER_PORT: 'x' },
        /the port of receiver: got x, wants an integer/,
      ],
      [
        ['receiver'],
        { TRADETAIL_STACK_DIR: notFolder },
        /TRADETAIL_STACK_DIR: got .*, wants a folder to write in \(EEXIST\)/,
      ],
      [['reciever'], {}, /service: got reciever, wants prepare, engine,/],
      [
        ['loki'],
        { TRADETAIL_LOKI: '/nowhere/loki' },
        /TRADETAIL_LOKI: got \/nowhere\/loki, wants the path of a program/,
      ],
    ];
    for (const [services, env, line] of cases) {
      const program = stack(services, env);
      expect([services, await program.ended()]).toEqual([services, 2]);
      expect(program.stdout).toMatch(line);
    }
    other.close();
  });

  test('what the preparation refuses ends it, said once', async () => {
    const program = stack(['receiver'], { TRADETAIL_ALERTS: 'pigeon:1' });
    expect(await program.ended()).toBe(2);
    expect(program.stdout).toMatch(
      /prepare ended \(exit 2\): prepare: TRADETAIL_ALERTS: got "pigeon"/,
    );
  });

  test('a program that is not here is named, with where to get it', async () => {
    const program = stack(['promtail', 'receiver'], { PATH: '/nowhere', TRADETAIL_PROMTAIL: '' });
    await program.says(
      /promtail is not here \(promtail; TRADETAIL_PROMTAIL names it\): the release page/,
    );
    await program.says(/receiver is ready/);
  });

  test('one that dies takes the others down, with its last words', async () => {
    const program = stack(['engine', 'receiver'], { TRADETAIL_MARKET: 'nonsense' });
    expect(await program.ended()).toBe(1);
    expect(program.stdout).toMatch(/engine ended \(exit 2\): tradetail-engine: market: /);
  });

  const alertmanager = component('prometheus-alertmanager', 'alertmanager');
  test.runIf(alertmanager)(
    'an alert goes from Alertmanager to the receiver, and Ctrl-C ends both',
    async () => {
      const program = stack(['alertmanager', 'receiver'], { TRADETAIL_ALERTMANAGER: alertmanager });
      await program.says(/alertmanager is ready/);
      const hostile = 'a\u001b[31m\u009b\n</script>';
      const posted = await fetch(
        `http://127.0.0.1:${ports['TRADETAIL_ALERTMANAGER_PORT']}/api/v2/alerts`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify([
            {
              labels: { alertname: 'Test', severity: 'critical' },
              annotations: { summary: hostile },
            },
          ]),
        },
      );
      expect(posted.status).toBe(200);
      const receiver = `http://127.0.0.1:${ports['TRADETAIL_RECEIVER_PORT']}/alerts`;
      const [alert] = await until(async () => {
        const alerts = (await (await fetch(receiver)).json()) as {
          annotations: { summary: string };
        }[];
        return alerts.length > 0 ? alerts : undefined;
      }, 'the alert is received');
      expect(alert!.annotations.summary).toBe(hostile);
      const log = readFileSync(path.join(folder, 'receiver.log'), 'utf8');
      expect(log).toContain('"alertname":"Test"');
      expect(log).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      expect(await program.stop('SIGINT')).toBe(0);
      await expect(fetch(receiver)).rejects.toThrow();
    },
  );

  const prometheus = component('prometheus');
  test.runIf(prometheus)(
    'Prometheus watches what runs here, and without Grafana evaluates every alert',
    async () => {
      const program = stack(['sidecar', 'prometheus'], { TRADETAIL_PROMETHEUS: prometheus });
      await program.says(/Ctrl-C stops it/);
      const ask = async <T>(what: string): Promise<T> => {
        const url = `http://127.0.0.1:${ports['TRADETAIL_PROMETHEUS_PORT']}/api/v1/${what}`;
        return ((await (await fetch(url)).json()) as { data: T }).data;
      };
      const up = await until(async () => {
        // It may not listen yet.
        const targets = await ask<{
          activeTargets: { labels: { job: string }; health: string }[];
        }>('targets').catch(() => undefined);
        const jobs = (targets?.activeTargets ?? []).map(
          ({ labels, health }) => `${labels.job} ${health}`,
        );
        return jobs.length > 1 && jobs.every((job) => job.endsWith(' up'))
          ? jobs.sort()
          : undefined;
      }, 'every target is up');
      expect(up).toEqual(['prometheus up', 'sidecar up']);
      const { groups } = await ask<{ groups: { rules: { type: string; name: string }[] }[] }>(
        'rules',
      );
      const alerts = groups.flatMap(({ rules }) =>
        rules.filter(({ type }) => type === 'alerting').map(({ name }) => name),
      );
      expect(alerts.sort()).toEqual(ALERTS.map(({ name }) => name).sort());
    },
    60_000,
  );

  test('engine and sidecar trade and count as they do in the compose file', async () => {
    const program = stack(['engine', 'sidecar'], { TRADETAIL_SPEED: '10' });
    const [, page, token] = await program.says(/the live page is (http:\S+)\?token=(\S+)/);
    await program.says(/Ctrl-C stops it/);
    expect((await fetch(`${page}metrics`)).status).toBe(401);
    const metrics = await until(async () => {
      const response = await fetch(`${page}metrics`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const text = await response.text();
      return /^trading_net_pnl\{engine="engine-1",/m.test(text) ? text : undefined;
    }, 'the sidecar sees the engine');
    expect(metrics).toMatch(/^trading_engine_up\{engine="engine-1"\} 1$/m);
    expect(await program.stop('SIGINT')).toBe(0);
    const [log] = readdirSync(path.join(folder, 'logs')).filter((name) => name.endsWith('.jsonl'));
    const last = readFileSync(path.join(folder, 'logs', log!), 'utf8')
      .trimEnd()
      .split('\n')
      .at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ event: 'engine.stopped', exit_code: 0 });
  });
});
