import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MONEY_DIGITS } from '../src/decimal.ts';
import { addMoney, addUnits, emptyTotal, moneyIn } from '../src/total.ts';

const term = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 36 }));
const money = ([units, digits]: readonly [number, number]): bigint =>
  BigInt(units) * 10n ** BigInt(MONEY_DIGITS - digits);

describe('a total is exact', () => {
  test('whatever the scales of its terms, and in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.array(term, { maxLength: 40 }),
        fc.array(fc.bigInt(), { maxLength: 5 }),
        (terms, amounts) => {
          const total = emptyTotal();
          for (const [units, digits] of terms) addUnits(total, units, digits);
          for (const amount of amounts) addMoney(total, amount);
          const sum = terms.reduce((sum, one) => sum + money(one), 0n);
          expect(moneyIn(total)).toBe(amounts.reduce((sum, one) => sum + one, sum));
        },
      ),
    );
  });

  test.each([
    [
      'past what a double holds',
      [
        [Number.MAX_SAFE_INTEGER, 0],
        [1, 0],
      ],
    ],
    [
      'finer than before',
      [
        [9_007_199_254_740_991, 0],
        [1, 18],
      ],
    ],
    [
      'coarser than before',
      [
        [1, 18],
        [9_007_199_254_740_991, 0],
      ],
    ],
    [
      'of both signs',
      [
        [-1, 2],
        [1, 2],
        [-5, 8],
      ],
    ],
    [
      'so far apart that no power of ten between them is exact',
      [
        [1, 0],
        [1, 36],
      ],
    ],
  ] as const)('with terms %s', (_, terms) => {
    const total = emptyTotal();
    for (const [units, digits] of terms) addUnits(total, units, digits);
    expect(moneyIn(total)).toBe(terms.reduce((sum, one) => sum + money(one), 0n));
  });
});
