/**
 * From a wanted quote to what is done about the live one. One order a side: a new price, or more
 * quantity, is a cancel and later a new order; less quantity is a replace, because that keeps the
 * place in the queue.
 */
import { isOpen, leavesQty, ordStatus, type Order } from './order.ts';

export type QuoteAction = 'KEEP' | 'NEW' | 'CANCEL' | 'REDUCE';

export interface QuoteRules {
  /** Ticks by which the target must differ for the quote to move. */
  readonly requoteTicks: number;
  /** Part of the target below which the open quantity is made up. */
  readonly requoteQtyRatio: number;
  /** Shortest life of a quote before it moves, ns. */
  readonly requoteIntervalNs: number;
}

/**
 * @param px wanted price in ticks
 * @param qty wanted open quantity in lots, 0 for no quote
 * @param ageNs of the live order
 */
export function planQuote(
  live: Order | undefined,
  px: number,
  qty: number,
  ageNs: number,
  rules: QuoteRules,
): QuoteAction {
  if (live === undefined || !isOpen(live)) return qty > 0 ? 'NEW' : 'KEEP';
  const status = ordStatus(live);
  if (status === 'UNKNOWN' || status === 'PENDING_CANCEL') return 'KEEP';
  if (qty === 0) return 'CANCEL';
  if (status !== 'NEW' && status !== 'PARTIALLY_FILLED') return 'KEEP';
  const leaves = leavesQty(live);
  const moves =
    Math.abs(px - live.px) >= rules.requoteTicks || leaves < qty * rules.requoteQtyRatio;
  if (moves) return ageNs >= rules.requoteIntervalNs ? 'CANCEL' : 'KEEP';
  return leaves > qty ? 'REDUCE' : 'KEEP';
}
