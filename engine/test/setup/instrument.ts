import type { Instrument } from '../../src/market/instrument.ts';

/** BTCUSDT with a tick of 0.01 and a lot of 0.001, unless told otherwise. */
export function instrument(change: Partial<Instrument> = {}): Instrument {
  return {
    index: 0,
    venue: 'test',
    symbol: 'BTCUSDT',
    base: 'BTC',
    quote: 'USDT',
    tickSize: '0.01',
    lotSize: '0.001',
    minQty: 1,
    multiplier: '1',
    makerFee: '0',
    takerFee: '0',
    ...change,
  };
}
