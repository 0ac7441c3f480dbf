/**
 * The latest book of a market. Half of all lines are books, and nobody looks at most of them: so the
 * text of the levels is kept as it stands in the line, and parsed when someone asks. It is copied only
 * when what was read is about to be overwritten: of hundreds of books of a market, the last one.
 */
import type { Json } from '@tradetail/core/events/check.ts';
import { memory } from '../decode/scanner-memory.ts';
import type { Book, Market } from './run-state.ts';

export type BookSide = 'bids' | 'asks';

/** Notes where in the scanner's memory it stands: `"bids":[…],"asks":[…]` or one of both, or nothing. */
export function noteBook(book: Book, seq: number, start: number, end: number): void {
  book.start = start;
  book.length = end - start;
  book.sides = undefined;
  book.seq = seq;
}

/** Keeps the text of the book noted last, before what it stands in is overwritten. */
export function keepBook(book: Book): void {
  const { start, length } = book;
  if (start < 0) return;
  if (book.text.length < length) book.text = new Uint8Array(roomFor(length));
  memory.copy(book.text, 0, start, start + length);
  book.start = -1;
}

/** Keeps the levels of a line that was parsed. */
export function keepParsedBook(book: Book, seq: number, line: Json): void {
  book.sides = { bids: rows(line['bids']), asks: rows(line['asks']) };
  book.seq = seq;
  book.start = -1;
}

const rows = (side: unknown): readonly unknown[] => (side ?? []) as readonly unknown[];

/** Books grow and shrink: some room, so that not each longer one takes new memory. */
const roomFor = (length: number): number => 2 ** Math.ceil(Math.log2(Math.max(256, length)));

/** @returns the rows of a side as they were logged, whatever they are; none where there is no book */
export function rowsOf({ book }: Market, side: BookSide): readonly unknown[] {
  if (book.sides === undefined) {
    keepBook(book);
    const text = Buffer.from(book.text.buffer, book.text.byteOffset, book.length).toString();
    const { bids, asks } = JSON.parse(`{${text}}`) as Json;
    book.sides = { bids: rows(bids), asks: rows(asks) };
  }
  return book.sides[side];
}
