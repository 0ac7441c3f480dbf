import type { RiskCheck } from './check.ts';

/** Value and limit in ms. @param limitMs age of the market data past which nothing goes out */
export function staleMd(limitMs: number): RiskCheck {
  return {
    name: 'STALE_MD',
    gradual: true,
    allows(order, world, measure) {
      measure.value = world.marketAgeNs(order.instrument) / 1e6;
      measure.limit = limitMs;
      return measure.value <= limitMs;
    },
    standing(_strategy, instrument, world, measure) {
      measure.value = world.marketAgeNs(instrument) / 1e6;
      measure.limit = limitMs;
    },
  };
}
