/** Which orders are open: submitted and not terminal. Terminal is for good, whatever comes late. */
import { TERMINAL_STATUSES } from '@tradetail/core/events/catalogue.ts';
import { IdHash } from '../decode/id-hash.ts';
import { join } from './engine-state.ts';
import { addId, hasId } from './id-table.ts';
import type { Holding, Order, RunState } from './run-state.ts';

const OPEN_MAX = 100_000;

const NO_SEED = { lo: 0x1b873593, hi: 0x19d699a5 };

/** Hashes of ids that are unique in a market begin with this. */
export function marketSeed(venue: string, symbol: string): IdHash {
  const seed = new IdHash();
  seed.takeText(join(venue, symbol), NO_SEED);
  return seed;
}

/** What a line or a snapshot says of an order. */
export interface OrderReport {
  /** Hash of its venue, symbol and id. */
  readonly hash: IdHash;
  readonly status: string;
  readonly side: string | undefined;
  readonly px: number | undefined;
  readonly leavesQty: number | undefined;
  /** As a label. */
  readonly orderId: () => string;
}

/** @param isSubmission order.submitted, or an order that a snapshot names */
export function followOrder(
  run: RunState,
  holding: Holding,
  report: OrderReport,
  isSubmission: boolean,
  isLate: boolean,
): void {
  const { key, lo, hi } = report.hash;
  const { status, side, px, leavesQty } = report;
  const order = run.orders.get(key);
  if (TERMINAL_STATUSES.has(status)) {
    if (order !== undefined) close(run, key, order);
    addId(run.closedOrders, lo, hi);
    return;
  }
  if (order === undefined) {
    if (!isSubmission || run.orders.size >= OPEN_MAX) return;
    if (isLate && hasId(run.closedOrders, lo, hi)) return;
    const { strategy, venue, symbol } = holding;
    const orderId = report.orderId();
    run.orders.set(key, { strategy, venue, symbol, orderId, holding, status, side, px, leavesQty });
    holding.openOrders += 1;
  } else if (!isLate) {
    order.status = status;
    order.side = side;
    order.px = px;
    order.leavesQty = leavesQty;
  }
}

function close(run: RunState, key: number, order: Order): void {
  run.orders.delete(key);
  order.holding.openOrders -= 1;
}

export function closeAllOrders(run: RunState): void {
  for (const [key, order] of [...run.orders]) close(run, key, order);
}
