/** Execution figures: worked cases with their source in the title, and the laws that hold for all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { halfLife } from '../src/execution/half-life.ts';
import { shortfall } from '../src/execution/shortfall.ts';
import { fillSpread, slippageBps } from '../src/execution/spread.ts';
import { Waiting } from '../src/execution/waiting.ts';
import { SlopeFit } from '../src/stats/regression.ts';
import { Sample } from '../src/stats/sample.ts';
import { normalProbability } from '../src/stats/normal.ts';

describe('a fill against the mid', () => {
  test('taker buy at 100.05, mid 100, later 99.9: paid 10, kept by them 30, moved against us 20 bps', () => {
    const spread = fillSpread(1, 100.05, 100, 99.9);
    expect(spread.effectiveBps).toBeCloseTo(10, 9);
    expect(spread.realisedBps).toBeCloseTo(30, 9);
    expect(spread.impactBps).toBeCloseTo(-20, 9);
    expect(spread.markoutBps).toBeCloseTo(-15, 9);
  });

  test('maker buy at 99.95, later 99.9: edge 5, adverse −10, markout −5 bps', () => {
    const spread = fillSpread(1, 99.95, 100, 99.9);
    expect(spread.edgeBps).toBeCloseTo(5, 9);
    expect(spread.adverseBps).toBeCloseTo(-10, 9);
    expect(spread.markoutBps).toBeCloseTo(-5, 9);
  });

  test('agentic-mm-bot: a buy whose price rises a hundredth gains 100 bps, a sell loses them', () => {
    expect(fillSpread(1, 100, 100, 101).markoutBps).toBeCloseTo(100, 9);
    expect(fillSpread(-1, 100, 100, 99).markoutBps).toBeCloseTo(100, 9);
    expect(fillSpread(1, 100, 100, 99).markoutBps).toBeCloseTo(-100, 9);
    expect(fillSpread(-1, 100, 100, 101).markoutBps).toBeCloseTo(-100, 9);
  });

  test('text-book: three sells pay effective spreads of 0.11, 0.02 and 0', () => {
    const sells = [
      [10, 10.07, 9.98, 0.11],
      [9.9, 9.96, 9.92, 0.02],
      [9.88, 9.94, 9.91, 0],
    ] as const;
    let sum = 0;
    for (const [bid, ask, px, wanted] of sells) {
      const mid = (bid + ask) / 2;
      const paid = (fillSpread(-1, px, mid, mid).effectiveBps * mid) / 1e4;
      expect(paid).toBeCloseTo(wanted, 9);
      sum += paid;
    }
    expect(sum / 3).toBeCloseTo(0.0433, 4);
  });

  const price = fc.double({ min: 1, max: 1e5, noNaN: true });
  const side = fc.constantFrom(1, -1);

  test('effective = realised + impact, edge + adverse = markout', () => {
    fc.assert(
      fc.property(side, price, price, price, (direction, px, mid, later) => {
        const spread = fillSpread(direction, px, mid, later);
        const scale = 1e-9 * (Math.abs(spread.impactBps) + Math.abs(spread.effectiveBps) + 1);
        expect(Math.abs(spread.effectiveBps - spread.realisedBps - spread.impactBps)).toBeLessThan(
          scale,
        );
        expect(Math.abs(spread.edgeBps + spread.adverseBps - spread.markoutBps)).toBeLessThan(
          scale,
        );
      }),
    );
  });

  test('a price twice as high everywhere changes nothing', () => {
    fc.assert(
      fc.property(side, price, price, price, (direction, px, mid, later) => {
        expect(fillSpread(direction, 2 * px, 2 * mid, 2 * later)).toEqual(
          fillSpread(direction, px, mid, later),
        );
      }),
    );
  });

  test('slippage is a cost, whatever the side', () => {
    expect(slippageBps(1, 100.1, 100)).toBeCloseTo(10, 9);
    expect(slippageBps(-1, 99.9, 100)).toBeCloseTo(10, 9);
  });
});

describe('implementation shortfall', () => {
  test('text-book: 1000 shares, 700 of them bought, cost 0.19 %', () => {
    const parts = shortfall({
      direction: 1,
      quantity: 1000,
      filled: 700,
      vwap: 40.05,
      decisionPx: 40,
      arrivalPx: 40.04,
      endPx: 40.08,
      fees: 17,
    });
    expect(parts.delay).toBeCloseTo(28, 9);
    expect(parts.trading).toBeCloseTo(7, 9);
    expect(parts.opportunity).toBeCloseTo(24, 9);
    expect(parts.totalBps).toBeCloseTo(19, 9);
  });

  test('50,000 shares, 35,000 of them bought, cost 49,800 or 237.142857 bps', () => {
    const parts = shortfall({
      direction: 1,
      quantity: 50_000,
      filled: 35_000,
      vwap: 42.75,
      decisionPx: 42,
      arrivalPx: 42.3,
      endPx: 43.5,
      fees: 1050,
    });
    expect(parts.delay).toBeCloseTo(10_500, 8);
    expect(parts.trading).toBeCloseTo(15_750, 8);
    expect(parts.opportunity).toBeCloseTo(22_500, 8);
    expect(parts.total).toBeCloseTo(49_800, 8);
    expect(parts.totalBps).toBeCloseTo(237.142857, 6);
  });

  test('a sell in the mirror costs the same', () => {
    const mirror = (direction: number) =>
      shortfall({
        direction,
        quantity: 10,
        filled: 6,
        vwap: 100 + direction,
        decisionPx: 100,
        arrivalPx: 100 + direction / 2,
        endPx: 100 + 3 * direction,
        fees: 1,
      }).total;
    expect(mirror(-1)).toBeCloseTo(mirror(1), 9);
  });
});

describe('waiting for a fill', () => {
  test('without cancels the estimate is the plain share', () => {
    const waiting = new Waiting([1, 2, 3, 4]);
    expect([0.5, 1, 2.5, 9].map((at) => waiting.filledWithin(at))).toEqual([0, 0.25, 0.5, 1]);
    expect(waiting.quantile(0.5)).toBe(2);
  });

  test('the remission times of 6-MP (Freireich et al. 1963): 21 patients, 12 censored, survival 0.448 at 23 weeks', () => {
    const waiting = new Waiting([
      6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35,
    ]);
    expect(waiting.censored).toBe(12);
    for (const [week, survival] of [
      [6, 0.857],
      [7, 0.807],
      [10, 0.753],
      [13, 0.69],
      [16, 0.627],
      [22, 0.538],
      [23, 0.448],
    ] as const)
      expect(1 - waiting.filledWithin(week)).toBeCloseTo(survival, 3);
    expect(waiting.quantile(0.5)).toBe(23);
    expect(waiting.quantile(0.9)).toBeUndefined();
  });

  test('of nothing is nothing', () => {
    expect(new Waiting([]).filledWithin(1)).toBe(0);
    expect(new Waiting([-1, -2]).quantile(0.5)).toBeUndefined();
  });
});

describe('the half-life of an inventory', () => {
  test('that loses a tenth of itself a period is ln 2 / 0.1', () => {
    const fit = new SlopeFit();
    let inventory = 1000;
    for (let period = 0; period < 60; period += 1) {
      // A little of both signs, so that the fit is not exact.
      const change = -0.1 * inventory + (period % 2 === 0 ? 0.01 : -0.01);
      fit.add(inventory, change);
      inventory += change;
    }
    expect(halfLife(fit.line()!)).toBeCloseTo(Math.LN2 / 0.1, 2);
  });

  test('that does not return is none', () => {
    expect(halfLife({ slope: -0.1, error: 0.05, count: 100 })).toBeUndefined();
    expect(halfLife({ slope: 0.1, error: 0.001, count: 100 })).toBeUndefined();
  });
});

test('a line through points has the slope and error of a text-book', () => {
  const fit = new SlopeFit();
  for (const [x, y] of [
    [1, 2],
    [2, 4],
    [3, 5],
    [4, 4],
    [5, 5],
  ] as const)
    fit.add(x, y);
  expect(fit.line()).toEqual({
    slope: expect.closeTo(0.6, 12),
    error: expect.closeTo(Math.sqrt(0.8 / 10), 12),
    count: 5,
  });
  // Σxy/Σx² = 66/55; the rest 86 − 66²/55 over 4 and 55.
  expect(fit.throughOrigin()).toEqual({
    slope: expect.closeTo(1.2, 12),
    error: expect.closeTo(Math.sqrt((86 - 79.2) / 4 / 55), 12),
    count: 5,
  });
});

test('the normal distribution, to the digits of its tables', () => {
  for (const [x, wanted] of [
    [0, 0.5],
    [1, 0.8413447460685429],
    [1.959963984540054, 0.975],
    [-3, 0.0013498980316300946],
    [6, 0.9999999990134123],
  ] as const)
    expect(normalProbability(x)).toBeCloseTo(wanted, 14);
});

test('a sample keeps all of few values and every second, fourth… of many', () => {
  const few = new Sample();
  for (const value of [3, 1, 2]) few.add(value);
  expect([...few.sorted()]).toEqual([1, 2, 3]);
  const many = new Sample();
  for (let value = 0; value < 500_000; value += 1) many.add(value);
  expect(many.count).toBe(500_000);
  expect(many.stride).toBe(4);
  expect([...many.values.subarray(0, 4)]).toEqual([0, 4, 8, 12]);
  expect(many.values.length).toBe(125_000);
  expect(many.values.at(-1)).toBe(499_996);
});
