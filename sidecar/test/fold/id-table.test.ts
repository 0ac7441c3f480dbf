import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IdHash } from '../../src/decode/id-hash.ts';
import { addId, hasId, newIdTable } from '../../src/fold/id-table.ts';

const SEED = { lo: 1, hi: 2 };
function hashOf(id: string): IdHash {
  const hash = new IdHash();
  hash.takeText(id, SEED);
  return hash;
}

describe('a table of ids', () => {
  test('knows the last so many, the oldest goes first, as a set of strings would', () => {
    const few = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 400 });
    fc.assert(
      fc.property(few, fc.integer({ min: 1, max: 40 }), (ids, max) => {
        const table = newIdTable(max);
        const known = new Set<number>();
        for (const id of ids) {
          const { lo, hi } = hashOf(`order-${id}`);
          expect(hasId(table, lo, hi)).toBe(known.has(id));
          expect(addId(table, lo, hi)).toBe(!known.has(id));
          known.add(id);
          const [oldest] = known;
          if (known.size > max) known.delete(oldest!);
        }
      }),
    );
  });

  test('finds ids that fall into the same place, also when one before them has gone', () => {
    const table = newIdTable(4);
    // Alike in the low bits of one half and the high bits of the other: all in one shard, one after the other.
    const same = Array.from({ length: 6 }, (_, n) => [(n << 16) | 7, n] as const);
    for (const [lo, hi] of same) expect(addId(table, lo, hi)).toBe(true);
    expect(same.map(([lo, hi]) => hasId(table, lo, hi))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
  });

  test.each([
    ['counted', (n: number) => `x${n}`],
    ['counted with leading zeros', (n: number) => String(n).padStart(20, '0')],
    ['binary', (n: number) => n.toString(2)],
    ['counted backwards in a long name', (n: number) => `market_maker-${1_000_000 - n}-BTCUSDT`],
  ])('takes no two of 200,000 ids for one another: %s', (_, name) => {
    const table = newIdTable(200_000);
    const keys = new Set<number>();
    for (let n = 0; n < 200_000; n += 1) {
      const hash = hashOf(name(n));
      if (!addId(table, hash.lo, hash.hi)) throw new Error(`${name(n)} seems to be known`);
      keys.add(hash.key);
    }
    expect(keys.size).toBe(200_000);
  });
});
