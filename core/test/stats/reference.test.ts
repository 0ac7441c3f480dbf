/**
 * Every figure against the values that others publish for it: the title names whose value it is.
 * Values that come out of a known defect (counted missing days, excess kurtosis in place of raw) are
 * not here, but for the correct value beside Lean's.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordedData } from '../../../test/setup/components.ts';
import { parseAtoms, toDouble, moneyToDouble, ONE_ATOM } from '../../src/decimal.ts';
import {
  applyFill,
  AVERAGE_DIGITS,
  flatPosition,
  markOf,
  moneyOf,
  realizedPnl,
  unrealizedPnl,
} from '../../src/ledger/position.ts';
import { alpha, beta, informationRatio, trackingError } from '../../src/stats/benchmark.ts';
import { calmarRatio, drawdownsOf, DrawdownTracker } from '../../src/stats/drawdown.ts';
import { meanAndDeviation } from '../../src/stats/moments.ts';
import { gainToPain, omegaRatio, thresholdPerPeriod } from '../../src/stats/omega.ts';
import { ascending, quantile } from '../../src/stats/quantile.ts';
import { stability } from '../../src/stats/regression.ts';
import { annualGrowth, annualReturn, totalReturn, volatility } from '../../src/stats/returns.ts';
import { excessKurtosis, skewness } from '../../src/stats/shape.ts';
import { sharpeConfidence, sharpeRatio } from '../../src/stats/sharpe.ts';
import { downsideDeviation, sortinoRatio } from '../../src/stats/sortino.ts';
import { conditionalValueAtRisk, tailRatio, valueAtRisk } from '../../src/stats/tail.ts';
import { tradeStatistics } from '../../src/stats/trade.ts';

const percent = (...values: readonly number[]): number[] => values.map((value) => value / 100);
const S10 = [0.01, -0.02, 0.03, -0.01, 0.02, 0.04, -0.03, 0.05, -0.04, 0.02];
const MIXED = percent(1, 10, -4, 2, 3, 2, 1, -10);
const NEGATIVE = percent(0, -6, -7, -1, -9, -2, -6, -8, -5);
const POSITIVE = percent(1, 2, 1, 1, 1, 1, 1, 1, 1);
const SHORT = percent(0, 1, 10, -4, 2, 3, 2, 1, -10);
const LEAN = [-0.009025132, 0.003653969, 0, 0];
const LEAN_BENCHMARK = [
  -0.011587791300935783, 0.00054375782787618543, 0.022165997700413956, 0.006263266301918822,
];
const TRADES = [100, 200, 50, -150, 300, -100, 80, -30];

type Row = readonly [name: string, got: number | undefined, wanted: number, digits?: number];
const check = (rows: readonly Row[]): void => {
  for (const [name, got, wanted, digits = 11] of rows)
    test(name, () => {
      expect(got).toBeCloseTo(wanted, digits);
    });
};

describe('nautilus_trader', () => {
  const trades = tradeStatistics([10, -5, 15, -10])!;
  const information = [0.03, -0.01, 0.02, 0.04];
  const [r, b] = [
    [0.02, -0.01, 0.03, 0.005],
    [0.01, 0, 0.015, 0.01],
  ];
  check([
    ['Sharpe ratio', sharpeRatio([0.01, -0.02, 0.015, -0.005, 0.025], 252), 4.48998886412873],
    ['Sortino ratio', sortinoRatio([-0.01, 0.02, -0.015, 0.005, -0.02], 252), -5.273224492824493],
    ['skewness', skewness(S10), -0.22872023422596313],
    ['excess kurtosis', excessKurtosis(S10), -1.2622443251995028],
    [
      'information ratio',
      informationRatio(information, [0.01, 0.005, 0.005, 0.01], 252),
      10.246950765959598,
    ],
    [
      'information ratio, compounded within a day',
      informationRatio([1.02 * 1.03 - 1, 0.01], [0.015, 0.004], 252),
      15.775636549641483,
    ],
    ['beta', beta(r, b), 2.5789473684210527],
    ['alpha, risk-free 0.001', alpha(r, b, 4, 0.001), -0.0383822153156389],
    ['drawdown, two days', drawdownsOf([0.1, -0.1]).maxDepth, -0.1],
    ['drawdown, two falls', drawdownsOf([0.1, -0.1, 0.5, -0.2, 0.1]).maxDepth, -0.2],
    ['drawdown from the start', drawdownsOf([-0.4, -0.1]).maxDepth, -0.46],
    ['expectancy', trades.expectancy, 2.5],
  ]);
});

describe('empyrical', () => {
  check([
    ['Sharpe, mixed', sharpeRatio(MIXED, 252), 1.7238613961706866],
    ['volatility, mixed', volatility(MIXED, 252), 0.9136465399704637],
    ['downside risk, mixed', downsideDeviation(MIXED, 252), 0.6044832503882965],
    ['Sortino, mixed', sortinoRatio(MIXED, 252), 2.605531251673693],
    ['max drawdown, mixed', drawdownsOf(MIXED).maxDepth, -0.1],
    [
      'Omega, 10 a year required',
      omegaRatio(MIXED, thresholdPerPeriod(10, 252)),
      0.8335426349755793,
    ],
    ['Omega, risk-free 0.01 a period', omegaRatio(MIXED, 0.01), 0.8125],
    ['stability', stability(MIXED), 0.1529973665111273],
    ['tail ratio', tailRatio(MIXED), 0.9556962025316452],
    ['Sharpe, positive', sharpeRatio(POSITIVE, 252), 52.915026221291804],
    ['Omega, positive, 0.011 a period', omegaRatio(POSITIVE, 0.011), 1.125],
    ['Sharpe, negative', sharpeRatio(NEGATIVE, 252), -24.406808633910085],
    ['Sortino, negative', sortinoRatio(NEGATIVE, 252), -13.532743075043401],
    ['max drawdown, negative', drawdownsOf(NEGATIVE).maxDepth, -0.3659073, 8],
    [
      'max drawdown, all negative',
      drawdownsOf([-0.02, ...NEGATIVE.slice(1)]).maxDepth,
      -0.378589157,
      9,
    ],
    ['annual return, weekly', annualReturn(SHORT, 52), 0.24690830513998208],
    ['volatility, weekly', volatility(SHORT, 52), 0.38851569394870583],
    ['Sortino, weekly', sortinoRatio(SHORT, 52), 1.1158901056866439],
    ['annual return, monthly', annualReturn(SHORT, 12), 0.052242061386048144],
    ['volatility, monthly', volatility(SHORT, 12), 0.18663690238892558],
    ['Sortino, monthly', sortinoRatio(SHORT, 12), 0.53605626741889756],
    ...[
      [0, 1],
      [0.3, 1.3],
      [1, 2],
    ].map(([at, wanted]): Row => [`percentile ${at} of 1 2`, quantile([1, 2], at!), wanted!]),
    ...[
      [0.1, 41],
      [0.2, 81],
      [0.3, 81.5],
    ].map(([at, wanted]): Row => [
      `value at risk ${at} of 1 81…85`,
      valueAtRisk([1, 81, 82, 83, 84, 85], 1 - at!),
      wanted!,
    ]),
  ]);
});

describe('freqtrade', () => {
  const trades = tradeStatistics(TRADES)!;
  const growth = (from: number, to: number, days: number) =>
    // It has 365 days in a year.
    (1 + annualGrowth(to / from - 1, days * 86_400)!) ** (365 / 365.25) - 1;
  const absolute = (start: number, profits: readonly number[]): number => {
    const tracker = new DrawdownTracker();
    let equity = start;
    tracker.add(0, equity);
    for (const [index, profit] of profits.entries()) tracker.add(index + 1, (equity += profit));
    return tracker.maxDepth;
  };
  check([
    ['expectancy', trades.expectancy, 56.25],
    ['expectancy ratio', trades.expectancyRatio, 0.60267857, 8],
    ['growth of 64900 to 176000 in 1095 days', growth(64900, 176000, 1095), 0.3945, 4],
    ['growth of 64900 to 176000 in 365 days', growth(64900, 176000, 365), 1.7119, 4],
    ['growth of 1000 to 1500 in 100 days', growth(1000, 1500, 100), 3.3927, 4],
    ['growth of 0.01 to 0.01762792 in 120 days', growth(0.01, 0.01762792, 120), 4.6087, 4],
    ['relative drawdown', absolute(1000, [0, -500, 500, 10000, -1000]), -0.5],
  ]);

  /** Depths as they come, each with its loss in money: of the peak that it fell from. */
  const losses = (start: number, profits: readonly number[]): { depth: number; loss: number }[] => {
    const equity = [start];
    for (const profit of profits) equity.push(equity.at(-1)! + profit);
    const tracker = new DrawdownTracker(profits.length);
    for (const [index, value] of equity.entries()) tracker.add(index, value);
    return tracker
      .worst()
      .map(({ depth, start: peak }) => ({ depth, loss: -depth * equity[peak]! }));
  };
  test('absolute drawdown: the largest in money, 1000, is 9.09 % of its peak, and not the deepest', () => {
    const all = losses(1000, [0, -500, 500, 10000, -1000]);
    const largest = all.reduce((a, b) => (b.loss > a.loss ? b : a));
    expect(largest.loss).toBeCloseTo(1000, 9);
    expect(largest.depth).toBeCloseTo(-0.0909090909, 9);
    expect(all[0]!.depth).toBe(-0.5);
  });
  test('absolute drawdown of 28 profits from 0.2: 0.091755, 32.13 % of its peak', () => {
    const profits = [
      0.01158, 0.010048, 0.01134, 0.012161, 0.010416, 0.010009, 0.020024, -0.024662, -0.02235,
      0.020496, -0.029859, -0.030511, 0.010041, 0.010872, -0.025782, 0.0104, 0.012374, 0.012467,
      0.114741, 0.010303, 0.010088, -0.033961, 0.01068, 0.010886, -0.029274, 0.011178, 0.010693,
      0.010711,
    ];
    const [deepest] = losses(0.2, profits);
    expect(deepest!.loss).toBeCloseTo(0.091755, 12);
    expect(deepest!.depth).toBeCloseTo(-0.32129575, 7);
  });
});

describe('barter-rs', () => {
  const drawdownOf = (equity: readonly number[]): number => {
    const tracker = new DrawdownTracker();
    for (const [index, value] of equity.entries()) tracker.add(index, value);
    return tracker.maxDepth;
  };
  check([
    ['Calmar of 0.0025 over 0.0015, drawdown 0.02', calmarRatio(0.0025 - 0.0015, -0.02), 0.05],
    ['drawdown of 100 110 99 88 95 115', drawdownOf([100, 110, 99, 88, 95, 115]), -0.2],
  ]);
});

describe('Lean', () => {
  const cases = [
    [202, 0.00589787137120101, 0.0767976000354244, -3.0952570635188, 0.167632655086644, 0.259112],
    [252, 0.00735774052248839, 0.0857772727620108, -3.3486737318423, 0.187233350684845, 0.263967],
    [365, 0.0106570448043979, 0.103232963748978, -3.75507953923657, 0.225335372429895, 0.27107],
  ] as const;
  /** Its year: the mean, compounded over as many periods. */
  const compounded = (mean: number, periods: number): number => (1 + mean) ** periods - 1;
  test('a mean of 1 over 4 periods is 15 a year', () => {
    expect(compounded(1, 4)).toBe(15);
  });
  describe.each(cases)('%i days', (days, variance, deviation, sharpe, tracking, probability) => {
    check([
      [
        'Sharpe ratio in its form: the compounded mean over the deviation of a year',
        compounded(meanAndDeviation(LEAN).mean, days) / volatility(LEAN, days)!,
        sharpe,
      ],
      ['variance', volatility(LEAN, days)! ** 2, variance],
      ['deviation', volatility(LEAN, days), deviation],
      ['tracking error', trackingError(LEAN, LEAN_BENCHMARK, days), tracking],
      [
        // Lean's benchmark of 1 a year, and raw kurtosis where Lean has excess.
        'probabilistic Sharpe, the correct value',
        sharpeConfidence(LEAN, 1 / Math.sqrt(days))?.probability,
        probability,
        6,
      ],
    ]);
  });

  test.each([
    [[100, 90, 100], 2],
    [[100, 90, 95, 100], 3],
    [[100, 90, 95, 90, 100], 4],
    [[50, 100, 98, 99, 100], 3],
    [[100, 97, 99, 97, 100], 4],
  ])('recovery of %j takes %i days', (equity, days) => {
    const tracker = new DrawdownTracker();
    for (const [day, value] of equity.entries()) tracker.add(day, value);
    expect(tracker.longestSeconds).toBe(days);
  });

  test('deviation of trades 20 20 10', () => {
    const { mean, deviation } = meanAndDeviation([20, 20, 10]);
    expect(deviation).toBeCloseTo(5.77350269189626, 12);
    expect(mean / deviation).toBeCloseTo(2.8867513459, 9);
  });
});

describe('computed apart for cross-checking', () => {
  const trades = tradeStatistics(TRADES)!;
  check([
    ['Sharpe, 365 days', sharpeRatio(S10, 365), 4.374895955956654],
    ['Sharpe, 252 days', sharpeRatio(S10, 252), 3.6351435635618445],
    ['Sortino, 365 days', sortinoRatio(S10, 365), 7.721182983628005],
    ['total', totalReturn(S10), 0.06778992295184172],
    ['max drawdown', drawdownsOf(S10).maxDepth, -0.04],
    ['Ulcer index with the start', drawdownsOf(S10).ulcerIndex, 0.018527385136602546],
    ['Omega', omegaRatio(S10), 1.7],
    ['gain to pain', gainToPain(S10), 0.7],
    ['value at risk', valueAtRisk(S10, 0.95), -0.0355],
    ['conditional value at risk', conditionalValueAtRisk(S10, 0.95), -0.04],
    ['tail ratio', tailRatio(S10), 1.2816901408450703],
    ['probabilistic Sharpe', sharpeConfidence(S10)?.probability, 0.7474888253764655],
    ['profit factor', trades.profitFactor, 2.607142857142857],
    ['payoff', trades.payoff, 1.5642857142857143],
    ['system quality', trades.systemQuality, 1.0623900719703194],
    ['Kelly', trades.kelly, 0.3852739726027397],
    ['win ratio', trades.winRatio, 5 / 8],
    ['Wilson, low', trades.winInterval.low, 0.3057423946, 10],
    ['Wilson, high', trades.winInterval.high, 0.8631557142, 10],
  ]);
});

const folder = recordedData('metrics-reference');
const read = (name: string) => JSON.parse(readFileSync(path.join(folder ?? '', name), 'utf8'));
interface Case {
  readonly metric: string;
  readonly series: string;
  readonly args: {
    readonly rf_series?: string;
    readonly required_series?: string;
    readonly required: number;
  };
}
interface Fill {
  readonly side: string;
  readonly price: string;
  readonly qty: string;
  readonly fee: string;
}

describe.skipIf(folder === undefined)('the recorded reference', () => {
  test('empyrical: each case of its test suite but those that count a missing day', () => {
    const { series, cases } = read('risk_metrics_empyrical_daily.json');
    const present = (name: string): number[] =>
      (series[name] as (number | null)[]).filter((one) => one !== null);
    /** Both without the periods that either lacks. */
    const against = (name: string, other: string): number[] =>
      (series[name] as (number | null)[]).flatMap((one, index) =>
        one === null ? [] : one - series[other][index],
      );
    const value = ({ metric, series: name, args }: Case): number | undefined => {
      const returns = present(name);
      switch (metric) {
        case 'sharpe':
          return sharpeRatio(args.rf_series ? against(name, args.rf_series) : returns, 252);
        case 'sortino':
          return sortinoRatio(
            args.required_series ? against(name, args.required_series) : returns,
            252,
          );
        case 'downside_risk':
          return downsideDeviation(returns, 252, args.required);
        case 'max_drawdown':
          return returns.length === 0 ? undefined : drawdownsOf(returns).maxDepth;
        case 'annual_volatility':
          return volatility(returns, 252);
        case 'cum_returns_final':
          return totalReturn(returns);
        default:
          throw new Error(`unknown figure ${metric}`);
      }
    };
    const counted = cases.filter(
      ({ metric }: Case) => metric !== 'annual_return' && metric !== 'calmar',
    );
    expect(counted.length).toBe(27);
    for (const one of counted) {
      const label = `${one.metric} of ${one.series}`;
      // What has no value is not a number here, neither NaN nor infinity.
      if (typeof one.expected === 'string') expect(value(one), label).toBeUndefined();
      else
        expect(value(one), label).toBeCloseTo(
          one.expected,
          one.metric === 'cum_returns_final' ? 4 : 8,
        );
    }
  });

  test('pyfolio: 755 days of a strategy', () => {
    const expected = read('returns_2004_2006.expected.json');
    const returns = readFileSync(path.join(folder!, 'returns_2004_2006.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[1]));
    expect(returns.length).toBe(expected.n);
    const depth = drawdownsOf(returns).maxDepth;
    const annual = annualReturn(returns, 252)!;
    for (const [got, name] of [
      [sharpeRatio(returns, 252), 'sharpe'],
      [sortinoRatio(returns, 252), 'sortino'],
      [depth, 'max_drawdown'],
      [volatility(returns, 252), 'annual_volatility'],
      [annual, 'annual_return'],
      [calmarRatio(annual, depth), 'calmar'],
      [downsideDeviation(returns, 252), 'downside_risk'],
      [totalReturn(returns), 'cum_return'],
    ] as const)
      expect(got, name).toBeCloseTo(expected[name], 10);
  });

  test('barter-rs: when a drawdown ends, and how deep it was', () => {
    const { equity, max_drawdown_in_current_period, period_closed_at_step_with_value } = read(
      'drawdown_sequence_barter.json',
    );
    const tracker = new DrawdownTracker();
    const depths: number[] = [];
    for (const [step, text] of equity.entries()) {
      tracker.add(step, Number(text));
      depths.push(-tracker.maxDepth);
    }
    const worst = tracker.worst();
    const closed = Object.entries(period_closed_at_step_with_value);
    expect(worst.map(({ end }) => end).sort()).toEqual(closed.map(([step]) => Number(step)));
    for (const [step, depth] of closed)
      expect(-worst.find(({ end }) => end === Number(step))!.depth).toBeCloseTo(Number(depth), 12);
    expect(depths.slice(0, 5)).toEqual(
      max_drawdown_in_current_period
        .slice(0, 5)
        .map((text: string) => expect.closeTo(Number(text), 12)),
    );
  });

  test('barter-rs: ratios, and what a longer period does to them', () => {
    const { sharpe, sortino } = read('ratio_scaling_barter.json');
    const perPeriod = (sharpe.mean - sharpe.rf) / sharpe.std;
    expect(perPeriod).toBeCloseTo(Number(sharpe.value), 12);
    expect(perPeriod * Math.sqrt(252)).toBeCloseTo(Number(sharpe.daily_to_annual_252), 12);
    // Two returns whose mean and deviation are these.
    const half = sharpe.std / Math.SQRT2;
    const returns = [-half, half].map((one) => Number(sharpe.mean) - Number(sharpe.rf) + one);
    expect(sharpeRatio(returns, 252)).toBeCloseTo(Number(sharpe.daily_to_annual_252), 12);
    expect(sortino.length).toBe(3);
    // r = a, and a loss b: the mean is (a + b)/2 and the downside deviation |b|/√2.
    for (const { rf, mean, std_loss, value } of sortino.slice(0, 2)) {
      const loss = -std_loss * Math.SQRT2;
      const gain = 2 * (mean - rf) - loss;
      expect(sortinoRatio([gain, loss], 1)).toBeCloseTo(Number(value), 12);
      expect(sortinoRatio([gain, loss], 4)).toBeCloseTo(2 * Number(value), 12);
    }
  });

  test('barter-rs and nautilus_trader: average cost, fill by fill', () => {
    const { sequences, mark_to_market } = read('pnl_average_cost_cases.json');
    const apply = (position: ReturnType<typeof flatPosition>, fill: Fill): void => {
      const qty = parseAtoms(fill.qty);
      applyFill(position, fill.side === 'BUY' ? qty : -qty, parseAtoms(fill.price), ONE_ATOM);
      position.fees += moneyOf(parseAtoms(fill.fee));
    };
    const net = (position: ReturnType<typeof flatPosition>): number =>
      moneyToDouble(realizedPnl(position, ONE_ATOM) - position.fees);
    for (const { id, fills, open, closed, after_fill } of sequences) {
      const position = flatPosition();
      for (const [index, fill] of fills.entries()) {
        apply(position, fill);
        const after = after_fill?.[index];
        if (!after) continue;
        expect(toDouble(position.averagePrice, AVERAGE_DIGITS), id).toBeCloseTo(
          Number(after.avg),
          10,
        );
        expect(net(position), id).toBeCloseTo(Number(after.realised), 7);
      }
      const realised = [...(closed ?? []), ...(open ? [open] : [])].reduce(
        (sum: number, one: { realised: string }) => sum + Number(one.realised),
        0,
      );
      if (open || closed) expect(net(position), id).toBeCloseTo(realised, 10);
      if (open) expect(toDouble(position.averagePrice, AVERAGE_DIGITS), id).toBe(Number(open.avg));
    }
    for (const { id, fills, mark, unrealised, realised, total } of mark_to_market) {
      const position = flatPosition();
      for (const fill of fills) apply(position, fill);
      const open = moneyToDouble(unrealizedPnl(position, markOf(parseAtoms(mark)), ONE_ATOM));
      expect([open, net(position), open + net(position)], id).toEqual(
        [unrealised, realised, total].map(Number),
      );
    }
  });
});

test('nothing is said of values that say nothing', () => {
  const nothing = [
    sharpeRatio([], 365),
    sharpeRatio([0.01], 365),
    sharpeRatio([0.01, 0.01, 0.01], 365),
    sharpeConfidence([0.01, 0.02, 0.03]),
    sortinoRatio([0.01, 0.02], 365),
    skewness([1, 1, 1]),
    excessKurtosis([1, 2, 3]),
    omegaRatio([0.01]),
    gainToPain([0.01]),
    valueAtRisk([], 0.95),
    conditionalValueAtRisk([], 0.95),
    tailRatio([0, 0, 0]),
    stability([0, 0, 0]),
    beta([0.01, 0.02], [0.01, 0.01]),
    calmarRatio(0.1, 0),
    annualGrowth(-1.5, 86_400),
    tradeStatistics([]),
    tradeStatistics([1, 2])!.profitFactor,
    tradeStatistics([1, 2])!.payoff,
    drawdownsOf([]).longestSeconds,
    volatility([0.01], 365),
  ];
  expect(nothing.every((one) => one === undefined)).toBe(true);
  expect(quantile([], 0.5)).toBeNaN();
  expect(ascending([3, 1, 2])).toEqual([1, 2, 3]);
});
