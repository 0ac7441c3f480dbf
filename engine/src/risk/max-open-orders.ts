import { reduces, type RiskCheck } from './check.ts';

export function maxOpenOrders(limit: number): RiskCheck {
  return {
    name: 'MAX_OPEN_ORDERS',
    gradual: true,
    allows(order, world, measure) {
      measure.value = world.openOrders(order.strategy) + 1;
      measure.limit = limit;
      return measure.value <= limit || (order.intent !== 'QUOTE' && reduces(order, world));
    },
    standing(strategy, _instrument, world, measure) {
      measure.value = world.openOrders(strategy);
      measure.limit = limit;
    },
  };
}
