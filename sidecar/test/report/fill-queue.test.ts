/** Fills that wait for their horizons, against a list that looks at each of them before every line. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FillQueue, HORIZON_MS } from '../../src/report/fill-queue.ts';

interface Line {
  /** Milliseconds that the clock goes on before it; below 0: it comes late. */
  readonly passedMs: number;
  readonly hasMid: boolean;
}

/** What is taken and written, as text, of lines that are a fill each. The mid that stands is the number of the line. */
function played(lines: readonly Line[]): string[] {
  const told: string[] = [];
  let mid = 0;
  const queue = new FillQueue<number>({
    midOf: () => mid,
    taken: (fill, { px }, horizon, later) =>
      told.push(`${fill} at ${px} after ${HORIZON_MS[horizon]} ms: ${later}`),
    over: (row, _fill, later) => told.push(`${row}: ${later.join(' ')}`),
  });
  let clockMs = 0;
  for (const [index, { passedMs, hasMid }] of lines.entries()) {
    const ms = Math.max(0, clockMs + passedMs);
    clockMs = Math.max(clockMs, ms);
    const clock = instant(clockMs);
    if (queue.isDue(clock)) queue.take(clock);
    mid = index + 1;
    queue.add({
      ...instant(ms),
      direction: 1,
      px: index,
      quantity: 1,
      notional: 1,
      mid: hasMid ? mid : NaN,
      row: `row ${index} ä`,
      target: index,
    });
  }
  queue.end();
  return told;
}

const instant = (ms: number) => ({
  seconds: Math.floor(ms / 1000),
  nanos: (ms % 1000) * 1e6,
});

function wanted(lines: readonly Line[]): string[] {
  const taken: string[] = [];
  const later = lines.map(() => HORIZON_MS.map(() => NaN));
  const times: number[] = [];
  let clockMs = 0;
  for (const [index, { passedMs }] of lines.entries()) {
    const ms = Math.max(0, clockMs + passedMs);
    clockMs = Math.max(clockMs, ms);
    for (const [horizon, horizonMs] of HORIZON_MS.entries())
      for (let fill = 0; fill < index; fill += 1) {
        if (!lines[fill]!.hasMid || !Number.isNaN(later[fill]![horizon]!)) continue;
        if (times[fill]! + horizonMs >= clockMs) continue;
        later[fill]![horizon] = index;
        taken.push(`${fill} at ${fill} after ${horizonMs} ms: ${index}`);
      }
    times.push(ms);
  }
  return [...taken, ...later.map((mids, fill) => `row ${fill} ä: ${mids.join(' ')}`)];
}

test('each horizon is taken before the first line that is later, rows leave in the order of lines', () => {
  const lines = fc.array(
    fc.record({
      passedMs: fc.oneof(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.constantFrom(100, 1_000, 5_000, 300_000),
      ),
      hasMid: fc.boolean(),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(lines, (all) => {
      const told = played(all);
      expect([...told].sort()).toEqual(wanted(all).sort());
      const rows = told.filter((text) => text.startsWith('row'));
      expect(rows.map((text) => Number(text.split(' ')[1]))).toEqual(all.map((_, index) => index));
    }),
  );
});

test('a line that comes late is taken at the next line, for the horizons that are over', () => {
  const late = [
    { passedMs: 10_000, hasMid: true },
    { passedMs: -8_000, hasMid: true },
    { passedMs: 0, hasMid: true },
  ];
  expect(played(late).filter((text) => text.startsWith('1 '))).toEqual([
    '1 at 1 after 100 ms: 2',
    '1 at 1 after 1000 ms: 2',
    '1 at 1 after 5000 ms: 2',
  ]);
});

test('past 166,666 that wait the oldest row is written as it is, and nothing more is taken of it', () => {
  const told = played(Array.from({ length: 166_670 }, () => ({ passedMs: 0, hasMid: true })));
  expect(told.length).toBe(166_670);
  expect(told[0]).toBe('row 0 ä: NaN NaN NaN NaN NaN NaN');
  expect(told.at(-1)).toMatch(/^row 166669 /);
});
