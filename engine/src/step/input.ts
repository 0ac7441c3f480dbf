/**
 * Everything that can happen to the engine, in the order in which it happens. The core loop is a
 * deterministic step over these; a run is replayed by giving it the same ones again.
 */
import type { BookView } from '../market/book-view.ts';
import type { Side } from '../market/side.ts';
import type { Report } from '../venue/venue.ts';

export type Input = MarketInput | { readonly kind: 'REPORT'; readonly report: Report } | Timer;

export type MarketInput =
  /** The book has changed. `book` is the feed's own and is valid until the step returns. */
  | {
      readonly kind: 'BOOK';
      readonly instrument: number;
      readonly book: BookView;
      readonly updateId?: number;
      readonly venueUs?: number;
    }
  /** Best bid and ask, from a faster channel than the book (Binance bookTicker). */
  | {
      readonly kind: 'TOP';
      readonly instrument: number;
      readonly bidPx: number;
      readonly bidQty: number;
      readonly askPx: number;
      readonly askQty: number;
      readonly updateId?: number;
    }
  | {
      readonly kind: 'TRADE';
      readonly instrument: number;
      readonly tradeId: string;
      readonly px: number;
      readonly qty: number;
      readonly aggressor: Side;
      readonly inferred?: boolean;
      readonly venueUs?: number;
    }
  /** Updates are missing: the book is no longer good, until RESYNC. */
  | {
      readonly kind: 'GAP';
      readonly instrument: number;
      readonly expectedId: number;
      readonly gotId: number;
    }
  | {
      readonly kind: 'RESYNC';
      readonly instrument: number;
      readonly reason: string;
      readonly tookMs: number;
    };

/** A timer that the step asked for; `id` is the step's own. */
export interface Timer {
  readonly kind: 'TIMER';
  readonly id: number;
}

/** Where inputs come from. Times are ns of engine clock since the run started. */
export interface Source {
  /** @returns when the next thing happens; Infinity when nothing ever will */
  nextNs(): number;
  /** Lets the next thing happen (exactly what was due at `nextNs()`); it may be several inputs, or none. */
  advance(sink: (input: Input) => void): void;
}
