import { reduces, type RiskCheck } from './check.ts';

/** @param limit fraction of the equity's peak; past it only orders that reduce go out */
export function maxDrawdown(limit: number): RiskCheck {
  return {
    name: 'MAX_DRAWDOWN',
    gradual: true,
    allows(order, world, measure) {
      measure.value = world.drawdown(order.strategy);
      measure.limit = limit;
      return measure.value < limit || reduces(order, world);
    },
    standing(strategy, _instrument, world, measure) {
      measure.value = world.drawdown(strategy);
      measure.limit = limit;
    },
  };
}
