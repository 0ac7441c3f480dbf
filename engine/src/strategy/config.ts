import { z } from 'zod';
import { isDecimal, parseAtoms } from '@tradetail/core/decimal.ts';

/** A decimal text above zero. */
const amount = z
  .string()
  .refine(
    (text) => isDecimal(text) && parseAtoms(text) > 0n,
    'wants a decimal above 0 in quotes, like "0.001"',
  );
const ratio = z.number().min(0).max(1);

const sizing = {
  capital: amount.default('100000').describe('Money the strategy starts with, in capital_ccy'),
  capital_ccy: z
    .string()
    .min(1)
    .optional()
    .describe('Currency of the capital; the quote asset of the first instrument where absent'),
  clip_notional: amount
    .default('500')
    .describe('Size of one order in quote, made into lots at the first book of an instrument'),
  clip_qty: z
    .record(z.string(), amount)
    .default({})
    .describe('Size of one order in base by symbol, instead of clip_notional'),
};

export const marketMakerConfig = z
  .strictObject({
    ...sizing,
    mode: z
      .enum(['book', 'glft'])
      .default('glft')
      .describe('book: fair price and threshold; glft: inventory skew'),
    threshold_ticks: z
      .number()
      .min(0)
      .default(0.5)
      .describe(
        'book: joins the best price where the fair price is at least this far from it, else one tick behind',
      ),
    max_clips: z
      .number()
      .positive()
      .default(10)
      .describe('Inventory at which a side is no longer quoted, in clips'),
    requote_ticks: z
      .int()
      .min(1)
      .default(1)
      .describe('A live quote moves when its target is this far away'),
    requote_qty_ratio: ratio
      .default(0.5)
      .describe(
        'A live quote is made anew when its open quantity is below this part of the target',
      ),
    requote_interval_ms: z
      .int()
      .min(0)
      .default(250)
      .describe('Shortest life of a quote before it moves'),
    risk_aversion: z.number().positive().default(0.02).describe('glft: γ, per tick and clip'),
    arrival_rate_per_s: z
      .number()
      .positive()
      .default(1)
      .describe('glft: A before it is calibrated'),
    arrival_decay_per_tick: z
      .number()
      .positive()
      .default(0.5)
      .describe('glft: k before it is calibrated'),
    calibration_window_s: z
      .int()
      .min(10)
      .default(300)
      .describe('glft: trades of the last so many seconds give A and k'),
  })
  .prefault({});

export const liquidityTakerConfig = z
  .strictObject({
    ...sizing,
    threshold_ratio: z
      .number()
      .positive()
      .default(3)
      .describe('Follows an aggressor that took this many times the best level it met'),
    imbalance_min: ratio
      .default(0)
      .describe(
        'Takes only where the book leans the same way by this much; 0 asks for no confirmation',
      ),
    imbalance_levels: z
      .int()
      .min(1)
      .max(10)
      .default(5)
      .describe('Levels of a side that count for the imbalance'),
    slippage_bps: z
      .number()
      .min(0)
      .default(0.2)
      .describe('How far past the best price an order may trade, made up to whole ticks'),
    cool_down_ms: z.int().min(0).default(5_000).describe('Shortest time between two entries'),
    take_profit_bps: z
      .number()
      .positive()
      .default(8)
      .describe('Leaves at this gain on the average price'),
    stop_loss_bps: z
      .number()
      .positive()
      .default(8)
      .describe('Leaves at this loss on the average price'),
    hold_ms_max: z.int().positive().default(120_000).describe('Leaves after this time'),
  })
  .prefault({});

export const strategiesConfig = z
  .strictObject({
    enabled: z
      .array(z.enum(['market_maker', 'liquidity_taker']))
      .default(['market_maker', 'liquidity_taker'])
      .describe('The strategies that run'),
    market_maker: marketMakerConfig,
    liquidity_taker: liquidityTakerConfig,
  })
  .prefault({});

export type MarketMakerConfig = z.infer<typeof marketMakerConfig>;
export type LiquidityTakerConfig = z.infer<typeof liquidityTakerConfig>;
export type StrategiesConfig = z.infer<typeof strategiesConfig>;
