import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordedData } from '../../test/setup/components.ts';
import { Inventory } from '../src/inventory.ts';
import { BUY, SELL, type Side } from '../src/market/side.ts';
import { instrument } from './setup/instrument.ts';

const USDT = { capital: '1000', ccy: 'USDT' };

interface Traded {
  readonly side: Side;
  readonly px: number;
  readonly qty: number;
  readonly fee?: string;
  readonly feeCcy?: string;
  readonly feeQuote?: string;
}
let execs = 0;
function trade(
  inventory: Inventory,
  { side, px, qty, fee = '0', feeCcy = 'USDT', feeQuote }: Traded,
) {
  execs += 1;
  return inventory.fill(0, 0, side, {
    execId: `${execs}`,
    px,
    qty,
    liquidity: 'MAKER',
    fee,
    feeCcy,
    ...(feeQuote !== undefined && { feeQuote }),
  });
}

/** Prices and quantities of the tables are ticks and lots of 1. */
const whole = instrument({ tickSize: '1', lotSize: '1' });

test.each(
  `
buy 2@100                        -> qty 2 avg 100 realized 0
buy 1@100 buy 1@120              -> qty 2 avg 110 realized 0
buy 2@100 sell 1@120             -> qty 1 avg 100 realized 20
buy 2@100 sell 2@120             -> qty 0 avg - realized 40
buy 1@100 sell 3@150             -> qty -2 avg 150 realized 50
sell 2@100                       -> qty -2 avg 100 realized 0
sell 1@100 sell 1@120            -> qty -2 avg 110 realized 0
sell 2@100 buy 1@120             -> qty -1 avg 100 realized -20
sell 2@100 buy 2@90              -> qty 0 avg - realized 20
sell 1@100 buy 3@150             -> qty 2 avg 150 realized -50
buy 1@100 buy 2@101              -> qty 3 avg 100.666666666666666667 realized 0
buy 1@100 buy 2@101 sell 1@101   -> qty 2 avg 100.666666666666666667 realized 0.333333333333333333
buy 1@100 buy 2@101 sell 3@101   -> qty 0 avg - realized 1
`
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+-> /) as [string, string]),
)('%s gives %s', (fills, expected) => {
  const inventory = new Inventory([whole], [USDT]);
  for (const [, side, qty, px] of fills.matchAll(/(buy|sell) (\d+)@(\d+)/g))
    trade(inventory, { side: side === 'buy' ? BUY : SELL, px: Number(px), qty: Number(qty) });
  const { qty, avg_px = '-', realized_pnl } = inventory.claim(inventory.position(0, 0));
  expect(`qty ${qty} avg ${avg_px} realized ${realized_pnl}`).toBe(expected);
});

describe('fees', () => {
  const claim = (fill: Traded, change = {}) => {
    const inventory = new Inventory([instrument(change)], [USDT]);
    return inventory.claim(trade(inventory, fill));
  };

  test('a fee in quote is taken as it is, a rebate is negative', () => {
    expect(claim({ side: BUY, px: 10000, qty: 1000, fee: '0.1' }).fees).toBe('0.1');
    expect(claim({ side: BUY, px: 10000, qty: 1000, fee: '-0.02' }).fees).toBe('-0.02');
  });
  test('a fee in base lessens what was bought, and counts in quote at the price of the fill', () => {
    const fill = { side: BUY, px: 10000, qty: 1000, fee: '0.001', feeCcy: 'BTC' } as const;
    expect(claim(fill)).toMatchObject({
      qty: '0.999',
      avg_px: '100',
      realized_pnl: '0',
      fees: '0.1',
    });
  });
  test('a fee in base lets more leave at a sell', () => {
    const fill = { side: SELL, px: 10000, qty: 1000, fee: '0.001', feeCcy: 'BTC' } as const;
    expect(claim(fill)).toMatchObject({ qty: '-1.001', fees: '0.1' });
  });
  test('a fee in base with a value in quote still moves the position', () => {
    const fill = {
      side: BUY,
      px: 10000,
      qty: 1000,
      fee: '0.001',
      feeCcy: 'BTC',
      feeQuote: '0.11',
    } as const;
    expect(claim(fill)).toMatchObject({ qty: '0.999', fees: '0.11' });
  });
  test('a fee in a third asset counts by its value in quote, and without one is kept apart', () => {
    const fill = { side: BUY, px: 10000, qty: 1000, fee: '0.003', feeCcy: 'BNB' } as const;
    expect(claim({ ...fill, feeQuote: '1.5' })).toMatchObject({
      qty: '1',
      fees: '1.5',
      fees_unconverted: undefined,
    });
    expect(claim(fill)).toMatchObject({ qty: '1', fees: '0', fees_unconverted: { BNB: '0.003' } });
  });
  test('with a multiplier a fee in base is not converted', () => {
    const fill = { side: BUY, px: 10000, qty: 1000, fee: '0.003', feeCcy: 'BTC' } as const;
    expect(claim(fill, { multiplier: '10' })).toMatchObject({
      qty: '1',
      fees_unconverted: { BTC: '0.003' },
    });
  });
});

describe('equity', () => {
  test('is capital plus net PnL at the mid of the book, and drawdown is measured from its peak', () => {
    const inventory = new Inventory([whole], [USDT]);
    trade(inventory, { side: BUY, px: 100, qty: 1, fee: '1' });
    expect(inventory.equity(0)).toBeCloseTo(999, 9);
    inventory.markByBook(0, 200, 203);
    expect(inventory.equityPeak(0)).toBe('1100.5');
    inventory.markByBook(0, 90, 92);
    expect(inventory.equity(0)).toBeCloseTo(990, 9);
    expect(inventory.equityPeak(0)).toBe('1100.5');
    expect(inventory.maxDrawdown(0)).toBeCloseTo(1 - 990 / 1100.5, 14);
  });
  test('marks at trades until there is a book, and at fills until there is a trade', () => {
    const inventory = new Inventory([whole], [USDT]);
    trade(inventory, { side: BUY, px: 100, qty: 1 });
    inventory.markByTrade(0, 110);
    expect(inventory.equity(0)).toBeCloseTo(1010, 9);
    trade(inventory, { side: BUY, px: 200, qty: 1 });
    expect(inventory.equity(0)).toBeCloseTo(920, 9);
    inventory.markByBook(0, 300, 300);
    inventory.markByTrade(0, 1);
    expect(inventory.equity(0)).toBeCloseTo(1300, 9);
  });
  test('no longer moves once a strategy has filled in another currency than its capital', () => {
    const inventory = new Inventory([instrument({ quote: 'EUR' })], [USDT]);
    trade(inventory, { side: BUY, px: 10000, qty: 1000, fee: '500', feeCcy: 'EUR' });
    expect(inventory.equity(0)).toBeCloseTo(1000, 9);
  });
});

/** Exact fractions: the law below, in another arithmetic than the one under test. */
interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}
const frac = (n: bigint, d = 1n): Fraction => (d < 0n ? { n: -n, d: -d } : { n, d });
const plus = (a: Fraction, b: Fraction): Fraction => frac(a.n * b.d + b.n * a.d, a.d * b.d);
const times = (a: Fraction, b: Fraction): Fraction => frac(a.n * b.n, a.d * b.d);
const atoms = ({ n, d }: Fraction): string => {
  const scaled = (n < 0n ? -n : n) * 10n ** 18n;
  const rounded = (2n * scaled + d) / (2n * d);
  const text = rounded.toString().padStart(19, '0');
  const fraction = text.slice(-18).replace(/0+$/, '');
  return `${n < 0n && rounded > 0n ? '-' : ''}${text.slice(0, -18)}${fraction === '' ? '' : `.${fraction}`}`;
};

test('position, average and realized PnL are the definition of average cost in exact fractions, to the last digit', () => {
  const fills = fc.array(
    fc.record({
      side: fc.constantFrom(BUY, SELL),
      px: fc.integer({ min: 1, max: 7_000_000 }),
      qty: fc.integer({ min: 1, max: 5_000 }),
      feeInBase: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(fills, (list) => {
      const inventory = new Inventory([instrument()], [USDT]);
      let pos = frac(0n);
      let avg = frac(0n);
      let realized = frac(0n);
      let fees = frac(0n);
      for (const { side, px, qty, feeInBase } of list) {
        const fee = feeInBase ? '0.00000013' : '0.07';
        trade(inventory, { side, px, qty, fee, feeCcy: feeInBase ? 'BTC' : 'USDT' });
        const price = frac(BigInt(px), 100n);
        const inBase = frac(feeInBase ? 13n : 0n, 100_000_000n);
        const q = plus(frac(BigInt(side * qty), 1000n), frac(-inBase.n, inBase.d));
        fees = plus(fees, feeInBase ? times(inBase, price) : frac(7n, 100n));
        const sign = pos.n > 0n ? 1n : -1n;
        if (pos.n === 0n || pos.n > 0n === q.n > 0n) {
          const total = plus(pos, q);
          avg = times(plus(times(pos, avg), times(q, price)), frac(total.d, total.n));
        } else {
          const after = plus(pos, q);
          const through = after.n !== 0n && after.n > 0n !== pos.n > 0n;
          const closed = after.n === 0n || through ? pos : frac(-q.n, q.d);
          const size = frac(closed.n * (closed.n < 0n ? -1n : 1n), closed.d);
          realized = plus(
            realized,
            times(times(plus(price, frac(-avg.n, avg.d)), size), frac(sign)),
          );
          if (through) avg = price;
        }
        pos = plus(pos, q);
        expect(inventory.claim(inventory.position(0, 0))).toEqual({
          qty: atoms(pos),
          avg_px: pos.n === 0n ? undefined : atoms(avg),
          realized_pnl: atoms(realized),
          fees: atoms(fees),
          fees_unconverted: undefined,
        });
      }
    }),
    { numRuns: 100 },
  );
});

const reference = recordedData('metrics-reference');
describe.skipIf(reference === undefined)('reference cases of other people', () => {
  interface Case {
    readonly id: string;
    readonly fills: readonly { side: 'BUY' | 'SELL'; price: string; qty: string; fee: string }[];
    readonly open?: { side: 'LONG' | 'SHORT'; qty: string; avg: string };
    readonly after_fill?: readonly ({ qty: string; avg: string; realised: string } | null)[];
    readonly closed?: readonly { realised: string }[];
  }
  const text =
    reference === undefined
      ? '{"sequences":[]}'
      : readFileSync(`${reference}/pnl_average_cost_cases.json`, 'utf8');
  const { sequences } = JSON.parse(text) as { readonly sequences: readonly Case[] };
  test.each(sequences.map((one) => [one.id, one] as const))(
    '%s',
    (_id, { fills, open, closed, after_fill }) => {
      const inventory = new Inventory(
        [instrument({ tickSize: '0.00001', lotSize: '0.00001' })],
        [USDT],
      );
      for (const [index, { side, price, qty, fee }] of fills.entries()) {
        trade(inventory, {
          side: side === 'BUY' ? BUY : SELL,
          px: Math.round(Number(price) * 1e5),
          qty: Math.round(Number(qty) * 1e5),
          fee: String(Number(fee)),
        });
        const after = after_fill?.[index];
        if (!after) continue;
        const claim = inventory.claim(inventory.position(0, 0));
        expect(Number(claim.qty)).toBe(Number(after.qty));
        expect(Number(claim.avg_px)).toBeCloseTo(Number(after.avg), 10);
        expect(Number(claim.realized_pnl) - Number(claim.fees)).toBeCloseTo(
          Number(after.realised),
          7,
        );
      }
      const claim = inventory.claim(inventory.position(0, 0));
      if (open !== undefined) {
        expect(Number(claim.qty)).toBe(Number(open.qty) * (open.side === 'LONG' ? 1 : -1));
        expect(Number(claim.avg_px)).toBeCloseTo(Number(open.avg), 10);
      }
      const last = open === undefined ? closed?.at(-1) : undefined;
      if (last !== undefined)
        expect(Number(claim.realized_pnl) - Number(claim.fees)).toBe(Number(last.realised));
    },
  );
});
