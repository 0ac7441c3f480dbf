/** Settings of the paper venue, the same over the simulated and over a recorded market. */
import { isDecimal } from '@tradetail/core/decimal.ts';
import { z } from 'zod';

const decimal = z.string().refine(isDecimal, { error: 'wants a decimal text, such as "0.001"' });
const positiveDecimal = decimal.refine((text) => Number(text) > 0, {
  error: 'wants a decimal above zero',
});
const probability = z.number().min(0).max(1);

const latency = z.strictObject({
  constant_us: z.number().min(0).default(200).describe('Part that never varies, in µs.'),
  median_us: z.number().min(0).default(100).describe('Median of the lognormal part, in µs.'),
  sigma: z
    .number()
    .min(0)
    .max(3)
    .default(0.5)
    .describe('Standard deviation of the logarithm of the lognormal part.'),
});
export type LatencyConfig = z.infer<typeof latency>;

export const paperConfig = z.strictObject({
  balances: z
    .record(z.string().min(1), decimal)
    .prefault({ USDT: '1000000', BTC: '10', ETH: '200', SOL: '4000' })
    .describe(
      'Free amount of each asset at the start. An asset that is not named starts at 0 and may go below it.',
    ),
  maker_fee: decimal
    .default('0.00001')
    .describe('Fee for adding liquidity, a fraction of notional; below zero a rebate.'),
  taker_fee: decimal
    .default('0.0002')
    .describe('Fee for taking liquidity, a fraction of notional; below zero a rebate.'),
  fee_asset: z
    .union([
      z.enum(['QUOTE', 'RECEIVED']),
      z.strictObject({
        asset: z
          .string()
          .min(1)
          .describe(
            'Third asset that fees are paid in while its balance lasts; after that as RECEIVED.',
          ),
        rates: z
          .record(z.string().min(1), positiveDecimal)
          .describe('Price of one unit of that asset in each quote asset.'),
      }),
    ])
    .default('QUOTE')
    .describe(
      'What fees are paid in: the quote asset, the asset received (base for a buy, quote for a sell), or a third one.',
    ),
  entry_latency: latency
    .prefault({})
    .describe('From sending a command to its arrival at the venue.'),
  response_latency: latency
    .prefault({})
    .describe('From what happens at the venue to the arrival of its report.'),
  self_trade_prevention: z
    .enum(['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH', 'DECREMENT'])
    .default('EXPIRE_MAKER')
    .describe('What happens when two orders of this account would trade with each other.'),
  price_band_up: z
    .number()
    .min(1)
    .default(5)
    .describe('Highest limit price, as a multiple of the mid price.'),
  price_band_down: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe('Lowest limit price, as a multiple of the mid price.'),
  queue_model: z
    .enum(['PROB', 'RISK_AVERSE'])
    .default('PROB')
    .describe('Where an order stands in the queue of a recorded market.'),
  faults: z
    .strictObject({
      reject: probability
        .default(0)
        .describe('Probability that a new order is rejected without a reason of its own.'),
      late_ack: probability
        .default(0)
        .describe('Probability that the acknowledgement of a new order is late, after its fills.'),
      lost_ack: probability
        .default(0)
        .describe(
          'Probability that a new order gets no acknowledgement; half of those never arrived.',
        ),
      duplicate_fill: probability.default(0).describe('Probability that a fill is reported twice.'),
      fill_after_cancel: probability
        .default(0)
        .describe(
          'Probability that the report of a fill waits for the reply to a cancel of its order, at most `delay_ms`.',
        ),
      disconnect: probability
        .default(0)
        .describe(
          'Probability, for each command, that the order channel goes down when it arrives.',
        ),
      delay_ms: z
        .number()
        .positive()
        .default(500)
        .describe('How late a late report is, and how long the order channel stays down, in ms.'),
    })
    .prefault({})
    .describe('Misbehaviour by the seed, for rehearsal.'),
});
export type PaperConfig = z.infer<typeof paperConfig>;
