/** One order from its submission to its end, as the report needs it. */
import { TERMINAL_STATUSES } from '@tradetail/core/events/catalogue.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { AT, type Fields } from '../decode/fields.ts';
import { label } from '../fold/label.ts';
import type { LineText } from './line-text.ts';

/** @template K what is kept of its strategy and market */
export interface OrderRecord<K = unknown> {
  /** Hash of its venue, symbol and id. */
  readonly hash: number;
  readonly key: K;
  readonly clOrdId: string;
  orderId: string;
  readonly submitted: Instant;
  /** +1 buy, −1 sell. */
  readonly direction: number;
  readonly intent: string;
  readonly ordType: string;
  readonly tif: string;
  readonly isPostOnly: boolean;
  px: number | undefined;
  qty: number | undefined;
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
  acceptedAt: Instant | undefined;
  firstFillAt: Instant | undefined;
  endedAt: Instant | undefined;
  reason: string;
}

export const secondsBetween = (from: Instant, to: Instant): number =>
  ((to.seconds - from.seconds) * 1e9 + (to.nanos - from.nanos)) / 1e9;

/** Rounded once, so that a CSV shows no noise. */
export const millisBetween = (from: Instant, to: Instant): number =>
  ((to.seconds - from.seconds) * 1e9 + (to.nanos - from.nanos)) / 1e6;

/**
 * @param fields of order.submitted
 * @param mid the last usable book's, for a log without reference prices
 * @param tickSize NaN where it is not known
 */
export function newOrder<K>(
  key: K,
  hash: number,
  fields: Fields,
  text: LineText,
  submitted: Instant,
  mid: number | undefined,
  tickSize: number,
): OrderRecord<K> {
  const direction = fields.word(AT.side) === 'BUY' ? 1 : -1;
  const bid = text.decimal('ref_bid');
  const ask = text.decimal('ref_ask');
  const px = fields.double(AT.px);
  const best = direction > 0 ? bid : ask;
  const level = Math.round((direction * (best - (px ?? NaN))) / tickSize);
  return {
    hash,
    key,
    clOrdId: label(fields.text(AT.cl_ord_id)),
    orderId: text.word('order_id'),
    submitted,
    direction,
    intent: text.term('intent'),
    ordType: text.term('ord_type'),
    tif: text.term('tif'),
    isPostOnly: text.isTrue('post_only'),
    px,
    qty: fields.double(AT.qty),
    level: Number.isFinite(level) ? level : undefined,
    status: label(fields.word(AT.ord_status)),
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
export function follow(
  order: OrderRecord,
  event: string,
  fields: Fields,
  text: LineText,
  at: Instant,
  mid: number | undefined,
): void {
  order.status = label(fields.word(AT.ord_status));
  if (order.orderId === '') order.orderId = text.word('order_id');
  switch (event) {
    case 'order.accepted':
      order.acceptedAt ??= at;
      order.arrivalMid ??= mid;
      break;
    case 'order.replaced': {
      order.replaced += 1;
      order.px = fields.double(AT.px);
      const qty = text.decimal('qty');
      if (!Number.isNaN(qty)) order.qty = qty;
      break;
    }
    case 'order.canceled': {
      const reason = text.term('reason');
      if (reason !== '') order.reason = reason;
      break;
    }
    case 'order.cancel_requested':
      order.reason = text.term('reason');
      break;
    case 'order.rejected':
      order.reason = label(fields.word(AT.code));
      break;
    case 'order.expired':
      order.reason = text.term('expiry_reason');
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
  fill: { px: number; qty: number; isMaker: boolean; fee: number | undefined; at: Instant },
): void {
  order.fills += 1;
  order.filled += fill.qty;
  order.filledValue += fill.qty * fill.px;
  if (fill.isMaker) order.makerFilled += fill.qty;
  if (fill.fee === undefined) order.feesKnown = false;
  else order.fees += fill.fee;
  order.firstFillAt ??= fill.at;
}
