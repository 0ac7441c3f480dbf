/**
 * The fuzzer at small count. What is random prints its seed when it fails; `TRADETAIL_SEED` plays that one
 * alone. The full count has a command:
 *
 *     npm run faults -- lines 10000000
 */
import { expect, test } from 'vitest';
import { LOGS, compareFields, compareFolds, learnDay, scannerOf } from './line-comparison.ts';

const only = process.env['TRADETAIL_SEED'];
const SEEDS =
  only === undefined ? Array.from({ length: 20 }, (_, index) => index + 1) : [Number(only)];

test('the fields of what is scanned are those that JSON and the schema give', () => {
  let [compared, taken] = [0, 0];
  for (const seed of SEEDS) {
    const sequence = compareFields(seed);
    compared += sequence.compared;
    taken += sequence.taken;
  }
  // The lines themselves and harmless changes of them: else nothing was tested.
  expect(taken / compared).toBeGreaterThan(0.15);
});

test('the fold is that of JSON and the schema', async () => {
  for (const seed of SEEDS) await compareFolds(seed);
});

test('a log of the engine is scanned but for what is too rare for it', () => {
  for (const log of LOGS.slice(0, 8)) {
    const scanner = scannerOf(log);
    const left = log.filter((line) => {
      const bytes = Buffer.from(line);
      const isTaken = scanner.scan(bytes, 0, bytes.length);
      if (!isTaken) learnDay(scanner, bytes);
      return !isTaken;
    });
    const events = left.map((line) => (JSON.parse(line) as { event: string }).event);
    expect([...new Set(events)]).toEqual([
      'log.segment',
      'engine.started',
      'instrument.defined',
      'strategy.started',
    ]);
  }
});
