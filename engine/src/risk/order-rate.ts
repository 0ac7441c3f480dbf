import type { RiskCheck } from './check.ts';

/** Orders of the whole engine: it is the account that a venue counts. */
export const orderRate: RiskCheck = {
  name: 'ORDER_RATE',
  gradual: true,
  allows(_order, world, measure) {
    measure.value = world.orderRate.used(world.nowNs) + 1;
    measure.limit = world.orderRate.max;
    return measure.value <= measure.limit;
  },
  standing(_strategy, _instrument, world, measure) {
    measure.value = world.orderRate.used(world.nowNs);
    measure.limit = world.orderRate.max;
  },
};
