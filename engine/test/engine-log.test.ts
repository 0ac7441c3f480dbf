/** What of the log survives what: F6 of the targets, on real processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entry } from '../../build/bundle.js';
import { readConfig, type EngineConfig } from '../src/config.ts';
import { run } from '../src/run.ts';

let folder: string;
let logs: string;
const running = new Set<ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tradetail-engine-'));
  logs = path.join(folder, 'logs');
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await until(() => running.size === 0);
  rmSync(folder, { recursive: true, force: true });
});

type Line = Record<string, unknown> & { event: string; seq: number };

const files = (): string[] => {
  try {
    const order = (name: string): number => Number(/\.(\d+)\.jsonl$/.exec(name)![1]);
    const runOf = (name: string): string => name.slice(0, name.indexOf('.'));
    return readdirSync(logs)
      .filter((name) => name.endsWith('.jsonl'))
      .sort((a, b) => runOf(a).localeCompare(runOf(b)) || order(a) - order(b));
  } catch {
    return [];
  }
};
const textOf = (name: string): string => readFileSync(path.join(logs, name), 'utf8');
const textOfAll = (): string => files().map(textOf).join('');
/** Every line of the folder; a line that is cut short throws. */
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 30_000; !condition(); await setTimeout(20))
    if (performance.now() > end) throw new Error('nothing came of it');
}

interface Engine {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  out: string;
  err: string;
}

/** @param then JavaScript that runs in the engine's main thread once its log tells of an order */
async function start(args: string, then?: string): Promise<Engine> {
  const script = `
    import { existsSync, readdirSync, readFileSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    const logs = ${JSON.stringify(logs)};
    const tells = (name) => readFileSync(logs + '/' + name, 'utf8').includes('"event":"order.accepted"');
    const poll = isMainThread && setInterval(() => {
      if (!existsSync(logs) || !readdirSync(logs).some(tells)) return;
      clearInterval(poll);
      ${then ?? ''}
    }, 20);`;
  const child = spawn(
    process.execPath,
    [
      ...(then === undefined
        ? []
        : ['--import', `data:text/javascript,${encodeURIComponent(script)}`]),
      fileURLToPath(await entry('engine')),
      ...`run --seed 1 --log-dir ${logs} ${args}`.split(' '),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  running.add(child);
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    }),
  );
  const engine: Engine = { child, ended, out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (engine.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (engine.err += chunk.toString()));
  return engine;
}

/** No seq is missing, none is twice. */
function expectGapless(lines: readonly Line[]): void {
  expect(lines.map((line) => line.seq)).toEqual(lines.map((_, index) => index + 1));
}

describe('nothing is lost', () => {
  test('when the run ends by itself', async () => {
    const engine = await start('--speed max --duration 20s');
    expect(await engine.ended).toBe(0);
    expect(engine.out).toMatch(/^tradetail-engine engine-1 logs to \S+\.1\.jsonl\n$/);
    expect(engine.err).toBe('');
    const lines = linesOf(textOfAll());
    expectGapless(lines);
    expect(lines[1]).toMatchObject({
      event: 'engine.started',
      mode: 'PAPER',
      clock: 'SIM',
      seed: 1,
    });
    expect(lines.at(-2)).toMatchObject({ event: 'engine.snapshot' });
    expect(lines.at(-1)).toMatchObject({
      event: 'engine.stopped',
      reason: 'DURATION',
      exit_code: 0,
    });
    expect(lines.at(-1)!['totals']).toMatchObject({
      events_logged: lines.length,
      events_dropped: 0,
    });
    expect(lines.filter((line) => line.event === 'order.filled').length).toBeGreaterThan(0);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s: orders are canceled first, then the log ends',
    async (signal) => {
      const engine = await start('--speed 20');
      await until(() => textOfAll().includes('"event":"order.accepted"'));
      engine.child.kill(signal);
      expect(await engine.ended).toBe(0);
      const lines = linesOf(textOfAll());
      expectGapless(lines);
      expect(lines.at(-1)).toMatchObject({ event: 'engine.stopped', reason: signal, exit_code: 0 });
      expect(lines.at(-2)!.event).toBe('engine.snapshot');
      expect(lines.at(-2)).not.toHaveProperty('orders');
    },
  );

  test('on an exception that nobody caught, and it is said', async () => {
    const engine = await start('--speed max', `throw new TypeError('boom')`);
    expect(await engine.ended).toBe(1);
    const lines = linesOf(textOfAll());
    expectGapless(lines);
    const error = lines.find(({ event }) => event === 'engine.error')!;
    expect(error).toMatchObject({ error_type: 'TypeError', error_message: 'boom', fatal: true });
    const [halted, ...cancels] = lines.slice(error.seq, -1);
    expect(halted).toMatchObject({
      event: 'engine.state',
      to: 'HALTED',
      reason: 'EXCEPTION',
      cause: error.seq,
    });
    for (const cancel of cancels)
      expect(cancel).toMatchObject({ event: 'order.cancel_requested', reason: 'EXCEPTION' });
    expect(lines.at(-1)).toMatchObject({
      event: 'engine.stopped',
      exit_code: 1,
      cause: error.seq,
    });
  });

  test('on process.exit, at any load', async () => {
    const engine = await start('--speed max', 'process.exit(3)');
    expect(await engine.ended).toBe(3);
    const lines = linesOf(textOfAll());
    expectGapless(lines);
    expect(lines.at(-1)).toMatchObject({ event: 'engine.stopped', reason: 'EXIT', exit_code: 3 });
    expect(lines.at(-1)!['totals']).toMatchObject({ events_logged: lines.length });
  });
});

test('a kill -9 loses at most what was recorded in the last moment, and no line before it', async () => {
  const lostMs: number[] = [];
  for (let i = 0; i < 3; i++) {
    rmSync(logs, { recursive: true, force: true });
    const engine = await start('--speed 50');
    await until(() => textOfAll().split('\n').length > 500);
    engine.child.kill('SIGKILL');
    const killedMs = Date.now();
    await engine.ended;
    const lines = linesOf(textOfAll());
    expectGapless(lines);
    lostMs.push(killedMs - Date.parse(String(lines.at(-1)!['time'])));
  }
  lostMs.sort((a, b) => a - b);
  console.log(`time between the last line and kill -9, ms: ${lostMs.join(' ')}`);
  // The market is quiet for some of that; a machine that is busy with other things adds to it.
  expect(lostMs[1]).toBeLessThan(100);
});

test('a run in small segments says the same, each with a snapshot at its start, and twice the same', async () => {
  const file = path.join(folder, 'settings.json');
  writeFileSync(
    file,
    JSON.stringify({ log: { segment_bytes: 100_000, budget_bytes: 100_000_000 } }),
  );
  const normal: string[][] = [];
  for (let i = 0; i < 2; i++) {
    rmSync(logs, { recursive: true, force: true });
    const engine = await start(`--speed max --duration 60s --config ${file}`);
    expect(await engine.ended).toBe(0);
    const segments = files().map((name) => linesOf(textOf(name)));
    expect(segments.length).toBeGreaterThan(5);
    expectGapless(segments.flat());
    segments.forEach((lines, index) => {
      expect(lines[0]).toMatchObject({
        event: 'log.segment',
        n: index + 1,
        first_seq: lines[0]!.seq,
      });
      if (index > 0) expect(lines[1]!.event).toBe('engine.snapshot');
    });
    normal.push(segments.map((lines) => lines.map(withoutMeasured).join('\n')));
  }
  expect(normal[0]).toEqual(normal[1]);
});

const MEASURED =
  /^(time|run|mono_ns|loop_p50_ns|loop_p99_ns|rss_mb|tick_to_trade_ns|decision_ns|risk_ns)$/;
const withoutMeasured = (line: Line): string =>
  JSON.stringify(line, (key, value: unknown) => (MEASURED.test(key) ? undefined : value));

test('a run whose disk budget takes the segments of the run before trades all the same', async () => {
  const config = (seed: number): EngineConfig => ({
    ...readConfig(undefined, { speed: 'max', duration: '2m', seed: String(seed), log_dir: logs }),
    log: { segment_bytes: 300_000, budget_bytes: 1_000_000, ring_bytes: 4 << 20 },
  });
  const worker = await entry('log-worker');
  expect(await run(config(1), worker, {})).toBe(0);
  const [before] = files();
  expect(await run(config(2), worker, {})).toBe(0);
  expect(files()).not.toContain(before);
  expect(linesOf(textOf(files().at(-1)!)).at(-1)).toMatchObject({
    event: 'engine.stopped',
    exit_code: 0,
  });
});

describe('the kill switch', () => {
  const control = (): string => path.join(logs, 'engine-1.control');
  const has = (event: string, more = ''): (() => boolean) => {
    return () => textOfAll().includes(`"event":"${event}"`) && textOfAll().includes(more);
  };

  test('latches on SIGUSR2, over a restart, until a person re-arms it', async () => {
    const first = await start('--speed 20');
    await until(has('order.accepted'));
    first.child.kill('SIGUSR2');
    await until(has('risk.kill', '"reason":"ALL_CANCELED"'));
    first.child.kill('SIGKILL');
    await first.ended;

    const second = await start('--speed 20');
    await until(has('risk.kill', '"trigger":"LATCHED"'));
    await until(() => textOf(files()[1] ?? '').includes('"event":"engine.heartbeat"'));
    expect(textOf(files()[1]!)).not.toContain('order.submitted');
    writeFileSync(control(), 'rearm ops\n');
    await until(has('risk.rearmed', '"by":"ops"'));
    await until(() => textOf(files()[1]!).includes('"event":"order.submitted"'));
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);

    const third = await start('--speed max --duration 10s');
    expect(await third.ended).toBe(0);
    expect(textOf(files()[2]!)).not.toContain('risk.kill');
    expect(textOf(files()[2]!)).toContain('order.submitted');
  });

  test('obeys the control file', async () => {
    const engine = await start('--speed 20');
    await until(has('order.accepted'));
    writeFileSync(control(), 'kill\n');
    await until(has('risk.kill', '"trigger":"CONTROL_FILE"'));
    await until(has('engine.state', '"reason":"ALL_CANCELED"'));
    engine.child.kill('SIGTERM');
    expect(await engine.ended).toBe(0);
  });
});

describe('a disk that is full', () => {
  /** Says a lot about limits, so that the ring fills soon. */
  const settings = (speed: string): EngineConfig => ({
    ...readConfig(undefined, { speed, seed: '1', log_dir: logs, duration: '20s' }),
    step: {
      md_interval_ms: 100,
      ack_timeout_ms: 1_000,
      snapshot_interval_ms: 60_000,
      state_interval_ms: 5,
    },
    log: { segment_bytes: 2 ** 30, budget_bytes: 2 ** 31, ring_bytes: 4 << 20 },
  });

  test('stops the trading before anything is lost, and is told of once there is room', async () => {
    const flag = path.join(folder, 'full');
    const stop = new AbortController();
    const disk = new URL(`./log/full-disk.mjs?while=${flag}`, import.meta.url).href;
    const exit = run({ ...settings('20'), duration: '1h' }, await entry('log-worker'), {
      disk,
      stop: stop.signal,
    });
    await until(() => textOfAll().includes('"event":"order.accepted"'));
    writeFileSync(flag, '');
    await setTimeout(3_000);
    rmSync(flag);
    await until(() => textOfAll().includes('"trigger":"LOG_OVERFLOW"'));
    stop.abort();
    expect(await exit).toBe(0);
    const lines = linesOf(textOfAll());
    const kill = lines.find((line) => line.event === 'risk.kill')!;
    expect(kill).toMatchObject({ trigger: 'LOG_OVERFLOW', by: 'errno 28' });
    expect(lines.filter((line) => line.event === 'order.submitted' && line.seq > kill.seq)).toEqual(
      [],
    );
    const canceled = lines.find((line) => line['reason'] === 'ALL_CANCELED')!;
    expect(canceled.seq).toBeGreaterThan(kill.seq);
    const gaps = lines.filter((line, index) => line.seq !== (lines[index - 1]?.seq ?? 0) + 1);
    expect(gaps.length).toBeGreaterThan(0);
    for (const gap of gaps)
      if (gap.seq < canceled.seq)
        expect(gap).toMatchObject({ event: 'log.dropped', to_seq: gap.seq - 1 });
    // What a halted engine says of itself may fill the ring to the brim: a snapshot makes up for it.
    expect(
      lines.some((line) => line.event === 'engine.snapshot' && line.seq > gaps.at(-1)!.seq),
    ).toBe(true);
  });

  test('is waited for by a run at full speed, which then has dropped nothing', async () => {
    const flag = path.join(folder, 'full');
    const disk = new URL(`./log/full-disk.mjs?while=${flag}`, import.meta.url).href;
    const exit = run(settings('max'), await entry('log-worker'), { disk });
    await until(() => textOfAll().includes('"event":"order.accepted"'));
    writeFileSync(flag, '');
    await setTimeout(500);
    rmSync(flag);
    expect(await exit).toBe(0);
    expectGapless(linesOf(textOfAll()));
  });
});
