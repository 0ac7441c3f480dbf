import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QueuePosition, type Book } from '../../src/explain/queue-position.ts';

const ONE = 10n ** 18n;
const levels = (rows: readonly (readonly [number, number])[]): (readonly [bigint, bigint])[] =>
  rows.map(([px, qty]) => [BigInt(px) * ONE, BigInt(qty) * ONE]);
const book = (bids: [number, number][], asks: [number, number][]): Book => ({
  seq: 1,
  ts: '',
  bids: levels(bids),
  asks: levels(asks),
});
const BOOK = book(
  [
    [99, 4],
    [97, 2],
  ],
  [
    [101, 5],
    [103, 1],
  ],
);
const aheadOf = ({ ahead }: QueuePosition): number | undefined =>
  ahead === undefined ? undefined : Number(ahead / ONE);

test.each`
  side      | px       | ahead        | because
  ${'BUY'}  | ${'99'}  | ${4}         | ${'all that is shown there'}
  ${'BUY'}  | ${'98'}  | ${0}         | ${'nothing is shown there'}
  ${'BUY'}  | ${'100'} | ${0}         | ${'it is the new best'}
  ${'BUY'}  | ${'96'}  | ${undefined} | ${'the levels end before it'}
  ${'SELL'} | ${'101'} | ${5}         | ${'all that is shown there'}
  ${'SELL'} | ${'104'} | ${undefined} | ${'the levels end before it'}
`('$side at $px comes to rest behind $ahead: $because', ({ side, px, ahead }) => {
  expect(aheadOf(new QueuePosition(side as string, px as string, BOOK))).toBe(ahead);
});

test('without a book before it nothing can be told', () => {
  expect(aheadOf(new QueuePosition('BUY', '99', undefined))).toBeUndefined();
});

test.each`
  what                                   | px     | qty  | aggressor | ahead
  ${'a trade at the price takes'}        | ${99}  | ${3} | ${'SELL'} | ${1}
  ${'more than there was takes all'}     | ${99}  | ${9} | ${'SELL'} | ${0}
  ${'a trade through the price'}         | ${98}  | ${1} | ${'SELL'} | ${0}
  ${'a trade before the price'}          | ${100} | ${9} | ${'SELL'} | ${4}
  ${'a buyer takes from the other side'} | ${99}  | ${3} | ${'BUY'}  | ${4}
`('$what leaves $ahead', ({ px, qty, aggressor, ahead }) => {
  const queue = new QueuePosition('BUY', '99', BOOK);
  queue.onTrade(BigInt(px as number) * ONE, BigInt(qty as number) * ONE, aggressor as string);
  expect(aheadOf(queue)).toBe(ahead);
});

test('it never grows, whatever the market does', () => {
  const event = fc.record({
    px: fc.integer({ min: 96, max: 101 }),
    qty: fc.integer({ min: 0, max: 9 }),
    side: fc.constantFrom('BUY', 'SELL', 'BOOK'),
  });
  fc.assert(
    fc.property(fc.array(event), (all) => {
      const queue = new QueuePosition('BUY', '99', BOOK);
      let before = queue.ahead!;
      for (const { px, qty, side } of all) {
        if (side === 'BOOK') queue.onBook(book([[px, qty]], []));
        else queue.onTrade(BigInt(px) * ONE, BigInt(qty) * ONE, side);
        expect(queue.ahead! <= before && queue.ahead! >= 0n).toBe(true);
        before = queue.ahead!;
      }
    }),
  );
});
