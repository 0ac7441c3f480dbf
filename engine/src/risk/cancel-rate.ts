import type { RiskCheck } from './check.ts';

/**
 * Cancels themselves are never refused, for they are what makes things safe. Instead no quote goes
 * out that could not be moved again: orders that end by themselves are not concerned.
 */
export const cancelRate: RiskCheck = {
  name: 'CANCEL_RATE',
  gradual: true,
  allows(order, world, measure) {
    measure.value = world.cancelRate.used(world.nowNs) + 1;
    measure.limit = world.cancelRate.max;
    return measure.value <= measure.limit || order.intent !== 'QUOTE';
  },
  standing(_strategy, _instrument, world, measure) {
    measure.value = world.cancelRate.used(world.nowNs);
    measure.limit = world.cancelRate.max;
  },
};
