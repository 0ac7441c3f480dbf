import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entry } from '../../../build/bundle.js';
import { now } from '../../src/clock.ts';
import { MemoryRecorder } from '../../src/log/memory-recorder.ts';
import { NONE } from '../../src/log/recorder.ts';
import { openLog, type LogOptions, type RingRecorder } from '../../src/log/ring-recorder.ts';
import { BUY } from '../../src/market/side.ts';
import { anyLines, INSTRUMENTS, STRATEGIES } from './any-line.ts';

const RUN = '01JABCDEFGHJKMNPQRSTVWXYZ0';
const MIB = 1 << 20;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tradetail-log-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Partial<LogOptions> = {}, disk?: string): Promise<RingRecorder> {
  const recorder = await openLog(
    {
      folder: path.join(folder, 'logs'),
      engine: 'engine-1',
      run: RUN,
      origin: now(),
      startEpochNs: 1_700_000_000_000_000_000n,
      segmentBytes: 100 * MIB,
      budgetBytes: 1000 * MIB,
      ringBytes: 4 * MIB,
      ...options,
    },
    await entry('log-worker'),
    disk,
  );
  recorder.names(INSTRUMENTS, STRATEGIES);
  return recorder;
}

const files = (): string[] => readdirSync(path.join(folder, 'logs')).sort();
const textOf = (name: string): string => readFileSync(path.join(folder, 'logs', name), 'utf8');
const linesOf = (name: string): string[] => textOf(name).split('\n').slice(0, -1);
const parsed = (name: string): Record<string, unknown>[] =>
  linesOf(name).map((line) => JSON.parse(line) as Record<string, unknown>);

function trade(recorder: RingRecorder, id: string): void {
  recorder.begin('md.trade', 0, NONE, NONE);
  recorder.text(id);
  recorder.ticks(6_123_450);
  recorder.lots(17);
  recorder.side(BUY);
  recorder.absent();
  recorder.int(1_700_000_000_000_000);
  recorder.end();
  recorder.settle();
}

describe('a line', () => {
  test('has the bytes of the contract', async () => {
    const recorder = await open();
    recorder.at(1_000_000_002, 1_000);
    trade(recorder, '4711');
    recorder.event(
      'risk.kill',
      { trigger: 'SIGNAL', by: 'ops "1"' },
      { cause: 2, msg: '100 % halted' },
    );
    await recorder.close(5_000);
    const shape = linesOf(`engine-1-${RUN}.1.jsonl`).map((line) =>
      line.replace(/"time":"[^"]{30}"/, '"time":"T"').replace(/"mono_ns":\d+/, '"mono_ns":M'),
    );
    const envelope = (level: string, ts: string): string =>
      `{"level":"${level}","time":"T","ts":"${ts}","v":1,"engine":"engine-1","run":"${RUN}"`;
    expect(shape).toEqual([
      `${envelope('debug', '2023-11-14T22:13:20.000000000Z')},"seq":1,"mono_ns":M,"event":"log.segment","n":1,"first_seq":1}`,
      `${envelope('trace', '2023-11-14T22:13:21.000000002Z')},"seq":2,"mono_ns":M,"event":"md.trade","venue":"sim","symbol":"BTC-USDT",` +
        `"trade_id":"4711","px":"61234.50","qty":"0.00017","aggressor_side":"BUY","venue_us":1700000000000000}`,
      `${envelope('fatal', '2023-11-14T22:13:21.000000002Z')},"seq":3,"mono_ns":M,"event":"risk.kill","cause":2,` +
        `"trigger":"SIGNAL","by":"ops \\"1\\"","msg":"100 % halted"}`,
    ]);
  });

  test('says what the memory recorder says, whatever the event', async () => {
    const recorder = await open();
    const memory = new MemoryRecorder();
    memory.names(INSTRUMENTS, STRATEGIES);
    memory.seq = recorder.seq;
    fc.assert(
      fc.property(anyLines, (lines) => {
        for (const line of lines) {
          line(recorder);
          line(memory);
        }
      }),
      { numRuns: 300 },
    );
    await recorder.close(5_000);
    const written = parsed(`engine-1-${RUN}.1.jsonl`).slice(1);
    expect(written.length).toBe(memory.lines.length);
    written.forEach((line, index) => {
      const {
        level: _level,
        time: _time,
        ts,
        v: _v,
        engine: _e,
        run: _r,
        mono_ns: _m,
        ...said
      } = line;
      const { t_ns: tNs, ...expected } = memory.lines[index]!;
      expect(said).toEqual(JSON.parse(JSON.stringify(expected)) as object);
      expect(Object.keys(said)).toEqual(Object.keys(expected));
      expect(Date.parse(String(ts))).toBe(1_700_000_000_000 + Math.floor(Number(tNs) / 1e6));
    });
  });

  test('about an error is cut to 65,536 bytes', async () => {
    const recorder = await open();
    const stack = 'at é\n'.repeat(50_000);
    recorder.event('engine.error', {
      error_type: 'Error',
      error_message: stack,
      error_stack: stack,
      fatal: false,
    });
    await recorder.close(5_000);
    const line = linesOf(`engine-1-${RUN}.1.jsonl`)[1]!;
    expect(Buffer.byteLength(line) + 1).toBeLessThanOrEqual(65_536);
    expect(JSON.parse(line)).toMatchObject({ event: 'engine.error', fatal: false });
  });

  // A tenth of them must: the others may wait for a processor that somebody else has.
  test('is in the file within 10 ms of being recorded', async () => {
    const recorder = await open();
    const file = path.join(folder, 'logs', `engine-1-${RUN}.1.jsonl`);
    const delays: number[] = [];
    for (let i = 0; i < 50; i++) {
      const before = statSync(file).size;
      trade(recorder, 'x');
      const start = performance.now();
      while (statSync(file).size === before) if (performance.now() - start > 1_000) break;
      delays.push(performance.now() - start);
    }
    await recorder.close(5_000);
    delays.sort((a, b) => a - b);
    expect(delays[5]).toBeLessThan(10);
  });
});

describe('the files', () => {
  test('are readable by their owner only', async () => {
    const recorder = await open();
    await recorder.close(5_000);
    const mode = (file: string): number => statSync(file).mode & 0o777;
    expect(mode(path.join(folder, 'logs'))).toBe(0o700);
    expect(mode(path.join(folder, 'logs', files()[0]!))).toBe(0o600);
  });

  test('follow each other, each beginning with its number and first seq', async () => {
    const recorder = await open({ segmentBytes: 20_000 });
    for (let i = 0; i < 1_000; i++) {
      trade(recorder, String(i));
      if (recorder.segmentFull) recorder.rotate();
    }
    await recorder.close(5_000);
    expect(recorder.segment).toBeGreaterThan(5);
    const seqs: unknown[] = [];
    for (let n = 1; n <= recorder.segment; n++) {
      const name = `engine-1-${RUN}.${n}.jsonl`;
      const lines = parsed(name);
      expect(lines[0]).toMatchObject({ event: 'log.segment', n, first_seq: seqs.length + 1 });
      seqs.push(...lines.map((line) => line['seq']));
      if (n < recorder.segment) {
        const bytes = statSync(path.join(folder, 'logs', name)).size;
        expect(bytes / 20_000).toBeGreaterThan(0.7);
        expect(bytes / 20_000).toBeLessThan(1.4);
      }
    }
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });

  test('take no more than the budget, the oldest going first, whichever run they are of', async () => {
    const first = await open({ segmentBytes: 20_000, run: '01J00000000000000000000000' });
    for (let i = 0; i < 200; i++) trade(first, String(i));
    await first.close(5_000);
    const other = await open({ engine: 'engine-1-b', run: '01J00000000000000000000000' });
    await other.close(5_000);
    const recorder = await open({ segmentBytes: 20_000, budgetBytes: 60_000 });
    for (let i = 0; i < 1_000; i++) {
      trade(recorder, String(i));
      if (recorder.segmentFull) recorder.rotate();
    }
    await recorder.close(5_000);
    const left = files();
    expect(left).toContain('engine-1-b-01J00000000000000000000000.1.jsonl');
    expect(left).not.toContain('engine-1-01J00000000000000000000000.1.jsonl');
    expect(left).toContain(`engine-1-${RUN}.${recorder.segment}.jsonl`);
    const mine = left.filter((name) => name.startsWith('engine-1-0'));
    const total = mine.reduce(
      (sum, name) => sum + statSync(path.join(folder, 'logs', name)).size,
      0,
    );
    // The last segment has grown since the budget was looked at.
    expect(total).toBeLessThan(60_000 + 30_000);
    expect(mine.length).toBeLessThan(recorder.segment);
  });

  test('of a run that exists are never written again', async () => {
    await (await open()).close(5_000);
    await expect(open()).rejects.toThrow(/EEXIST/);
  });

  test('that cannot be made are an error before anything is traded', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    await expect(open({ folder: path.join(folder, 'file', 'logs') })).rejects.toThrow(/ENOTDIR/);
  });
});

describe('a slow disk', () => {
  const slow = new URL('./slow-disk.mjs?ms=200', import.meta.url).href;

  test('does not delay the loop, loses market data only, and says what', async () => {
    const recorder = await open({}, slow);
    let slowestMs = 0;
    for (let i = 0; i < 30_000; i++) {
      const start = performance.now();
      trade(recorder, String(i));
      if (i % 500 === 0) recorder.event('risk.rearmed', { by: String(i) });
      slowestMs = Math.max(slowestMs, performance.now() - start);
    }
    expect(recorder.dropped).toBeGreaterThan(0);
    expect(recorder.lost).toBe(0);
    recorder.event('risk.rearmed', { by: 'last' });
    await recorder.close(60_000);
    expect(slowestMs).toBeLessThan(200);
    const lines = parsed(`engine-1-${RUN}.1.jsonl`);
    expect(lines.filter((line) => line['event'] === 'risk.rearmed').length).toBe(61);
    let expected = 1;
    let dropped = 0;
    for (const line of lines) {
      if (line['seq'] !== expected) {
        expect(line).toMatchObject({
          event: 'log.dropped',
          count: Number(line['seq']) - expected,
          from_seq: expected,
          to_seq: Number(line['seq']) - 1,
        });
        dropped += Number(line['count']);
      }
      expected = Number(line['seq']) + 1;
    }
    expect(dropped).toBe(recorder.dropped);
    expect(expected - 1).toBe(recorder.seq);
  });

  test('is waited for by a run that has the time', async () => {
    const recorder = await open({}, new URL('./slow-disk.mjs?ms=20', import.meta.url).href);
    for (let i = 0; i < 60_000; i++) {
      trade(recorder, String(i));
      while (recorder.crowded) await recorder.giveWay();
    }
    await recorder.close(60_000);
    expect(recorder.dropped).toBe(0);
    expect(linesOf(`engine-1-${RUN}.1.jsonl`).length).toBe(60_001);
  });
});

test('a full disk is said, and what was held is written when there is room again', async () => {
  const flag = path.join(folder, 'full');
  const recorder = await open({}, new URL(`./full-disk.mjs?while=${flag}`, import.meta.url).href);
  recorder.drain(5_000);
  writeFileSync(flag, '');
  for (let i = 0; !recorder.overflowed; i++)
    recorder.event('risk.rearmed', { by: `${i} ${'x'.repeat(500)}` });
  recorder.settle();
  const held = recorder.seq;
  expect(recorder.drain(100)).toBe(false);
  expect(recorder.errno).toBe(28);
  expect(recorder.lost).toBe(0);
  rmSync(flag);
  await recorder.close(30_000);
  expect(recorder.errno).toBe(0);
  expect(parsed(`engine-1-${RUN}.1.jsonl`).map((line) => line['seq'])).toEqual(
    Array.from({ length: held }, (_, index) => index + 1),
  );
});

test('a ring that is full to the brim loses seqs that nothing covers', async () => {
  const flag = path.join(folder, 'full');
  const recorder = await open({}, new URL(`./full-disk.mjs?while=${flag}`, import.meta.url).href);
  recorder.drain(5_000);
  writeFileSync(flag, '');
  while (recorder.lost < 10) recorder.event('risk.rearmed', { by: 'x'.repeat(5_000) });
  rmSync(flag);
  expect(recorder.drain(30_000)).toBe(true);
  recorder.event('risk.rearmed', { by: 'after' });
  await recorder.close(30_000);
  const seqs = parsed(`engine-1-${RUN}.1.jsonl`).map((line) => Number(line['seq']));
  expect(seqs.at(-1)).toBe(recorder.seq);
  expect(recorder.seq - seqs.length).toBe(recorder.lost);
  expect(textOf(`engine-1-${RUN}.1.jsonl`)).not.toContain('log.dropped');
});

test('a line that an exception cut short leaves no trace', async () => {
  const recorder = await open();
  recorder.begin('md.trade', 0, NONE, NONE);
  recorder.text('half');
  recorder.abandon();
  recorder.event('risk.rearmed', { by: 'ops' });
  await recorder.close(5_000);
  expect(parsed(`engine-1-${RUN}.1.jsonl`).map((line) => [line['seq'], line['event']])).toEqual([
    [1, 'log.segment'],
    [2, 'risk.rearmed'],
  ]);
});
