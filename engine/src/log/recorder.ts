/**
 * How the trading loop says what happened: it records numbers, and somebody else turns them into
 * lines. Two ways, because only some events are on the hot path.
 *
 *     const seq = recorder.begin('md.trade', instrument, NONE, NONE);
 *     recorder.text(tradeId); recorder.ticks(px); recorder.lots(qty); recorder.side(BUY);
 *     recorder.absent();      recorder.int(venueUs);
 *     recorder.end();
 *
 *     recorder.event('engine.state', { from: 'ACTIVE', to: 'HALTED', reason }, { cause: seq });
 *
 * Between `begin` and `end` comes one call for each field of the event, in the order of the
 * catalogue (`core/events/catalogue.ts`), `absent()` for each field that has no value. `begin`
 * takes the next seq. The clock is not read: what is recorded happens when `at` said last.
 */
import type { EventName } from '@tradetail/core/events/catalogue.ts';
import type { BookView } from '../market/book-view.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Side } from '../market/side.ts';

/** No instrument, no strategy, no cause. */
export const NONE = -1;

export interface Scopes {
  readonly instrument?: number;
  readonly venue?: string;
  readonly strategy?: number;
  readonly cause?: number;
  readonly msg?: string;
}

export interface Recorder {
  /** The seq of the line recorded last; 0 before the first. */
  readonly seq: number;
  /** Tells the names behind the indices, once, before the first line that uses them. */
  names(instruments: readonly Instrument[], strategies: readonly string[]): void;
  /** Sets the engine clock and the monotonic one for the lines that follow, both ns since the run started. */
  at(tNs: number, monoNs: number): void;

  /** Begins a line about an instrument and a strategy (or NONE), caused by the line `cause` (or NONE); returns its seq. */
  begin(event: EventName, instrument: number, strategy: number, cause: number): number;
  int(value: number): void;
  /** A ratio or feature; what is not finite is recorded as absent. */
  number(value: number): void;
  flag(value: boolean): void;
  text(value: string): void;
  /** A decimal text. */
  decimal(value: string): void;
  side(value: Side): void;
  /** A price of the line's instrument, in ticks. NaN is absent. */
  ticks(value: number): void;
  /** A quantity of the line's instrument, in lots, signed. NaN is absent. */
  lots(value: number): void;
  /** One side of a book, the best `levels` levels. The book stays as it is until the step is over. */
  levels(book: BookView, side: Side, levels: number): void;
  absent(): void;
  end(): void;

  /** Records a line that is not on the hot path: fields by name, values as they stand in the log. Returns its seq. */
  event(event: EventName, fields: Readonly<Record<string, unknown>>, scopes?: Scopes): number;
}
