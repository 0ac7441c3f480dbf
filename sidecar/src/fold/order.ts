/** Which orders are open: submitted and not terminal. Terminal is for good, whatever comes late. */
import type { Json } from '@tradetail/core/events/check.ts';
import { TERMINAL_STATUSES } from '@tradetail/core/events/catalogue.ts';
import { join } from './engine-state.ts';
import { label } from './label.ts';
import type { Holding, Order, RunState } from './run-state.ts';

const OPEN_MAX = 100_000;
const CLOSED_MAX = 100_000;

/** @param isSubmission order.submitted, or an order that a snapshot names */
export function followOrder(
  run: RunState,
  holding: Holding,
  line: Json,
  isSubmission: boolean,
  isLate: boolean,
): void {
  const orderId = label(line['cl_ord_id'] as string);
  const id = join(holding.venue, holding.symbol, orderId);
  const status = line['ord_status'] as string;
  const order = run.orders.get(id);
  if (TERMINAL_STATUSES.has(status)) {
    if (order !== undefined) close(run, id, order);
    rememberClosed(run, id);
    return;
  }
  if (order === undefined) {
    if (!isSubmission || (isLate && run.closedOrders.has(id)) || run.orders.size >= OPEN_MAX)
      return;
    run.closedOrders.delete(id);
    const { strategy, venue, symbol } = holding;
    run.orders.set(id, { strategy, venue, symbol, orderId, holding, status, ...terms(line) });
    holding.openOrders += 1;
  } else if (!isLate) Object.assign(order, { status }, terms(line));
}

/** What the view shows of an order; the log may have it wrong. */
function terms(line: Json): Pick<Order, 'side' | 'px' | 'leavesQty'> {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? value.slice(0, 40) : undefined;
  return { side: text(line['side']), px: text(line['px']), leavesQty: text(line['leaves_qty']) };
}

function close(run: RunState, id: string, order: Order): void {
  run.orders.delete(id);
  order.holding.openOrders -= 1;
}

function rememberClosed(run: RunState, id: string): void {
  run.closedOrders.add(id);
  if (run.closedOrders.size > CLOSED_MAX) {
    const [oldest] = run.closedOrders;
    run.closedOrders.delete(oldest!);
  }
}

export function closeAllOrders(run: RunState): void {
  for (const [id, order] of [...run.orders]) close(run, id, order);
}
