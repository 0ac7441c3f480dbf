import { expect, test } from 'vitest';
import { BUY } from '../../src/market/side.ts';
import { createOrder, type Order } from '../../src/order/order.ts';
import { planQuote } from '../../src/order/quote-plan.ts';

const rules = { requoteTicks: 2, requoteQtyRatio: 0.5, requoteIntervalNs: 100 };

/** A live quote for 10 lots at 100. */
function live(change: Partial<Order> = {}): Order {
  const order = createOrder({
    clOrdId: 'mm-1',
    strategy: 0,
    instrument: 0,
    side: BUY,
    ordType: 'LIMIT',
    tif: 'GTC',
    postOnly: true,
    intent: 'QUOTE',
    px: 100,
    qty: 10,
  });
  return Object.assign(order, { sent: true, accepted: true }, change);
}

test.each([
  ['no order and a target', undefined, 100, 10, 0, 'NEW'],
  ['no order and no target', undefined, NaN, 0, 0, 'KEEP'],
  ['an order that has ended and a target', live({ end: 'CANCELED' }), 100, 10, 0, 'NEW'],
  ['the same price and quantity', live(), 100, 10, 999, 'KEEP'],
  ['a price within the hysteresis', live(), 101, 10, 999, 'KEEP'],
  ['a price beyond it', live(), 102, 10, 999, 'CANCEL'],
  ['a price beyond it, too soon', live(), 102, 10, 99, 'KEEP'],
  ['less quantity wanted', live(), 100, 4, 0, 'REDUCE'],
  ['a part fill that leaves at least half', live({ cumQty: 5 }), 100, 10, 999, 'KEEP'],
  ['a part fill that leaves less', live({ cumQty: 6 }), 100, 10, 999, 'CANCEL'],
  ['no target', live(), NaN, 0, 0, 'CANCEL'],
  ['no target and an order on its way', live({ accepted: false }), NaN, 0, 0, 'CANCEL'],
  ['an order on its way and another price', live({ accepted: false }), 150, 10, 999, 'KEEP'],
  ['a cancel on its way', live({ cancelPending: true }), NaN, 0, 999, 'KEEP'],
  ['a replace on its way', live({ replacePending: { px: 100, qty: 5 } }), 150, 10, 999, 'KEEP'],
  ['an unknown order', live({ unknown: true }), NaN, 0, 999, 'KEEP'],
] as const)('%s', (_when, order, px, qty, ageNs, action) => {
  expect(planQuote(order, px, qty, ageNs, rules)).toBe(action);
});
