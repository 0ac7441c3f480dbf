import type { RiskCheck } from './check.ts';

/** @param limit largest |px − mid| / mid; a market order has no price to be wrong */
export function priceBand(limit: number): RiskCheck {
  return {
    name: 'PRICE_BAND',
    gradual: true,
    allows(order, world, measure) {
      const mid = world.mid(order.instrument);
      measure.value = Number.isNaN(order.px) ? 0 : Math.abs(order.px - mid) / mid;
      measure.limit = limit;
      return measure.value <= limit;
    },
  };
}
