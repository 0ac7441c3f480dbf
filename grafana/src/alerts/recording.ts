/** Recording rules: what alerts and people ask often, named `level:metric:operation`. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
  /** How often: what looks hours back is dear, and moves slowly. */
  readonly interval: '1s' | '15s' | '1m';
}

/** The engine's `log.budget_bytes`, which people set in prometheus/rules/settings.yml. */
export const LOG_BUDGET = 'job:trading_log_budget_bytes:setting';

const latency = (metric: string, q: number): Recording => ({
  record: `strategy:${metric}:p${q * 100}_5m`,
  expr: `histogram_quantile(${q}, sum by (engine, strategy, le) (rate(${metric}_bucket[5m])))`,
  interval: '15s',
});

const fillsPerOrder = (window: string): Recording => ({
  record: `strategy:trading_fills_per_order:ratio_${window}`,
  expr: `sum by (engine, strategy) (rate(trading_fills_total[${window}])) / (sum by (engine, strategy) (rate(trading_orders_submitted_total[${window}])) > 0)`,
  interval: window === '6h' ? '1m' : '15s',
});

export const RECORDINGS: readonly Recording[] = [
  {
    record: 'strategy:trading_net_pnl:sum',
    expr: 'sum by (engine, strategy) (trading_net_pnl)',
    interval: '1s',
  },
  {
    record: 'strategy:trading_exposure:sum',
    expr: 'sum by (engine, strategy) (trading_exposure)',
    interval: '1s',
  },
  {
    record: 'strategy:trading_fills:rate1m',
    expr: 'sum by (engine, strategy, liquidity) (rate(trading_fills_total[1m]))',
    interval: '1s',
  },
  {
    record: 'strategy:trading_drawdown_of_limit:ratio',
    expr: 'trading_drawdown_ratio / on (engine, strategy) trading_risk_limit{name="MAX_DRAWDOWN"}',
    interval: '1s',
  },
  {
    record: 'symbol:trading_exposure_of_limit:ratio',
    expr: 'trading_exposure / on (engine, strategy) group_left trading_risk_limit{name="MAX_POSITION"}',
    interval: '1s',
  },
  fillsPerOrder('10m'),
  fillsPerOrder('6h'),
  latency('trading_tick_to_trade_seconds', 0.99),
  latency('trading_order_ack_seconds', 0.99),
  {
    record: 'job:sidecar_ingest_delay_seconds:p99_1m',
    expr: 'histogram_quantile(0.99, sum by (job, le) (rate(sidecar_ingest_delay_seconds_bucket[1m])))',
    interval: '15s',
  },
];
