import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meanAndDeviation } from '../../src/stats/moments.ts';
import { addTo, emptySum, totalOf } from '../../src/stats/sum.ts';

describe('a compensated sum', () => {
  test('keeps what a plain one loses', () => {
    const sum = emptySum();
    for (const term of [1, 1e100, 1, -1e100]) addTo(sum, term);
    expect(totalOf(sum)).toBe(2);
  });

  test('adds a million tenths exactly', () => {
    const sum = emptySum();
    for (let count = 0; count < 1_000_000; count += 1) addTo(sum, 0.1);
    expect(totalOf(sum)).toBeCloseTo(100_000, 10);
  });
});

describe('mean and sample deviation', () => {
  test('of 2 4 4 4 5 5 7 9 are 5 and √(32/7)', () => {
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({
      mean: 5,
      deviation: Math.sqrt(32 / 7),
    });
  });

  test('of equal values have no deviation, also where a third rounds', () => {
    expect(meanAndDeviation([1 / 3, 1 / 3, 1 / 3]).deviation).toBe(0);
  });

  test('scale with the values and do not move with them', () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: -1000, max: 1000 }),
        (list, factor, shift) => {
          const one = meanAndDeviation(list);
          const other = meanAndDeviation(list.map((value) => value * factor + shift));
          expect(other.deviation).toBeCloseTo(one.deviation * factor, 8);
          expect(other.mean).toBeCloseTo(one.mean * factor + shift, 8);
        },
      ),
    );
  });
});
