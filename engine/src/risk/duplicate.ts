import type { RiskCheck } from './check.ts';

/** The same order again while the first is not yet answered, or an id that was used before. */
export const duplicate: RiskCheck = {
  name: 'DUPLICATE',
  gradual: false,
  allows(order, world, measure) {
    const repeated = world.isRepetition(order);
    measure.value = repeated ? 2 : 1;
    measure.limit = 1;
    return !repeated;
  },
};
