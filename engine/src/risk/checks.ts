import { atomsToDouble, parseAtoms } from '@tradetail/core/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { moneyTickLots, wholeLots } from '../market/lots.ts';
import { balance } from './balance.ts';
import { cancelRate } from './cancel-rate.ts';
import type { RiskCheck } from './check.ts';
import type { RiskConfig } from './config.ts';
import { duplicate } from './duplicate.ts';
import { maxDailyLoss } from './max-daily-loss.ts';
import { maxDrawdown } from './max-drawdown.ts';
import { maxOpenOrders } from './max-open-orders.ts';
import { maxOrderNotional } from './max-order-notional.ts';
import { maxOrderQty } from './max-order-qty.ts';
import { maxPosition } from './max-position.ts';
import { orderRate } from './order-rate.ts';
import { priceBand } from './price-band.ts';
import { selfCross } from './self-cross.ts';
import { staleMd } from './stale-md.ts';
import { venueFilter } from './venue-filter.ts';

/** Every check, in the order in which an order is held against them: what is broken before what is too much. */
export function riskChecks(
  config: RiskConfig,
  instruments: readonly Instrument[],
): readonly RiskCheck[] {
  const double = (text: string): number => atomsToDouble(parseAtoms(text));
  const tickLots = (notional: string): number[] =>
    instruments.map((one) => Number(moneyTickLots(notional, one)));
  return [
    staleMd(config.stale_md_ms),
    duplicate,
    venueFilter(instruments),
    priceBand(config.price_band_ratio),
    maxOrderQty(instruments.map((one) => maxLots(config, one))),
    maxOrderNotional(double(config.max_order_notional), tickLots(config.max_order_notional)),
    selfCross,
    maxDailyLoss(double(config.max_daily_loss)),
    maxDrawdown(config.max_drawdown_ratio),
    maxPosition(double(config.max_position_notional), tickLots(config.max_position_notional)),
    balance(instruments.map((one) => double(one.lotSize))),
    maxOpenOrders(config.max_open_orders),
    orderRate,
    cancelRate,
  ];
}

function maxLots(
  { max_order_qty }: RiskConfig,
  { symbol, maxQty = NaN, lotSize }: Instrument,
): number {
  const text = max_order_qty[symbol];
  return text === undefined ? maxQty : wholeLots(`risk.max_order_qty.${symbol}`, text, lotSize);
}
