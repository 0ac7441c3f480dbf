import { BUY } from '../market/side.ts';
import { countedPx, type RiskCheck } from './check.ts';

/** What a spot order needs against what is free: quote for a buy, base for a sell, fee aside. */
export function balance(lotSizes: readonly number[]): RiskCheck {
  return {
    name: 'BALANCE',
    gradual: true,
    allows(order, world, measure) {
      const { base, quote, multiplier } = world.instruments[order.instrument]!;
      const buys = order.side === BUY;
      measure.limit = multiplier === '1' ? world.free(buys ? quote : base) : NaN;
      measure.value = buys
        ? countedPx(order, world) * order.qty * world.tickLotValue(order.instrument)
        : order.qty * lotSizes[order.instrument]!;
      return !(measure.value > measure.limit);
    },
  };
}
