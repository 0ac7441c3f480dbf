import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QueuePosition } from '../../src/venue/queue-position.ts';

test('trades take from the front; what comes past it reaches us', () => {
  const position = new QueuePosition('RISK_AVERSE', 10);
  expect([position.trade(4), position.front]).toEqual([0, 6]);
  expect([position.trade(9), position.front]).toEqual([3, 0]);
  expect(position.trade(5)).toBe(5);
});

test('RISK_AVERSE: cancels are behind us until there is nothing left there', () => {
  const position = new QueuePosition('RISK_AVERSE', 10);
  position.change(10, 30);
  position.change(30, 12);
  expect(position.front).toBe(10);
  position.change(12, 7);
  expect(position.front).toBe(7);
});

test('PROB: a decrease is shared by the cubes of what is ahead and behind', () => {
  const position = new QueuePosition('PROB', 10);
  position.change(10, 30);
  // Ahead 10, behind 20: behind 8000 / 9000 of the 9 that went.
  position.change(30, 21);
  expect(position.front).toBeCloseTo(10 - 9 / 9, 12);
});

test('PROB: what the part behind us cannot have lost was ahead', () => {
  const position = new QueuePosition('PROB', 10);
  // Ahead 10, behind 1: nearly all of the 5 that went was ahead.
  position.change(10, 11);
  position.change(11, 6);
  expect(position.front).toBeCloseTo(10 - 5 * (1000 / 1001), 12);
});

test('a decrease that trades explain moves nobody twice', () => {
  const position = new QueuePosition('PROB', 10);
  position.trade(4);
  position.change(10, 6);
  expect(position.front).toBe(6);
});

test('the front is never below nothing, and never beyond the level', () => {
  const step = fc.oneof(
    fc.record({ trade: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ level: fc.nat(60) }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('PROB' as const, 'RISK_AVERSE' as const),
      fc.nat(40),
      fc.array(step),
      (model, start, steps) => {
        const position = new QueuePosition(model, start);
        let shown = start;
        for (const one of steps) {
          const before = position.front;
          if ('trade' in one) {
            const reached = position.trade(one.trade);
            expect(reached).toBeLessThanOrEqual(one.trade);
            expect(Number.isInteger(reached)).toBe(true);
          } else {
            position.change(shown, one.level);
            shown = one.level;
            expect(position.front).toBeLessThanOrEqual(shown);
          }
          expect(position.front).toBeGreaterThanOrEqual(0);
          expect(position.front).toBeLessThanOrEqual(before);
        }
      },
    ),
  );
});
