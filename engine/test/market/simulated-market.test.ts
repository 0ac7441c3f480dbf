import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { simConfig } from '../../src/feed/sim-config.ts';
import { BUY, SELL } from '../../src/market/side.ts';
import { openSimulatedMarket } from '../../src/market/simulated-market.ts';
import type { Input } from '../../src/step/input.ts';
import { paperConfig } from '../../src/venue/paper-config.ts';

const S = 1e9;

function open(seed: number, symbols: number, bookIntervalMs: number) {
  const all = simConfig.parse({ book_interval_ms: bookIntervalMs });
  const sim = { ...all, symbols: all.symbols.slice(0, symbols) };
  const market = openSimulatedMarket({
    seed,
    sim,
    paper: paperConfig.parse({}),
    startEpochNs: 1_700_000_000_000_000_000n,
  });
  const sources = [market.feed, market.venue];
  return {
    ...market,
    run(untilNs: number, sink: (input: Input, tNs: number) => void): void {
      for (;;) {
        const next = sources.reduce((a, b) => (b.nextNs() < a.nextNs() ? b : a));
        const tNs = next.nextNs();
        if (tNs > untilNs) return;
        next.advance((input) => sink(input, tNs));
      }
    },
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
function autocorrelation(values: readonly number[], lag: number): number {
  const centre = mean(values);
  let covariance = 0;
  let variance = 0;
  values.forEach((value, i) => {
    variance += (value - centre) ** 2;
    if (i >= lag) covariance += (value - centre) * (values[i - lag]! - centre);
  });
  return covariance / variance;
}
const excessKurtosis = (values: readonly number[]): number =>
  mean(values.map((value) => value ** 4)) / mean(values.map((value) => value ** 2)) ** 2 - 3;

/** Mids at each second, signs of the market orders, time at each spread. */
function observe(seed: number, seconds: number) {
  const market = open(seed, 1, 0);
  const mids: number[] = [];
  const signs: number[] = [];
  const atSpread = new Map<number, number>();
  let [bid, ask, lastNs, lastUs, bad] = [NaN, NaN, 0, -1, 0];
  market.run(seconds * S, (input, tNs) => {
    if (input.kind === 'TRADE') {
      // One market order may trade with several; its trades have one time.
      if (input.venueUs !== lastUs) signs.push(input.aggressor);
      lastUs = input.venueUs!;
    }
    if (input.kind !== 'BOOK') return;
    atSpread.set(ask - bid, (atSpread.get(ask - bid) ?? 0) + tNs - lastNs);
    lastNs = tNs;
    while (mids.length * S < tNs) mids.push((bid + ask) / 2);
    bid = input.book.px(BUY, 0);
    ask = input.book.px(SELL, 0);
    if (!(bid < ask)) bad += 1;
  });
  const returns = (every: number) => {
    const sampled = mids.slice(1).filter((_, i) => i % every === 0);
    return sampled.slice(1).map((mid, i) => mid - sampled[i]!);
  };
  return { returns, signs, atSpread, bad, seconds };
}

test.each([1, 2, 3])(
  'the simulated market of seed %i has the stylised facts of a real one',
  (seed) => {
    const { returns, signs, atSpread, bad, seconds } = observe(seed, 30_000);
    const volatility = (every: number): number =>
      Math.sqrt(mean(returns(every).map((value) => value ** 2)) / every);
    const absolute = returns(10).map(Math.abs);
    const share = (spread: number): number => (atSpread.get(spread) ?? 0) / (seconds * S);

    expect(bad, 'books empty or crossed').toBe(0);
    expect(share(1), 'time at one tick').toBeGreaterThan(0.55);
    expect(share(1), 'time at one tick').toBeLessThan(0.85);
    expect(share(1)).toBeGreaterThan(share(2));
    expect(share(2)).toBeGreaterThan(share(3));
    expect(excessKurtosis(returns(10)), 'fat tails').toBeGreaterThan(1);
    expect(excessKurtosis(returns(1)), 'thinner over longer times').toBeGreaterThan(
      excessKurtosis(returns(300)),
    );
    expect(autocorrelation(returns(1), 1), 'hardly predictable').toBeGreaterThan(-0.2);
    expect(autocorrelation(returns(1), 1), 'hardly predictable').toBeLessThan(0.02);
    expect(autocorrelation(absolute, 1), 'volatility clusters').toBeGreaterThan(0.1);
    expect(autocorrelation(absolute, 20), 'volatility clusters for long').toBeGreaterThan(0);
    expect(autocorrelation(signs, 1), 'signs persist').toBeGreaterThan(0.05);
    expect(autocorrelation(signs, 1), 'signs persist').toBeLessThan(0.25);
    expect(autocorrelation(signs, 10), 'signs have memory').toBeGreaterThan(0);
    expect(volatility(1800) / volatility(1), 'diffuses').toBeGreaterThan(0.5);
    expect(volatility(1800) / volatility(1), 'diffuses').toBeLessThan(1.2);
  },
);

/** Trades in and out while the market runs, and hashes all that comes back. */
function hashOf(seed: number): string {
  const market = open(seed, 3, 5);
  const hash = createHash('sha256');
  let orders = 0;
  let nextNs = S;
  market.run(60 * S, (input, tNs) => {
    const { book, ...rest } = { book: undefined, ...input };
    const levels =
      book === undefined
        ? []
        : [BUY, SELL].map((side) => [book.px(side, 0), book.qty(side, 0), book.depth(side)]);
    hash.update(JSON.stringify([tNs, rest, levels]));
    if (book === undefined || tNs < nextNs) return;
    nextNs += S / 10;
    const side = orders % 2 === 0 ? BUY : SELL;
    const px = book.px(side, 0);
    const instrument = input.kind === 'BOOK' ? input.instrument : 0;
    const tif = orders % 3 === 0 ? 'IOC' : 'GTC';
    market.venue.send(
      {
        kind: 'NEW',
        clOrdId: `c${++orders}`,
        instrument,
        side,
        ordType: 'LIMIT',
        tif,
        postOnly: false,
        px: tif === 'IOC' ? px + side * 3 : px,
        qty: 1000,
      },
      tNs,
    );
    if (orders > 20)
      market.venue.send({ kind: 'CANCEL', clOrdId: `c${orders - 20}`, instrument }, tNs);
  });
  return hash.digest('hex');
}

test('the same seed gives the same market and the same replies, another seed another market', () => {
  expect(hashOf(7)).toBe(hashOf(7));
  expect(hashOf(8)).not.toBe(hashOf(7));
});

test('a symbol shows at most one book in the interval', () => {
  const market = open(5, 2, 50);
  const last = [-Infinity, -Infinity];
  const shown = [0, 0];
  market.run(30 * S, (input, tNs) => {
    if (input.kind !== 'BOOK') return;
    expect(tNs - last[input.instrument]!).toBeGreaterThanOrEqual(50e6);
    last[input.instrument] = tNs;
    shown[input.instrument]! += 1;
  });
  expect(Math.min(...shown)).toBeGreaterThan(100);
});

test('our market order is one trade to the world, and its price moves the book', () => {
  const market = open(3, 1, 0);
  let best = NaN;
  market.run(2 * S, (input) => {
    if (input.kind === 'BOOK') best = input.book.px(SELL, 0);
  });
  const seen: Input[] = [];
  market.venue.send(
    {
      kind: 'NEW',
      clOrdId: 'a',
      instrument: 0,
      side: BUY,
      ordType: 'MARKET',
      tif: 'IOC',
      postOnly: false,
      px: NaN,
      qty: 500_000,
    },
    2 * S,
  );
  market.run(2.1 * S, (input) => {
    seen.push(input);
    if (input.kind === 'BOOK') best = Math.max(best, input.book.px(SELL, 0));
  });
  const reports = seen.flatMap((input) => (input.kind === 'REPORT' ? [input.report] : []));
  const fills = reports.flatMap((report) => (report.kind === 'FILLED' ? [report] : []));
  const trades = seen.flatMap((input) => (input.kind === 'TRADE' ? [input] : []));
  expect(reports.filter(({ kind }) => kind !== 'BALANCES').at(0)).toMatchObject({
    kind: 'ACCEPTED',
    clOrdId: 'a',
  });
  expect(fills.length).toBeGreaterThan(1);
  for (const fill of fills) {
    expect(fill.liquidity).toBe('TAKER');
    expect(trades.filter(({ tradeId }) => tradeId === fill.tradeId)).toMatchObject([
      { px: fill.px, qty: fill.qty, aggressor: BUY },
    ]);
  }
  expect(best).toBeGreaterThan(fills.at(0)!.px);
});
