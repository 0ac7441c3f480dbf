import { describe, expect, test } from 'vitest';
import { Features } from '../../src/feature/features.ts';
import type { BookView } from '../../src/market/book-view.ts';
import { BUY, SELL, type Side } from '../../src/market/side.ts';
import { liquidityTakerConfig, marketMakerConfig } from '../../src/strategy/config.ts';
import { LiquidityTaker } from '../../src/strategy/liquidity-taker.ts';
import { MarketMaker, glft } from '../../src/strategy/market-maker.ts';
import { Decision, type Strategy, type View } from '../../src/strategy/strategy.ts';
import { book } from '../setup/book.ts';
import { instrument } from '../setup/instrument.ts';

const S = 1e9;
const one = instrument();

/** A view of a book with an own position; clips of 10 lots. */
function view(levels: BookView, change: Partial<View> = {}): View {
  const features = change.features ?? new Features(300);
  features.onBook(levels, change.nowNs ?? 0);
  return {
    instrument: one,
    nowNs: 0,
    book: levels,
    features,
    position: 0,
    avgPx: NaN,
    positionSinceNs: 0,
    clip: 10,
    minQty: 1,
    ...change,
  };
}

function quotes(strategy: Strategy, seen: View): string {
  const decision = new Decision();
  strategy.onBook(seen, decision);
  const { bidPx, bidQty, askPx, askQty } = decision;
  return `${bidQty}@${bidPx} ${askQty}@${askPx}`;
}

describe('the market maker in mode book', () => {
  const maker = new MarketMaker(
    marketMakerConfig.parse({ mode: 'book', threshold_ticks: 0.625, max_clips: 3 }),
  );

  test.each([
    ['the fair price is far from the bid and near the ask', '100x9', '101x1', '10@100 10@102'],
    ['the fair price is near the bid and far from the ask', '100x1', '101x9', '10@99 10@101'],
    [
      'the fair price is in the middle, nearer than the threshold to both',
      '100x5',
      '101x5',
      '10@99 10@102',
    ],
    ['the spread is wide enough for both', '100x5', '103x5', '10@100 10@103'],
    ['the fair price is exactly the threshold away', '100x5', '101x3', '10@100 10@102'],
  ])('joins a side where %s', (_when, bids, asks, expected) => {
    expect(quotes(maker, view(book(bids, asks)))).toBe(expected);
  });

  test('quotes less as inventory nears its limit, and a side no longer at it', () => {
    const levels = book('100x5', '103x5');
    expect(quotes(maker, view(levels, { position: 25 }))).toBe('5@100 10@103');
    expect(quotes(maker, view(levels, { position: 30 }))).toBe('0@100 10@103');
    expect(quotes(maker, view(levels, { position: -45 }))).toBe('10@100 0@103');
  });
});

describe('the market maker in mode glft', () => {
  const maker = new MarketMaker(
    marketMakerConfig.parse({
      mode: 'glft',
      risk_aversion: 0.1,
      arrival_rate_per_s: 2,
      arrival_decay_per_tick: 0.5,
    }),
  );
  const levels = book('100x5', '103x5');

  test('uses the closed form: half spread and skew of a worked example', () => {
    // ln(1.2)/0.1 = 1.8232; √(0.1/(2·2·0.5) · 1.2^6) = √0.1492992 = 0.386393.
    const { half, skew } = glft(0.1, 3, 2, 0.5);
    expect(half).toBeCloseTo(1.8232156 + (3 * 0.3863926) / 2, 6);
    expect(skew).toBeCloseTo(3 * 0.3863926, 6);
  });
  test('quotes around the fair price, rounded away from it', () => {
    // fair 101.5, σ 1 as long as none is known: half 2.0164
    expect(quotes(maker, view(levels))).toBe('10@99 10@104');
  });
  test('moves both quotes against its inventory', () => {
    // skew 0.3864 a clip: six clips move the center by 2.32 ticks
    expect(quotes(maker, view(levels, { position: 60 }))).toBe('10@97 10@102');
    expect(quotes(maker, view(levels, { position: -60 }))).toBe('10@101 10@106');
  });
  test('never crosses, however large the skew', () => {
    const nervous = new MarketMaker(
      marketMakerConfig.parse({ mode: 'glft', risk_aversion: 5, max_clips: 100 }),
    );
    const long = new Decision();
    nervous.onBook(view(levels, { position: 900 }), long);
    expect(long.askPx).toBe(101);
    const short = new Decision();
    nervous.onBook(view(levels, { position: -900 }), short);
    expect(short.bidPx).toBe(102);
  });
});

describe('the liquidity taker', () => {
  const config = liquidityTakerConfig.parse({
    threshold_ratio: 2,
    slippage_bps: 0,
    cool_down_ms: 5000,
    take_profit_bps: 100,
    stop_loss_bps: 50,
    hold_ms_max: 10_000,
  });
  const levels = book('100x5 99x50', '101x5 102x5');

  /** Tells of a trade; gives what is taken. */
  function after(
    taker: Strategy,
    px: number,
    qty: number,
    aggressor: Side,
    change: Partial<View> = {},
  ): string {
    const seen = view(levels, change);
    seen.features.onTrade(px, qty, aggressor, seen.nowNs, seen.nowNs);
    const decision = new Decision();
    taker.onTrade(seen, { px, qty, aggressor }, decision);
    return taken(decision);
  }
  const taken = ({ takeIntent, takeSide, takeQty, takePx, signalName }: Decision): string =>
    takeQty === 0 ? '-' : `${takeIntent} ${takeSide * takeQty}@${takePx} ${signalName}`.trim();

  test('follows an aggressor that took enough of the level it met', () => {
    expect(after(new LiquidityTaker(config), 101, 10, BUY)).toBe('TAKE 10@101 aggressive_ratio');
    expect(after(new LiquidityTaker(config), 100, 10, SELL)).toBe('TAKE -10@100 aggressive_ratio');
    expect(after(new LiquidityTaker(config), 101, 9, BUY)).toBe('-');
  });
  test('reaches as far as the aggressor did, and the allowed slippage further, in whole ticks', () => {
    const far = liquidityTakerConfig.parse({ ...config, slippage_bps: 100 });
    expect(after(new LiquidityTaker(far), 102, 20, BUY)).toBe('TAKE 10@104 aggressive_ratio');
  });
  test('waits between two entries', () => {
    const taker = new LiquidityTaker(config);
    expect(after(taker, 101, 10, BUY, { nowNs: 10 * S })).not.toBe('-');
    expect(after(taker, 101, 10, BUY, { nowNs: 14.9 * S })).toBe('-');
    expect(after(taker, 101, 10, BUY, { nowNs: 15 * S })).not.toBe('-');
  });
  test('with confirmation enters only where the book leans the same way', () => {
    const asking = liquidityTakerConfig.parse({ ...config, imbalance_min: 0.5 });
    expect(after(new LiquidityTaker(asking), 101, 10, BUY)).not.toBe('-');
    expect(after(new LiquidityTaker(asking), 100, 10, SELL)).toBe('-');
  });
  test('enters only from flat; what is too small to leave counts as flat', () => {
    expect(after(new LiquidityTaker(config), 101, 10, BUY, { position: 10, avgPx: 100 })).toBe('-');
    expect(
      after(new LiquidityTaker(config), 101, 10, BUY, { position: 3, minQty: 4, avgPx: 100 }),
    ).not.toBe('-');
  });

  test.each([
    ['at the gain', 10, 99, 1, 'EXIT -10@100'],
    ['at the loss', 10, 100.6, 1, 'EXIT -10@100'],
    ['after the time', 10, 100.1, 10, 'EXIT -10@100'],
    ['short, at the gain', -10, 102.1, 1, 'EXIT 10@101'],
    ['short, at the loss', -10, 100.4, 1, 'EXIT 10@101'],
    ['not before any of them', 10, 100.1, 9.9, '-'],
    ['not when flat', 0, NaN, 99, '-'],
  ])('leaves %s', (_when, position, avgPx, seconds, expected) => {
    const decision = new Decision();
    new LiquidityTaker(config).onBook(
      view(levels, { position, avgPx, nowNs: seconds * S }),
      decision,
    );
    expect(taken(decision)).toBe(expected);
  });
});
