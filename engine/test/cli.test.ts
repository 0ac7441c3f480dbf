import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entry } from '../../build/bundle.js';
import { main } from '../src/cli.ts';
import { readConfig } from '../src/config.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tradetail-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Said {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function say(line: string, env: Record<string, string> = {}): Promise<Said> {
  let out = '';
  let err = '';
  const exitCode = await main(line === '' ? [] : line.split(' '), {
    env,
    out: (text) => (out += text),
    err: (text) => (err += text),
    workerUrl: await entry('log-worker'),
  });
  return { exitCode, out, err };
}

function settingsFile(settings: unknown): string {
  const file = path.join(folder, `${Math.abs(hash(JSON.stringify(settings)))}.json`);
  writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
  return file;
}
const hash = (text: string): number =>
  [...text].reduce((sum, one) => (sum * 31 + one.codePointAt(0)!) | 0, 7);

describe('wrong arguments end with 2 and one line: which, what it got, what it wants', () => {
  test.each([
    ['run --speed fast', 'speed: got "fast", wants max or a number above 0'],
    ['run --speed 0', 'speed: got 0, wants max or a number above 0'],
    ['run --seed -1', 'seed: got -1, wants number to be >=0'],
    ['run --duration 10', 'duration: got "10", wants a time such as 30s, 10m or 1h'],
    ['run --market nyse', 'market: got "nyse", wants sim or replay or binance or kite'],
    ['run --mode DEMO', 'mode: got "DEMO", wants READ_ONLY or PAPER or LIVE_LIMITED or LIVE'],
    [
      'run --strategies hodl',
      'strategies.enabled.0: got "hodl", wants market_maker or liquidity_taker',
    ],
    [
      'run --engine a/b',
      'engine: got "a/b", wants 1 to 64 letters, digits, dots, underscores or hyphens',
    ],
    ['run --market replay', 'data: got nothing, wants the files that --market replay reads'],
    ['run --market binance', 'market: got binance, wants sim or replay (this build has no other)'],
    ['run --market kite', 'market: got kite, wants sim or replay (this build has no other)'],
    ['run --mode LIVE', 'TRADETAIL_CONFIRM: got nothing, wants LIVE to confirm --mode LIVE'],
    ['run --fast', "unknown option '--fast'"],
    ['sprint', "unknown command 'sprint'"],
    ['record', 'record: wants a market to record; this build has none'],
  ])('%s', async (line, message) => {
    const { exitCode, out, err } = await say(line);
    expect({ exitCode, out, err }).toEqual({
      exitCode: 2,
      out: '',
      err: `tradetail-engine: ${message}\n`,
    });
  });

  test.each([
    [{ sped: 1 }, 'sped: got 1, wants no setting of that name'],
    [{ risk: { max_order_notional: 5 } }, 'risk.max_order_notional: got 5, wants string'],
    [{ sim: { symbols: [] } }, 'sim.symbols: got [], wants array to have >=1 items'],
    [{ log: { ring_bytes: 5_000_000 } }, 'log.ring_bytes: got 5000000, wants a power of two'],
    [
      { log: { segment_bytes: 100_000, budget_bytes: 150_000 } },
      'log.budget_bytes: got 150000, wants at least twice log.segment_bytes (100000)',
    ],
  ])('a file with %j', async (settings, message) => {
    const { exitCode, err } = await say(`run --config ${settingsFile(settings)}`);
    expect(err).toBe(`tradetail-engine: ${message}\n`);
    expect(exitCode).toBe(2);
  });

  test('a file that is no JSON', async () => {
    const { exitCode, err } = await say(`run --config ${settingsFile('{"speed": ')}`);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^tradetail-engine: config: got \S+, wants a readable JSON file \(.*\)\n$/);
  });

  test('a confirmation of another mode', async () => {
    const { exitCode, err } = await say('run --mode LIVE', { TRADETAIL_CONFIRM: 'LIVE_LIMITED' });
    expect(exitCode).toBe(2);
    expect(err).toContain('TRADETAIL_CONFIRM: got LIVE_LIMITED, wants LIVE');
  });
});

test('help and version are answers, not errors', async () => {
  for (const line of ['', '--help', 'run --help', '--version']) {
    const { exitCode, out, err } = await say(line);
    expect({ line, exitCode, err }).toEqual({ line, exitCode: 0, err: '' });
    expect(out).not.toBe('');
  }
});

test('a flag wins over the environment, the environment over the file', () => {
  const file = settingsFile({
    speed: 2,
    seed: 7,
    engine: 'from-file',
    strategies: { market_maker: { mode: 'glft' } },
  });
  const config = readConfig(file, { seed: '8', engine: undefined, strategies: 'market_maker' });
  expect(config).toMatchObject({ speed: 2, seed: 8, engine: 'from-file' });
  expect(config.strategies).toMatchObject({
    enabled: ['market_maker'],
    market_maker: { mode: 'glft' },
  });
});

test('the environment is read, and a flag wins over it', async () => {
  const env = { TRADETAIL_SPEED: 'slow', TRADETAIL_SEED: '3' };
  expect((await say('run', env)).err).toContain('speed: got "slow"');
  expect((await say('run --speed slower', env)).err).toContain('speed: got "slower"');
});
