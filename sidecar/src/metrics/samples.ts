/**
 * The samples of every metric, from the replica's state. Pure: the same state gives the same samples
 * in the same order, by label values.
 */
import {
  atomsToDouble,
  MARK_DIGITS,
  moneyToDouble,
  parseAtoms,
  quotient,
  scaledQuotient,
  toDouble,
} from '@tradetail/core/decimal.ts';
import { ENGINE_STATES, STRATEGY_STATES } from '@tradetail/core/events/catalogue.ts';
import { isLevel } from '@tradetail/core/events/check.ts';
import {
  AVERAGE_DIGITS,
  markOf,
  realizedPnl,
  unrealizedPnl,
  valueAt,
} from '@tradetail/core/ledger/position.ts';
import { meanAndDeviation } from '@tradetail/core/stats/moments.ts';
import { totalOf } from '@tradetail/core/stats/sum.ts';
import { toSeconds } from '@tradetail/core/time.ts';
import { INVALID_REASONS } from '../decode/decode.ts';
import type { CheckpointStatus, FollowerStatus } from '../follow/line-sink.ts';
import {
  drawdownOf,
  equityOf,
  minutesPerYear,
  MINUTES_PER_YEAR,
  multiplierOf,
  netPnlOf,
  RETURNS_MIN,
} from '../fold/account.ts';
import { HORIZONS, sampleMids } from '../fold/clock.ts';
import type {
  EngineState,
  KeyCounters,
  LatencyStage,
  MarketCounters,
} from '../fold/engine-state.ts';
import type { Histogram } from '../fold/histogram.ts';
import type { ReplicaState } from '../fold/replica.ts';
import type { Account, Holding, Market, RunState } from '../fold/run-state.ts';
import type { MetricName } from './catalogue.ts';

export interface Sample {
  /** In the catalogue's order. */
  readonly labels: readonly string[];
  readonly value: number | Histogram;
}

export type Samples = Map<MetricName, Sample[]>;

/** What the process around the replica knows; absent in `scan`. */
export interface Liveness {
  readonly nowSeconds: number;
  readonly ingestDelay: Histogram;
  readonly checkpoint: CheckpointStatus;
}

export type FollowerCounts = Pick<
  FollowerStatus,
  'files' | 'lagBytes' | 'rotations' | 'truncations'
>;

/** An engine that says nothing for longer is taken for down. */
const SILENT_SECONDS = 30;
const DEPTH_BPS = [5, 10, 25, 50] as const;
export const LEVELS_MAX = 10;

export function collectSamples(
  state: ReplicaState,
  follower: FollowerCounts,
  liveness?: Liveness,
): Samples {
  const samples: Samples = new Map();
  const put: Put = (name, labels, value) => {
    if (value === undefined || Number.isNaN(value)) return;
    const list = samples.get(name);
    if (list === undefined) samples.set(name, [{ labels, value }]);
    else list.push({ labels, value });
  };
  for (const engine of state.engines.values()) {
    putCounters(put, engine);
    const run = engine.runs.get(engine.latest);
    if (run !== undefined) putRun(put, engine.engine, run, liveness);
  }
  for (const reason of INVALID_REASONS)
    put('sidecar_invalid_lines_total', [reason], state.invalidLines[reason]);
  put('sidecar_lines_total', [], state.lines);
  put('sidecar_bytes_total', [], state.bytes);
  put('sidecar_files', [], follower.files);
  put('sidecar_file_rotations_total', [], follower.rotations);
  put('sidecar_file_truncations_total', [], follower.truncations);
  for (const [metric, count] of state.seriesDropped)
    put('sidecar_series_dropped_total', [metric], count);
  if (liveness !== undefined) {
    put('sidecar_file_lag_bytes', [], follower.lagBytes);
    put('sidecar_ingest_delay_seconds', [], liveness.ingestDelay);
    put('sidecar_checkpoint_last_timestamp_seconds', [], liveness.checkpoint.lastSeconds);
    put('sidecar_checkpoint_failures_total', [], liveness.checkpoint.failures);
  }
  for (const list of samples.values()) list.sort(byLabels);
  return samples;
}

type Put = (
  name: MetricName,
  labels: readonly string[],
  value: number | Histogram | undefined,
) => void;

function byLabels(a: Sample, b: Sample): number {
  for (const [index, left] of a.labels.entries()) {
    const right = b.labels[index]!;
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}

function putCounters(put: Put, state: EngineState): void {
  const { engine } = state;
  for (const counters of state.keys.values()) putKeyCounters(put, engine, counters);
  for (const counters of state.markets.values()) putMarketCounters(put, engine, counters);
  for (const { strategy, name, action, count } of state.breaches.values())
    put('trading_risk_breaches_total', [engine, strategy, name, action], count);
  for (const [kind, count] of state.mismatches)
    put('trading_reconciliation_mismatches_total', [engine, kind], count);
  for (const [event, count] of state.events) put('sidecar_events_total', [engine, event], count);
  put('sidecar_unknown_events_total', [engine], state.unknownEvents);
  put('sidecar_duplicate_events_total', [engine], state.duplicateEvents);
  put('sidecar_missing_events_total', [engine], state.missingEvents);
  put('sidecar_repeated_fills_total', [engine], state.repeatedFills);
}

/** A counter has a series once it has counted something. */
const counted = (count: number): number | undefined => (count === 0 ? undefined : count);

export const LATENCY_METRICS: Readonly<Record<LatencyStage, MetricName>> = {
  tick_to_trade: 'trading_tick_to_trade_seconds',
  decision: 'trading_decision_seconds',
  ack: 'trading_order_ack_seconds',
  fill: 'trading_order_fill_seconds',
};

function putKeyCounters(put: Put, engine: string, counters: KeyCounters): void {
  const key = [engine, counters.strategy, counters.venue, counters.symbol];
  for (const { side, ordType, count } of counters.submitted.values())
    put('trading_orders_submitted_total', [...key, side, ordType], count);
  put('trading_orders_accepted_total', key, counted(counters.accepted));
  put('trading_orders_canceled_total', key, counted(counters.canceled));
  put('trading_orders_expired_total', key, counted(counters.expired));
  for (const [code, count] of counters.rejected)
    put('trading_orders_rejected_total', [...key, code], count);
  for (const [code, count] of counters.denied)
    put('trading_orders_denied_total', [...key, code], count);
  for (const fills of counters.fills.values()) {
    const labels = [...key, fills.side, fills.liquidity];
    put('trading_fills_total', labels, fills.count);
    put('trading_filled_quantity_total', labels, atomsToDouble(fills.quantity));
    if (fills.notional !== undefined)
      put('trading_filled_notional_total', labels, moneyToDouble(fills.notional));
  }
  for (const [stage, histogram] of counters.latencies) put(LATENCY_METRICS[stage], key, histogram);
}

function putMarketCounters(put: Put, engine: string, counters: MarketCounters): void {
  const market = [engine, counters.venue, counters.symbol];
  for (const [aggressor, { count, volume }] of counters.trades) {
    put('trading_market_trades_total', [...market, aggressor], count);
    put('trading_market_volume_total', [...market, aggressor], atomsToDouble(volume));
  }
  put('trading_book_gaps_total', market, counted(counters.gaps));
  put('trading_book_resyncs_total', market, counted(counters.resyncs));
}

function putRun(put: Put, engine: string, run: RunState, liveness: Liveness | undefined): void {
  if (run.started !== undefined)
    put(
      'trading_run_info',
      [engine, run.run, run.started.value.mode, run.started.value.version],
      1,
    );
  put('trading_engine_up', [engine], isUp(run, liveness?.nowSeconds) ? 1 : 0);
  put('trading_engine_last_event_timestamp_seconds', [engine], toSeconds(run.lastTime.value));
  put('trading_run_incomplete', [engine], isIncomplete(run) ? 1 : 0);
  put('trading_kill_switch_active', [engine], run.killed.value ? 1 : 0);
  put('sidecar_pruned_events', [engine], run.pruned);
  putStates(put, 'trading_engine_state', [engine], ENGINE_STATES, run.engineState?.value);
  for (const account of run.accounts.values()) putAccount(put, engine, account);
  for (const holding of run.holdings.values()) putHolding(put, engine, run, holding);
  for (const market of run.markets.values()) putMarket(put, engine, run, market);
  for (const limit of run.limits.values()) {
    const labels = [engine, limit.strategy, limit.name];
    put('trading_risk_limit', labels, limit.limit);
    put('trading_risk_limit_used_ratio', labels, limitUsed(limit));
  }
  for (const balance of run.balances.values()) {
    const labels = [engine, balance.venue, balance.asset];
    put('trading_balance', [...labels, 'free'], Number(balance.free));
    put('trading_balance', [...labels, 'locked'], Number(balance.locked));
  }
  for (const [kind, residuals] of run.residuals)
    put('trading_reconciliation_residual', [engine, kind], largest(residuals));
}

function putStates(
  put: Put,
  name: MetricName,
  labels: readonly string[],
  words: readonly string[],
  current: string | undefined,
): void {
  if (current === undefined) return;
  for (const word of new Set([...words, current]))
    put(name, [...labels, word], word === current ? 1 : 0);
}

function putAccount(put: Put, engine: string, account: Account): void {
  const labels = [engine, account.strategy];
  putStates(put, 'trading_strategy_state', labels, STRATEGY_STATES, account.state?.value);
  const equity = equityOf(account);
  if (equity !== undefined) {
    put('trading_equity', labels, moneyToDouble(equity));
    put('trading_equity_peak', labels, moneyToDouble(account.peak));
    const drawdown = drawdownOf(account, equity);
    put('trading_drawdown_ratio', labels, drawdown);
    if (drawdown !== undefined) put('trading_max_drawdown_ratio', labels, account.maxDrawdown);
  }
  put('trading_sharpe_ratio', labels, sharpeRatio(account));
  put('trading_win_ratio', labels, winRatio(account));
  put('trading_profit_factor', labels, profitFactor(account));
}

function putHolding(put: Put, engine: string, run: RunState, holding: Holding): void {
  const labels = [engine, holding.strategy, holding.venue, holding.symbol];
  put('trading_open_orders', labels, holding.openOrders);
  put('trading_position', labels, atomsToDouble(holding.position.qty));
  put('trading_position_average_price', labels, averagePrice(holding));
  put('trading_exposure', labels, exposure(holding));
  const pnl = pnlOf(holding);
  put('trading_realized_pnl', labels, pnl.realized);
  put('trading_unrealized_pnl', labels, pnl.unrealized);
  put('trading_fees', labels, pnl.fees);
  put('trading_net_pnl', labels, pnl.net);
  for (const [currency, amount] of holding.unconverted)
    put('trading_fees_unconverted', [...labels, currency], atomsToDouble(amount));
  put('trading_pnl_incomplete', labels, isPnlIncomplete(run, holding) ? 1 : 0);
  put('trading_fill_ratio', labels, fillRatio(holding));
  put('trading_order_to_trade_ratio', labels, orderToTradeRatio(holding));
  for (const { liquidity, horizon, bps } of markoutsOf(holding))
    put('trading_markout_bps', [...labels, liquidity, horizon], bps);
}

function putMarket(put: Put, engine: string, run: RunState, market: Market): void {
  const labels = [engine, market.venue, market.symbol];
  const { instrument } = market;
  if (instrument !== undefined)
    put('trading_instrument_info', [...labels, instrument.base, instrument.quote], 1);
  put(
    'trading_mid_price',
    labels,
    market.mid === undefined ? undefined : toDouble(market.mid, MARK_DIGITS),
  );
  put('trading_spread_bps', labels, spreadBps(market));
  put(
    'trading_mark_price',
    labels,
    market.mark === undefined ? undefined : toDouble(market.mark.value, MARK_DIGITS),
  );
  put('trading_realized_volatility', labels, realizedVolatility(run, market));
  if (market.lastTime !== undefined)
    put('trading_market_data_last_timestamp_seconds', labels, toSeconds(market.lastTime.value));
  if (market.book === undefined) return;
  for (const side of ['bid', 'ask'] as const) {
    const levels = levelsOf(market, side);
    const best = levels[0];
    if (best !== undefined)
      put(
        side === 'bid' ? 'trading_best_bid_price' : 'trading_best_ask_price',
        labels,
        Number(best[0]),
      );
    for (const [index, [px, qty]] of levels.slice(0, LEVELS_MAX).entries()) {
      put('trading_book_level_price', [...labels, side, String(index + 1)], Number(px));
      put('trading_book_level_quantity', [...labels, side, String(index + 1)], Number(qty));
    }
    if (market.mid !== undefined)
      for (const bps of DEPTH_BPS)
        put(
          'trading_book_depth',
          [...labels, side, String(bps)],
          depthWithin(levels, market.mid, bps),
        );
  }
}

export const isIncomplete = (run: RunState): boolean =>
  run.isPrunedOpen || run.sequence.uncovered.length > 0;

export function isUp(run: RunState, nowSeconds: number | undefined): boolean {
  if (run.isStopped) return false;
  return nowSeconds === undefined || nowSeconds - toSeconds(run.lastTime.value) <= SILENT_SECONDS;
}

export const limitUsed = (limit: {
  readonly limit: number;
  readonly value: number;
}): number | undefined => (limit.limit === 0 ? undefined : limit.value / limit.limit);

export const largest = (residuals: ReadonlyMap<string, number>): number => {
  let most = 0;
  for (const residual of residuals.values()) if (residual > most) most = residual;
  return most;
};

export function sharpeRatio(account: Account): number | undefined {
  if (account.returns.length < RETURNS_MIN) return undefined;
  const { mean, deviation } = meanAndDeviation(account.returns);
  return deviation > 0 ? (mean / deviation) * Math.sqrt(minutesPerYear(account)) : undefined;
}

export const winRatio = (account: Account): number | undefined =>
  account.trips === 0 ? undefined : account.wins / account.trips;

export const profitFactor = (account: Account): number | undefined =>
  account.lost > 0n ? quotient(account.won, account.lost) : undefined;

export const averagePrice = (holding: Holding): number | undefined =>
  holding.isUnvalued || holding.position.qty === 0n
    ? undefined
    : toDouble(holding.position.averagePrice, AVERAGE_DIGITS);

export function exposure(holding: Holding): number | undefined {
  const { position, market } = holding;
  if (position.qty === 0n) return 0;
  if (market.mark === undefined || market.instrument === undefined) return undefined;
  const value = valueAt(position.qty, market.mark.value, market.instrument.multiplier);
  return moneyToDouble(value < 0n ? -value : value);
}

export interface Pnl {
  readonly realized: number | undefined;
  readonly unrealized: number | undefined;
  readonly fees: number;
  readonly net: number | undefined;
}

export function pnlOf(holding: Holding): Pnl {
  const { position, market } = holding;
  const fees = moneyToDouble(position.fees);
  if (holding.isUnvalued)
    return { realized: undefined, unrealized: undefined, fees, net: undefined };
  const multiplier = multiplierOf(holding);
  const net = netPnlOf(holding);
  return {
    realized: moneyToDouble(realizedPnl(position, multiplier)),
    unrealized:
      position.qty === 0n
        ? 0
        : market.mark === undefined
          ? undefined
          : moneyToDouble(unrealizedPnl(position, market.mark.value, multiplier)),
    fees,
    net: net === undefined ? undefined : moneyToDouble(net),
  };
}

export const isPnlIncomplete = (run: RunState, holding: Holding): boolean =>
  holding.isUnvalued || holding.unconverted.size > 0 || isIncomplete(run);

export const fillRatio = (holding: Holding): number | undefined =>
  holding.submittedQuantity > 0n
    ? quotient(holding.filledQuantity, holding.submittedQuantity)
    : undefined;

export const orderToTradeRatio = (holding: Holding): number | undefined =>
  holding.fills === 0 ? undefined : holding.requests / holding.fills;

export function markoutsOf(
  holding: Holding,
): { liquidity: string; horizon: string; bps: number }[] {
  return [...holding.markouts].flatMap(([liquidity, markouts]) =>
    markouts.flatMap(({ weight, weighted }, index) =>
      weight === 0n
        ? []
        : [
            {
              liquidity,
              horizon: HORIZONS[index]!,
              bps: totalOf(weighted) / (Number(weight) / 1e18),
            },
          ],
    ),
  );
}

export const spreadBps = (market: Market): number | undefined =>
  market.mid === undefined
    ? undefined
    : scaledQuotient(markOf(market.ask - market.bid), market.mid, 4);

export function realizedVolatility(run: RunState, market: Market): number | undefined {
  sampleMids(market, run.clock);
  if (market.logReturns.length < RETURNS_MIN) return undefined;
  const minutes = market.instrument?.minutesPerYear ?? MINUTES_PER_YEAR;
  return meanAndDeviation(market.logReturns).deviation * Math.sqrt(60 * minutes);
}

/** The levels of the latest book; a bad row ends them. */
export function levelsOf(
  market: Market,
  side: 'bid' | 'ask',
): readonly (readonly [string, string])[] {
  const rows = (side === 'bid' ? market.book?.value.bids : market.book?.value.asks) ?? [];
  const bad = rows.findIndex((row) => !isLevel(row));
  return (bad < 0 ? rows : rows.slice(0, bad)) as readonly (readonly [string, string])[];
}

/** @param mid at the scale of a mark; a level is within so many bps on either side of it */
function depthWithin(
  levels: readonly (readonly [string, string])[],
  mid: bigint,
  bps: number,
): number {
  let quantity = 0n;
  for (const [px, qty] of levels) {
    const distance = (markOf(parseAtoms(px)) - mid) * 10_000n;
    const bound = mid * BigInt(bps);
    if (distance <= bound && distance >= -bound) quantity += parseAtoms(qty);
  }
  return atomsToDouble(quantity);
}
