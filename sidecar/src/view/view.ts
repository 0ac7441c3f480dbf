/** Everything the live page shows, from the replica's state. Pure. */
import { atomsToDouble, MARK_DIGITS, moneyToDouble, toDouble } from '@tradetail/core/decimal.ts';
import { formatTime, toSeconds } from '@tradetail/core/time.ts';
import type { FollowerStatus } from '../follow/line-sink.ts';
import { drawdownOf, equityOf, maxDrawdownOf, netPnlOf } from '../fold/account.ts';
import type { EngineState } from '../fold/engine-state.ts';
import { quantileSeconds } from '../fold/histogram.ts';
import { labelOf } from '../fold/kept-text.ts';
import { markPrice, midPrice, spreadBps } from '../fold/market-price.ts';
import { openOrders } from '../fold/order.ts';
import { recentFillsOf } from '../fold/recent-fill.ts';
import type { ReplicaState } from '../fold/replica.ts';
import type { Account, Holding, Market, RunState } from '../fold/run-state.ts';
import {
  averagePrice,
  exposure,
  fillRatio,
  isIncomplete,
  isPnlIncomplete,
  isUp,
  largest,
  LEVELS_MAX,
  levelsOf,
  limitUsed,
  markoutsOf,
  orderToTradeRatio,
  pnlOf,
  profitFactor,
  realizedVolatility,
  sharpeRatio,
  winRatio,
  type Liveness,
} from '../metrics/samples.ts';
import type {
  EngineView,
  LatencyView,
  MarketView,
  PositionView,
  SidecarView,
  StateView,
  StrategyView,
} from './state-view.ts';

const ORDERS_MAX = 200;

export interface ViewSource {
  readonly state: ReplicaState;
  readonly follower: FollowerStatus;
  readonly liveness: Liveness;
  readonly uptimeSeconds: number;
  /** Why it is not ready; empty when it is. */
  readonly reason: string;
}

export function viewOf(source: ViewSource): StateView {
  const { state, liveness, reason } = source;
  const engines = [...state.engines.values()].sort((a, b) => (a.engine < b.engine ? -1 : 1));
  return {
    time: new Date(liveness.nowSeconds * 1000).toISOString(),
    ready: reason === '',
    reason,
    engines: engines.flatMap((engine) => {
      const run = engine.runs.get(engine.latest);
      return run === undefined ? [] : [engineView(engine, run, liveness)];
    }),
    sidecar: sidecarView(source),
  };
}

const given = (value: number | undefined): number | null => value ?? null;
const number = (value: number): number | null => (Number.isNaN(value) ? null : value);
const byName = (a: readonly string[], b: readonly string[]): number => {
  const left = a.join('\u0000');
  const right = b.join('\u0000');
  return left < right ? -1 : left > right ? 1 : 0;
};

function engineView(engine: EngineState, run: RunState, liveness: Liveness): EngineView {
  const latencies = [...engine.keys.values()].flatMap(({ strategy, venue, symbol, latencies }) =>
    [...latencies].map(([stage, histogram]): LatencyView => ({
      strategy,
      venue,
      symbol,
      stage,
      count: histogram.count,
      p50Seconds: quantileSeconds(histogram, 0.5),
      p90Seconds: quantileSeconds(histogram, 0.9),
      p99Seconds: quantileSeconds(histogram, 0.99),
    })),
  );
  const events = engine.events.reduce((sum, count) => sum + count, 0);
  return {
    engine: engine.engine,
    run: run.run,
    mode: run.started?.value.mode ?? null,
    version: run.started?.value.version ?? null,
    state: run.engineState?.value ?? null,
    up: isUp(run, liveness.nowSeconds),
    killSwitch: run.killed.value,
    incomplete: isIncomplete(run),
    lastEventTime: formatTime(run.lastTime.value),
    engineTimeSeconds: toSeconds(run.clock),
    strategies: [...run.accounts.values()]
      .sort((a, b) => byName([a.strategy], [b.strategy]))
      .map((account) => strategyView(account)),
    positions: [...run.holdings.values()]
      .sort((a, b) => byName([a.strategy, a.venue, a.symbol], [b.strategy, b.venue, b.symbol]))
      .map((holding) => positionView(run, holding)),
    markets: [...run.markets.values()]
      .sort((a, b) => byName([a.venue, a.symbol], [b.venue, b.symbol]))
      .map((market) => marketView(engine, run, market)),
    fills: recentFillsOf(run)
      .map((fill) => ({
        seq: fill.seq,
        time: formatTime(fill),
        strategy: fill.holding.strategy,
        venue: fill.holding.venue,
        symbol: fill.holding.symbol,
        side: fill.side,
        price: fill.px,
        quantity: fill.qty,
        liquidity: fill.liquidity,
        fee: fill.fee,
        feeCurrency: fill.feeCcy,
        orderId: labelOf(fill.orderId),
        execId: labelOf(fill.execId),
      }))
      .reverse(),
    orders: openOrders(run)
      .slice(-ORDERS_MAX)
      .map((order) => ({
        strategy: order.holding.strategy,
        venue: order.holding.venue,
        symbol: order.holding.symbol,
        orderId: order.orderId,
        status: order.status.slice(0, 40),
        side: order.side ?? null,
        price: number(order.px),
        leavesQuantity: number(order.leavesQty),
      })),
    latencies: latencies.sort((a, b) =>
      byName([a.strategy, a.venue, a.symbol], [b.strategy, b.venue, b.symbol]),
    ),
    limits: [...run.limits.values()]
      .sort((a, b) => byName([a.strategy, a.name], [b.strategy, b.name]))
      .map((limit) => ({
        strategy: limit.strategy,
        name: limit.name,
        limit: limit.limit,
        usedRatio: given(limitUsed(limit)),
      })),
    alarms: run.alarms
      .map(({ seq, seconds, nanos, event, strategy, text }) => ({
        seq,
        time: formatTime({ seconds, nanos }),
        event,
        strategy,
        text,
      }))
      .reverse(),
    reconciliation: [...run.residuals]
      .sort(([a], [b]) => byName([a], [b]))
      .map(([kind, residuals]) => ({
        kind,
        residual: largest(residuals),
        mismatches: engine.mismatches.get(kind) ?? 0,
      })),
    log: {
      events,
      missing: engine.missingEvents,
      duplicates: engine.duplicateEvents,
      unknown: engine.unknownEvents,
      repeatedFills: engine.repeatedFills,
      pruned: run.pruned,
    },
  };
}

const priceOrNull = (price: bigint | undefined): number | null =>
  price === undefined ? null : toDouble(price, MARK_DIGITS);

function strategyView(account: Account): StrategyView {
  const equity = equityOf(account);
  const drawdown = equity === undefined ? undefined : drawdownOf(account, equity);
  const nets = account.holdings.map(netPnlOf);
  const net = nets.reduce<bigint | undefined>(
    (sum, one) => (sum === undefined || one === undefined ? undefined : sum + one),
    equity === undefined ? undefined : 0n,
  );
  return {
    strategy: account.strategy,
    state: account.state?.value ?? null,
    capital: account.capital === undefined ? null : moneyToDouble(account.capital),
    currency: account.currency === '' ? null : account.currency.slice(0, 40),
    equity: equity === undefined ? null : moneyToDouble(equity),
    equityPeak: equity === undefined ? null : moneyToDouble(account.peak),
    drawdownRatio: given(drawdown),
    maxDrawdownRatio: drawdown === undefined ? null : maxDrawdownOf(account, drawdown),
    netPnl: net === undefined ? null : moneyToDouble(net),
    sharpeRatio: given(sharpeRatio(account)),
    winRatio: given(winRatio(account)),
    profitFactor: given(profitFactor(account)),
    roundTrips: account.trips,
    fills: account.holdings.reduce((sum, holding) => sum + holding.fills, 0),
    curve: account.curve,
  };
}

function positionView(run: RunState, holding: Holding): PositionView {
  const { market } = holding;
  const pnl = pnlOf(holding);
  return {
    strategy: holding.strategy,
    venue: holding.venue,
    symbol: holding.symbol,
    quote: market.instrument?.quote ?? null,
    position: atomsToDouble(holding.position.qty),
    averagePrice: given(averagePrice(holding)),
    markPrice: priceOrNull(markPrice(market)),
    exposure: given(exposure(holding)),
    realizedPnl: given(pnl.realized),
    unrealizedPnl: given(pnl.unrealized),
    fees: pnl.fees,
    netPnl: given(pnl.net),
    incomplete: isPnlIncomplete(run, holding),
    openOrders: holding.openOrders,
    makerFills: holding.fillCounts.get('maker') ?? 0,
    takerFills: holding.fillCounts.get('taker') ?? 0,
    fillRatio: given(fillRatio(holding)),
    orderToTradeRatio: given(orderToTradeRatio(holding)),
    markouts: markoutsOf(holding),
  };
}

function marketView(engine: EngineState, run: RunState, market: Market): MarketView {
  const { venue, symbol, instrument } = market;
  const counters = engine.markets.get(`${venue}\u0000${symbol}`);
  const rows = (side: 'bid' | 'ask'): [number, number][] =>
    levelsOf(market, side)
      .slice(0, LEVELS_MAX)
      .map(([px, qty]) => [Number(px), Number(qty)]);
  const bids = rows('bid');
  const asks = rows('ask');
  return {
    venue,
    symbol,
    base: instrument?.base ?? null,
    quote: instrument?.quote ?? null,
    bestBid: bids[0]?.[0] ?? null,
    bestAsk: asks[0]?.[0] ?? null,
    mid: priceOrNull(midPrice(market)),
    spreadBps: given(spreadBps(market)),
    mark: priceOrNull(markPrice(market)),
    realizedVolatility: given(realizedVolatility(run, market)),
    bids,
    asks,
    trades: [...(counters?.trades.values() ?? [])].reduce((sum, { count }) => sum + count, 0),
    gaps: counters?.gaps ?? 0,
    resyncs: counters?.resyncs ?? 0,
  };
}

function sidecarView({ state, follower, liveness, uptimeSeconds }: ViewSource): SidecarView {
  const delay = liveness.ingestDelay;
  return {
    uptimeSeconds,
    files: follower.files,
    lagBytes: follower.lagBytes,
    lines: state.lines,
    bytes: state.bytes,
    invalidLines: { ...state.invalidLines },
    rotations: follower.rotations,
    truncations: follower.truncations,
    checkpointFailures: liveness.checkpoint.failures,
    ingestDelayP50Seconds: delay.count === 0 ? null : quantileSeconds(delay, 0.5),
    ingestDelayP99Seconds: delay.count === 0 ? null : quantileSeconds(delay, 0.99),
  };
}
