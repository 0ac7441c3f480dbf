import { countedPx, type RiskCheck } from './check.ts';

/** @param limit quote */
export function maxOrderNotional(limit: number): RiskCheck {
  return {
    name: 'MAX_ORDER_NOTIONAL',
    gradual: true,
    allows(order, world, measure) {
      measure.value = countedPx(order, world) * order.qty * world.tickLotValue(order.instrument);
      measure.limit = limit;
      return measure.value <= limit;
    },
  };
}
