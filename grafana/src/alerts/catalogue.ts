/**
 * Every alert. A counter that appears with its first event has no rise in PromQL, so single events are
 * looked for by comparing with a moment ago.
 */
import type { Alert } from './alert.ts';
import { LOG_BUDGET } from './recording.ts';
import { THRESHOLDS } from './thresholds.ts';

const T = THRESHOLDS;

/**
 * By how much a counter rose in a time, its first appearance included; 0 where it did not. Nothing where
 * nobody scraped the sidecar back then: what it had read before is history, not a rise.
 */
const risen = (counter: string, by: string, window: string): string =>
  `sum by (${by}) (${counter}) - (sum by (${by}) (${counter} offset ${window}) or sum by (${by}) (${counter}) * 0 and on () max(up{job="sidecar"} offset ${window}) == 1)`;

/** Engines that are at their end by right: every strategy has stopped. */
const STOPPED = 'min by (engine) (trading_strategy_state{state="STOPPED"}) == 1';

const event = (name: string): string =>
  `sum by (engine) (sidecar_events_total{event="order.${name}"})`;

export const ALERTS: readonly Alert[] = [
  {
    name: 'LargePosition',
    severity: 'warning',
    isFast: true,
    value: 'symbol:trading_exposure_of_limit:ratio',
    op: '>',
    threshold: T.positionOfLimit,
    for: '5s',
    summary: 'A position is near its limit',
    description:
      '{{ $labels.strategy }} holds {{ $value | humanizePercentage }} of its largest position in {{ $labels.symbol }} ({{ $labels.venue }}, {{ $labels.engine }}).',
    dashboard: 'risk',
    panel: 20,
  },
  {
    name: 'LimitNearlyUsed',
    severity: 'warning',
    isFast: true,
    // Those with alerts of their own are left out, and a single large order, which is nothing unusual.
    value:
      'max by (engine, strategy, name) (trading_risk_limit_used_ratio{name!~"MAX_DRAWDOWN|MAX_DAILY_LOSS|STALE_MD|MAX_ORDER_.*"})',
    op: '>',
    threshold: T.limitUsed,
    for: '5s',
    summary: 'A risk limit is nearly used up',
    description:
      '{{ $labels.name }} of {{ $labels.strategy }} on {{ $labels.engine }} is used by {{ $value | humanizePercentage }}.',
    dashboard: 'risk',
    panel: 10,
  },
  {
    name: 'DrawdownHigh',
    severity: 'warning',
    isFast: true,
    value: 'strategy:trading_drawdown_of_limit:ratio',
    op: '>',
    threshold: T.drawdownOfLimitWarning,
    for: '5s',
    summary: 'A strategy has lost half of what it may lose from its peak',
    description:
      'The drawdown of {{ $labels.strategy }} on {{ $labels.engine }} is {{ $value | humanizePercentage }} of its limit.',
    dashboard: 'risk',
    panel: 21,
    subject: 'drawdown',
  },
  {
    name: 'DrawdownCritical',
    severity: 'critical',
    isFast: true,
    value: 'strategy:trading_drawdown_of_limit:ratio',
    op: '>',
    threshold: T.drawdownOfLimitCritical,
    for: '0s',
    summary: 'A strategy is about to pass its largest drawdown',
    description:
      'The drawdown of {{ $labels.strategy }} on {{ $labels.engine }} is {{ $value | humanizePercentage }} of its limit; at 100% only reducing orders go out, at 150% the engine halts.',
    dashboard: 'risk',
    panel: 21,
    subject: 'drawdown',
  },
  {
    name: 'DailyLossHigh',
    severity: 'critical',
    isFast: true,
    value: 'max by (engine, strategy) (trading_risk_limit_used_ratio{name="MAX_DAILY_LOSS"})',
    op: '>',
    threshold: T.lossOfDayOfLimit,
    for: '0s',
    summary: 'A strategy is about to pass its loss of the day',
    description:
      '{{ $labels.strategy }} on {{ $labels.engine }} has lost {{ $value | humanizePercentage }} of what it may lose today.',
    dashboard: 'risk',
    panel: 4,
  },
  {
    name: 'KillSwitchActive',
    severity: 'critical',
    isFast: true,
    value: 'max by (engine) (trading_kill_switch_active)',
    op: '>',
    threshold: 0,
    for: '0s',
    summary: 'The kill switch is active: nothing trades',
    description:
      'The kill switch of {{ $labels.engine }} has been pulled; it stays until a person rearms it.',
    dashboard: 'risk',
    panel: 1,
  },
  {
    name: 'EngineHalted',
    severity: 'critical',
    isFast: true,
    value: 'max by (engine) (trading_engine_state{state="HALTED"})',
    op: '>',
    threshold: 0,
    for: '0s',
    summary: 'The engine has halted: it sends no orders',
    description: '{{ $labels.engine }} is HALTED. Its last engine.state says why.',
    dashboard: 'risk',
    panel: 2,
  },
  {
    name: 'EngineSilent',
    severity: 'critical',
    isFast: true,
    value: `(time() - max by (engine) (trading_engine_last_event_timestamp_seconds)) unless on (engine) (${STOPPED})`,
    op: '>',
    threshold: T.engineSilentSeconds,
    for: '0s',
    summary: 'The engine says nothing and has not stopped',
    description:
      '{{ $labels.engine }} has not written a line for {{ $value | humanizeDuration }}; a heartbeat is due every 5 s. Its orders may still be at the venue.',
    dashboard: 'trading-overview',
    panel: 1,
  },
  {
    name: 'MarketDataStale',
    severity: 'critical',
    isFast: true,
    value:
      '(time() - max by (engine, venue, symbol) (trading_market_data_last_timestamp_seconds)) and on (engine) trading_engine_up == 1',
    op: '>',
    threshold: T.marketDataAgeSeconds,
    for: '2s',
    summary: 'Market data has stopped coming',
    description:
      'The last book or trade of {{ $labels.symbol }} ({{ $labels.venue }}, {{ $labels.engine }}) is {{ $value | humanizeDuration }} old. Nothing is traded on old data.',
    dashboard: 'market-data',
    panel: 1,
  },
  {
    name: 'MarketDataGaps',
    severity: 'warning',
    isFast: true,
    value: risen('trading_book_gaps_total', 'engine, venue, symbol', '1m'),
    op: '>',
    threshold: 0,
    for: '0s',
    summary: 'Updates of a book went missing',
    description:
      '{{ $value }} gaps in a minute in the book of {{ $labels.symbol }} ({{ $labels.venue }}, {{ $labels.engine }}). Each time the book is made anew.',
    dashboard: 'market-data',
    panel: 2,
  },
  {
    name: 'NoFillsWhileQuoting',
    severity: 'warning',
    isFast: false,
    value:
      '(min_over_time(trading_strategy_state{state="QUOTING"}[30m]) and trading_strategy_state{state="QUOTING"} offset 30m == 1) unless on (engine, strategy) (sum by (engine, strategy) (increase(trading_fills_total[30m])) > 0)',
    op: '>',
    threshold: 0,
    for: '1m',
    summary: 'A strategy quotes and nothing is filled',
    description:
      '{{ $labels.strategy }} on {{ $labels.engine }} has been QUOTING for half an hour without a fill.',
    dashboard: 'execution-quality',
    panel: 31,
  },
  {
    name: 'RejectBurst',
    severity: 'critical',
    isFast: true,
    value: risen('trading_orders_rejected_total', 'engine, strategy, venue', '10s'),
    op: '>',
    threshold: T.rejectsIn10s,
    for: '0s',
    summary: 'The venue refuses order after order',
    description:
      '{{ $labels.venue }} refused {{ $value }} orders of {{ $labels.strategy }} on {{ $labels.engine }} in 10 s.',
    dashboard: 'execution-quality',
    panel: 60,
  },
  {
    name: 'OrderUnknown',
    severity: 'critical',
    isFast: true,
    // Those that became so in ten minutes, so that an engine that died with one does not alert for ever.
    value: `(${event('unknown')} - (${event('resolved')} or ${event('unknown')} * 0)) unless on (engine) (${event('unknown')} == ${event('unknown').replace('"})', '"} offset 10m)')})`,
    op: '>',
    threshold: 0,
    for: '5s',
    summary: 'The fate of an order is not known',
    description:
      '{{ $value }} orders of {{ $labels.engine }} are UNKNOWN: sent, and neither acknowledged nor refused. They may be filled.',
    dashboard: 'trade-forensics',
    panel: 20,
  },
  {
    name: 'FillRatioCollapse',
    severity: 'warning',
    isFast: false,
    value:
      '(strategy:trading_fills_per_order:ratio_10m / (strategy:trading_fills_per_order:ratio_6h > 0)) and on (engine, strategy) (sum by (engine, strategy) (increase(trading_orders_submitted_total[10m])) > 100)',
    op: '<',
    threshold: T.fillRatioOfUsual,
    for: '5m',
    summary: 'Far fewer orders are filled than usual',
    description:
      'Of the orders of {{ $labels.strategy }} on {{ $labels.engine }}, {{ $value | humanizePercentage }} of the usual part was filled in the last ten minutes.',
    dashboard: 'execution-quality',
    panel: 31,
  },
  {
    name: 'TickToTradeSlow',
    severity: 'warning',
    isFast: false,
    value: 'strategy:trading_tick_to_trade_seconds:p99_5m',
    op: '>',
    threshold: T.tickToTradeP99Seconds,
    for: '2m',
    summary: 'The engine takes too long from market data to order',
    description:
      'The slowest hundredth of {{ $labels.strategy }} on {{ $labels.engine }} takes {{ $value | humanizeDuration }} and more from tick to order.',
    dashboard: 'execution-quality',
    panel: 42,
  },
  {
    name: 'AckSlow',
    severity: 'warning',
    isFast: false,
    value: 'strategy:trading_order_ack_seconds:p99_5m',
    op: '>',
    threshold: T.ackP99Seconds,
    for: '2m',
    summary: 'The venue takes too long to acknowledge orders',
    description:
      'The slowest hundredth of the orders of {{ $labels.strategy }} on {{ $labels.engine }} waits {{ $value | humanizeDuration }} and more for an acknowledgement.',
    dashboard: 'execution-quality',
    panel: 44,
  },
  {
    name: 'MarkoutAdverse',
    severity: 'warning',
    isFast: false,
    value: `max by (engine, strategy, venue, symbol) (trading_markout_bps{liquidity="maker",horizon="5s"}) and on (engine, strategy, venue, symbol) (sum by (engine, strategy, venue, symbol) (trading_fills_total{liquidity="maker"}) > ${T.markoutFillsMin})`,
    op: '<',
    threshold: T.markoutBps,
    for: '5m',
    summary: 'The market moves against us right after our fills',
    description:
      'Five seconds after a fill as maker, {{ $labels.strategy }} stands at {{ $value | humanize }} bps in {{ $labels.symbol }} ({{ $labels.venue }}, {{ $labels.engine }}), mean of the run.',
    dashboard: 'execution-quality',
    panel: 21,
  },
  {
    name: 'ReconciliationResidual',
    severity: 'critical',
    isFast: true,
    // Compared here, since Grafana 9.4 takes six decimals of a threshold.
    value: `max by (engine, kind) (trading_reconciliation_residual) > ${T.residual}`,
    op: '>',
    threshold: 0,
    for: '5s',
    summary: "The engine's account of itself does not add up",
    description:
      'What {{ $labels.engine }} claims ({{ $labels.kind }}) differs by {{ $value }} from what its orders and fills give.',
    dashboard: 'risk',
    panel: 40,
  },
  {
    name: 'LogGap',
    severity: 'critical',
    isFast: true,
    value: `(${risen('sidecar_missing_events_total', 'engine', '1m')}) + on (engine) max by (engine) (trading_run_incomplete)`,
    op: '>',
    threshold: 0,
    for: '0s',
    summary: 'Lines of the log are missing: figures may be wrong',
    description:
      'Lines of {{ $labels.engine }} are missing ({{ $value }}: those of the last minute, and one more while no snapshot has made the gap good).',
    dashboard: 'pipeline-health',
    panel: 11,
  },
  {
    name: 'InvalidLines',
    severity: 'warning',
    isFast: false,
    value: 'sum by (reason) (increase(sidecar_invalid_lines_total[5m]))',
    op: '>',
    threshold: 0,
    for: '0s',
    summary: 'Lines of the log were refused',
    description:
      '{{ $value | humanize }} lines in five minutes were refused as {{ $labels.reason }} and are counted nowhere else.',
    dashboard: 'pipeline-health',
    panel: 10,
  },
  {
    name: 'SidecarDown',
    severity: 'critical',
    isFast: true,
    value: '1 - (max(up{job="sidecar"}) or vector(0))',
    op: '>',
    threshold: 0,
    for: '5s',
    summary: 'Nobody watches the engine: no sidecar answers',
    description:
      'Prometheus cannot scrape the sidecar. The engine may trade on; no other alert about it can fire.',
    dashboard: 'pipeline-health',
    panel: 1,
  },
  {
    name: 'SidecarLag',
    severity: 'warning',
    isFast: false,
    value: `max by (job) (sidecar_file_lag_bytes / ${T.lagBytes} or job:sidecar_ingest_delay_seconds:p99_1m / ${T.delayP99Seconds})`,
    op: '>',
    threshold: 1,
    for: '30s',
    summary: 'The sidecar is behind the engine',
    description:
      'What is shown is late: {{ $value | humanize }} times what is allowed (1 MiB not read, or a delay of 1 s).',
    dashboard: 'pipeline-health',
    panel: 21,
  },
  {
    name: 'CheckpointFailing',
    severity: 'warning',
    isFast: false,
    value: 'increase(sidecar_checkpoint_failures_total[10m])',
    op: '>',
    threshold: 0,
    for: '0s',
    summary: 'The sidecar cannot write its checkpoint',
    description:
      '{{ $value | humanize }} checkpoints failed in ten minutes on {{ $labels.instance }}. After a restart it reads the logs from their start.',
    dashboard: 'pipeline-health',
    panel: 4,
  },
  {
    name: 'ShipperDown',
    severity: 'warning',
    isFast: false,
    // One of the two; neither is asked where both are absent by choice.
    value: '1 - max(up{job=~"promtail|alloy"})',
    op: '>',
    threshold: 0,
    for: '1m',
    summary: 'No Promtail or Alloy brings lines to Loki',
    description:
      'Neither answers. Metrics are not touched; the logs in Grafana are as of its end, and it goes on there when it is back.',
    dashboard: 'pipeline-health',
    panel: 30,
  },
  {
    name: 'LokiDown',
    severity: 'warning',
    isFast: false,
    value: '1 - max(up{job="loki"})',
    op: '>',
    threshold: 0,
    for: '1m',
    summary: 'Loki does not answer: no forensics, no log alerts',
    description: 'Prometheus cannot scrape Loki. Metrics are not touched; lines wait in the files.',
    dashboard: 'pipeline-health',
    panel: 1,
  },
  {
    name: 'DiskBudget',
    severity: 'warning',
    isFast: false,
    value: `max(${LOG_BUDGET}) / (sum(rate(sidecar_bytes_total[30m])) > 0) / 3600`,
    op: '<',
    threshold: T.logBudgetHours,
    for: '10m',
    summary: 'The disk budget of the log reaches back only a few hours',
    description:
      'At the rate of the last half hour the disk budget holds {{ $value | humanize }} hours of log; older segments are deleted, read or not.',
    dashboard: 'pipeline-health',
    panel: 22,
  },
  {
    name: 'DiskBudgetPrometheus',
    severity: 'warning',
    isFast: false,
    value: 'prometheus_tsdb_storage_blocks_bytes / (prometheus_tsdb_retention_limit_bytes > 0)',
    op: '>',
    threshold: 0.95,
    for: '10m',
    summary: 'Prometheus is at its disk budget: old metrics are deleted before their time',
    description:
      'The blocks of {{ $labels.instance }} take {{ $value | humanizePercentage }} of its budget.',
    dashboard: 'pipeline-health',
    panel: 42,
  },
];
