/** What `explain --json` prints. Quantities and prices are decimals of the log, times as it writes them. */
import type { Json } from '@tradetail/core/events/check.ts';

export interface Explanation {
  readonly id: string;
  /** Every order that had this id, in the order of their engines, runs and first lines. */
  readonly orders: readonly OrderExplanation[];
}

export interface OrderExplanation {
  readonly engine: string;
  readonly run: string;
  readonly venue: string;
  readonly symbol: string;
  /** Empty where the lines name none. */
  readonly strategy: string;
  readonly cl_ord_id: string;
  readonly order_id: string | null;
  /** As its last line has it. */
  readonly ord_status: string;
  /** In the order of `seq`. */
  readonly events: readonly ExplainedEvent[];
  /** Causes that no line that can be read carries. */
  readonly missing_causes: readonly number[];
}

/**
 * What a line has to do with the order: `cause` led to it, `state` is what its strategy last said
 * before it was sent, `order` is its own, `effect` was directly caused by one of its own.
 */
export type Relation = 'cause' | 'state' | 'order' | 'effect';

export interface ExplainedEvent {
  readonly seq: number;
  readonly event: string;
  readonly relation: Relation;
  readonly cause: number | null;
  readonly level: string;
  /** Engine clock. */
  readonly ts: string;
  /** Wall clock. */
  readonly time: string;
  readonly mono_ns: number;
  /** Since the event before it in this list; the engine clock may stand or go back. */
  readonly since_ns: { readonly engine: number; readonly mono: number } | null;
  /** The event's own fields, and where and whose it is. */
  readonly fields: Json;
  /** A fill that the log had before: it counts once. */
  readonly repeated: boolean;
  /** Of the order's own events: the last book before it, at most three levels a side. */
  readonly book: BookView | null;
  /**
   * Of the order's own events, while it rests: the quantity before it at its price, an estimate
   * from the log's books (an upper bound); null where they do not tell.
   */
  readonly queue_ahead: string | null;
  /** Of a fill. */
  readonly markouts: readonly MarkoutView[] | null;
}

export interface BookView {
  readonly seq: number;
  readonly ts: string;
  readonly bids: readonly (readonly [px: string, qty: string])[];
  readonly asks: readonly (readonly [px: string, qty: string])[];
}

export interface MarkoutView {
  readonly horizon_s: number;
  /** Positive when good for us; null where the log ends before, or there was no usable book. */
  readonly bps: number | null;
}
