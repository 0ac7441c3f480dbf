/**
 * A real sidecar that is killed while its logs are written counts as if it had never stopped: after
 * the last restart its metrics are those of a scan of the same files.
 *
 * `TRADETAIL_KILLS=1000` kills so often.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { generateLog } from './oracle/log-generator.ts';
import { Random } from './oracle/random.ts';

const BIN = fileURLToPath(new URL('../sidecar/bin/tradetail-sidecar.js', import.meta.url));
const KILLS = Number(process.env['TRADETAIL_KILLS'] ?? 4);

interface Sidecar {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it said on stderr so far. */
  readonly said: () => string;
}

async function serve(folder: string, ...flags: string[]): Promise<Sidecar> {
  const child = spawn(
    process.execPath,
    [
      BIN,
      'serve',
      '--logs',
      join(folder, 'logs/*.jsonl'),
      '--port',
      '0',
      '--state-dir',
      join(folder, 'state'),
      ...flags,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (text) => (said += String(text)));
  const exited = once(child, 'exit').then(() =>
    Promise.reject(new Error(`the sidecar ended: ${said}`)),
  );
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
  exited.catch(() => undefined);
  return { url: /http:\S+/.exec(String(line))![0], child, said: () => said };
}

async function end({ child }: Sidecar, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = await exited;
  return code as number | null;
}

async function scan(folder: string): Promise<string> {
  const child = spawn(process.execPath, [BIN, 'scan', '--logs', join(folder, 'logs/*.jsonl')]);
  let out = '';
  child.stdout.on('data', (text) => (out += String(text)));
  await once(child, 'close');
  return out;
}

async function metricsOf({ url }: Sidecar): Promise<string> {
  return (await fetch(`${url}metrics`)).text();
}

/**
 * Without what only a running sidecar has, and without whether the engine is up: these engines
 * wrote their lines long ago.
 */
function comparable(metrics: string): string[] {
  const living =
    /^(# (HELP|TYPE) )?(process_|nodejs_|sidecar_file_lag_bytes|sidecar_ingest_delay_seconds|sidecar_checkpoint_|trading_engine_up)/;
  return metrics.split('\n').filter((line) => line !== '' && !living.test(line));
}

function logFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sidecar-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'logs'));
  return folder;
}

/** Writes logs in portions that end anywhere, each file after the one before. */
function* writing(folder: string, random: Random, seed: number): Generator<void> {
  for (const { name, bytes } of generateLog(seed, { lines: 400, mutations: 0 })) {
    const path = join(folder, 'logs', name);
    for (let at = 0; at < bytes.length;) {
      const length = random.integer(1, 20_000);
      appendFileSync(path, bytes.subarray(at, at + length));
      at += length;
      yield;
    }
  }
}

async function settled(folder: string, sidecar: Sidecar): Promise<void> {
  const wanted = comparable(await scan(folder));
  await vi.waitFor(async () => expect(comparable(await metricsOf(sidecar))).toEqual(wanted), {
    timeout: 10_000,
    interval: 50,
  });
}

test('a sidecar killed again and again, restarted each time, counts as if it had never stopped', async () => {
  const seed = Number(process.env['TRADETAIL_SEED'] ?? 1);
  const random = new Random(seed);
  const folder = logFolder();
  let portions = writing(folder, random, seed);
  let kills = 0;
  let logs = 0;
  let sidecar = await serve(folder);
  for (; kills < KILLS; kills += 1) {
    // Long enough for some to fall into the writing of a checkpoint.
    const untilMs = performance.now() + random.integer(0, 1_500);
    while (performance.now() < untilMs) {
      if (portions.next().done) {
        logs += 1;
        rmSync(join(folder, 'logs'), { recursive: true });
        rmSync(join(folder, 'state'), { recursive: true });
        await end(sidecar, 'SIGKILL');
        mkdirSync(join(folder, 'logs'));
        portions = writing(folder, random, seed + logs);
        sidecar = await serve(folder);
      }
      await new Promise((resolve) => setTimeout(resolve, random.integer(0, 30)));
    }
    await end(sidecar, 'SIGKILL');
    portions.next();
    sidecar = await serve(folder);
    if (random.chance(0.3))
      await settled(folder, sidecar).catch((error) =>
        Promise.reject(new Error(`seed ${seed}, kill ${kills}`, { cause: error })),
      );
  }
  while (!portions.next().done);
  await settled(folder, sidecar);
  expect(await end(sidecar, 'SIGTERM')).toBe(0);
  // From its last checkpoint, with nothing more to read.
  await settled(folder, await serve(folder));
});

test('a checkpoint that is torn is said in one line, and everything is rebuilt', async () => {
  const folder = logFolder();
  for (const _ of writing(folder, new Random(2), 2));
  const first = await serve(folder);
  await settled(folder, first);
  expect(await end(first, 'SIGTERM')).toBe(0);
  const path = join(folder, 'state/checkpoint');
  writeFileSync(path, readFileSync(path).subarray(0, -100));
  const second = await serve(folder);
  await settled(folder, second);
  expect(second.said().match(/rebuilt from the logs/g)).toHaveLength(1);
  expect(second.said()).toContain('torn');
});

test('a state folder that cannot be written is said and counted, and following goes on', async () => {
  const folder = logFolder();
  writeFileSync(join(folder, 'state'), 'a file where the folder should be');
  const sidecar = await serve(folder);
  for (const _ of writing(folder, new Random(3), 3));
  await settled(folder, sidecar);
  await vi.waitFor(
    async () =>
      expect(await metricsOf(sidecar)).toMatch(/^sidecar_checkpoint_failures_total [1-9]/m),
    {
      timeout: 5_000,
      interval: 100,
    },
  );
  expect(sidecar.said()).toContain('following goes on');
  expect(await end(sidecar, 'SIGTERM')).toBe(0);
});

test('a second sidecar on the same state folder refuses, and says who has it', async () => {
  const folder = logFolder();
  const first = await serve(folder);
  await expect(serve(folder)).rejects.toThrow(
    `is in use by the sidecar with process id ${first.child.pid}`,
  );
  await end(first, 'SIGKILL');
  await serve(folder);
});

test('it is ready once it has read what was there, and says why not before', async () => {
  const folder = logFolder();
  for (const _ of writing(folder, new Random(4), 4));
  const { url } = await serve(folder);
  await vi.waitFor(async () => expect((await fetch(`${url}readyz`)).status).toBe(200));
});
