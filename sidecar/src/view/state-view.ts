/**
 * Everything the live page shows, as `/api/state` gives it. Numbers are the doubles that the
 * metrics show; what cannot be given is null. Every text may come from a log: it is hostile.
 */
export interface StateView {
  /** RFC 3339, when this was made. */
  readonly time: string;
  readonly ready: boolean;
  /** Why it is not ready; empty when it is. */
  readonly reason: string;
  readonly engines: readonly EngineView[];
  readonly sidecar: SidecarView;
}

export interface EngineView {
  readonly engine: string;
  readonly run: string;
  readonly mode: string | null;
  readonly version: string | null;
  /** ACTIVE, REDUCING, HALTED. */
  readonly state: string | null;
  readonly up: boolean;
  readonly killSwitch: boolean;
  readonly incomplete: boolean;
  /** Wall clock of the last line, RFC 3339. */
  readonly lastEventTime: string;
  /** Engine clock of the last line, seconds since the epoch. */
  readonly engineTimeSeconds: number;
  readonly strategies: readonly StrategyView[];
  readonly positions: readonly PositionView[];
  readonly markets: readonly MarketView[];
  /** The last 50, newest first. */
  readonly fills: readonly FillView[];
  /** Orders that are open now, at most 200. */
  readonly orders: readonly OrderView[];
  readonly latencies: readonly LatencyView[];
  readonly limits: readonly LimitView[];
  /** The last 20 breaches, kills and changes of state, newest first. */
  readonly alarms: readonly AlarmView[];
  readonly reconciliation: readonly ReconciliationView[];
  readonly log: LogView;
}

export interface StrategyView {
  readonly strategy: string;
  /** QUOTING, WATCHING, PAUSED, STOPPED. */
  readonly state: string | null;
  readonly capital: number | null;
  readonly currency: string | null;
  readonly equity: number | null;
  readonly equityPeak: number | null;
  readonly drawdownRatio: number | null;
  readonly maxDrawdownRatio: number | null;
  readonly netPnl: number | null;
  readonly sharpeRatio: number | null;
  readonly winRatio: number | null;
  readonly profitFactor: number | null;
  readonly roundTrips: number;
  readonly fills: number;
  /**
   * Equity over engine time, oldest first: [seconds since the epoch, equity, drawdown ratio]. At
   * most 600 points, thinned as the run grows; only in `/api/state`, not in the stream (a client
   * adds the stream's own values).
   */
  readonly curve: readonly (readonly [number, number, number])[];
}

export interface PositionView {
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
  readonly quote: string | null;
  readonly position: number;
  readonly averagePrice: number | null;
  readonly markPrice: number | null;
  readonly exposure: number | null;
  readonly realizedPnl: number | null;
  readonly unrealizedPnl: number | null;
  readonly fees: number | null;
  readonly netPnl: number | null;
  readonly incomplete: boolean;
  readonly openOrders: number;
  readonly makerFills: number;
  readonly takerFills: number;
  readonly fillRatio: number | null;
  readonly orderToTradeRatio: number | null;
  readonly markouts: readonly MarkoutView[];
}

export interface MarkoutView {
  readonly liquidity: string;
  /** `0.1s` … `300s`. */
  readonly horizon: string;
  readonly bps: number;
}

export interface MarketView {
  readonly venue: string;
  readonly symbol: string;
  readonly base: string | null;
  readonly quote: string | null;
  readonly bestBid: number | null;
  readonly bestAsk: number | null;
  readonly mid: number | null;
  readonly spreadBps: number | null;
  readonly mark: number | null;
  readonly realizedVolatility: number | null;
  /** [price, quantity], best first, at most 10. */
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
  readonly trades: number;
  readonly gaps: number;
  readonly resyncs: number;
}

export interface FillView {
  readonly seq: number;
  /** Engine time, RFC 3339. */
  readonly time: string;
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly price: number;
  readonly quantity: number;
  readonly liquidity: string;
  readonly fee: number;
  readonly feeCurrency: string;
  readonly orderId: string;
  readonly execId: string;
}

export interface OrderView {
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
  readonly orderId: string;
  readonly status: string;
  readonly side: string | null;
  readonly price: number | null;
  readonly leavesQuantity: number | null;
}

export interface LatencyView {
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
  readonly stage: 'tick_to_trade' | 'decision' | 'ack' | 'fill';
  readonly count: number;
  /** Seconds, interpolated in the histogram's buckets as Prometheus does. */
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  readonly p99Seconds: number;
}

export interface LimitView {
  readonly strategy: string;
  readonly name: string;
  readonly limit: number;
  readonly usedRatio: number | null;
}

export interface AlarmView {
  readonly seq: number;
  readonly time: string;
  readonly event: string;
  readonly strategy: string;
  readonly text: string;
}

export interface ReconciliationView {
  readonly kind: string;
  readonly residual: number;
  readonly mismatches: number;
}

export interface LogView {
  readonly events: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly unknown: number;
  readonly repeatedFills: number;
  readonly pruned: number;
}

export interface SidecarView {
  readonly uptimeSeconds: number;
  readonly files: number;
  readonly lagBytes: number;
  readonly lines: number;
  readonly bytes: number;
  /** By reason: too_long, utf8, json, version, schema. */
  readonly invalidLines: Readonly<Record<string, number>>;
  readonly rotations: number;
  readonly truncations: number;
  readonly checkpointFailures: number;
  /** Line's time to applied, seconds; null before the first. */
  readonly ingestDelayP50Seconds: number | null;
  readonly ingestDelayP99Seconds: number | null;
}
