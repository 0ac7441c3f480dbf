import { describe, expect, test } from 'vitest';
import { AggressiveRatio } from '../../src/feature/aggressive-ratio.ts';
import { ArrivalIntensity } from '../../src/feature/arrival-intensity.ts';
import { fairPrice } from '../../src/feature/fair-price.ts';
import { imbalance } from '../../src/feature/imbalance.ts';
import { OrderFlow } from '../../src/feature/order-flow.ts';
import { Volatility } from '../../src/feature/volatility.ts';
import { BUY, SELL } from '../../src/market/side.ts';
import { book } from '../setup/book.ts';

const S = 1e9;

describe('the fair price', () => {
  test('leans towards the side with less quantity on the other', () => {
    expect(fairPrice(100, 3, 101, 1)).toBe(100.75);
    expect(fairPrice(100, 1, 101, 1)).toBe(100.5);
  });
  test('is not known without two sides', () => {
    expect(fairPrice(NaN, 0, 101, 1)).toBeNaN();
  });
});

test('imbalance counts only the levels asked for, from −1 to +1', () => {
  const levels = book('100x3 99x5', '101x1 102x9');
  expect(imbalance(levels, 1)).toBe(0.5);
  expect(imbalance(levels, 2)).toBe(-2 / 18);
  expect(imbalance(book('100x3', ''), 5)).toBe(1);
});

describe('the aggressive ratio', () => {
  const ratio = () => {
    const feature = new AggressiveRatio();
    feature.onTop(100, 8, 101, 4);
    return feature;
  };
  test('holds a trade against the opposite best quantity before it', () => {
    const feature = ratio();
    feature.onTrade(101, 2, BUY, 1);
    expect(feature.value).toBe(0.5);
    feature.onTrade(100, 2, SELL, 2);
    expect(feature.value).toBe(0.25);
  });
  test('adds up the trades of one aggressor, over several levels', () => {
    const feature = ratio();
    feature.onTrade(101, 4, BUY, 1);
    feature.onTop(100, 8, 102, 9);
    feature.onTrade(102, 6, BUY, 1);
    expect(feature.value).toBe(2.5);
    feature.onTrade(102, 3, BUY, 2);
    expect(feature.value).toBe(3 / 9);
  });
  test('uses the level that was met where the book has moved before the trade is told', () => {
    const moved = ratio();
    moved.onTop(100, 8, 103, 50);
    moved.onTrade(101, 4, BUY, 1);
    expect(moved.value).toBe(1);
    const shrunk = ratio();
    shrunk.onTop(100, 8, 101, 1);
    shrunk.onTrade(101, 3, BUY, 1);
    expect(shrunk.value).toBe(0.75);
  });
  test('is 0 where nothing is known of the level', () => {
    const feature = new AggressiveRatio();
    feature.onTrade(101, 2, BUY, 1);
    expect(feature.value).toBe(0);
  });
});

test('volatility is the root of the mean squared change a second, whatever happens within a second', () => {
  const feature = new Volatility(1e6);
  for (let second = 0; second <= 100; second += 1) {
    feature.onMid(second % 2 === 0 ? 100 : 103, second * S);
    feature.onMid(5000, second * S + S / 2);
  }
  expect(feature.value).toBeCloseTo(3, 3);
});

test('order flow adds up signed aggression and forgets it at its time constant', () => {
  const feature = new OrderFlow(10);
  feature.onTrade(5, BUY, 0);
  feature.onTrade(2, SELL, 0);
  expect(feature.value(0)).toBe(3);
  expect(feature.value(10 * S)).toBeCloseTo(3 / Math.E, 12);
});

describe('the arrival intensity', () => {
  /** Trades whose number beyond each half tick falls by e^(−k/2), 40 a second in all beyond the mid. */
  const feed = (feature: ArrivalIntensity, k: number, seconds: number) => {
    const carry = new Float64Array(20);
    for (let second = 0; second < seconds; second += 1) {
      for (let depth = 1; depth < 20; depth += 1) {
        carry[depth]! += 40 * (Math.exp((-k * (depth - 1)) / 2) - Math.exp((-k * depth) / 2));
        for (; carry[depth]! >= 1; carry[depth]! -= 1) feature.onTrade(depth / 2, second * S);
      }
    }
  };
  test('finds the A and k that made the trades', () => {
    const feature = new ArrivalIntensity(60);
    expect([feature.rate, feature.decay]).toEqual([NaN, NaN]);
    feed(feature, 0.8, 120);
    expect(feature.decay).toBeCloseTo(0.8, 1);
    // λ(½ tick) is all 40, so that A = 40·e^(k/2).
    expect(feature.rate / (40 * Math.exp(0.4))).toBeCloseTo(1, 1);
  });
  test('forgets what is older than its window', () => {
    const feature = new ArrivalIntensity(10);
    for (let n = 0; n < 10_000; n += 1) feature.onTrade(1 + (n % 3), n * 1e6);
    const busy = feature.rate;
    for (let n = 0; n < 300; n += 1) feature.onTrade(1 + (n % 3), 1000 * S + n * 0.1 * S);
    expect(busy / feature.rate).toBeGreaterThan(20);
  });
});
