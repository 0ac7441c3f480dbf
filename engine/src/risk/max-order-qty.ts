import type { RiskCheck } from './check.ts';

/** @param limits lots by instrument, NaN for none */
export function maxOrderQty(limits: readonly number[]): RiskCheck {
  return {
    name: 'MAX_ORDER_QTY',
    gradual: true,
    allows(order, _world, measure) {
      measure.value = order.qty;
      measure.limit = limits[order.instrument]!;
      return !(measure.value > measure.limit);
    },
  };
}
