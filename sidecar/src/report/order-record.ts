/** One order from its submission to its end, as the report needs it. */
import { TERMINAL_STATUSES } from '@tradetail/core/events/catalogue.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { label } from '../fold/label.ts';

export interface Time {
  readonly seconds: number;
  readonly nanos: number;
  readonly text: string;
}

export interface OrderRecord {
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
  readonly clOrdId: string;
  orderId: string;
  readonly submitted: Time;
  /** +1 buy, −1 sell. */
  readonly direction: number;
  readonly intent: string;
  readonly ordType: string;
  readonly tif: string;
  readonly isPostOnly: boolean;
  px: string;
  qty: string;
  /** How many ticks behind the best price of its side it was placed; below 0 inside the spread. */
  readonly level: number | undefined;
  status: string;
  filled: number;
  filledValue: number;
  makerFilled: number;
  fees: number;
  feesKnown: boolean;
  fills: number;
  replaced: number;
  /** Mids: at the decision, when the venue had it, when it ended. */
  readonly decisionMid: number | undefined;
  arrivalMid: number | undefined;
  endMid: number | undefined;
  acceptedAt: Time | undefined;
  firstFillAt: Time | undefined;
  endedAt: Time | undefined;
  reason: string;
}

export const secondsBetween = (from: Time, to: Time): number =>
  ((to.seconds - from.seconds) * 1e9 + (to.nanos - from.nanos)) / 1e9;

/** Rounded once, so that a CSV shows no noise. */
export const millisBetween = (from: Time, to: Time): number =>
  ((to.seconds - from.seconds) * 1e9 + (to.nanos - from.nanos)) / 1e6;

/** The log's decimals, as numbers; what is none is NaN. */
export const numberOf = (value: unknown): number =>
  typeof value === 'string' ? Number(value) : NaN;

export const textOf = (value: unknown): string =>
  typeof value === 'string' ? label(value) : typeof value === 'number' ? String(value) : '';

/**
 * @param mid the last usable book's, for a log without reference prices
 * @param tickSize NaN where it is not known
 */
export function newOrder(
  line: Json,
  submitted: Time,
  mid: number | undefined,
  tickSize: number,
): OrderRecord {
  const direction = line['side'] === 'BUY' ? 1 : -1;
  const bid = numberOf(line['ref_bid']);
  const ask = numberOf(line['ref_ask']);
  const px = numberOf(line['px']);
  const best = direction > 0 ? bid : ask;
  const level = Math.round((direction * (best - px)) / tickSize);
  return {
    strategy: textOf(line['strategy']),
    venue: textOf(line['venue']),
    symbol: textOf(line['symbol']),
    clOrdId: textOf(line['cl_ord_id']),
    orderId: textOf(line['order_id']),
    submitted,
    direction,
    intent: textOf(line['intent']),
    ordType: textOf(line['ord_type']),
    tif: textOf(line['tif']),
    isPostOnly: line['post_only'] === true,
    px: textOf(line['px']),
    qty: line['qty'] as string,
    level: Number.isFinite(level) ? level : undefined,
    status: textOf(line['ord_status']),
    filled: 0,
    filledValue: 0,
    makerFilled: 0,
    fees: 0,
    feesKnown: true,
    fills: 0,
    replaced: 0,
    decisionMid: bid > 0 && ask > bid ? (bid + ask) / 2 : mid,
    arrivalMid: undefined,
    endMid: undefined,
    acceptedAt: undefined,
    firstFillAt: undefined,
    endedAt: undefined,
    reason: '',
  };
}

/** Takes what any event of an order says of it. */
export function follow(order: OrderRecord, line: Json, at: Time, mid: number | undefined): void {
  const event = line['event'] as string;
  order.status = textOf(line['ord_status']);
  if (order.orderId === '') order.orderId = textOf(line['order_id']);
  switch (event) {
    case 'order.accepted':
      order.acceptedAt ??= at;
      order.arrivalMid ??= mid;
      break;
    case 'order.replaced':
      order.replaced += 1;
      order.px = textOf(line['px']);
      if (typeof line['qty'] === 'string') order.qty = textOf(line['qty']);
      break;
    case 'order.canceled':
      if (line['reason'] !== undefined || order.reason === '')
        order.reason = textOf(line['reason']);
      break;
    case 'order.cancel_requested':
      order.reason = textOf(line['reason']);
      break;
    case 'order.rejected':
      order.reason = textOf(line['code']);
      break;
    case 'order.expired':
      order.reason = textOf(line['expiry_reason']);
      break;
    default:
  }
  if (TERMINAL_STATUSES.has(order.status)) {
    order.endedAt ??= at;
    order.endMid ??= mid;
  }
}

/** @param fee in quote; undefined where it cannot be converted */
export function addFill(
  order: OrderRecord,
  fill: { px: number; qty: number; isMaker: boolean; fee: number | undefined; at: Time },
): void {
  order.fills += 1;
  order.filled += fill.qty;
  order.filledValue += fill.qty * fill.px;
  if (fill.isMaker) order.makerFilled += fill.qty;
  if (fill.fee === undefined) order.feesKnown = false;
  else order.fees += fill.fee;
  order.firstFillAt ??= fill.at;
}
