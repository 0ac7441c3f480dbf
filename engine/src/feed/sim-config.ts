/** Settings of the simulated market. What they mean is in `market/background-flow.ts`. */
import { isDecimal } from '@tradetail/core/decimal.ts';
import { z } from 'zod';

const positiveDecimal = z.string().refine((text) => isDecimal(text) && Number(text) > 0, {
  error: 'wants a decimal text above zero, such as "0.01"',
});

export const simSymbol = z.strictObject({
  symbol: z.string().min(1).describe('Name of the instrument.'),
  base: z.string().min(1).describe('Asset that is bought and sold.'),
  quote: z.string().min(1).describe('Asset that it is paid in.'),
  tick_size: positiveDecimal.describe('Price step, in quote.'),
  lot_size: positiveDecimal.describe('Quantity step, in base.'),
  min_qty_lots: z.int().positive().default(1).describe('Smallest order, in lots.'),
  max_qty_lots: z.int().positive().optional().describe('Largest order, in lots.'),
  min_notional: positiveDecimal.optional().describe('Smallest order value, in quote.'),
  start_px_ticks: z.int().min(1000).describe('Price at the start, in ticks.'),
  unit_lots: z
    .int()
    .positive()
    .describe('Size of one unit of background flow, in lots; orders are 1 to 12 units.'),
  intensity: z
    .number()
    .positive()
    .max(1000)
    .default(1)
    .describe('Multiplies all rates of the background flow; 1 is about 50 events a second.'),
});
export type SimSymbol = z.infer<typeof simSymbol>;

export const DEFAULT_SYMBOLS = [
  {
    symbol: 'BTC-USDT',
    base: 'BTC',
    quote: 'USDT',
    tick_size: '2',
    lot_size: '0.00001',
    min_notional: '5',
    start_px_ticks: 30_000,
    unit_lots: 1_000,
  },
  {
    symbol: 'ETH-USDT',
    base: 'ETH',
    quote: 'USDT',
    tick_size: '0.1',
    lot_size: '0.0001',
    min_notional: '5',
    start_px_ticks: 30_000,
    unit_lots: 2_000,
  },
  {
    symbol: 'SOL-USDT',
    base: 'SOL',
    quote: 'USDT',
    tick_size: '0.01',
    lot_size: '0.01',
    min_notional: '5',
    start_px_ticks: 15_000,
    unit_lots: 400,
  },
] as const satisfies readonly z.input<typeof simSymbol>[];

export const simConfig = z.strictObject({
  symbols: z
    .array(simSymbol)
    .min(1)
    .refine((list) => new Set(list.map((one) => one.symbol)).size === list.length, {
      error: 'names a symbol twice',
    })
    .prefault(() => DEFAULT_SYMBOLS.map((one) => ({ ...one })))
    .describe('Instruments that trade at once, independent of each other.'),
  book_interval_ms: z
    .number()
    .min(0)
    .default(5)
    .describe(
      'At most one book of a symbol in this time, in ms; what is shown is always the book of that moment.',
    ),
});
export type SimConfig = z.infer<typeof simConfig>;
