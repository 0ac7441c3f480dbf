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
  tickSize: positiveDecimal.describe('Price step, in quote.'),
  lotSize: positiveDecimal.describe('Quantity step, in base.'),
  minQtyLots: z.int().positive().default(1).describe('Smallest order, in lots.'),
  maxQtyLots: z.int().positive().optional().describe('Largest order, in lots.'),
  minNotional: positiveDecimal.optional().describe('Smallest order value, in quote.'),
  startPxTicks: z.int().min(1000).describe('Price at the start, in ticks.'),
  unitLots: z
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
    tickSize: '2',
    lotSize: '0.00001',
    minNotional: '5',
    startPxTicks: 30_000,
    unitLots: 1_000,
  },
  {
    symbol: 'ETH-USDT',
    base: 'ETH',
    quote: 'USDT',
    tickSize: '0.1',
    lotSize: '0.0001',
    minNotional: '5',
    startPxTicks: 30_000,
    unitLots: 2_000,
  },
  {
    symbol: 'SOL-USDT',
    base: 'SOL',
    quote: 'USDT',
    tickSize: '0.01',
    lotSize: '0.01',
    minNotional: '5',
    startPxTicks: 15_000,
    unitLots: 400,
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
  bookIntervalMs: z
    .number()
    .min(0)
    .default(5)
    .describe(
      'At most one book of a symbol in this time, in ms; what is shown is always the book of that moment.',
    ),
});
export type SimConfig = z.infer<typeof simConfig>;
