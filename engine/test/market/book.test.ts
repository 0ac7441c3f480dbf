import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Book } from '../../src/market/book.ts';
import { BUY, SELL } from '../../src/market/side.ts';

test('a book shows of each side the levels that were set last, best first', () => {
  const change = fc.record({
    side: fc.constantFrom(BUY, SELL),
    px: fc.integer({ min: 1, max: 40 }),
    qty: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
      const book = new Book();
      const [bids, asks] = [new Map<number, number>(), new Map<number, number>()];
      for (const { side, px, qty } of changes) {
        book.set(side, px, qty);
        if (qty > 0) (side === BUY ? bids : asks).set(px, qty);
        else (side === BUY ? bids : asks).delete(px);
      }
      for (const [side, plain] of [
        [BUY, bids],
        [SELL, asks],
      ] as const) {
        const expected = [...plain].sort(([a], [b]) => side * (b - a));
        expect(
          Array.from({ length: book.depth(side) }, (_, level) => [
            book.px(side, level),
            book.qty(side, level),
          ]),
        ).toEqual(expected);
        for (let px = 1; px <= 40; px++) expect(book.qtyAt(side, px)).toBe(plain.get(px) ?? 0);
        expect([book.px(side, expected.length), book.qty(side, expected.length)]).toEqual([NaN, 0]);
      }
    }),
  );
});
