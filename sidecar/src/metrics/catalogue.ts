/**
 * Every metric, as data: the exposition, the reference in docs, the dashboards and the alerts read it.
 * Label names stand in the order in which they are printed.
 */
export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  /** What only a running sidecar can say: left out of `scan`, so that the same log gives the same bytes. */
  readonly isLive?: true;
}

/** A key: one strategy's business in one symbol. */
const P = ['engine', 'strategy', 'venue', 'symbol'] as const;
/** A market. */
const M = ['engine', 'venue', 'symbol'] as const;
const S = ['engine', 'strategy'] as const;
const E = ['engine'] as const;

const metric =
  (type: MetricType) =>
  (name: string, labels: readonly string[], help: string): Metric => ({ name, type, labels, help });
const counter = metric('counter');
const gauge = metric('gauge');
const histogram = metric('histogram');
const live = (one: Metric): Metric => ({ ...one, isLive: true });

export const METRICS = [
  counter(
    'trading_orders_submitted_total',
    [...P, 'side', 'ord_type'],
    'Orders sent to the venue.',
  ),
  counter('trading_orders_accepted_total', P, 'Orders that the venue acknowledged.'),
  counter('trading_orders_canceled_total', P, 'Orders that were canceled.'),
  counter('trading_orders_expired_total', P, 'Orders that the venue ended.'),
  counter(
    'trading_orders_rejected_total',
    [...P, 'code'],
    'Orders that the venue refused, by its code.',
  ),
  counter(
    'trading_orders_denied_total',
    [...P, 'deny_code'],
    'Orders that our own risk check refused.',
  ),
  gauge('trading_open_orders', P, 'Orders submitted and not terminal.'),
  counter('trading_fills_total', [...P, 'side', 'liquidity'], 'Fills.'),
  counter('trading_filled_quantity_total', [...P, 'side', 'liquidity'], 'Filled quantity in base.'),
  counter(
    'trading_filled_notional_total',
    [...P, 'side', 'liquidity'],
    'Filled notional in quote.',
  ),
  gauge('trading_position', P, 'Position in base, long is positive.'),
  gauge('trading_position_average_price', P, 'Average cost of the position; absent when flat.'),
  gauge('trading_exposure', P, 'Absolute value of the position at the mark, in quote.'),
  gauge('trading_realized_pnl', P, 'Realized PnL before fees, in quote.'),
  gauge('trading_unrealized_pnl', P, 'Unrealized PnL at the mark, in quote.'),
  gauge('trading_fees', P, 'Fees paid so far in quote; a rebate is negative.'),
  gauge('trading_net_pnl', P, 'Realized plus unrealized PnL minus fees, in quote.'),
  gauge(
    'trading_fees_unconverted',
    [...P, 'currency'],
    'Fees that have no rate to quote, in their own currency; not in net PnL.',
  ),
  gauge(
    'trading_pnl_incomplete',
    P,
    '1 when fees are unconverted, the instrument is undefined or the run is incomplete, else 0.',
  ),
  gauge('trading_equity', S, 'Capital plus net PnL plus funding, dividends and interest.'),
  gauge('trading_equity_peak', S, 'Highest equity of the run, starting capital included.'),
  gauge('trading_drawdown_ratio', S, '1 - equity / peak.'),
  gauge('trading_max_drawdown_ratio', S, 'Largest drawdown of the run.'),
  gauge(
    'trading_sharpe_ratio',
    S,
    'Annualized Sharpe ratio of whole-minute returns, no risk-free rate; absent under 30.',
  ),
  gauge('trading_win_ratio', S, 'Round trips with a gain after fees, of all.'),
  gauge(
    'trading_profit_factor',
    S,
    'Gains of round trips over losses, after fees; absent without a loss.',
  ),
  gauge('trading_fill_ratio', P, 'Filled quantity of submitted quantity.'),
  gauge(
    'trading_order_to_trade_ratio',
    P,
    'Submissions, replacements and cancel requests for each fill.',
  ),
  gauge(
    'trading_markout_bps',
    [...P, 'liquidity', 'horizon'],
    'Mid a horizon after the fill against its price, positive is good for us; mean weighted by quantity.',
  ),
  histogram('trading_tick_to_trade_seconds', P, 'From market data taken to order sent.'),
  histogram('trading_decision_seconds', P, 'From market data taken to decision.'),
  histogram('trading_order_ack_seconds', P, "From order sent to the venue's acknowledgement."),
  histogram('trading_order_fill_seconds', P, 'From order sent to fill.'),
  gauge('trading_best_bid_price', M, 'Best bid of the latest book.'),
  gauge('trading_best_ask_price', M, 'Best ask of the latest book.'),
  gauge('trading_mid_price', M, 'Mid of the last usable book.'),
  gauge('trading_spread_bps', M, 'Spread of the last usable book, of its mid.'),
  gauge('trading_mark_price', M, 'Price at which positions are valued.'),
  gauge(
    'trading_realized_volatility',
    M,
    'Annualized deviation of one-second log returns of the mid over 300 s.',
  ),
  gauge(
    'trading_book_level_price',
    [...M, 'side', 'level'],
    'Price of a level of the latest book.',
  ),
  gauge(
    'trading_book_level_quantity',
    [...M, 'side', 'level'],
    'Quantity at a level of the latest book.',
  ),
  gauge(
    'trading_book_depth',
    [...M, 'side', 'bps'],
    'Quantity of the latest book within so many bps of the mid.',
  ),
  counter('trading_market_trades_total', [...M, 'aggressor'], 'Trades of the market.'),
  counter(
    'trading_market_volume_total',
    [...M, 'aggressor'],
    'Traded quantity of the market, in base.',
  ),
  gauge('trading_market_data_last_timestamp_seconds', M, 'Wall clock of the last book or trade.'),
  counter('trading_book_gaps_total', M, 'Gaps in the updates of the book.'),
  counter('trading_book_resyncs_total', M, 'Times the book was made anew.'),
  gauge('trading_instrument_info', [...M, 'base', 'quote'], 'Always 1.'),
  gauge('trading_strategy_state', [...S, 'state'], '1 for the current state, 0 for the others.'),
  gauge('trading_engine_state', [...E, 'state'], '1 for the current state, 0 for the others.'),
  gauge('trading_engine_up', E, "1 from the run's first line until it stops or falls silent."),
  gauge('trading_engine_last_event_timestamp_seconds', E, 'Wall clock of the last line.'),
  gauge('trading_run_info', [...E, 'run', 'mode', 'version'], 'Always 1.'),
  gauge('trading_run_incomplete', E, '1 while lines are missing that no snapshot has made good.'),
  counter('trading_risk_breaches_total', [...S, 'name', 'action'], 'Limits that were passed.'),
  gauge('trading_risk_limit', [...S, 'name'], 'The limit.'),
  gauge('trading_risk_limit_used_ratio', [...S, 'name'], 'How much of the limit is used.'),
  gauge('trading_kill_switch_active', E, '1 while the kill switch is latched.'),
  gauge(
    'trading_balance',
    ['engine', 'venue', 'asset', 'kind'],
    "A balance as the engine's log has it.",
  ),
  counter(
    'trading_reconciliation_mismatches_total',
    [...E, 'kind'],
    "The engine's claims that differ from what its orders and fills give by more than 1e-9.",
  ),
  gauge(
    'trading_reconciliation_residual',
    [...E, 'kind'],
    "Largest difference between the engine's latest claims and ours.",
  ),
  counter('sidecar_events_total', [...E, 'event'], 'Lines applied, by event.'),
  counter('sidecar_unknown_events_total', E, 'Lines of events that this version does not know.'),
  counter('sidecar_duplicate_events_total', E, 'Lines whose seq had been read.'),
  counter('sidecar_missing_events_total', E, 'Seqs that were skipped when a higher one was read.'),
  counter('sidecar_repeated_fills_total', E, 'Fills whose execution id had been read.'),
  gauge('sidecar_pruned_events', E, 'Seqs before the first segment there is.'),
  counter('sidecar_invalid_lines_total', ['reason'], 'Lines that were refused.'),
  counter('sidecar_lines_total', [], 'Lines read.'),
  counter('sidecar_bytes_total', [], 'Bytes of the lines read.'),
  gauge('sidecar_files', [], 'Files followed.'),
  counter('sidecar_file_rotations_total', [], 'Files that were renamed or replaced.'),
  counter('sidecar_file_truncations_total', [], 'Files that were cut.'),
  counter(
    'sidecar_file_errors_total',
    [],
    'Times that a file or folder could not be listed, opened or read.',
  ),
  counter('sidecar_series_dropped_total', ['metric'], 'Updates that the caps on labels kept out.'),
  live(
    gauge('sidecar_file_lag_bytes', [], 'Bytes that stand in the files and have not been read.'),
  ),
  live(histogram('sidecar_ingest_delay_seconds', [], "From a line's time to its being applied.")),
  live(
    gauge('sidecar_checkpoint_last_timestamp_seconds', [], 'When the last checkpoint was written.'),
  ),
  live(counter('sidecar_checkpoint_failures_total', [], 'Checkpoints that could not be written.')),
] as const satisfies readonly Metric[];

export type MetricName = (typeof METRICS)[number]['name'];
