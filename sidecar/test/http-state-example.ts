/**
 * Plausible states for tests of the HTTP side and the page: a made-up session that moves, the same
 * for the same step. Not the fold's arithmetic: only its shape.
 */
import type { EngineView, StateView, StrategyView } from '../src/view/state-view.ts';

const HORIZONS = ['0.1s', '1s', '5s', '30s', '60s', '300s'];
const START_SECONDS = 1_723_118_400;

export interface ExampleOptions {
  readonly strategies?: readonly string[];
  readonly symbols?: readonly string[];
  readonly engines?: readonly string[];
}

/** @param step 0, 1, 2…; a tenth of a second of engine clock each */
export function exampleState(step: number, options: ExampleOptions = {}): StateView {
  const { engines = ['engine-1'] } = options;
  const seconds = START_SECONDS + step / 10;
  return {
    time: rfc3339(seconds),
    ready: true,
    reason: '',
    engines: engines.map((engine, i) => exampleEngine(engine, step + i * 50, options)),
    sidecar: {
      uptimeSeconds: step / 10,
      files: 3,
      lagBytes: 0,
      lines: step * 41,
      bytes: step * 41 * 304,
      invalidLines: { too_long: 0, utf8: 0, json: 1, version: 0, schema: 2 },
      rotations: 1,
      truncations: 0,
      checkpointFailures: 0,
      ingestDelayP50Seconds: 0.00042,
      ingestDelayP99Seconds: 0.0031,
    },
  };
}

/** The state of an engine that has written its first line and nothing else. */
export function emptyEngine(engine = 'engine-1'): EngineView {
  return {
    engine,
    run: '01J4RZ8M5T9X2C3V4B5N6M7K8Q',
    mode: null,
    version: null,
    state: null,
    up: true,
    killSwitch: false,
    incomplete: false,
    lastEventTime: rfc3339(START_SECONDS),
    engineTimeSeconds: START_SECONDS,
    strategies: [],
    positions: [],
    markets: [],
    fills: [],
    orders: [],
    latencies: [],
    limits: [],
    alarms: [],
    reconciliation: [],
    log: { events: 1, missing: 0, duplicates: 0, unknown: 0, repeatedFills: 0, pruned: 0 },
  };
}

function exampleEngine(engine: string, step: number, options: ExampleOptions): EngineView {
  const { strategies = ['market_maker', 'liquidity_taker'], symbols = ['BTCUSDT', 'ETHUSDT'] } =
    options;
  const seconds = START_SECONDS + step / 10;
  const keys = strategies.flatMap((strategy, s) =>
    symbols.map((symbol, m) => ({ strategy, s, symbol, m })),
  );
  const mids = symbols.map((_, m) => mid(step, m));
  return {
    ...emptyEngine(engine),
    mode: 'PAPER',
    version: '0.1.0',
    state: 'ACTIVE',
    lastEventTime: rfc3339(seconds),
    engineTimeSeconds: seconds,
    strategies: strategies.map((strategy, s) => exampleStrategy(strategy, s, step)),
    positions: keys.map(({ strategy, s, symbol, m }) => {
      const position = round(wave(step, 7 * s + m) * 1.5, 3);
      const markPrice = mids[m]!;
      const averagePrice = position === 0 ? null : round(markPrice * (1 - 0.0004 * (s + 1)), 2);
      const realizedPnl = round(wave(step / 3, s + m) * 40 + step / 20, 6);
      const unrealizedPnl = position * (markPrice - (averagePrice ?? markPrice));
      const fees = round(0.0173 * step * (s + 1), 6);
      return {
        strategy,
        venue: 'sim',
        symbol,
        quote: 'USDT',
        position,
        averagePrice,
        markPrice,
        exposure: Math.abs(position) * markPrice,
        realizedPnl,
        unrealizedPnl,
        fees,
        netPnl: realizedPnl + unrealizedPnl - fees,
        incomplete: false,
        openOrders: s === 0 ? 4 : 0,
        makerFills: s === 0 ? step : 0,
        takerFills: s === 0 ? 2 : Math.floor(step / 3),
        fillRatio: s === 0 ? 0.1843 : 0.97,
        orderToTradeRatio: s === 0 ? 11.27 : 1.04,
        markouts: HORIZONS.map((horizon, h) => ({
          liquidity: s === 0 ? 'maker' : 'taker',
          horizon,
          bps: round((s === 0 ? 0.8 - 0.31 * h : -0.6 + 0.42 * h) + wave(step, h + m) * 0.1, 4),
        })),
      };
    }),
    markets: symbols.map((symbol, m) => {
      const middle = mids[m]!;
      const tick = m === 0 ? 0.1 : 0.01;
      const level = (side: number) => (_: unknown, n: number) =>
        [
          round(middle + side * tick * (n + 0.5), 2),
          round(0.2 + 3 * Math.abs(wave(step, n * 5 + side + m)), 4),
        ] as const;
      const bids = Array.from({ length: 10 }, level(-1));
      const asks = Array.from({ length: 10 }, level(1));
      return {
        venue: 'sim',
        symbol,
        base: symbol.replace('USDT', ''),
        quote: 'USDT',
        bestBid: bids[0]![0],
        bestAsk: asks[0]![0],
        mid: middle,
        spreadBps: (tick / middle) * 1e4,
        mark: middle,
        realizedVolatility: 0.43 + 0.02 * wave(step, m),
        bids,
        asks,
        trades: step * 3,
        gaps: 0,
        resyncs: 1,
      };
    }),
    fills: Array.from({ length: Math.min(50, step) }, (_, n) => {
      const at = step - n;
      const key = keys[at % keys.length]!;
      return {
        seq: at * 41,
        time: rfc3339(START_SECONDS + at / 10),
        strategy: key.strategy,
        venue: 'sim',
        symbol: key.symbol,
        side: at % 3 === 0 ? ('SELL' as const) : ('BUY' as const),
        price: round(mid(at, key.m), 2),
        quantity: round(0.01 + Math.abs(wave(at, 2)) * 0.2, 4),
        liquidity: key.s === 0 ? 'maker' : 'taker',
        fee: round(0.01 + Math.abs(wave(at, 5)) * 0.1, 6),
        feeCurrency: 'USDT',
        orderId: `${key.strategy.slice(0, 2)}-${String(at).padStart(6, '0')}`,
        execId: `x${String(at)}`,
      };
    }),
    orders: keys
      .filter(({ s }) => s === 0)
      .flatMap(({ strategy, symbol, m }) =>
        [-1, 1].flatMap((side) =>
          [1, 3].map((n) => ({
            strategy,
            venue: 'sim',
            symbol,
            orderId: `mm-${symbol}-${String(side * n)}`,
            status: 'NEW',
            side: side < 0 ? 'BUY' : 'SELL',
            price: round(mids[m]! + side * (m === 0 ? 0.1 : 0.01) * (n + 0.5), 2),
            leavesQuantity: 0.05,
          })),
        ),
      ),
    latencies: keys.flatMap(({ strategy, s, symbol }) =>
      (['tick_to_trade', 'decision', 'ack', 'fill'] as const).map((stage, n) => ({
        strategy,
        venue: 'sim',
        symbol,
        stage,
        count: step * (s + 1) + 1,
        p50Seconds: 6e-6 * 12 ** n * (1 + 0.1 * wave(step, n)),
        p90Seconds: 17e-6 * 12 ** n,
        p99Seconds: 41e-6 * 12 ** n,
      })),
    ),
    limits: [
      ['MAX_POSITION', 2, 0.62],
      ['MAX_ORDER_NOTIONAL', 25_000, 0.11],
      ['MAX_DAILY_LOSS', 1_000, 0.05],
      ['MAX_DRAWDOWN', 0.1, 0.81],
      ['ORDER_RATE', 50, 0.96],
    ].map(([name, limit, used]) => ({
      strategy: '',
      name: name as string,
      limit: limit as number,
      usedRatio: Math.max(0, (used as number) + 0.03 * wave(step, 1)),
    })),
    alarms: Array.from({ length: Math.min(3, Math.floor(step / 40)) }, (_, n) => ({
      seq: 900 - n,
      time: rfc3339(START_SECONDS + 40 * (3 - n)),
      event: n === 1 ? 'engine.state' : 'risk.breach',
      strategy: n === 1 ? '' : strategies[0]!,
      text: n === 1 ? 'ACTIVE → REDUCING: drawdown' : 'MAX_POSITION 2.01 over 2: DENY',
    })),
    reconciliation: ['position', 'realized_pnl', 'fees', 'balance', 'order'].map((kind) => ({
      kind,
      residual: kind === 'realized_pnl' ? 3.6e-15 : 0,
      mismatches: 0,
    })),
    log: {
      events: step * 41,
      missing: 0,
      duplicates: 0,
      unknown: 0,
      repeatedFills: 0,
      pruned: 0,
    },
  };
}

function exampleStrategy(strategy: string, s: number, step: number): StrategyView {
  const capital = s === 0 ? 100_000 : 50_000;
  const curve: [number, number, number][] = [];
  let peak = capital;
  const stride = Math.max(1, Math.ceil(step / 600));
  for (let at = 0; at <= step; at += stride) {
    const equity = equityAt(at, s, capital);
    peak = Math.max(peak, equity);
    curve.push([START_SECONDS + at / 10, equity, 1 - equity / peak]);
  }
  const equity = equityAt(step, s, capital);
  peak = Math.max(peak, equity);
  return {
    strategy,
    state: s === 0 ? 'QUOTING' : 'WATCHING',
    capital,
    currency: 'USDT',
    equity,
    equityPeak: peak,
    drawdownRatio: 1 - equity / peak,
    maxDrawdownRatio: Math.max(...curve.map(([, , drawdown]) => drawdown), 1 - equity / peak),
    netPnl: equity - capital,
    sharpeRatio: step < 300 ? null : 2.31 - s,
    winRatio: step < 20 ? null : 0.5719,
    profitFactor: step < 20 ? null : 1.42,
    roundTrips: Math.floor(step / 5),
    fills: step * (s + 1),
    curve,
  };
}

/** A repeatable wander: no randomness, hence the same picture each time. */
function equityAt(step: number, s: number, capital: number): number {
  const drift = step * (s === 0 ? 0.35 : 0.1);
  const wander = 90 * wave(step / 6, s + 3) + 25 * wave(step, s + 1) + 8 * wave(step * 3.1, s);
  return capital + (step === 0 ? 0 : drift + wander);
}

function mid(step: number, m: number): number {
  const base = m === 0 ? 61_250 : 2_650 / (1 + m / 7);
  return round(base * (1 + 0.0004 * wave(step / 4, m) + 0.00008 * wave(step, m + 2)), 2);
}

function wave(step: number, phase: number): number {
  return (
    (Math.sin(step * 0.11 + phase * 1.7) +
      Math.sin(step * 0.037 + phase * 0.9) +
      Math.sin(step * 0.013 + phase)) /
    3
  );
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
