import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
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
}

describe('a line', () => {
  test('has the bytes of the contract', async () => {
    const recorder = await open();
    recorder.at(1_000_000_002);
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
    expect(delays[25]).toBeLessThan(10);
  });
});
