/**
 * The samples of every metric, from the replica's state. Pure: the same state gives the same samples
 * in the same order: keys by label values, what a key has several of by its own.
 */
import {
  ATOM_DIGITS,
  atomsToDouble,
  MARK_DIGITS,
  moneyToDouble,
  parseAtoms,
  powerOfTen,
  quotient,
  scaleUp,
  SMALL_DIGITS,
  toDouble,
} from '@tradetail/core/decimal.ts';
import { ENGINE_STATES, STRATEGY_STATES } from '@tradetail/core/events/catalogue.ts';
import { isLevel } from '@tradetail/core/events/check.ts';
import {
  AVERAGE_DIGITS,
  moneyOf,
  realizedPnl,
  unrealizedPnl,
  valueAt,
} from '@tradetail/core/ledger/position.ts';
import { meanAndDeviation } from '@tradetail/core/stats/moments.ts';
import { toSeconds } from '@tradetail/core/time.ts';
import { addMoney, addUnits, emptyTotal, totalToDouble } from '@tradetail/core/total.ts';
import { INVALID_REASONS } from '../decode/decode.ts';
import type { CheckpointStatus, FollowerStatus } from '../follow/line-sink.ts';
import {
  drawdownOf,
  equityOf,
  maxDrawdownOf,
  minutesPerYear,
  MINUTES_PER_YEAR,
  multiplierOf,
  netPnlOf,
  RETURNS_MIN,
} from '../fold/account.ts';
import { rowsOf } from '../fold/book.ts';
import { HORIZONS, sampleMids } from '../fold/clock.ts';
import { meanMarkout } from '../fold/markout-queue.ts';
import {
  eventCounts,
  type EngineState,
  type KeyCounters,
  type LatencyStage,
  type MarketCounters,
} from '../fold/engine-state.ts';
import type { Histogram } from '../fold/histogram.ts';
import { halfOf, markPrice, midDoubled, spreadBps, type Units } from '../fold/market-price.ts';
import type { ReplicaState } from '../fold/replica.ts';
import type { Account, Holding, Market, RunState } from '../fold/run-state.ts';
import type { MetricName } from './catalogue.ts';

/** Label values that several metrics share, such as a key's: one array for all of them. */
export type Labels = readonly string[];

/**
 * Takes one sample. Those of a metric come in the order in which they are printed.
 *
 * @param labels the values of the metric's first labels
 * @param more the values of the others
 */
export type Put = (
  name: MetricName,
  labels: Labels,
  value: number | Histogram | undefined,
  more?: Labels,
) => void;

export interface Sample {
  /** In the catalogue's order. */
  readonly labels: Labels;
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
  'files' | 'lagBytes' | 'rotations' | 'truncations' | 'errors'
>;

/** An engine that says nothing for longer is taken for down. */
const SILENT_SECONDS = 30;
const DEPTH_BPS = [5, 10, 25, 50] as const;
export const LEVELS_MAX = 10;

/** Every sample at once, by metric. */
export function collectSamples(
  state: ReplicaState,
  follower: FollowerCounts,
  liveness?: Liveness,
): Samples {
  const samples: Samples = new Map();
  const put: Put = (name, labels, value, more = []) => {
    if (value === undefined) return;
    const list = samples.get(name);
    const sample = { labels: [...labels, ...more], value };
    if (list === undefined) samples.set(name, [sample]);
    else list.push(sample);
  };
  for (const _ of putSamples(put, state, follower, liveness));
  return samples;
}

/** Puts every sample; between two keys it yields, so that whoever drives it may let others run. */
export function* putSamples(
  put: Put,
  state: ReplicaState,
  follower: FollowerCounts,
  liveness?: Liveness,
): Generator<void> {
  const putNumber: Put = (name, labels, value, more) => {
    if (value !== undefined && !Number.isNaN(value)) put(name, labels, value, more);
  };
  for (const [, name] of inOrder(state.engines, (_, key) => [key])) {
    const engine = state.engines.get(name)!;
    yield* putCounters(putNumber, engine);
    const run = engine.runs.get(engine.latest);
    if (run !== undefined) yield* putRun(putNumber, engine.engine, run, liveness);
  }
  for (const reason of INVALID_REASONS)
    put('sidecar_invalid_lines_total', NO_LABELS, state.invalidLines[reason], [reason]);
  put('sidecar_lines_total', NO_LABELS, state.lines);
  put('sidecar_bytes_total', NO_LABELS, state.bytes);
  put('sidecar_files', NO_LABELS, follower.files);
  put('sidecar_file_rotations_total', NO_LABELS, follower.rotations);
  put('sidecar_file_truncations_total', NO_LABELS, follower.truncations);
  put('sidecar_file_errors_total', NO_LABELS, follower.errors);
  putEach(put, 'sidecar_series_dropped_total', NO_LABELS, state.seriesDropped);
  if (liveness !== undefined) {
    put('sidecar_file_lag_bytes', NO_LABELS, follower.lagBytes);
    put('sidecar_ingest_delay_seconds', NO_LABELS, liveness.ingestDelay);
    put('sidecar_checkpoint_last_timestamp_seconds', NO_LABELS, liveness.checkpoint.lastSeconds);
    put('sidecar_checkpoint_failures_total', NO_LABELS, liveness.checkpoint.failures);
  }
}

const NO_LABELS: Labels = [];

/**
 * Orders made before. The state's maps only grow, but for fees in other currencies, so an order holds
 * until there is another number of entries.
 */
const ORDERS = new WeakMap<ReadonlyMap<string, unknown>, readonly [Labels, string][]>();

/** @returns the entries' labels and keys, ordered by labels */
function inOrder<T>(
  map: ReadonlyMap<string, T>,
  labelsOf: (value: T, key: string) => Labels,
): readonly [Labels, string][] {
  const known = ORDERS.get(map);
  if (known?.length === map.size) return known;
  const order = Array.from(map, ([key, value]): [Labels, string] => [labelsOf(value, key), key]);
  order.sort(byLabels);
  ORDERS.set(map, order);
  return order;
}

function byLabels([a]: readonly [Labels, unknown], [b]: readonly [Labels, unknown]): number {
  for (let index = 0; index < a.length; index += 1) {
    if (a[index]! < b[index]!) return -1;
    if (a[index]! > b[index]!) return 1;
  }
  return 0;
}

function* putCounters(put: Put, state: EngineState): Generator<void> {
  const labels = [state.engine];
  for (const [key, id] of inOrder(state.keys, ({ strategy, venue, symbol }) => [
    state.engine,
    strategy,
    venue,
    symbol,
  ])) {
    putKeyCounters(put, key, state.keys.get(id)!);
    yield;
  }
  for (const [market, id] of inOrder(state.markets, ({ venue, symbol }) => [
    state.engine,
    venue,
    symbol,
  ])) {
    putMarketCounters(put, market, state.markets.get(id)!);
    yield;
  }
  for (const [more, id] of inOrder(state.breaches, (breach) => [
    breach.strategy,
    breach.name,
    breach.action,
  ]))
    put('trading_risk_breaches_total', labels, state.breaches.get(id)!.count, more);
  putEach(put, 'trading_reconciliation_mismatches_total', labels, state.mismatches);
  putEach(put, 'sidecar_events_total', labels, eventCounts(state));
  put('sidecar_unknown_events_total', labels, state.unknownEvents);
  put('sidecar_duplicate_events_total', labels, state.duplicateEvents);
  put('sidecar_missing_events_total', labels, state.missingEvents);
  put('sidecar_repeated_fills_total', labels, state.repeatedFills);
}

/** A count for each value of one more label. */
function putEach(
  put: Put,
  name: MetricName,
  labels: Labels,
  counts: ReadonlyMap<string, number>,
): void {
  for (const [more, value] of inOrder(counts, (_, key) => [key]))
    put(name, labels, counts.get(value), more);
}

/** A counter has a series once it has counted something. */
const counted = (count: number): number | undefined => (count === 0 ? undefined : count);

export const LATENCY_METRICS: Readonly<Record<LatencyStage, MetricName>> = {
  tick_to_trade: 'trading_tick_to_trade_seconds',
  decision: 'trading_decision_seconds',
  ack: 'trading_order_ack_seconds',
  fill: 'trading_order_fill_seconds',
};

function putKeyCounters(put: Put, key: Labels, counters: KeyCounters): void {
  const { submitted } = counters;
  for (const [more, id] of inOrder(submitted, ({ side, ordType }) => [side, ordType]))
    put('trading_orders_submitted_total', key, submitted.get(id)!.count, more);
  put('trading_orders_accepted_total', key, counted(counters.accepted));
  put('trading_orders_canceled_total', key, counted(counters.canceled));
  put('trading_orders_expired_total', key, counted(counters.expired));
  putEach(put, 'trading_orders_rejected_total', key, counters.rejected);
  putEach(put, 'trading_orders_denied_total', key, counters.denied);
  for (const [more, id] of inOrder(counters.fills, ({ side, liquidity }) => [side, liquidity])) {
    const { count, quantity, notional } = counters.fills.get(id)!;
    put('trading_fills_total', key, count, more);
    put('trading_filled_quantity_total', key, totalToDouble(quantity), more);
    if (notional !== undefined)
      put('trading_filled_notional_total', key, totalToDouble(notional), more);
  }
  for (const [stage, histogram] of counters.latencies) put(LATENCY_METRICS[stage], key, histogram);
}

function putMarketCounters(put: Put, labels: Labels, counters: MarketCounters): void {
  for (const [more, aggressor] of inOrder(counters.trades, (_, key) => [key])) {
    const { count, volume } = counters.trades.get(aggressor)!;
    put('trading_market_trades_total', labels, count, more);
    put('trading_market_volume_total', labels, totalToDouble(volume), more);
  }
  put('trading_book_gaps_total', labels, counted(counters.gaps));
  put('trading_book_resyncs_total', labels, counted(counters.resyncs));
}

function* putRun(
  put: Put,
  engine: string,
  run: RunState,
  liveness: Liveness | undefined,
): Generator<void> {
  const labels = [engine];
  if (run.started !== undefined) {
    const { mode, version } = run.started.value;
    put('trading_run_info', labels, 1, [run.run, mode, version]);
  }
  put('trading_engine_up', labels, isUp(run, liveness?.nowSeconds) ? 1 : 0);
  put('trading_engine_last_event_timestamp_seconds', labels, toSeconds(run.lastTime.value));
  put('trading_run_incomplete', labels, isIncomplete(run) ? 1 : 0);
  put('trading_kill_switch_active', labels, run.killed.value ? 1 : 0);
  put('sidecar_pruned_events', labels, run.pruned);
  putStates(put, 'trading_engine_state', labels, ENGINE_STATES, run.engineState?.value);
  for (const [of, id] of inOrder(run.accounts, ({ strategy }) => [engine, strategy]))
    putAccount(put, of, run.accounts.get(id)!);
  yield;
  for (const [key, id] of inOrder(run.holdings, ({ strategy, venue, symbol }) => [
    engine,
    strategy,
    venue,
    symbol,
  ])) {
    putHolding(put, key, run, run.holdings.get(id)!);
    yield;
  }
  for (const [of, id] of inOrder(run.markets, ({ venue, symbol }) => [engine, venue, symbol])) {
    putMarket(put, of, run, run.markets.get(id)!);
    yield;
  }
  for (const [of, id] of inOrder(run.limits, ({ strategy, name }) => [engine, strategy, name])) {
    const limit = run.limits.get(id)!;
    put('trading_risk_limit', of, limit.limit);
    put('trading_risk_limit_used_ratio', of, limitUsed(limit));
  }
  for (const [of, id] of inOrder(run.balances, ({ venue, asset }) => [engine, venue, asset])) {
    const { free, locked } = run.balances.get(id)!;
    put('trading_balance', of, Number(free), ['free']);
    put('trading_balance', of, Number(locked), ['locked']);
  }
  for (const [more, kind] of inOrder(run.residuals, (_, key) => [key]))
    put('trading_reconciliation_residual', labels, largest(run.residuals.get(kind)!), more);
}

function putStates(
  put: Put,
  name: MetricName,
  labels: Labels,
  words: readonly string[],
  current: string | undefined,
): void {
  if (current === undefined) return;
  for (const word of new Set([...words, current]))
    put(name, labels, word === current ? 1 : 0, [word]);
}

function putAccount(put: Put, labels: Labels, account: Account): void {
  putStates(put, 'trading_strategy_state', labels, STRATEGY_STATES, account.state?.value);
  const equity = equityOf(account);
  if (equity !== undefined) {
    put('trading_equity', labels, moneyToDouble(equity));
    put('trading_equity_peak', labels, moneyToDouble(account.peak));
    const drawdown = drawdownOf(account, equity);
    put('trading_drawdown_ratio', labels, drawdown);
    if (drawdown !== undefined)
      put('trading_max_drawdown_ratio', labels, maxDrawdownOf(account, drawdown));
  }
  put('trading_sharpe_ratio', labels, sharpeRatio(account));
  put('trading_win_ratio', labels, winRatio(account));
  put('trading_profit_factor', labels, profitFactor(account));
}

function putHolding(put: Put, labels: Labels, run: RunState, holding: Holding): void {
  put('trading_open_orders', labels, holding.openOrders);
  put('trading_position', labels, atomsToDouble(holding.position.qty));
  put('trading_position_average_price', labels, averagePrice(holding));
  put('trading_exposure', labels, exposure(holding));
  const pnl = pnlOf(holding);
  put('trading_realized_pnl', labels, pnl.realized);
  put('trading_unrealized_pnl', labels, pnl.unrealized);
  put('trading_fees', labels, pnl.fees);
  put('trading_net_pnl', labels, pnl.net);
  for (const currency of [...holding.unconverted.keys()].sort())
    put('trading_fees_unconverted', labels, atomsToDouble(holding.unconverted.get(currency)!), [
      currency,
    ]);
  put('trading_pnl_incomplete', labels, isPnlIncomplete(run, holding) ? 1 : 0);
  put('trading_fill_ratio', labels, fillRatio(holding));
  put('trading_order_to_trade_ratio', labels, orderToTradeRatio(holding));
  for (const [liquidity, markouts] of holding.markouts) {
    const more = horizonsOf(liquidity);
    for (let index = 0; index < HORIZONS.length; index += 1)
      put('trading_markout_bps', labels, meanMarkout(markouts, index), more[index]);
  }
}

function putMarket(put: Put, labels: Labels, run: RunState, market: Market): void {
  const { instrument } = market;
  if (instrument !== undefined)
    put('trading_instrument_info', labels, 1, [instrument.base, instrument.quote]);
  const mid = midDoubled(market);
  put('trading_mid_price', labels, halfToDouble(market, mid));
  put('trading_spread_bps', labels, spreadBps(market));
  put('trading_mark_price', labels, halfToDouble(market, market.doubledMark));
  put('trading_realized_volatility', labels, realizedVolatility(run, market));
  if (market.lastTime.seq > 0)
    put('trading_market_data_last_timestamp_seconds', labels, toSeconds(market.lastTime.value));
  if (market.book.seq === 0) return;
  for (const side of ['bid', 'ask'] as const) {
    const levels = levelsOf(market, side);
    const best = levels[0];
    if (best !== undefined)
      put(
        side === 'bid' ? 'trading_best_bid_price' : 'trading_best_ask_price',
        labels,
        Number(best[0]),
      );
    for (const [index, more] of LEVELS[side].entries()) {
      const level = levels[index];
      if (level === undefined) break;
      put('trading_book_level_price', labels, Number(level[0]), more);
      put('trading_book_level_quantity', labels, Number(level[1]), more);
    }
    if (mid === undefined) continue;
    const depths = depthsWithin(market, levels, mid);
    for (const [index, more] of DEPTHS[side].entries())
      put('trading_book_depth', labels, depths[index], more);
  }
}

const LEVELS = bySide(Array.from({ length: LEVELS_MAX }, (_, index) => index + 1));
const DEPTHS = bySide(DEPTH_BPS);
const MAKER_HORIZONS = horizons('maker');
const TAKER_HORIZONS = horizons('taker');

function horizons(liquidity: string): readonly Labels[] {
  return HORIZONS.map((horizon) => [liquidity, horizon]);
}

const horizonsOf = (liquidity: string): readonly Labels[] =>
  liquidity === 'maker'
    ? MAKER_HORIZONS
    : liquidity === 'taker'
      ? TAKER_HORIZONS
      : horizons(liquidity);

function bySide(values: readonly number[]): Readonly<Record<'bid' | 'ask', readonly Labels[]>> {
  const of = (side: string): Labels[] => values.map((value) => [side, String(value)]);
  return { bid: of('bid'), ask: of('ask') };
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
  const mark = markPrice(market);
  if (mark === undefined || market.instrument === undefined) return undefined;
  const value = valueAt(position.qty, mark, market.instrument.multiplier);
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
  const mark = markPrice(market);
  return {
    realized: moneyToDouble(realizedPnl(position, multiplier)),
    unrealized:
      position.qty === 0n
        ? 0
        : mark === undefined
          ? undefined
          : moneyToDouble(unrealizedPnl(position, mark, multiplier)),
    fees,
    net: net === undefined ? undefined : moneyToDouble(net),
  };
}

export const isPnlIncomplete = (run: RunState, holding: Holding): boolean =>
  holding.isUnvalued || holding.unconverted.size > 0 || isIncomplete(run);

export function fillRatio(holding: Holding): number | undefined {
  const submitted = totalToDouble(holding.submittedQuantity);
  return submitted > 0 ? totalToDouble(holding.filledQuantity) / submitted : undefined;
}

export const orderToTradeRatio = (holding: Holding): number | undefined =>
  holding.fills === 0 ? undefined : holding.requests / holding.fills;

export function markoutsOf(
  holding: Holding,
): { liquidity: string; horizon: string; bps: number }[] {
  return [...holding.markouts].flatMap(([liquidity, markouts]) =>
    HORIZONS.flatMap((horizon, index) => {
      const bps = meanMarkout(markouts, index);
      return bps === undefined ? [] : [{ liquidity, horizon, bps }];
    }),
  );
}

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
  const rows = rowsOf(market, side === 'bid' ? 'bids' : 'asks');
  const bad = rows.findIndex((row) => !isLevel(row));
  return (bad < 0 ? rows : rows.slice(0, bad)) as readonly (readonly [string, string])[];
}

/** @returns the double nearest to half of a price that is kept doubled */
function halfToDouble(market: Market, doubled: Units | undefined): number | undefined {
  if (doubled === undefined) return undefined;
  return typeof doubled === 'number'
    ? halfOf(market, doubled)
    : toDouble(doubled * 5n, MARK_DIGITS);
}

/**
 * @param mid doubled; a level is within so many bps on either side of it
 * @returns for each of DEPTH_BPS
 */
function depthsWithin(
  market: Market,
  levels: readonly (readonly [string, string])[],
  mid: Units,
): number[] {
  const quantities = DEPTH_BPS.map(emptyTotal);
  for (const [px, qty] of levels) {
    const isSmall = typeof mid === 'number' && mid < DISTANCE_MAX;
    const small = isSmall ? Math.abs(2 * unitsIn(px, market.digits) - mid) : Infinity;
    const distance = small < DISTANCE_MAX ? small * 10_000 : wideDistance(market, px, mid);
    const digits = fractionDigits(qty);
    const isShort = qty.length <= SMALL_DIGITS;
    for (let index = 0; index < DEPTH_BPS.length; index += 1) {
      const bps = DEPTH_BPS[index]!;
      const isWithin =
        typeof distance === 'number'
          ? distance <= (mid as number) * bps
          : distance <= atomsOf(market, mid) * BigInt(bps);
      if (!isWithin) continue;
      if (isShort) addUnits(quantities[index]!, unitsIn(qty, digits), digits);
      else addMoney(quantities[index]!, moneyOf(parseAtoms(qty)));
    }
  }
  return quantities.map(totalToDouble);
}

/** Ten thousand times what is below stays exact. */
const DISTANCE_MAX = Number.MAX_SAFE_INTEGER / 10_000;

const fractionDigits = (text: string): number => {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
};

/** @returns a short decimal × 10^digits, an exact integer; NaN where it has more digits after the point, or too many at all */
function unitsIn(text: string, digits: number): number {
  return text.length > SMALL_DIGITS || fractionDigits(text) > digits
    ? NaN
    : Math.round(Number(text) * powerOfTen(digits));
}

/** @returns ten thousand times the distance of a price from the mid, doubled, in atoms */
function wideDistance(market: Market, px: string, mid: Units): bigint {
  const away = 2n * parseAtoms(px) - atomsOf(market, mid);
  return 10_000n * (away < 0n ? -away : away);
}

const atomsOf = (market: Market, units: Units): bigint =>
  typeof units === 'number' ? scaleUp(units, ATOM_DIGITS - market.digits) : units;
