import { RISK_NAMES, type RiskName } from '@tradetail/core/events/catalogue.ts';
import { describe, expect, test } from 'vitest';
import { BUY, SELL } from '../../src/market/side.ts';
import { createOrder, type OrderSpec } from '../../src/order/order.ts';
import type { RiskWorld } from '../../src/risk/check.ts';
import { riskChecks } from '../../src/risk/checks.ts';
import { riskConfig } from '../../src/risk/config.ts';
import { RateWindow } from '../../src/risk/rate-window.ts';
import { instrument } from '../setup/instrument.ts';

const one = instrument({ minQty: 2, maxQty: 5000, minNotional: '5' });
const config = riskConfig.parse({
  max_order_qty: { BTCUSDT: '1' },
  max_order_notional: '50000',
  max_position_notional: '100000',
  max_open_orders: 3,
  max_daily_loss: '100',
  max_drawdown_ratio: 0.1,
  order_rate_max: 10,
  cancel_rate_max: 10,
  price_band_ratio: 0.01,
  stale_md_ms: 1000,
});
const checks = riskChecks(config, [one]);

/** A quiet world: mid 50,000.00, nothing open, nothing lost. */
function world(change: Partial<RiskWorld> = {}): RiskWorld {
  return {
    nowNs: 0,
    instruments: [one],
    tickLotValue: () => 0.01 * 0.001,
    mid: () => 5_000_000,
    marketAgeNs: () => 0,
    position: () => 0,
    openOrders: () => 0,
    openQty: () => 0,
    ownBest: () => NaN,
    isRepetition: () => false,
    free: () => NaN,
    dailyLoss: () => 0,
    drawdown: () => 0,
    orderRate: { max: 10, used: () => 0 },
    cancelRate: { max: 10, used: () => 0 },
    ...change,
  };
}

/** A buy quote of 0.1 BTC at 49,999.99, unless told otherwise. */
const order = (change: Partial<OrderSpec> = {}) =>
  createOrder({
    clOrdId: 'mm-1',
    strategy: 0,
    instrument: 0,
    side: BUY,
    ordType: 'LIMIT',
    tif: 'GTC',
    postOnly: true,
    intent: 'QUOTE',
    px: 4_999_999,
    qty: 100,
    ...change,
  });

type Case = readonly [
  what: string,
  order: Partial<OrderSpec>,
  world: Partial<RiskWorld>,
  allowed: boolean,
];
const used = (count: number) => ({ max: 10, used: () => count });
const EXIT = { side: SELL, intent: 'EXIT', tif: 'IOC' } as const;

const CASES: Readonly<Record<RiskName, readonly Case[]>> = {
  MAX_ORDER_QTY: [
    ['the limit itself', { qty: 1000 }, {}, true],
    ['one lot more', { qty: 1001 }, {}, false],
  ],
  MAX_ORDER_NOTIONAL: [
    ['the limit itself', { px: 5_000_000, qty: 1000 }, {}, true],
    ['one tick more', { px: 5_000_001, qty: 1000 }, {}, false],
    ['a market order, at the mid', { px: NaN, ordType: 'MARKET', qty: 1001 }, {}, false],
  ],
  MAX_POSITION: [
    [
      'position, open orders and this one just at the limit',
      {},
      { position: () => 1000, openQty: () => 900 },
      true,
    ],
    ['one lot of open orders more', {}, { position: () => 1000, openQty: () => 901 }, false],
    ['the other side, which reduces', EXIT, { position: () => 5000 }, true],
    [
      'a reduction that would go far through zero',
      { ...EXIT, qty: 5000 },
      { position: () => 1000 },
      false,
    ],
  ],
  MAX_OPEN_ORDERS: [
    ['the last one allowed', {}, { openOrders: () => 2 }, true],
    ['one more', {}, { openOrders: () => 3 }, false],
    ['an exit, which always has a place', EXIT, { openOrders: () => 3, position: () => 100 }, true],
  ],
  MAX_DAILY_LOSS: [
    ['just before the limit', {}, { dailyLoss: () => 99.99 }, true],
    ['at the limit', {}, { dailyLoss: () => 100 }, false],
    ['an exit after the loss', EXIT, { dailyLoss: () => 500, position: () => 100 }, true],
    [
      'an exit of more than there is',
      { ...EXIT, qty: 101 },
      { dailyLoss: () => 500, position: () => 100 },
      false,
    ],
    [
      'an exit beside another one',
      EXIT,
      { dailyLoss: () => 500, position: () => 100, openQty: () => 1 },
      false,
    ],
    ['a quote that reduces', { side: SELL }, { dailyLoss: () => 500, position: () => 100 }, true],
  ],
  MAX_DRAWDOWN: [
    ['just before the limit', {}, { drawdown: () => 0.0999 }, true],
    ['at the limit', {}, { drawdown: () => 0.1 }, false],
    ['an exit after the loss', EXIT, { drawdown: () => 0.5, position: () => 100 }, true],
  ],
  ORDER_RATE: [
    ['the last one of the window', {}, { orderRate: used(9) }, true],
    ['one more', {}, { orderRate: used(9.1) }, false],
  ],
  CANCEL_RATE: [
    ['a quote while cancels are left', {}, { cancelRate: used(9) }, true],
    ['a quote that could not be moved', {}, { cancelRate: used(10) }, false],
    [
      'an order that ends by itself',
      { intent: 'TAKE', tif: 'IOC' },
      { cancelRate: used(10) },
      true,
    ],
  ],
  PRICE_BAND: [
    ['within a percent of the mid', { px: 4_950_000 }, {}, true],
    ['beyond it', { px: 4_949_999 }, {}, false],
    ['a market order', { px: NaN, ordType: 'MARKET' }, {}, true],
    ['no mid to hold it against', {}, { mid: () => NaN }, false],
  ],
  STALE_MD: [
    ['data as old as allowed', {}, { marketAgeNs: () => 1e9 }, true],
    ['older data', {}, { marketAgeNs: () => 1e9 + 1 }, false],
  ],
  SELF_CROSS: [
    ['our own ask above', {}, { ownBest: () => 5_000_000 }, true],
    ['our own ask at the price', {}, { ownBest: () => 4_999_999 }, false],
    ['our own bid below', { side: SELL }, { ownBest: () => 4_999_998 }, true],
    ['our own bid above', { side: SELL }, { ownBest: () => 5_000_000 }, false],
    [
      'a market order against any',
      { px: NaN, ordType: 'MARKET' },
      { ownBest: () => 9_000_000 },
      false,
    ],
  ],
  BALANCE: [
    ['nothing known of the balance', {}, {}, true],
    ['enough quote', {}, { free: (asset) => (asset === 'USDT' ? 5000 : 0) }, true],
    ['too little quote', {}, { free: (asset) => (asset === 'USDT' ? 4999.99 : 9) }, false],
    ['just enough base', { side: SELL }, { free: (asset) => (asset === 'BTC' ? 0.1 : 0) }, true],
    ['too little base', { side: SELL }, { free: (asset) => (asset === 'BTC' ? 0.09 : 1e9) }, false],
  ],
  DUPLICATE: [
    ['a new order', {}, {}, true],
    ['the same order while the first is on its way', {}, { isRepetition: () => true }, false],
  ],
  VENUE_FILTER: [
    ['the least quantity', { qty: 2 }, {}, true],
    ['less', { qty: 1 }, {}, false],
    ['more than the most', { qty: 5001 }, {}, false],
    ['the least notional', { px: 250_000, qty: 2 }, { mid: () => 250_000 }, true],
    ['less notional', { px: 249_999, qty: 2 }, { mid: () => 250_000 }, false],
    ['a part of a lot', { qty: 2.5 }, {}, false],
    ['a part of a tick', { px: 4_999_999.5 }, {}, false],
  ],
};

describe.each(RISK_NAMES)('%s', (name) => {
  const check = checks.find((one) => one.name === name)!;
  test.each(CASES[name])('%s', (_what, change, around, allowed) => {
    const measure = { value: NaN, limit: NaN };
    expect(check.allows(order(change), world(around), measure)).toBe(allowed);
  });
});

test('every name of the log has one check', () => {
  expect(checks.map((check) => check.name).sort()).toEqual([...RISK_NAMES].sort());
});

test('a limit that is no whole number of lots is refused: which field, what it got, what it wants', () => {
  const odd = riskConfig.parse({ max_order_qty: { BTCUSDT: '0.0015' } });
  expect(() => riskChecks(odd, [one])).toThrow(
    'risk.max_order_qty.BTCUSDT: got 0.0015, wants a multiple of 0.001',
  );
});

test('a rate window fills up again evenly and can be overdrawn', () => {
  const rate = new RateWindow(10, 1000);
  for (let n = 0; n < 12; n += 1) rate.spend(0);
  expect(rate.used(0)).toBe(12);
  expect(rate.used(0.5e9)).toBe(7);
  expect(rate.used(5e9)).toBe(0);
});
