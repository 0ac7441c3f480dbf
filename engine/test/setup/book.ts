import type { BookView } from '../../src/market/book-view.ts';
import { BUY, type Side } from '../../src/market/side.ts';

/** A book from text: `book('100x3 99x5', '101x1')`, best first, ticks x lots. */
export function book(bids: string, asks: string): BookView {
  const levels = (text: string) =>
    text
      .split(' ')
      .filter((one) => one !== '')
      .map((one) => one.split('x').map(Number) as [number, number]);
  const sides = { bids: levels(bids), asks: levels(asks) };
  const of = (side: Side) => (side === BUY ? sides.bids : sides.asks);
  return {
    depth: (side) => of(side).length,
    px: (side, level) => of(side)[level]?.[0] ?? NaN,
    qty: (side, level) => of(side)[level]?.[1] ?? 0,
  };
}
