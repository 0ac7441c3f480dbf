/**
 * What goes on over the runs of one engine: counters and histograms, and the bounds of its labels.
 * Plain data throughout the fold, so that a checkpoint is one structured clone.
 */
import { EVENT_NAMES } from '@tradetail/core/events/catalogue.ts';
import type { Total } from '@tradetail/core/total.ts';
import { emptyHistogram, type Histogram } from './histogram.ts';
import { label, OTHER } from './label.ts';
import type { RunState } from './run-state.ts';

/** Per engine. Past them counters go to `other` and gauges are dropped. */
export const SYMBOLS_MAX = 2_000;
export const STRATEGIES_MAX = 200;
export const CODES_MAX = 64;
export const RUNS_MAX = 100;

export interface EngineState {
  readonly engine: string;
  readonly runs: Map<string, RunState>;
  /** The greatest run by bytes. */
  latest: string;
  /** By the event's place in EVENT_NAMES. */
  readonly events: Float64Array;
  unknownEvents: number;
  duplicateEvents: number;
  missingEvents: number;
  repeatedFills: number;
  /** Event, strategy, action of risk.breach. */
  readonly breaches: Map<string, { strategy: string; name: string; action: string; count: number }>;
  readonly mismatches: Map<string, number>;
  readonly keys: Map<string, KeyCounters>;
  readonly markets: Map<string, MarketCounters>;
  /** Admitted label values. */
  readonly symbols: Set<string>;
  readonly strategies: Set<string>;
  readonly codes: Map<string, Set<string>>;
}

/** Counters of one (strategy, venue, symbol). */
export interface KeyCounters {
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
  readonly submitted: Map<string, { side: string; ordType: string; count: number }>;
  accepted: number;
  canceled: number;
  expired: number;
  readonly rejected: Map<string, number>;
  readonly denied: Map<string, number>;
  readonly fills: Map<string, FillCounter>;
  readonly latencies: Map<LatencyStage, Histogram>;
}
export type LatencyStage = 'tick_to_trade' | 'decision' | 'ack' | 'fill';

export interface FillCounter {
  readonly side: string;
  readonly liquidity: string;
  count: number;
  /** Of base. */
  readonly quantity: Total;
  /** Undefined while no fill had a defined instrument. */
  notional: Total | undefined;
}

export interface TradeCounter {
  count: number;
  readonly volume: Total;
}

/** Counters of one (venue, symbol). */
export interface MarketCounters {
  readonly venue: string;
  readonly symbol: string;
  /** By aggressor, `buy` or `sell`. */
  readonly trades: Map<string, TradeCounter>;
  gaps: number;
  resyncs: number;
}

export function newEngine(engine: string): EngineState {
  return {
    engine,
    runs: new Map(),
    latest: '',
    events: new Float64Array(EVENT_NAMES.length),
    unknownEvents: 0,
    duplicateEvents: 0,
    missingEvents: 0,
    repeatedFills: 0,
    breaches: new Map(),
    mismatches: new Map(),
    keys: new Map(),
    markets: new Map(),
    symbols: new Set(),
    strategies: new Set(),
    codes: new Map(),
  };
}

/** @returns how often each event was read, of those that were */
export function eventCounts({ events }: EngineState): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [index, name] of EVENT_NAMES.entries())
    if (events[index]! > 0) counts.set(name, events[index]!);
  return counts;
}

export const join = (...parts: readonly string[]): string => parts.join('\u0000');

/** @returns whether the value may have series of its own, having counted it among at most `max` */
function admit(values: Set<string>, value: string, max: number): boolean {
  if (values.has(value)) return true;
  if (values.size >= max) return false;
  values.add(value);
  return true;
}

export const admitsSymbol = (engine: EngineState, venue: string, symbol: string): boolean =>
  admit(engine.symbols, join(venue, symbol), SYMBOLS_MAX);

export const admitsStrategy = (engine: EngineState, strategy: string): boolean =>
  admit(engine.strategies, strategy, STRATEGIES_MAX);

/** @returns the code as a label of its kind, or `other` past the cap */
export function codeOf(engine: EngineState, kind: string, code: string): string {
  let codes = engine.codes.get(kind);
  if (codes === undefined) engine.codes.set(kind, (codes = new Set()));
  const value = label(code);
  return admit(codes, value, CODES_MAX) ? value : OTHER;
}

export function keyCounters(
  engine: EngineState,
  strategy: string,
  venue: string,
  symbol: string,
): KeyCounters {
  const id = join(strategy, venue, symbol);
  let counters = engine.keys.get(id);
  if (counters === undefined)
    engine.keys.set(
      id,
      (counters = {
        strategy,
        venue,
        symbol,
        submitted: new Map(),
        accepted: 0,
        canceled: 0,
        expired: 0,
        rejected: new Map(),
        denied: new Map(),
        fills: new Map(),
        latencies: new Map(),
      }),
    );
  return counters;
}

export function marketCounters(engine: EngineState, venue: string, symbol: string): MarketCounters {
  const id = join(venue, symbol);
  let counters = engine.markets.get(id);
  if (counters === undefined)
    engine.markets.set(id, (counters = { venue, symbol, trades: new Map(), gaps: 0, resyncs: 0 }));
  return counters;
}

export function latencyOf(counters: KeyCounters, stage: LatencyStage): Histogram {
  let histogram = counters.latencies.get(stage);
  if (histogram === undefined) counters.latencies.set(stage, (histogram = emptyHistogram()));
  return histogram;
}

export const increment = <K>(counts: Map<K, number>, key: K, by = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + by);
};
