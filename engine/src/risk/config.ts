import { z } from 'zod';
import { ATOM_DIGITS, formatScaled, isDecimal, parseAtoms } from '@tradetail/core/decimal.ts';

/** A decimal text above zero. */
const amount = z
  .string()
  .refine(
    (text) => isDecimal(text) && parseAtoms(text) > 0n,
    'wants a decimal above 0 in quotes, like "1000"',
  );
const count = z.int().positive();
const ratio = z.number().positive().max(1);

/** One limit for each check; per strategy and instrument unless it says otherwise. */
export const riskConfig = z
  .strictObject({
    max_order_qty: z
      .record(z.string(), amount)
      .default({})
      .describe("Largest order in base by symbol; the venue's own maximum where absent"),
    max_order_notional: amount.default('5000').describe('Largest order in quote'),
    max_position_notional: amount
      .default('20000')
      .describe('Largest position in quote at the mid, every open order of one side filled'),
    max_open_orders: count.default(20).describe('Open orders of a strategy, over all instruments'),
    max_daily_loss: amount
      .default('2000')
      .describe(
        'Loss of a strategy since midnight UTC, in its capital currency, at which only reducing orders go out',
      ),
    max_drawdown_ratio: ratio
      .default(0.05)
      .describe('Drawdown of a strategy from its peak at which only reducing orders go out'),
    halt_factor: z
      .number()
      .min(1)
      .default(1.5)
      .describe('Loss or drawdown beyond its limit times this halts the engine'),
    flatten: z
      .boolean()
      .default(false)
      .describe('Positions are closed at market when only reducing orders go out'),
    order_rate_max: count.default(300).describe('Orders of the engine in rate_window_ms'),
    cancel_rate_max: count
      .default(300)
      .describe('Cancels of the engine in rate_window_ms; cancels for safety always go out'),
    rate_window_ms: count.default(10_000).describe('Window of both rates'),
    price_band_ratio: ratio
      .default(0.02)
      .describe('Largest distance of a limit price from the mid'),
    live_limited_factor: ratio
      .default(0.1)
      .describe(
        'Mode LIVE_LIMITED: limits on notional, position, daily loss and drawdown are those above times this',
      ),
    stale_md_ms: count.default(5_000).describe('Age of market data past which nothing is traded'),
  })
  .prefault({});

export type RiskConfig = z.infer<typeof riskConfig>;

/** @returns the limits in LIVE_LIMITED: what may be at stake is less, all else is as in LIVE */
export function reduced(config: RiskConfig): RiskConfig {
  const millionths = BigInt(Math.round(config.live_limited_factor * 1e6));
  const part = (money: string): string =>
    formatScaled((parseAtoms(money) * millionths) / 1_000_000n, ATOM_DIGITS);
  return {
    ...config,
    max_order_notional: part(config.max_order_notional),
    max_position_notional: part(config.max_position_notional),
    max_daily_loss: part(config.max_daily_loss),
    max_drawdown_ratio: config.max_drawdown_ratio * config.live_limited_factor,
  };
}
