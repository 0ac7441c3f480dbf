/**
 * `npm run stack`: what docker-compose.yml says, without Docker, with whatever of its programs this
 * machine has. Each runs on loopback, with its data and its output in one folder; Ctrl-C ends all.
 *
 * The compose file is read, not repeated: a service's command, environment, configuration files and
 * order are taken from there, and in all of them what names a place in the compose network is replaced
 * by what it is here: `loki:3100` by 127.0.0.1 and the published port, `0.0.0.0` by 127.0.0.1, the target
 * of a volume by a folder. Configuration is copied for that; the sources stay as they are.
 *
 * A program is found under the names in `x-stack`, or where TRADETAIL_<SERVICE> says. Services named as
 * arguments run alone. Settings: TRADETAIL_STACK_DIR (default .tradetail/stack) and the variables of the
 * compose file, such as TRADETAIL_LOKI_PORT.
 */
import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { entry } from './bundle.js';

const READY_MS_MAX = 60_000;
const POLL_MS = 100;
const root = fileURLToPath(new URL('..', import.meta.url));
const env = process.env;
const folder = path.resolve(env.TRADETAIL_STACK_DIR || path.join('.tradetail', 'stack'));

/** Where docker/prepare.js reads and writes in a container, by its flags. */
const PREPARE_PLACES = [
  ['out', '/run/tradetail'],
  ['secrets', '/run/secrets'],
  ['alertmanager', '/etc/alertmanager/alertmanager.yml'],
];

class SettingError extends Error {}

let stopping = false;
let exitCode = 0;
const stopSignal = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      stopping = true;
      resolve();
    });
});
/** Those that run, in the order of their start. */
const running = [];

try {
  await main(process.argv.slice(2));
} catch (error) {
  say(error.message);
  exitCode = error instanceof SettingError ? 2 : 1;
}
stopping = true;
// The engine first: its last lines are then out for those that read them.
for (const one of [...running].sort((a, b) => (b.name === 'engine') - (a.name === 'engine')))
  await end(one);
process.exit(exitCode);

async function main(names) {
  const { services } = parse(
    interpolated(readFileSync(path.join(root, 'docker-compose.yml'), 'utf8')),
    {
      merge: true,
    },
  );
  for (const name of names)
    if (!(name in services))
      throw new SettingError(`service: got ${name}, wants ${Object.keys(services).join(', ')}`);
  const profiles = (env.COMPOSE_PROFILES ?? '').split(',');
  const chosen = inOrder(services).filter((name) =>
    names.length > 0
      ? name === 'prepare' || names.includes(name)
      : (services[name].profiles ?? []).every((profile) => profiles.includes(profile)),
  );

  makeFolder();
  const programs = new Map();
  for (const name of chosen) {
    const { programs: found, get } = services[name]['x-stack'];
    const program = programOf(name, found);
    if (program) programs.set(name, program);
    else
      say(
        `${name} is not here (${found.join(' or ')}; TRADETAIL_${name.toUpperCase()} names it): ${get}`,
      );
  }
  const plan = await planOf(services, programs);
  await checkPorts(plan);

  for (const one of plan) {
    if (stopping || running.some(({ isRunning }) => !isRunning)) return;
    await start(one);
  }
  say(`all in ${folder}; Ctrl-C stops it`);
  await Promise.race([stopSignal, ...running.map(({ ended }) => ended)]);
}

/** Compose's variables: ${A}, ${A:-default}, ${A:?what it is}; $$ is a dollar. */
function interpolated(text) {
  return text.replace(/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g, (all, name, kind, word) => {
    if (all === '$$') return '$';
    if (env[name]) return env[name];
    if (kind === '?') throw new SettingError(`${name}: not set, wants ${word}`);
    return kind === '-' ? word : '';
  });
}

/** What a service depends on stands before it. */
function inOrder(services) {
  const order = [];
  const visit = (name) => {
    if (order.includes(name)) return;
    Object.keys(services[name].depends_on ?? {}).forEach(visit);
    order.push(name);
  };
  Object.keys(services).forEach(visit);
  return order;
}

function makeFolder() {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new SettingError(
      `TRADETAIL_STACK_DIR: got ${folder}, wants a folder to write in (${error.code})`,
    );
  }
}

/** @returns the path of a service's program, undefined where this machine has none */
function programOf(name, names) {
  const variable = `TRADETAIL_${name.toUpperCase()}`;
  const isNode = names.includes('node');
  if (isNode) return process.execPath;
  if (env[variable]) {
    if (!isProgram(env[variable]))
      throw new SettingError(`${variable}: got ${env[variable]}, wants the path of a program`);
    return path.resolve(env[variable]);
  }
  return names
    .flatMap((one) => (env.PATH ?? '').split(path.delimiter).map((place) => path.join(place, one)))
    .find(isProgram);
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What to start, with this machine's places in it. */
async function planOf(services, programs) {
  const bundle = path.dirname(fileURLToPath(await entry('engine')));
  const addresses = new Map();
  for (const [name, { ports = [] }] of Object.entries(services))
    for (const port of ports) {
      const [host, published, target] = port.split(':');
      if (!/^\d{1,5}$/.test(published) || Number(published) > 65_535)
        throw new SettingError(`the port of ${name}: got ${published}, wants an integer to 65535`);
      addresses.set(`${name}:${target}`, { host, published, target });
    }

  rmSync(path.join(folder, 'config'), { recursive: true, force: true });
  return [...programs].map(([name, program]) => {
    const service = services[name];
    const [address] = [...addresses]
      .filter(([at]) => at.startsWith(`${name}:`))
      .map(([, one]) => one);
    const places = new Map([
      ['/app/dist', bundle],
      ['/app/docker', path.join(root, 'docker')],
    ]);
    const copies = [];
    for (const volume of service.volumes ?? []) {
      const [source, target] = volume.split(':');
      const isBind = /^[./]/.test(source);
      const local = !isBind
        ? path.join(folder, source)
        : target.startsWith('/etc/')
          ? path.join(folder, 'config', name, path.basename(source))
          : path.resolve(root, source);
      places.set(target, local);
      if (isBind && target.startsWith('/etc/')) copies.push([path.resolve(root, source), local]);
      else if (!isBind) mkdirSync(local, { recursive: true, mode: 0o700 });
    }
    const here = localised(places, addresses, address);
    for (const [from, to] of copies) if (existsSync(from)) copyConfiguration(from, to, here);
    if (name === 'prometheus') suit(path.join(here('/etc/prometheus'), 'prometheus.yml'), programs);
    const args = (service.command ?? ['server', '--homepath', homeOf(program)]).map(here);
    if (name === 'prepare') {
      for (const [flag, place] of PREPARE_PLACES) args.push(`--${flag}=${here(place)}`);
      if (!programs.has('sidecar')) args.push('--page=');
    }
    return {
      name,
      program,
      args,
      env: environmentOf(service, here),
      address,
      ready: service['x-stack'].ready,
      isOneShot: service.restart === 'no',
      graceMs: Number.parseInt(service.stop_grace_period ?? '10', 10) * 1000,
    };
  });
}

/** @returns what puts this machine's places into a text of a service */
function localised(places, addresses, own) {
  // Longest first: /run/tradetail goes before /run.
  const targets = [...places].sort(([a], [b]) => b.length - a.length);
  return (text) => {
    let local = text;
    for (const [target, place] of targets)
      local = local.replace(
        new RegExp(`(?<![\\w./-])${escaped(target)}(?![\\w.-])`, 'g'),
        () => place,
      );
    for (const [at, { host, published }] of addresses)
      local = local.replace(
        new RegExp(`(?<![\\w.-])${escaped(at)}(?!\\d)`, 'g'),
        `${host}:${published}`,
      );
    if (own)
      local = local
        .replace(
          new RegExp(
            `(port["']?\\s*[:=]\\s*["']?|(?:0\\.0\\.0\\.0|127\\.0\\.0\\.1):)${own.target}(?!\\d)`,
            'gi',
          ),
          `$1${own.published}`,
        )
        .replaceAll('0.0.0.0', own.host);
    return local;
  };
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function copyConfiguration(from, to, here) {
  cpSync(from, to, { recursive: true, filter: (file) => !file.includes('node_modules') });
  for (const file of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || !/\.(ya?ml|json|alloy)$/.test(file.name)) continue;
    const at = path.join(file.parentPath, file.name);
    writeFileSync(at, here(readFileSync(at, 'utf8')));
  }
}

/**
 * Prometheus watches what this stack starts: one that is absent by choice is no target that is down. What
 * Grafana would evaluate it evaluates itself where there is none.
 */
function suit(file, programs) {
  const settings = parse(readFileSync(file, 'utf8'));
  settings.scrape_configs = settings.scrape_configs.filter(({ job_name: job }) =>
    programs.has(job),
  );
  if (!programs.has('grafana')) settings.rule_files.push('rules-without-grafana/*.yml');
  if (!programs.has('alertmanager')) delete settings.alerting;
  writeFileSync(file, stringify(settings));
}

/** What a service sees of the environment: its own variables (without a value: the caller's), no others. */
function environmentOf({ environment = {} }, here) {
  const variables = ['PATH', 'HOME', 'TMPDIR', 'LANG'].map((key) => [key, env[key]]);
  for (const [key, value] of Object.entries(environment)) {
    const wanted = value ?? env[key];
    if (wanted) variables.push([key, here(`${key}=${wanted}`).slice(key.length + 1)]);
  }
  return Object.fromEntries(variables.filter(([, value]) => value !== undefined));
}

/** Where Grafana's own files are: two folders above its program, or where packages put them. */
function homeOf(program) {
  const near = path.resolve(path.dirname(realpathSync(program)), '..');
  return (
    env.TRADETAIL_GRAFANA_HOME ||
    (existsSync(path.join(near, 'public')) ? near : '/usr/share/grafana')
  );
}

async function checkPorts(plan) {
  for (const { name, address } of plan) {
    if (!address) continue;
    const server = createServer();
    const error = await new Promise((resolve) => {
      server
        .once('error', resolve)
        .listen(Number(address.published), address.host, () => resolve(undefined));
    });
    await new Promise((resolve) => server.close(resolve));
    if (error)
      throw new SettingError(
        `the port of ${name}: ${address.host}:${address.published} cannot be had (${error.code}); ` +
          `TRADETAIL_${name === 'sidecar' ? '' : `${name.toUpperCase()}_`}PORT sets another`,
      );
  }
}

async function start({
  name,
  program,
  args,
  env: environment,
  address,
  ready,
  isOneShot,
  graceMs,
}) {
  const output = path.join(folder, `${name}.log`);
  const log = openSync(output, 'w', 0o600);
  const isGrafanaServer = path.basename(program) === 'grafana-server';
  const child = spawn(program, isGrafanaServer ? args.slice(1) : args, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C reaches this program alone, which ends the others in order.
    detached: true,
  });
  const one = { name, child, isRunning: true, graceMs };
  one.ended = new Promise((resolve) => {
    child.once('error', (error) => finish(error.message));
    child.once('exit', (code, signal) => finish(signal ?? `exit ${code}`, code));
    function finish(how, code) {
      one.isRunning = false;
      one.code = code;
      if (!stopping && !(isOneShot && code === 0)) {
        const [last = ''] = readFileSync(output, 'utf8').trimEnd().split('\n').slice(-1);
        say(`${name} ended (${how}): ${shown(last)}; all it said is in ${output}`);
        exitCode = isOneShot && code === 2 ? 2 : 1;
      }
      resolve();
    }
  });
  if (isOneShot) {
    await one.ended;
    const said = readFileSync(output, 'utf8').trimEnd();
    if (one.code === 0 && said !== '') say(said.replace(/^prepare: /, ''));
    if (one.code !== 0) stopping = true;
    return;
  }
  running.push(one);
  if (!ready) return say(`${name} runs`);
  const url = `http://${address.host}:${address.published}`;
  const end = performance.now() + READY_MS_MAX;
  while (!stopping && one.isRunning) {
    const response = await fetch(url + ready).catch(() => undefined);
    if (response?.ok) return say(`${name} is ready at ${url}`);
    if (performance.now() > end) return say(`${name} is not ready yet at ${url}; see ${output}`);
    await Promise.race([setTimeout(POLL_MS), stopSignal, one.ended]);
  }
  if (!one.isRunning) stopping = true;
}

async function end(one) {
  if (!one.isRunning) return;
  one.child.kill('SIGTERM');
  const isOver = await Promise.race([
    one.ended.then(() => true),
    setTimeout(one.graceMs, false, { ref: false }),
  ]);
  if (isOver) return;
  say(`${one.name} does not end; killed`);
  exitCode ||= 1;
  one.child.kill('SIGKILL');
  await one.ended;
}

function say(text) {
  process.stdout.write(`stack: ${text}\n`);
}

/** A line of another program, for a terminal. */
function shown(line) {
  // eslint-disable-next-line no-control-regex
  return line.slice(0, 500).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
