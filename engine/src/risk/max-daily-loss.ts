import { reduces, type RiskCheck } from './check.ts';

/**
 * Past it only orders that reduce go out: a loss must not lock a position in.
 *
 * @param limit capital currency
 */
export function maxDailyLoss(limit: number): RiskCheck {
  return {
    name: 'MAX_DAILY_LOSS',
    gradual: true,
    allows(order, world, measure) {
      measure.value = world.dailyLoss(order.strategy);
      measure.limit = limit;
      return measure.value < limit || reduces(order, world);
    },
    standing(strategy, _instrument, world, measure) {
      measure.value = world.dailyLoss(strategy);
      measure.limit = limit;
    },
  };
}
