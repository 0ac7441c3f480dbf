import { countedPx, type RiskCheck } from './check.ts';

/**
 * @param limit quote
 * @param limitTickLots the same by instrument in ticks × lots, which is what is compared: exact
 */
export function maxOrderNotional(limit: number, limitTickLots: readonly number[]): RiskCheck {
  return {
    name: 'MAX_ORDER_NOTIONAL',
    gradual: true,
    allows(order, world, measure) {
      const tickLots = countedPx(order, world) * order.qty;
      measure.value = tickLots * world.tickLotValue(order.instrument);
      measure.limit = limit;
      return tickLots <= limitTickLots[order.instrument]!;
    },
  };
}
