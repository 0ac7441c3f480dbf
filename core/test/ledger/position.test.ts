import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ATOM_DIGITS,
  formatScaled,
  moneyToDouble,
  MONEY_DIGITS,
  ONE_ATOM,
  parseAtoms,
  toDouble,
} from '../../src/decimal.ts';
import { feeInQuote, isBaseFee } from '../../src/ledger/fee.ts';
import {
  applyFill,
  AVERAGE_DIGITS,
  flatPosition,
  markOf,
  moneyOf,
  netPnl,
  notional,
  realizedPnl,
  unrealizedPnl,
  valueAt,
  type Position,
} from '../../src/ledger/position.ts';

/** Replays `buy|sell qty @ px` lines and tells the position after each. */
function trace(script: string, multiplier = ONE_ATOM): string {
  const position = flatPosition();
  return script
    .trim()
    .split('\n')
    .map((line) => {
      const [side, qty, , px] = line.trim().split(/\s+/);
      applyFill(
        position,
        (side === 'buy' ? 1n : -1n) * parseAtoms(qty!),
        parseAtoms(px!),
        multiplier,
      );
      return `${line.trim()} -> ${told(position, multiplier)}`;
    })
    .join('\n');
}

const told = (position: Position, multiplier: bigint): string =>
  [
    `qty ${formatScaled(position.qty, ATOM_DIGITS)}`,
    position.qty === 0n
      ? 'no average'
      : `avg ${formatScaled(position.averagePrice, AVERAGE_DIGITS)}`,
    `realized ${formatScaled(realizedPnl(position, multiplier), MONEY_DIGITS)}`,
  ].join(' ');

describe('a position at average cost', () => {
  test('increases, reduces, closes and goes through zero, long and short', () => {
    expect(
      trace(`
        buy  2 @ 100
        buy  2 @ 110
        sell 1 @ 120
        sell 3 @ 104
        sell 1 @ 50
        sell 1 @ 60
        buy  3 @ 40
        sell 1 @ 45
      `),
    ).toMatchInlineSnapshot(`
      "buy  2 @ 100 -> qty 2 avg 100 realized 0
      buy  2 @ 110 -> qty 4 avg 105 realized 0
      sell 1 @ 120 -> qty 3 avg 105 realized 15
      sell 3 @ 104 -> qty 0 no average realized 12
      sell 1 @ 50 -> qty -1 avg 50 realized 12
      sell 1 @ 60 -> qty -2 avg 55 realized 12
      buy  3 @ 40 -> qty 1 avg 40 realized 42
      sell 1 @ 45 -> qty 0 no average realized 47"
    `);
  });

  test('counts a contract of a multiplier as so many units of base', () => {
    expect(trace('buy 2 @ 100\nsell 2 @ 103', parseAtoms('50'))).toMatchInlineSnapshot(`
      "buy 2 @ 100 -> qty 2 avg 100 realized 0
      sell 2 @ 103 -> qty 0 no average realized 300"
    `);
  });

  /** Average and realized PnL after fees of so many bps of notional, fill by fill. */
  const afterFees = (bps: bigint, fills: readonly (readonly [qty: string, px: string])[]) => {
    const position = flatPosition();
    return fills.map(([qty, px]) => {
      const signed = parseAtoms(qty);
      const size = signed < 0n ? -signed : signed;
      applyFill(position, signed, parseAtoms(px), ONE_ATOM);
      position.fees += (notional(size, parseAtoms(px), ONE_ATOM) * bps) / 10_000n;
      return [
        toDouble(position.averagePrice, AVERAGE_DIGITS),
        moneyToDouble(realizedPnl(position, ONE_ATOM) - position.fees),
      ];
    });
  };

  test('nautilus_trader: 12 @ 10000, 17 @ 9999, sold 9 and 4, bought 3, at 10 bps', () => {
    const [, second, third, fourth, fifth] = afterFees(10n, [
      ['12', '10000'],
      ['17', '9999'],
      ['-9', '10001'],
      ['3', '10003'],
      ['-4', '10005'],
    ]);
    expect(second![1]).toBeCloseTo(-289.983, 8);
    expect(third![1]).toBeCloseTo(-365.71613793, 8);
    expect(fourth).toEqual([expect.closeTo(9999.88155922039, 9), expect.closeTo(-395.72513793, 8)]);
    expect(fifth![1]).toBeCloseTo(-415.27137481, 8);
  });

  test('nautilus_trader: 100,000 from 0.7500 to 0.7502 with 1.50 and half of 4.50 of fees made 16.25', () => {
    const position = flatPosition();
    applyFill(position, parseAtoms('100000'), parseAtoms('0.7500'), ONE_ATOM);
    position.fees += moneyOf(parseAtoms('1.50'));
    applyFill(position, parseAtoms('-100000'), parseAtoms('0.7502'), ONE_ATOM);
    position.fees += moneyOf(parseAtoms('2.25'));
    expect(moneyToDouble(realizedPnl(position, ONE_ATOM) - position.fees)).toBe(16.25);
  });

  test('hummingbot: 10 bought at 100 and 15 sold at 120 are worth 799 at 0.2', () => {
    const position = flatPosition();
    applyFill(position, parseAtoms('10'), parseAtoms('100'), ONE_ATOM);
    applyFill(position, parseAtoms('-15'), parseAtoms('120'), ONE_ATOM);
    expect(moneyToDouble(netPnl(position, markOf(parseAtoms('0.2')), ONE_ATOM))).toBe(799);
  });

  const price = fc.integer({ min: 1, max: 10 ** 7 }).map((ticks) => BigInt(ticks) * 10n ** 16n);
  const quantity = fc.integer({ min: -(10 ** 6), max: 10 ** 6 }).filter((lots) => lots !== 0);
  const fills = fc.array(
    fc.tuple(
      quantity.map((lots) => BigInt(lots) * 10n ** 13n),
      price,
    ),
    { minLength: 1, maxLength: 40 },
  );

  test('is worth cash plus inventory at the mark, to the last digit', () => {
    fc.assert(
      fc.property(fills, price, (sequence, last) => {
        const position = flatPosition();
        let cash = 0n;
        let held = 0n;
        for (const [qty, px] of sequence) {
          applyFill(position, qty, px, ONE_ATOM);
          cash -= notional(qty, px, ONE_ATOM);
          held += qty;
        }
        expect(netPnl(position, markOf(last), ONE_ATOM)).toBe(
          cash + valueAt(held, markOf(last), ONE_ATOM),
        );
        const total =
          realizedPnl(position, ONE_ATOM) + unrealizedPnl(position, markOf(last), ONE_ATOM);
        expect(total).toBe(netPnl(position, markOf(last), ONE_ATOM));
      }),
    );
  });

  test('is the same when a fill is split in two at its price', () => {
    fc.assert(
      fc.property(fills, fc.integer({ min: 1, max: 9 }), (sequence, tenths) => {
        const whole = flatPosition();
        const split = flatPosition();
        for (const [qty, px] of sequence) {
          applyFill(whole, qty, px, ONE_ATOM);
          const part = (qty * BigInt(tenths)) / 10n;
          if (part !== 0n) applyFill(split, part, px, ONE_ATOM);
          applyFill(split, qty - part, px, ONE_ATOM);
        }
        expect(split.qty).toBe(whole.qty);
        expect(split.cash).toBe(whole.cash);
        const drift = split.averagePrice - whole.averagePrice;
        expect(drift < 1000n && drift > -1000n).toBe(true);
      }),
    );
  });
});

describe('a fee', () => {
  const spot = {
    px: parseAtoms('100'),
    base: 'BTC',
    quote: 'USDT',
    multiplier: ONE_ATOM,
    feeQuote: undefined,
  };
  const inQuote = (over: Partial<Parameters<typeof feeInQuote>[0]>): string | undefined => {
    const money = feeInQuote({ ...spot, fee: parseAtoms('0.5'), feeCurrency: 'USDT', ...over });
    return money === undefined ? undefined : formatScaled(money, MONEY_DIGITS);
  };

  test('counts in quote as it is, in base at the price of the fill, otherwise by the rate of the log or not at all', () => {
    expect(inQuote({})).toBe('0.5');
    expect(inQuote({ feeCurrency: 'BTC' })).toBe('50');
    expect(inQuote({ feeCurrency: 'BNB' })).toBeUndefined();
    expect(inQuote({ feeCurrency: 'BNB', feeQuote: parseAtoms('-0.25') })).toBe('-0.25');
    expect(inQuote({ feeCurrency: 'BTC', feeQuote: parseAtoms('49') })).toBe('49');
    expect(inQuote({ feeCurrency: 'BTC', multiplier: parseAtoms('10') })).toBeUndefined();
  });

  test('leaves the position only where it is taken in base of a spot instrument', () => {
    expect(isBaseFee({ ...spot, feeCurrency: 'BTC' })).toBe(true);
    expect(isBaseFee({ ...spot, feeCurrency: 'USDT' })).toBe(false);
    expect(isBaseFee({ ...spot, feeCurrency: 'BTC', multiplier: parseAtoms('10') })).toBe(false);
  });
});
