/** All dashboards, in the order of a day's work. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { executionQuality } from './dashboards/execution-quality.ts';
import { marketData } from './dashboards/market-data.ts';
import { pipelineHealth } from './dashboards/pipeline-health.ts';
import { risk } from './dashboards/risk.ts';
import { tradeForensics } from './dashboards/trade-forensics.ts';
import { tradingOverview } from './dashboards/trading-overview.ts';

export const DASHBOARDS: readonly Dashboard[] = [
  tradingOverview,
  marketData,
  executionQuality,
  risk,
  tradeForensics,
  pipelineHealth,
];
