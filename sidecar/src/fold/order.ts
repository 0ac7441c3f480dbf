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
  status: string;
  side: string | undefined;
  /** NaN where it is not given. */
  px: number;
  leavesQty: number;
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
  const { lo, hi } = report.hash;
  const { status, side, px, leavesQty } = report;
  let order = run.orders.get(lo);
  while (order !== undefined && order.hi !== hi) order = order.next;
  if (TERMINAL_STATUSES.has(status)) {
    if (order !== undefined) close(run, lo, order);
    addId(run.closedOrders, lo, hi);
    return;
  }
  if (order === undefined) {
    if (!isSubmission || run.orders.size >= OPEN_MAX) return;
    if (isLate && hasId(run.closedOrders, lo, hi)) return;
    const orderId = report.orderId();
    const next = run.orders.get(lo);
    run.orders.set(lo, { orderId, hi, next, holding, status, side, px, leavesQty });
    holding.openOrders += 1;
  } else if (!isLate) {
    order.status = status;
    order.side = side;
    order.px = px;
    order.leavesQty = leavesQty;
  }
}

function close(run: RunState, lo: number, order: Order): void {
  order.holding.openOrders -= 1;
  const first = run.orders.get(lo)!;
  if (first !== order) {
    let before = first;
    while (before.next !== order) before = before.next!;
    before.next = order.next;
  } else if (order.next === undefined) run.orders.delete(lo);
  else run.orders.set(lo, order.next);
}

/** @returns the open orders, those that were submitted first as a rule first */
export function openOrders(run: RunState): Order[] {
  const orders: Order[] = [];
  for (const first of run.orders.values())
    for (let order: Order | undefined = first; order !== undefined; order = order.next)
      orders.push(order);
  return orders;
}

export function closeAllOrders(run: RunState): void {
  for (const { holding } of openOrders(run)) holding.openOrders -= 1;
  run.orders.clear();
}
