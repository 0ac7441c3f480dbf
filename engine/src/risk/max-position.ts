import { BUY, SELL } from '../market/side.ts';
import { reduces, type RiskCheck } from './check.ts';

/**
 * The position at its worst: every open order of the side filled, this one too, at the mid. An order
 * that only reduces always goes.
 *
 * @param limit quote
 * @param limitTickLots the same by instrument in ticks × lots, which is what is compared: exact
 */
export function maxPosition(limit: number, limitTickLots: readonly number[]): RiskCheck {
  return {
    name: 'MAX_POSITION',
    gradual: true,
    allows(order, world, measure) {
      const { strategy, instrument, side } = order;
      const worst =
        world.position(strategy, instrument) * side +
        world.openQty(strategy, instrument, side) +
        order.qty;
      const tickLots = Math.abs(worst) * world.mid(instrument);
      measure.value = tickLots * world.tickLotValue(instrument);
      measure.limit = limit;
      return tickLots <= limitTickLots[instrument]! || reduces(order, world);
    },
    standing(strategy, instrument, world, measure) {
      const position = world.position(strategy, instrument);
      const long = position + world.openQty(strategy, instrument, BUY);
      const short = -position + world.openQty(strategy, instrument, SELL);
      measure.value =
        Math.max(long, short, 0) * world.mid(instrument) * world.tickLotValue(instrument);
      measure.limit = limit;
    },
  };
}
