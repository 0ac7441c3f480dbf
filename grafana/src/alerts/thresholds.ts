/** The numbers at which somebody is told. Each alert's runbook says when to change its own. */
export const THRESHOLDS = {
  /** Of the engine's own limit. */
  positionOfLimit: 0.8,
  limitUsed: 0.9,
  drawdownOfLimitWarning: 0.5,
  drawdownOfLimitCritical: 0.8,
  lossOfDayOfLimit: 0.7,
  /** Three heartbeats of the engine. */
  engineSilentSeconds: 15,
  /** The engine's default for `risk.stale_md_ms`. */
  marketDataAgeSeconds: 5,
  rejectsIn10s: 5,
  /** Of the ratio of the last six hours. */
  fillRatioOfUsual: 0.25,
  tickToTradeP99Seconds: 0.001,
  ackP99Seconds: 0.5,
  markoutBps: -2,
  markoutFillsMin: 50,
  /** As `trading_reconciliation_mismatches_total` has it. */
  residual: 1e-9,
  lagBytes: 1_048_576,
  delayP99Seconds: 1,
  /** How far back the engine's `log.budget_bytes` must reach. */
  logBudgetHours: 6,
} as const;
