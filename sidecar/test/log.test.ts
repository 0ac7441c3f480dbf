import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openLog, sampleOf } from '../src/log.ts';
import { HandClock, logFolder } from './follow/log-folder.ts';

test('each kind of thing is said once a second, with a count of what was left out', async () => {
  const path = join(logFolder(), 'stderr');
  const clock = new HandClock();
  const log = openLog(clock, openSync(path, 'w'));
  for (let count = 0; count < 1_000; count += 1) log.limited('gap', { count }, 'lines are missing');
  log.limited('rotation', {}, 'another kind');
  clock.nowMs += 1_000;
  log.limited('gap', { count: 1_000 }, 'lines are missing');
  const lines = await vi.waitFor(() => {
    log.flush();
    const said = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(said).toHaveLength(3);
    return said;
  });
  expect(lines).toMatchObject([
    { level: 'warn', kind: 'gap', count: 0, msg: 'lines are missing' },
    { level: 'warn', kind: 'rotation', msg: 'another kind' },
    { level: 'warn', kind: 'gap', count: 1_000, suppressed: 999 },
  ]);
});

test.each`
  bytes                        | sample
  ${'{"v":1}'}                 | ${'{"v":1}'}
  ${'\u001b[2J\u0007\n\u007f'} | ${'\\x1b[2J\\x07\\x0a\\x7f'}
  ${'é\u202e'}                 | ${'\\xc3\\xa9\\xe2\\x80\\xae'}
  ${'x'.repeat(200)}           | ${'x'.repeat(200)}
  ${'x'.repeat(201)}           | ${`${'x'.repeat(200)}…`}
`('a refused line is shown cut and escaped: $sample', ({ bytes, sample }) => {
  const buffer = Buffer.from(`before${bytes as string}after`);
  expect(sampleOf(buffer, 6, buffer.length - 5)).toBe(sample);
});
