/** What the report says of small logs, of which every figure can be worked out by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { netPnlOf } from '../../src/fold/account.ts';
import { join } from '../../src/fold/engine-state.ts';
import { metricsText } from '../../src/metrics/registry.ts';
import { DEFINITIONS } from '../../src/report/definitions.ts';
import { moneyToDouble } from '@tradetail/core/decimal.ts';
import { read, readLog, RunLog, type FillTerms, type Reading } from './run-log.ts';

const strategyOf = ({ report }: Reading, name = 'mm') => report.strategies[name]!;

/** A figure that is not given, with a reason that holds this. */
const missing = (why: string) => ({ value: null, reason: expect.stringContaining(why) });

describe('attribution', () => {
  test('of three fills: spread 0.20 and inventory 0.20 make 0.40, and nothing is left', () => {
    const log = new RunLog().start();
    log.book('99.99', '100.01').fill({ side: 'BUY', px: '99.95', qty: '1' });
    log.book('100.09', '100.11').fill({ side: 'SELL', px: '100.15', qty: '1' });
    log.book('99.94', '99.96').fill({ side: 'BUY', px: '99.9', qty: '2' });
    log.book('99.99', '100.01').stop();
    const { attribution, pnl } = strategyOf(readLog(log));
    expect(attribution.total).toMatchObject({
      spread: { value: 0.2, unit: 'USDT', exact: '0.2' },
      inventory: { exact: '0.2' },
      fees: { exact: '0' },
      residual: { exact: '0' },
      net: { exact: '0.4' },
    });
    expect(pnl.net).toMatchObject({ exact: '0.4' });
  });

  test('by hour: each hour has what was gained in it', () => {
    const log = new RunLog().start();
    log.book('99', '101').fill({ side: 'BUY', px: '99', qty: '1', fee: '0.5' });
    log.at(3_599_000).book('100', '102').at(3_601_000).book('104', '106').stop();
    const { by_hour, by_symbol } = strategyOf(readLog(log)).attribution;
    expect(by_hour).toMatchObject([
      {
        hour: '2026-01-01T00:00:00Z',
        spread: { exact: '1' },
        inventory: { exact: '1' },
        fees: { exact: '-0.5' },
        net: { exact: '1.5' },
      },
      {
        hour: '2026-01-01T01:00:00Z',
        spread: { exact: '0' },
        inventory: { exact: '4' },
        fees: { exact: '0' },
        net: { exact: '4' },
      },
    ]);
    expect(by_symbol).toMatchObject([{ symbol: 'BTC-USDT', net: { exact: '5.5' } }]);
  });

  test('tells a rebate from a fee, and takes a fee in the asset itself off the position', () => {
    const log = new RunLog().start().book('99', '101');
    log.fill({ side: 'BUY', px: '100', qty: '2', fee: '0.01', feeCcy: 'BTC' });
    log.fill({ side: 'SELL', px: '100', qty: '1', fee: '-0.25' });
    const { attribution, pnl } = strategyOf(readLog(log.stop()));
    expect(attribution.total).toMatchObject({
      fees: { exact: '-1' },
      rebates: { exact: '0.25' },
      residual: { exact: '0' },
      net: { exact: '-0.75' },
    });
    expect(pnl.by_symbol[0]!.position).toMatchObject({ value: 0.99, unit: 'BTC' });
  });

  test('of lines that were lost is the residual, once a snapshot says what they did', () => {
    const log = new RunLog().start().book('99', '101');
    log.fill({ side: 'BUY', px: '100', qty: '1' }).lose(3);
    log.event('engine.snapshot', {
      instruments: [],
      strategies: [
        {
          strategy: 'mm',
          capital: '1000',
          capital_ccy: 'USDT',
          cash: '0',
          equity_peak: '1000',
          max_drawdown: 0,
        },
      ],
      orders: [],
      positions: [
        {
          strategy: 'mm',
          venue: 'sim',
          symbol: 'BTC-USDT',
          qty: '3',
          avg_px: '98',
          realized_pnl: '7',
          fees: '1',
        },
      ],
      balances: [],
    });
    log.book('100', '102').stop();
    const reading = readLog(log);
    const { attribution } = strategyOf(reading);
    // 7 − 1 + 3 × (100 − 98) was there when the snapshot came; 3 × 1 came after.
    expect(attribution.total).toMatchObject({
      inventory: { exact: '3' },
      residual: { exact: '12' },
      net: { exact: '15' },
    });
    expect(reading.report.log).toMatchObject({
      complete: false,
      missing_lines: { value: 3 },
      gaps: [{ from: 7, to: 9 }],
    });
  });

  test('of a position that was there before the run begins at its average', () => {
    const log = new RunLog().start();
    log.event('engine.snapshot', {
      positions: [
        {
          strategy: 'mm',
          venue: 'sim',
          symbol: 'BTC-USDT',
          qty: '2',
          avg_px: '90',
          realized_pnl: '5',
          fees: '1',
        },
      ],
    });
    log.book('99', '101').fill({ side: 'SELL', px: '101', qty: '2' }).stop();
    const { attribution, trades } = strategyOf(readLog(log));
    expect(attribution.total).toMatchObject({
      spread: { exact: '2' },
      inventory: { exact: '20' },
      residual: { exact: '0' },
      net: { exact: '22' },
    });
    expect(trades.round_trips.value).toBe(1);
    expect(trades.net).toMatchObject({ exact: '22' });
  });
});

describe('round trips', () => {
  const trips = (...fills: readonly (readonly ['BUY' | 'SELL', string, string, string?])[]) => {
    const log = new RunLog().start();
    for (const [side, qty, px, fee = '0'] of fills) log.fill({ side, px, qty, fee });
    return readLog(log.stop());
  };
  const nets = ({ rows }: Reading) => rows.round_trips.map((row) => row[13]);
  const sides = ({ rows }: Reading) => rows.round_trips.map((row) => row[5]);

  test('pyfolio: bought 2 at 10 and sold at 15 made 10', () => {
    expect(nets(trips(['BUY', '2', '10'], ['SELL', '2', '15']))).toEqual([10]);
  });
  test('pyfolio: bought at 10 and 15, sold through zero at 10: the long one lost 10', () => {
    const reading = trips(['BUY', '2', '10'], ['BUY', '2', '15'], ['SELL', '9', '10']);
    expect([sides(reading), nets(reading)]).toEqual([['LONG'], [-10]]);
  });
  test('pyfolio: a long one of 10, and a short one of −10 through zero', () => {
    const reading = trips(['BUY', '2', '10'], ['SELL', '4', '15'], ['BUY', '3', '20']);
    expect([sides(reading), nets(reading)]).toEqual([
      ['LONG', 'SHORT'],
      [10, -10],
    ]);
  });
  test('pyfolio: what is sold half has realized 10', () => {
    const reading = trips(['BUY', '4', '10'], ['SELL', '2', '15'], ['BUY', '2', '20']);
    expect(strategyOf(reading).pnl.realized).toMatchObject({ value: 10 });
    expect(nets(reading)).toEqual([]);
  });
  test('hummingbot: two trades of 500 with 350 of fees make 650', () => {
    const reading = trips(
      ['BUY', '100', '10'],
      ['SELL', '100', '15'],
      ['SELL', '100', '20', '200'],
      ['BUY', '100', '15', '150'],
    );
    expect(nets(reading)).toEqual([500, 150]);
    expect(strategyOf(reading).pnl).toMatchObject({
      realized: { value: 1000 },
      fees: { value: 350 },
      net: { value: 650 },
    });
  });
  test('nautilus_trader: a fill through zero has its fee split by quantity', () => {
    const reading = trips(
      ['BUY', '1', '100', '10'],
      ['SELL', '2', '150', '20'],
      ['BUY', '1', '150', '0'],
    );
    expect(nets(reading)).toEqual([30, -10]);
  });
  test('Lean: long 1000 at 1.08 to 1.09 by way of 1.075 and 1.10: −5 at worst and 20 at best', () => {
    const log = new RunLog().start().book('1.079', '1.081');
    log.at(1_000).fill({ side: 'BUY', px: '1.08', qty: '1000' });
    log.at(2_000).book('1.074', '1.076').at(3_000).book('1.099', '1.101');
    log.at(4_500).fill({ side: 'SELL', px: '1.09', qty: '1000' });
    const reading = readLog(log.stop());
    const [trip] = reading.rows.round_trips;
    expect(trip!.slice(10, 11)).toEqual([3.5]);
    expect(trip![13]).toBe(10);
    expect(trip![14]).toBeCloseTo(-5, 9);
    expect(trip![15]).toBeCloseTo(20, 9);
    expect(strategyOf(reading).trades.holding_time.mean).toMatchObject({
      value: 3.5,
      unit: 's',
      n: 1,
    });
  });
});

describe('round trips of Lean', () => {
  /** Trades of 1000, each by way of the two mids; the price in pips from 1.0000. */
  const report = (
    ...trades: readonly (readonly [
      side: 'BUY' | 'SELL',
      from: number,
      way: readonly number[],
      to: number,
      fee: string,
    ])[]
  ) => {
    const px = (pips: number): string => (1 + pips / 1000).toFixed(4);
    const log = new RunLog().start();
    let ms = 0;
    for (const [side, from, way, to, fee] of trades) {
      log.at((ms += 1_000)).fill({ side, px: px(from), qty: '1000', fee });
      for (const mid of way) log.at((ms += 1_000)).book(px(mid - 1), px(mid + 1));
      const close = side === 'BUY' ? 'SELL' : 'BUY';
      log.at((ms += 1_000)).fill({ side: close, px: px(to), qty: '1000', fee });
    }
    return readLog(log.stop());
  };

  test('three winners: adverse −5 −30 −15, favourable 30 40 30, fees 6', () => {
    const reading = report(
      ['BUY', 100, [95, 130], 120, '1'],
      ['BUY', 100, [70, 140], 120, '1'],
      ['SELL', 100, [115, 70], 90, '1'],
    );
    const extremes = reading.rows.round_trips.map((row) => row.slice(14, 16));
    for (const [index, [mae, mfe]] of [
      [-5, 30],
      [-30, 40],
      [-15, 30],
    ].entries())
      expect(extremes[index]).toEqual([expect.closeTo(mae!, 9), expect.closeTo(mfe!, 9)]);
    const { trades, pnl } = strategyOf(reading);
    expect(pnl.fees).toMatchObject({ value: 6 });
    expect(trades.adverse_excursion.mean.value).toBeCloseTo(-16.6666667, 6);
    expect(trades.favorable_excursion.mean.value).toBeCloseTo(33.3333333, 6);
  });

  test('turned: long made 10 of 10, then short lost 10, −20 at worst and 15 at best', () => {
    const log = new RunLog().start().book('1.0699', '1.0701');
    log.at(1_000).fill({ side: 'BUY', px: '1.07', qty: '1000' });
    log.at(2_000).fill({ side: 'SELL', px: '1.08', qty: '2000' });
    log.at(3_000).book('1.0999', '1.1001').at(4_000).book('1.0649', '1.0651');
    log.at(5_000).fill({ side: 'BUY', px: '1.09', qty: '1000' });
    const trips = readLog(log.stop()).rows.round_trips;
    expect(trips.map((row) => row[5])).toEqual(['LONG', 'SHORT']);
    expect(trips.map((row) => row[13])).toEqual([10, -10]);
    expect(trips[0]![15]).toBeCloseTo(10, 9);
    expect(trips[1]!.slice(14, 16)).toEqual([expect.closeTo(-20, 9), expect.closeTo(15, 9)]);
  });
});

describe('returns', () => {
  /** A position of 1 whose price moves so that equity has these returns at the end of each day. */
  const days = (returns: readonly number[]): RunLog => {
    const log = new RunLog()
      .start('1000')
      .book('99.99', '100.01')
      .fill({ side: 'BUY', px: '100', qty: '1' });
    let equity = 1000;
    for (const [day, one] of returns.entries()) {
      equity *= 1 + one;
      const mid = 100 + equity - 1000;
      log
        .at(day * 86_400_000 + 80_000_000)
        .book((mid - 0.01).toFixed(12), (mid + 0.01).toFixed(12));
    }
    return log.at((returns.length - 1) * 86_400_000 + 86_000_000).stop();
  };

  test('of ten days are those of days, annualised by 365', () => {
    const S10 = [0.01, -0.02, 0.03, -0.01, 0.02, 0.04, -0.03, 0.05, -0.04, 0.02];
    const { returns, risk } = strategyOf(readLog(days(S10)));
    expect(returns).toMatchObject({
      sampling: 'day',
      session: 'UTC',
      is_intraday: false,
      n: 10,
      periods_per_year: 365,
    });
    const value = (figure: { value: number | null }) => figure.value;
    expect(value(returns.total)).toBeCloseTo(0.06778992295184172, 10);
    expect(value(risk.sharpe)).toBeCloseTo(4.374895955956654, 7);
    expect(value(risk.sortino)).toBeCloseTo(7.721182983628005, 7);
    expect(value(risk.max_drawdown)).toBeCloseTo(-0.04, 10);
    expect(value(risk.ulcer)).toBeCloseTo(0.018527385136602546, 9);
    expect(value(risk.omega)).toBeCloseTo(1.7, 8);
    expect(value(risk.value_at_risk_95)).toBeCloseTo(-0.0355, 9);
    expect(value(risk.conditional_value_at_risk_95)).toBeCloseTo(-0.04, 9);
    expect(value(risk.tail_ratio)).toBeCloseTo(1.2816901408450703, 7);
    expect(value(risk.probabilistic_sharpe)).toBeCloseTo(0.7474888253764655, 8);
    expect(value(returns.skewness)).toBeCloseTo(-0.22872023422596313, 7);
    expect(returns.cagr).toEqual(missing('9 days, 30 wanted'));
    expect(risk.drawdowns[0]).toMatchObject({
      depth: { unit: 'fraction' },
      peak: expect.stringContaining('2026-01-08T'),
    });
  });

  test('of a run on Kite end their days at midnight in India, 18:30 UTC, 252 a year', () => {
    // The price moves at 18:40 UTC of each day: in London that is this day, in Mumbai the next.
    const mids = (venue: string) => {
      const log = new RunLog().start('1000').book('99.99', '100.01');
      log.fill({ side: 'BUY', px: '100', qty: '1' });
      for (let day = 0; day < 7; day += 1) {
        const hours = (hour: number) => (24 * day + hour) * 3_600_000;
        log.at(hours(17)).book(`${100 + day - 0.01}`, `${100 + day + 0.01}`);
        log.at(hours(18 + 40 / 60)).book(`${101 + day - 0.01}`, `${101 + day + 0.01}`);
      }
      log.stop();
      const lines = log.lines.map((line) => line.replaceAll('"venue":"sim"', `"venue":"${venue}"`));
      return strategyOf(read(lines)).returns;
    };
    expect(mids('sim')).toMatchObject({ session: 'UTC', periods_per_year: 365, n: 7 });
    expect(mids('KITE')).toMatchObject({ session: 'IST', periods_per_year: 252, n: 8 });
  });

  test('of days that never moved give no ratio', () => {
    const { returns, risk } = strategyOf(readLog(days([0, 0, 0, 0, 0, 0])));
    expect(returns.volatility).toMatchObject({ value: 0, n: 6 });
    expect(risk.sharpe).toEqual(missing('never moved'));
    expect(risk.sortino).toEqual(missing('no period lost'));
    expect(risk.omega).toEqual(missing('no period lost'));
    expect(returns.beta).toEqual(missing('benchmark never moved'));
  });

  test('of an hour are those of minutes, said to be intraday, and the Sharpe ratio is the live one', async () => {
    const log = new RunLog()
      .start('1000')
      .book('99.99', '100.01')
      .fill({ side: 'BUY', px: '100', qty: '1' });
    for (let minute = 0; minute < 60; minute += 1) {
      const mid = 100 + ((minute * 7919) % 13);
      log.at(minute * 60_000 + 30_000).book(`${mid - 1}`, `${mid + 1}`);
    }
    const reading = readLog(log.stop());
    const { returns, risk } = strategyOf(reading);
    expect(returns).toMatchObject({
      sampling: 'minute',
      is_intraday: true,
      n: 58,
      periods_per_year: 525_600,
    });
    const status = {
      files: 1,
      lagBytes: 0,
      rotations: 0,
      truncations: 0,
      errors: 0,
      caughtUp: true,
    };
    const live = await metricsText(reading.reader.replica.state, status);
    expect(Number(/trading_sharpe_ratio\{[^}]*\} (\S+)/.exec(live)![1])).toBeCloseTo(
      risk.sharpe.value!,
      9,
    );
  });

  test('of ten minutes are those of ten seconds', () => {
    const log = new RunLog()
      .start('1000')
      .book('99.99', '100.01')
      .fill({ side: 'BUY', px: '100', qty: '1' });
    for (let second = 0; second < 600; second += 5)
      log.at(second * 1_000).book(`${99 + ((second * 31) % 7)}`, `${101 + ((second * 31) % 7)}`);
    const { returns, risk } = strategyOf(readLog(log.stop()));
    expect(returns).toMatchObject({ sampling: '10 s', is_intraday: true, n: 58 });
    expect(risk.sharpe.value).not.toBeNull();
  });

  test('a deposit is no gain', () => {
    const log = new RunLog()
      .start('1000')
      .book('99.99', '100.01')
      .fill({ side: 'BUY', px: '100', qty: '1' });
    log.at(100_000).event('account.cash', {
      venue: 'sim',
      strategy: 'mm',
      kind: 'DEPOSIT',
      amount: '500',
      ccy: 'USDT',
    });
    const { returns, risk, pnl } = strategyOf(readLog(log.at(200_000).stop()));
    expect(returns.total).toMatchObject({ value: 0 });
    expect(risk.max_drawdown).toMatchObject({ value: 0 });
    expect(pnl).toMatchObject({
      capital: { value: 1500 },
      equity: { value: 1500 },
      net: { value: 0 },
    });
  });
});

describe('execution', () => {
  test('of a taker: 10 bps paid, 30 kept by them, 20 against us; a maker earns 5 and loses 10', () => {
    const log = new RunLog().start().book('99.99', '100.01');
    log.fill({ side: 'BUY', px: '100.05', qty: '1', liquidity: 'TAKER' });
    log.fill({ side: 'BUY', px: '99.95', qty: '1', liquidity: 'MAKER' });
    log.at(50).book('99.89', '99.91').at(200).stop();
    const reading = readLog(log);
    const { maker, taker } = reading.report.comparison;
    const first = (side: typeof maker) => side.markouts[0]!;
    expect(first(taker).effective_spread.value).toBeCloseTo(10, 9);
    expect(first(taker).realised_spread.value).toBeCloseTo(30, 9);
    expect(first(taker).price_impact.value).toBeCloseTo(-20, 9);
    expect(first(taker).markout.value).toBeCloseTo(-15, 9);
    expect(first(maker).edge.value).toBeCloseTo(5, 9);
    expect(first(maker).adverse.value).toBeCloseTo(-10, 9);
    expect(first(maker).markout).toMatchObject({ unit: 'bps', n: 1 });
    expect(maker.markouts[1]!.markout).toEqual(missing('horizon'));
    expect(maker.effective_spread.value).toBeCloseTo(-10, 9);
    expect(maker.spread_captured).toMatchObject({ exact: '0.05' });
    expect(taker.spread_captured).toMatchObject({ exact: '-0.05' });
  });

  test('of orders: how many were filled, at which level, how long the others waited', () => {
    const log = new RunLog().start().book('99', '101');
    const order = (name: string, px: string): FillTerms => ({
      side: 'BUY',
      px,
      qty: '1',
      order: name,
    });
    const refs = { refBid: '99', refAsk: '101' };
    for (const [name, px] of [
      ['a', '99'],
      ['b', '98.99'],
      ['c', '99.01'],
      ['d', '90'],
    ] as const)
      log
        .submit({ ...order(name, px), ...refs })
        .at(1)
        .accept(order(name, px));
    log.at(1_001).fill(order('a', '99')).at(2_001).fill(order('b', '98.99'));
    log.at(3_001).cancel(order('c', '99.01')).at(4_001).cancel(order('d', '90'), 'STOP');
    const { execution } = strategyOf(readLog(log.stop()));
    expect(execution).toMatchObject({
      orders: { value: 4 },
      fills: { value: 2 },
      fill_ratio: { value: 0.5, n: 4 },
      orders_filled: { value: 0.5 },
      order_to_trade: { value: 2 },
      maker_share: { value: 1 },
      fill_ratio_by_level: [
        { side: 'BUY', level: '0', orders_filled: { value: 1 } },
        { side: 'BUY', level: '1', orders_filled: { value: 1 } },
        { side: 'BUY', level: '5+', orders_filled: { value: 0 } },
        { side: 'BUY', level: 'inside', orders_filled: { value: 0 } },
      ],
      queue_time: {
        filled: { value: 2 },
        censored: { value: 2 },
        p25: { value: 1 },
        p50: { value: 2 },
        p75: missing('three quarters'),
        within_1s: { value: 0.25 },
      },
      cancels: [
        { reason: 'REQUOTE', orders: { value: 1 } },
        { reason: 'STOP', orders: { value: 1 } },
      ],
    });
  });

  test('a fill after the cancel still counts for its order', () => {
    const log = new RunLog().start().book('99', '101');
    const order: FillTerms = { side: 'BUY', px: '99', qty: '1', order: 'a' };
    log
      .submit({ ...order, refBid: '99', refAsk: '101' })
      .at(1)
      .accept(order)
      .at(500)
      .cancel(order)
      .at(600)
      .fill(order);
    const reading = readLog(log.stop());
    expect(strategyOf(reading).execution).toMatchObject({ fill_ratio: { value: 1 } });
    expect(reading.rows.orders[0]!.slice(14, 17)).toEqual(['FILLED', '1', '1']);
  });

  test('implementation shortfall of an order that takes is that of the text-book', () => {
    const log = new RunLog().start('100000').book('39.99', '40.01');
    const order: FillTerms = { side: 'BUY', px: '41', qty: '1000', order: 'a', liquidity: 'TAKER' };
    log.submit({ ...order, intent: 'TAKE', refBid: '39.99', refAsk: '40.01' });
    log.at(10).book('40.03', '40.05').accept(order);
    log.at(20).fill({ ...order, px: '40.05', qty: '700', fee: '17' }, 'PARTIALLY_FILLED');
    log.at(30).book('40.07', '40.09').cancel(order).stop();
    const { execution } = strategyOf(readLog(log));
    expect(execution).toMatchObject({
      implementation_shortfall: {
        total: { value: expect.closeTo(19, 6), unit: 'bps', n: 1 },
        amount: { value: expect.closeTo(76, 8) },
      },
    });
  });
});

describe('a sensible report comes', () => {
  const wholly = (reading: Reading): void => {
    // Everything in it can be written, and nothing in it is NaN or infinite.
    expect(JSON.parse(JSON.stringify(reading.report))).toEqual(reading.report);
  };

  test('of an empty log', () => {
    const reading = read([]);
    wholly(reading);
    expect(reading.report).toMatchObject({
      run: { run: null },
      strategies: {},
      log: { complete: false, findings: ['there is no run in these files'] },
      comparison: { maker: { fills: { value: 0 } } },
    });
  });

  test('of a log that has only begun', () => {
    const reading = readLog(new RunLog().start());
    wholly(reading);
    const { pnl, returns, trades } = strategyOf(reading);
    expect(pnl).toMatchObject({ net: { exact: '0' }, equity: { exact: '1000' } });
    expect(returns.total).toMatchObject({ value: 0 });
    expect(trades.win_ratio).toEqual(missing('no round trip'));
  });

  test('of one fill', () => {
    const reading = readLog(
      new RunLog().start().fill({ side: 'BUY', px: '100', qty: '1', fee: '0.1' }),
    );
    wholly(reading);
    const { pnl, trades, attribution } = strategyOf(reading);
    expect(pnl).toMatchObject({ net: { exact: '-0.1' }, unrealized: { value: 0 } });
    expect(trades).toMatchObject({
      round_trips: { value: 0 },
      profit_factor: missing('no round trip'),
      system_quality: missing('0 round trips'),
    });
    expect(attribution.total).toMatchObject({ spread: { exact: '0' }, residual: { exact: '0' } });
  });

  test('of losses only', () => {
    const log = new RunLog().start().book('99', '101');
    for (let one = 0; one < 5; one += 1)
      log.fill({ side: 'BUY', px: '101', qty: '1' }).fill({ side: 'SELL', px: '99', qty: '1' });
    const reading = readLog(log.stop());
    wholly(reading);
    const { trades } = strategyOf(reading);
    expect(trades).toMatchObject({
      win_ratio: { value: 0, low: 0, n: 5 },
      profit_factor: { value: 0 },
      payoff: missing('none won'),
      kelly: missing('none won'),
      expectancy: { value: -2 },
      system_quality: missing('the same'),
    });
  });

  test('of a log that is cut in the middle', () => {
    const log = new RunLog()
      .start()
      .book('99', '101')
      .fill({ side: 'BUY', px: '99', qty: '1' })
      .book('99', '101')
      .stop();
    const half = log.lines.slice(0, -2);
    half.push(log.lines.at(-2)!.slice(0, 40));
    const reading = read(half);
    wholly(reading);
    expect(reading.report.log).toMatchObject({
      complete: false,
      invalid_lines: { json: { value: 1 } },
    });
    expect(reading.report.log.findings.join()).toContain('without engine.stopped');
    expect(strategyOf(reading).pnl.net).toMatchObject({ exact: '1' });
  });

  test('of fills before their instrument: what has no value is null, and why is said', () => {
    const log = new RunLog()
      .event('log.segment', { n: 1, first_seq: 1 })
      .fill({ side: 'BUY', px: '100', qty: '1' });
    const reading = readLog(log.stop());
    wholly(reading);
    expect(strategyOf(reading).pnl.net).toEqual(missing('before its instrument'));
    expect(reading.report.log.complete).toBe(false);
  });

  test('of two runs: of the greater, or of the one that is asked for', () => {
    const earlier = new RunLog()
      .start('500')
      .stop()
      .lines.map((line) => line.replace('01K9ZZ', '01K9AA'));
    const later = new RunLog().start('1000').stop().lines;
    for (const lines of [
      [...earlier, ...later],
      [...later, ...earlier],
    ]) {
      expect(read(lines).report.strategies['mm']!.pnl.capital.value).toBe(1000);
      expect(
        read(lines, '01K9AAZZZZZZZZZZZZZZZZZZZZ').report.strategies['mm']!.pnl.capital.value,
      ).toBe(500);
    }
  });

  test('of a log that another writer wrote: keys in any order give the same', () => {
    const log = new RunLog().start().book('99', '101').fill({ side: 'BUY', px: '99', qty: '1' });
    log.at(61_000).book('100', '102').at(3_700_000).book('101', '103').stop();
    const turned = log.lines.map((line) =>
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line) as object).reverse())),
    );
    expect(read(turned).report).toEqual(read(log.lines).report);
    expect(read(turned).rows).toEqual(read(log.lines).rows);
  });
});

describe('laws', () => {
  const fill = fc.record({
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    ticks: fc.integer({ min: -50, max: 50 }),
    lots: fc.integer({ min: 1, max: 5_000 }),
    fee: fc.integer({ min: -100, max: 300 }),
    passedMs: fc.integer({ min: 0, max: 900_000 }),
    symbol: fc.constantFrom('BTC-USDT', 'ETH-USDT'),
  });
  type Drawn = typeof fill extends fc.Arbitrary<infer T> ? T : never;
  const price = (ticks: number) => (100 + ticks / 100).toFixed(2);

  function play(
    fills: readonly Drawn[],
    change: { offsetMs?: number; lots?: number; parts?: boolean } = {},
  ): Reading {
    const log = new RunLog(change.offsetMs).start('1000000', 'mm', ['BTC-USDT', 'ETH-USDT']);
    let ms = 0;
    for (const [index, { side, ticks, lots, fee, passedMs, symbol }] of fills.entries()) {
      ms += passedMs;
      log.at(ms).book(price(ticks - 3), price(ticks + 2), symbol);
      const terms = (share: number): FillTerms => ({
        side,
        px: price(-ticks),
        qty: ((lots * share * (change.lots ?? 1)) / 1000).toFixed(3),
        fee: ((fee * share * (change.lots ?? 1)) / 1000).toFixed(3),
        liquidity: index % 3 === 0 ? 'TAKER' : 'MAKER',
        symbol,
      });
      if (change.parts) for (let part = 0; part < 4; part += 1) log.fill(terms(1));
      else log.fill(terms(4));
    }
    return readLog(log.at(ms + 400_000).stop());
  }
  const drawn = fc.array(fill, { minLength: 1, maxLength: 30 });

  test('spread, inventory, fees and rebates make net PnL to the digit, by strategy, symbol and hour', () => {
    fc.assert(
      fc.property(drawn, (fills) => {
        const reading = play(fills);
        const { attribution, pnl } = strategyOf(reading);
        for (const parts of [attribution.total, ...attribution.by_symbol, ...attribution.by_hour])
          expect(parts.residual).toMatchObject({ exact: '0' });
        expect(attribution.total.net).toEqual(pnl.net);
        const { collector } = reading.reader;
        for (const { holding, attribution: one } of collector!.keys.values()) {
          let net = 0n;
          for (const parts of one.hours.values()) net += parts.net;
          expect(net).toBe(netPnlOf(holding));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('round trips are those that the replica counts', () => {
    fc.assert(
      fc.property(drawn, (fills) => {
        const { reader, report } = play(fills);
        const account = reader.collector!.run.accounts.get('mm')!;
        const { trades } = report.strategies['mm']!;
        expect(trades.round_trips.value).toBe(account.trips);
        expect(trades.wins.value).toBe(account.wins);
        if (account.trips > 0)
          expect(trades.net.value).toBeCloseTo(moneyToDouble(account.won - account.lost), 9);
      }),
      { numRuns: 60 },
    );
  });

  test('the same a year later is the same but for its times', () => {
    fc.assert(
      fc.property(drawn, (fills) => {
        const figures = ({ report }: Reading) => {
          const { pnl, trades, attribution, execution } = report.strategies['mm']!;
          return { pnl, trades, total: attribution.total, execution };
        };
        expect(figures(play(fills, { offsetMs: 365 * 86_400_000 }))).toEqual(figures(play(fills)));
      }),
      { numRuns: 30 },
    );
  });

  test('twice the quantity is twice the money, and the same ratios', () => {
    fc.assert(
      fc.property(drawn, (fills) => {
        const [once, twice] = [play(fills), play(fills, { lots: 2 })].map((reading) =>
          strategyOf(reading),
        );
        for (const part of ['spread', 'inventory', 'fees', 'rebates', 'net'] as const)
          expect(twice!.attribution.total[part].value).toBeCloseTo(
            2 * once!.attribution.total[part].value!,
            9,
          );
        expect(twice!.trades.win_ratio).toEqual(once!.trades.win_ratio);
        expect(twice!.trades.round_trips).toEqual(once!.trades.round_trips);
      }),
      { numRuns: 30 },
    );
  });

  test('a fill in four parts changes nothing but the number of fills', () => {
    fc.assert(
      fc.property(drawn, (fills) => {
        const [whole, parts] = [play(fills), play(fills, { parts: true })].map((reading) =>
          strategyOf(reading),
        );
        expect(parts!.pnl.net).toEqual(whole!.pnl.net);
        expect(parts!.pnl.fees).toEqual(whole!.pnl.fees);
        expect(parts!.pnl.realized.value).toBeCloseTo(whole!.pnl.realized.value!, 9);
        expect(parts!.attribution).toEqual(whole!.attribution);
        expect(parts!.trades.round_trips).toEqual(whole!.trades.round_trips);
        expect(parts!.returns.total).toEqual(whole!.returns.total);
        expect(parts!.execution.orders).toEqual(whole!.execution.orders);
      }),
      { numRuns: 30 },
    );
  });
});

test('every figure has its definition', () => {
  const log = new RunLog().start().book('99', '101');
  log
    .submit({ side: 'BUY', px: '99', qty: '1', order: 'a', refBid: '99', refAsk: '101' })
    .fill({ side: 'BUY', px: '99', qty: '1', order: 'a' });
  const { report } = readLog(log.at(400_000).book('98', '100').stop());
  const undefinedNames = new Set<string>();
  const visit = (value: unknown, names: readonly string[]): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('value' in value && ('unit' in value || 'reason' in value)) {
      // Its own name, or that of the group it is a row of.
      if (!names.slice(-3).some((name) => name in DEFINITIONS)) undefinedNames.add(names.join('.'));
      return;
    }
    for (const [name, one] of Object.entries(value)) visit(one, [...names, name]);
  };
  visit(report.strategies, []);
  visit(report.comparison, []);
  expect([...undefinedNames].sort()).toEqual([]);
});

test('a label that is long or hostile is text, and a formula in a table is none', () => {
  const name = '=HYPERLINK("http://x")';
  const log = new RunLog()
    .start('1000', name)
    .book('99', '101')
    .fill({ side: 'BUY', px: '99', qty: '1', strategy: name, order: '__proto__' });
  const { report, reader } = readLog(log.stop());
  expect(Object.keys(report.strategies)).toEqual([name]);
  expect(reader.collector!.keys.has(join(name, 'sim', 'BTC-USDT'))).toBe(true);
  const proto = readLog(new RunLog().start('1000', '__proto__').stop());
  expect(JSON.stringify(proto.report.strategies)).toContain('"__proto__"');
});
