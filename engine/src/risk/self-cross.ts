import type { Side } from '../market/side.ts';
import type { RiskCheck } from './check.ts';

/** An order that would meet one of our own, of whichever strategy. The limit is our own price, in ticks. */
export const selfCross: RiskCheck = {
  name: 'SELF_CROSS',
  gradual: false,
  allows(order, world, measure) {
    const own = world.ownBest(order.instrument, -order.side as Side);
    measure.value = order.px;
    measure.limit = own;
    if (Number.isNaN(own)) return true;
    return !Number.isNaN(order.px) && order.side * (own - order.px) > 0;
  },
};
