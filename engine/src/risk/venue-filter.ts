import type { Instrument } from '../market/instrument.ts';
import { moneyTickLots } from '../market/lots.ts';
import { countedPx, type RiskCheck } from './check.ts';

/**
 * What the venue would refuse anyway: no whole positive ticks and lots, too small, too large. Value
 * and limit in lots, or in ticks × lots for the notional.
 */
export function venueFilter(instruments: readonly Instrument[]): RiskCheck {
  const notionalsMin = instruments.map((one) =>
    Number(moneyTickLots(one.minNotional ?? '0', one, 'UP')),
  );
  return {
    name: 'VENUE_FILTER',
    gradual: false,
    allows(order, world, measure) {
      const { minQty, maxQty = Infinity } = instruments[order.instrument]!;
      const notional = countedPx(order, world) * order.qty;
      measure.value = order.qty;
      measure.limit = order.qty < minQty ? minQty : maxQty;
      if (!Number.isSafeInteger(order.qty) || order.qty < Math.max(1, minQty) || order.qty > maxQty)
        return false;
      measure.value = notional;
      measure.limit = notionalsMin[order.instrument]!;
      if (notional < measure.limit) return false;
      measure.value = order.px;
      measure.limit = 1;
      return Number.isNaN(order.px) || (Number.isSafeInteger(order.px) && order.px >= 1);
    },
  };
}
