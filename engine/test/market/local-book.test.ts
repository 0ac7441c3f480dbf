import { expect, test } from 'vitest';
import { LocalBook, type BookUpdate } from '../../src/market/local-book.ts';
import { BUY } from '../../src/market/side.ts';
import type { MarketInput } from '../../src/step/input.ts';

const MS = 1e6;

/** An update that sets the bid at 100 to its last id. */
const update = (firstId: number, lastId: number): BookUpdate => ({
  firstId,
  lastId,
  venueUs: 0,
  bids: [100, lastId],
  asks: [],
});
const snapshot = (lastId: number) => ({ lastId, bids: [99, 1], asks: [101, 1] });

function told() {
  const book = new LocalBook(0);
  const lines: string[] = [];
  const sink = (input: MarketInput): void => {
    if (input.kind === 'BOOK') lines.push(`BOOK ${input.updateId}`);
    else if (input.kind === 'GAP') lines.push(`GAP ${input.expectedId} ${input.gotId}`);
    else if (input.kind === 'RESYNC') lines.push(`RESYNC ${input.reason} ${input.tookMs}`);
  };
  return { book, lines, sink };
}

test('updates wait for the snapshot; those it contains are dropped, the rest follow it', () => {
  const { book, lines, sink } = told();
  book.update(update(1, 3), 0, sink);
  book.update(update(4, 6), 100 * MS, sink);
  book.update(update(7, 9), 200 * MS, sink);
  expect(lines).toEqual([]);
  book.snapshot(snapshot(5), 250 * MS, sink);
  expect(lines).toEqual(['RESYNC INITIAL 250', 'BOOK 5', 'BOOK 6', 'BOOK 9']);
  expect([book.book.px(BUY, 0), book.book.qty(BUY, 0)]).toEqual([100, 9]);
});

test('a snapshot older than the first update held is not used', () => {
  const { book, lines, sink } = told();
  book.update(update(10, 12), 0, sink);
  book.snapshot(snapshot(8), MS, sink);
  expect(book.good).toBe(false);
  book.snapshot(snapshot(9), 2 * MS, sink);
  expect(lines).toEqual(['RESYNC INITIAL 2', 'BOOK 9', 'BOOK 12']);
});

test('an update that repeats what is known changes nothing', () => {
  const { book, lines, sink } = told();
  book.snapshot(snapshot(5), 0, sink);
  book.update(update(3, 5), MS, sink);
  expect(lines).toEqual(['RESYNC INITIAL 0', 'BOOK 5']);
});

test('after a missing update the book is empty until a snapshot brings it back', () => {
  const { book, lines, sink } = told();
  book.snapshot(snapshot(5), 0, sink);
  book.update(update(6, 7), MS, sink);
  book.update(update(9, 10), 2 * MS, sink);
  expect(book.good).toBe(false);
  expect(book.book.depth(BUY)).toBe(0);
  book.update(update(11, 12), 3 * MS, sink);
  book.snapshot(snapshot(11), 5 * MS, sink);
  expect(lines).toEqual([
    'RESYNC INITIAL 0',
    'BOOK 5',
    'BOOK 7',
    'GAP 8 9',
    'RESYNC GAP 3',
    'BOOK 11',
    'BOOK 12',
  ]);
});

test('a gap among the updates held is a gap as well', () => {
  const { book, lines, sink } = told();
  book.update(update(5, 6), 0, sink);
  book.update(update(8, 9), MS, sink);
  book.update(update(10, 11), 2 * MS, sink);
  book.snapshot(snapshot(5), 3 * MS, sink);
  expect(lines).toEqual(['RESYNC INITIAL 3', 'BOOK 5', 'BOOK 6', 'GAP 7 8']);
  book.snapshot(snapshot(10), 6 * MS, sink);
  expect(lines.slice(4)).toEqual(['RESYNC GAP 3', 'BOOK 10', 'BOOK 11']);
});
