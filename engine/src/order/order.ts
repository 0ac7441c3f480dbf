/**
 * The life of an order, as one idempotent reducer over what the venue says.
 *
 * Reports come late, twice, in any order. So an order keeps *facts* (it was accepted; these fills,
 * by execution id; how it ended; a cancel is awaited) that each report can only add to, and its
 * status is read off the facts. Two reports then give the same status whichever comes first, and one
 * that comes again changes nothing:
 *
 * | status | is the first of these that holds |
 * |---|---|
 * | FILLED | the fills make up the quantity: a fill wins over everything, also after a cancel |
 * | DENIED, REJECTED, CANCELED, EXPIRED | it ended so; the first end stays |
 * | UNKNOWN | an answer did not come in time and the venue has been asked |
 * | PENDING_CANCEL, PENDING_REPLACE | a cancel, a replace is awaited |
 * | PARTIALLY_FILLED, NEW | it has fills; it was accepted |
 * | PENDING_NEW, CREATED | it was sent; it was not |
 */
import type { OrderStatus } from '@tradetail/core/events/catalogue.ts';
import type { Side } from '../market/side.ts';
import type { Fill, OrdType, Report, Tif } from '../venue/venue.ts';

export type Intent = 'QUOTE' | 'TAKE' | 'EXIT' | 'FLATTEN';

export interface OrderSpec {
  readonly clOrdId: string;
  readonly strategy: number;
  readonly instrument: number;
  readonly side: Side;
  readonly ordType: OrdType;
  readonly tif: Tif;
  readonly postOnly: boolean;
  readonly intent: Intent;
  /** Ticks; NaN for a market order. */
  readonly px: number;
  /** Lots. */
  readonly qty: number;
}

export interface Order extends Omit<OrderSpec, 'px' | 'qty'> {
  px: number;
  qty: number;
  orderId: string | undefined;
  sent: boolean;
  accepted: boolean;
  readonly execIds: Set<string>;
  cumQty: number;
  end: 'DENIED' | 'REJECTED' | 'CANCELED' | 'EXPIRED' | undefined;
  cancelPending: boolean;
  replacePending: { readonly px: number; readonly qty: number } | undefined;
  unknown: boolean;
}

export type OrderReport = Exclude<
  Report,
  { readonly kind: 'BALANCES' | 'CONNECTED' | 'DISCONNECTED' }
>;

/** One thing that a report has changed. RESOLVED ends UNKNOWN; REVIVED: it lives although it was taken for ended. */
export type Change =
  | 'ACCEPTED'
  | 'REJECTED'
  | 'CANCELED'
  | 'EXPIRED'
  | 'CANCEL_REJECTED'
  | 'REPLACED'
  | 'FILLED'
  | 'RESOLVED'
  | 'REVIVED';

export function createOrder(spec: OrderSpec): Order {
  // Field by field: a spread costs microseconds, and this is on the way from tick to trade.
  return {
    clOrdId: spec.clOrdId,
    strategy: spec.strategy,
    instrument: spec.instrument,
    side: spec.side,
    ordType: spec.ordType,
    tif: spec.tif,
    postOnly: spec.postOnly,
    intent: spec.intent,
    px: spec.px,
    qty: spec.qty,
    orderId: undefined,
    sent: false,
    accepted: false,
    execIds: new Set(),
    cumQty: 0,
    end: undefined,
    cancelPending: false,
    replacePending: undefined,
    unknown: false,
  };
}

export function ordStatus(order: Order): OrderStatus {
  if (order.cumQty >= order.qty) return 'FILLED';
  if (order.end !== undefined) return order.end;
  if (order.unknown) return 'UNKNOWN';
  if (order.cancelPending) return 'PENDING_CANCEL';
  if (order.replacePending !== undefined) return 'PENDING_REPLACE';
  if (order.cumQty > 0) return 'PARTIALLY_FILLED';
  if (order.accepted) return 'NEW';
  return order.sent ? 'PENDING_NEW' : 'CREATED';
}

export function isOpen(order: Order): boolean {
  return order.end === undefined && order.cumQty < order.qty;
}

/** @returns lots that can still fill, 0 once it is terminal */
export function leavesQty(order: Order): number {
  return isOpen(order) ? order.qty - order.cumQty : 0;
}

/** @returns whether an answer of the venue is due */
export function awaits(order: Order): boolean {
  return (
    isOpen(order) && (!order.accepted || order.cancelPending || order.replacePending !== undefined)
  );
}

/**
 * @param told called after each change, while the order is as that change left it; `late` for a fill
 *   after the end
 */
export function applyReport(
  order: Order,
  report: OrderReport,
  told: (change: Change, fill?: Fill, late?: boolean) => void,
): void {
  switch (report.kind) {
    case 'ACCEPTED':
      accept(order, report.orderId, told);
      break;
    case 'REJECTED':
    case 'CANCELED':
    case 'EXPIRED':
      end(order, report.kind, told);
      break;
    case 'CANCEL_REJECTED':
      if (!order.cancelPending && order.replacePending === undefined) break;
      order.cancelPending = false;
      order.replacePending = undefined;
      told('CANCEL_REJECTED');
      break;
    case 'REPLACED': {
      const asked = order.replacePending;
      if (asked === undefined || asked.px !== report.px || asked.qty !== report.qty) break;
      order.replacePending = undefined;
      order.px = asked.px;
      order.qty = asked.qty;
      told('REPLACED');
      break;
    }
    case 'FILLED':
      fill(order, report, told);
      break;
    case 'STATUS':
      resolve(order, report, told);
      break;
  }
  if (order.unknown && !awaits(order)) {
    order.unknown = false;
    told('RESOLVED');
  }
}

type Told = Parameters<typeof applyReport>[2];

function accept(order: Order, orderId: string | undefined, told: Told): void {
  order.orderId ??= orderId;
  if (order.accepted) return;
  order.accepted = true;
  told('ACCEPTED');
  if (order.end === 'REJECTED') told('REVIVED');
}

function end(order: Order, how: 'REJECTED' | 'CANCELED' | 'EXPIRED', told: Told): void {
  order.cancelPending = false;
  if (!isOpen(order)) return;
  order.end = how;
  told(how);
}

function fill(order: Order, one: Fill, told: Told): void {
  if (order.execIds.has(one.execId)) return;
  const late = order.end !== undefined;
  order.execIds.add(one.execId);
  order.cumQty += one.qty;
  if (order.cumQty >= order.qty) order.cancelPending = false;
  told('FILLED', one, late);
}

/** The answer to a query. It ends whatever was awaited: the venue has said how things stand. */
function resolve(order: Order, report: OrderReport & { kind: 'STATUS' }, told: Told): void {
  if (report.found && report.ordStatus !== 'REJECTED') accept(order, report.orderId, told);
  for (const one of report.fills ?? []) fill(order, one, told);
  if (order.unknown) {
    order.cancelPending = false;
    order.replacePending = undefined;
  }
  // An order that the venue had and has no longer was canceled; one that it never had was not taken.
  if (!report.found) end(order, order.accepted || order.cumQty > 0 ? 'CANCELED' : 'REJECTED', told);
  else if (
    report.ordStatus === 'CANCELED' ||
    report.ordStatus === 'EXPIRED' ||
    report.ordStatus === 'REJECTED'
  )
    end(order, report.ordStatus, told);
}
