/** The report of one run, as it stands in report.json. */
import { realizedPnl } from '@tradetail/core/ledger/position.ts';
import { formatTime } from '@tradetail/core/time.ts';
import { equityOf, netPnlOf } from '../fold/account.ts';
import type { Account, Holding, RunState } from '../fold/run-state.ts';
import type { ReplicaState } from '../fold/replica.ts';
import { addParts, noParts, residualOf, type Parts } from './attribution.ts';
import type { Collector, KeyRecord } from './collector.ts';
import { isIncomplete } from '../metrics/samples.ts';
import { DEFINITIONS } from './definitions.ts';
import { executionFigures, liquidityFigures } from './execution-figures.ts';
import { LIQUIDITIES, type LiquidityRecord } from './execution-record.ts';
import { count, figure, missing, money, quotientMoney, type Figure } from './figure.ts';
import { MarkoutCurve, WeightedMean } from './markout.ts';
import { textOf } from './line-text.ts';
import { secondsBetween } from './order-record.ts';
import { multiplierOf } from './replica-look.ts';
import { returnFigures, riskFigures, timeOf } from './return-figures.ts';
import { returnSeries } from './return-series.ts';
import { tradeFigures } from './trade-figures.ts';

/** What was read, as the shell knows it. */
export interface ReadLog {
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  /** Of all their bytes, in this order. */
  readonly sha256: string;
}

export type Report = ReturnType<typeof reportOf>;
export type StrategyReport = ReturnType<typeof strategyReport>;

/** @param others runs to compare with */
export function reportOf(
  collector: Collector | undefined,
  replica: ReplicaState,
  log: ReadLog,
  others: readonly RunSummary[] = [],
) {
  const accounts = [...(collector?.run.accounts.values() ?? [])];
  const strategies = Object.fromEntries(
    accounts
      .sort((a, b) => (a.strategy < b.strategy ? -1 : 1))
      .map((account) => [account.strategy, strategyReport(collector!, account)] as const),
  );
  const started = collector?.facts.started ?? {};
  return {
    run: runFigures(collector),
    config: {
      sha256: textOf(started['config_sha256']) || null,
      settings: started['config'] ?? null,
    },
    log: logFigures(collector, replica, log),
    strategies,
    comparison: comparisonOf(collector, strategies, others),
    definitions: DEFINITIONS,
  };
}

function runFigures(collector: Collector | undefined) {
  const { run, engine, facts, incidents = [] } = collector ?? {};
  const { started = {}, stopped = {}, firstTime, lastTime } = facts ?? {};
  const numberIn = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  const markets = [...(run?.markets.values() ?? [])];
  return {
    engine: engine?.engine ?? null,
    run: run?.run ?? null,
    version: textOf(started['version']) || null,
    mode: textOf(started['mode']) || null,
    clock: textOf(started['clock']) || null,
    seed: numberIn(started['seed']),
    strategies: [...(run?.accounts.keys() ?? [])].sort(),
    venues: [...new Set(markets.map(({ venue }) => venue))].sort(),
    started: firstTime === undefined ? null : formatTime(firstTime),
    ended: lastTime === undefined ? null : formatTime(lastTime),
    duration: figure(firstTime && lastTime && secondsBetween(firstTime, lastTime), 's', 'no lines'),
    wall_started: facts?.firstWall === undefined ? null : formatTime(facts.firstWall),
    wall_ended: facts?.lastWall === undefined ? null : formatTime(facts.lastWall),
    stop_reason: textOf(stopped['reason']) || null,
    exit_code: numberIn(stopped['exit_code']),
    incidents,
  };
}

/**
 * Of logs that hold both, the run that the reported one is compared with without being asked: of a live
 * run the latest on paper, of one on paper the latest that was live.
 *
 * @returns its id; undefined where there is none
 */
export function counterpartOf(
  replica: ReplicaState,
  { run, started }: RunState,
): string | undefined {
  const kind = kindOf(started?.value.mode);
  if (kind === undefined) return undefined;
  const others = [...replica.engines.values()]
    .flatMap(({ runs }) => [...runs.values()])
    .filter((one) => {
      const other = kindOf(one.started?.value.mode);
      return one.run !== run && other !== undefined && other !== kind;
    })
    .map((one) => one.run);
  return others.sort().at(-1);
}

/** A run that only reads has no fills of its own. */
const kindOf = (mode: string | undefined): 'paper' | 'live' | undefined =>
  mode === 'PAPER' ? 'paper' : mode?.startsWith('LIVE') === true ? 'live' : undefined;

/** What a comparison says of another run. */
export type RunSummary = ReturnType<typeof runSummary>;
export const runSummary = ({
  run,
  log,
  strategies,
}: {
  readonly run: ReturnType<typeof runFigures>;
  readonly log: ReturnType<typeof logFigures>;
  readonly strategies: Readonly<Record<string, StrategyReport>>;
}) => ({
  engine: run.engine,
  run: run.run,
  mode: run.mode,
  version: run.version,
  started: run.started,
  duration: run.duration,
  complete: log.complete,
  sha256: log.sha256,
  strategies: Object.entries(strategies).map(([strategy, report]) => summaryOf(strategy, report)),
});

function logFigures(collector: Collector | undefined, replica: ReplicaState, log: ReadLog) {
  const { run, engine, facts, gaps = [], unvaluedFills = 0 } = collector ?? {};
  const pruned = run?.pruned ?? 0;
  const isUncertain = run !== undefined && isIncomplete(run);
  const isCut = run?.isStopped !== true;
  const missingLines = gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const invalid = Object.values(replica.invalidLines).reduce((sum, one) => sum + one, 0);
  const residuals = [...(run?.residuals ?? [])].map(([kind, byKey]) => ({
    kind,
    claims: count(byKey.size),
    residual: figure(
      [...byKey.values()].reduce((a, b) => Math.max(a, b), 0),
      kind === 'position' || kind === 'balance' ? 'asset' : kind === 'order' ? 'count' : 'quote',
      'no claim',
    ),
    mismatches: count(engine!.mismatches.get(kind) ?? 0),
  }));
  const unconverted = [...(run?.holdings.values() ?? [])].flatMap(({ unconverted }) => [
    ...unconverted.keys(),
  ]);
  const repeatedFills = engine?.repeatedFills ?? 0;
  const findings = [
    run === undefined && 'there is no run in these files',
    pruned > 0 && `the first ${pruned} events of the run are gone with their segments`,
    missingLines > 0 &&
      `${missingLines} lines are missing, in ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}`,
    isUncertain && 'the state is uncertain since the last gap: no snapshot has replaced it',
    run !== undefined &&
      isCut &&
      'the log ends without engine.stopped: the run goes on, or it was cut off',
    invalid > 0 && `${invalid} lines are invalid and were not read`,
    repeatedFills > 0 && `${repeatedFills} fills were logged again and counted once`,
    unvaluedFills > 0 &&
      `${unvaluedFills} fills came before their instrument was defined: they have no value`,
    unconverted.length > 0 &&
      `fees in ${[...new Set(unconverted)].sort().join(', ')} cannot be converted and are left out of net PnL`,
    residuals.some(({ mismatches }) => mismatches.value > 0) &&
      "the engine's own claims differ from what its fills say",
    facts !== undefined && facts.errors > 0 && `the engine logged ${facts.errors} errors`,
    facts !== undefined &&
      facts.reconDiffs > 0 &&
      `the venue differed from the engine ${facts.reconDiffs} times`,
  ].filter((finding) => finding !== false);
  const incomplete =
    pruned > 0 || missingLines > 0 || isUncertain || isCut || invalid > 0 || unvaluedFills > 0;
  return {
    files: log.files,
    sha256: log.sha256,
    lines: replica.lines,
    bytes: replica.bytes,
    run_lines: facts?.lines ?? 0,
    runs: engine?.runs.size ?? 0,
    complete: !incomplete,
    findings,
    missing_lines: count(missingLines),
    gaps,
    pruned_events: count(pruned),
    duplicate_events: count(engine?.duplicateEvents ?? 0),
    repeated_fills: count(repeatedFills),
    unknown_events: count(engine?.unknownEvents ?? 0),
    invalid_lines: Object.fromEntries(
      Object.entries(replica.invalidLines).map(([reason, n]) => [reason, count(n)]),
    ),
    book_gaps: count(facts?.bookGaps ?? 0),
    book_resyncs: count(facts?.resyncs ?? 0),
    engine_errors: count(facts?.errors ?? 0),
    venue_differences: count(facts?.reconDiffs ?? 0),
    reconciliation: residuals.sort((a, b) => (a.kind < b.kind ? -1 : 1)),
  };
}

const UNVALUED = 'a fill came before its instrument, or there is no price';
const SEVERAL = 'symbols have several quote currencies';

/** @returns the one quote currency in which the strategy has a stake; undefined where there are several */
function currencyOf(account: Account): string | undefined {
  const quotes = new Set(
    account.holdings.map(({ market }) => market.instrument?.quote ?? account.currency),
  );
  if (quotes.size > 1) return undefined;
  return [...quotes][0] ?? account.currency;
}

function strategyReport(collector: Collector, account: Account) {
  const name = account.strategy;
  const currency = currencyOf(account);
  const record = collector.strategies.get(name);
  const equity = collector.equities.get(name);
  const series = equity && returnSeries(equity);
  const keys = [...collector.keys.values()].filter(({ holding }) => holding.strategy === name);
  return {
    currency: account.currency || currency || null,
    pnl: pnlFigures(account, currency),
    returns: returnFigures(series, equity),
    risk: riskFigures(series, equity),
    trades: tradeFigures(record, equity, currency),
    execution: executionFigures(record, equity, collector, currency),
    attribution: attributionFigures(keys, currency),
  };
}

/** Money of one holding; undefined where it cannot be given. */
function bookedOf(holding: Holding): { realized: bigint; net: bigint; fees: bigint } | undefined {
  const net = netPnlOf(holding);
  if (net === undefined) return undefined;
  const { position, market } = holding;
  return { realized: realizedPnl(position, multiplierOf(market)), net, fees: position.fees };
}

function pnlFigures(account: Account, currency: string | undefined) {
  const all = account.holdings.map((holding) => ({ holding, booked: bookedOf(holding) }));
  const sum = (
    give: (amount: bigint, unit: string) => Figure,
    part: (one: { realized: bigint; net: bigint; fees: bigint }) => bigint,
  ): Figure => {
    if (currency === undefined) return missing(SEVERAL);
    let total = 0n;
    for (const { booked } of all) {
      if (booked === undefined) return missing(UNVALUED);
      total += part(booked);
    }
    return give(total, currency);
  };
  const unrealized = ({ net, realized, fees }: { realized: bigint; net: bigint; fees: bigint }) =>
    net - realized + fees;
  const equity = equityOf(account);
  const unit = account.currency;
  const { capital } = account;
  return {
    realized: sum(quotientMoney, ({ realized }) => realized),
    unrealized: sum(quotientMoney, unrealized),
    fees: sum(money, ({ fees }) => fees),
    net: sum(money, ({ net }) => net),
    cash: money(account.cash, unit),
    capital: capital === undefined ? missing('no strategy.started') : money(capital, unit),
    equity:
      equity === undefined
        ? missing(capital === undefined ? 'no strategy.started' : UNVALUED)
        : money(equity, unit),
    by_symbol: all.map(({ holding, booked }) => {
      const quote = holding.market.instrument?.quote ?? '';
      const give = (
        value: bigint | undefined,
        inQuote: (amount: bigint, unit: string) => Figure = money,
      ): Figure => (value === undefined ? missing(UNVALUED) : inQuote(value, quote));
      return {
        venue: holding.venue,
        symbol: holding.symbol,
        position: figure(
          Number(holding.position.qty) / 1e18,
          holding.market.instrument?.base ?? '',
          'unknown',
        ),
        realized: give(booked?.realized, quotientMoney),
        unrealized: give(booked && unrealized(booked), quotientMoney),
        fees: give(booked?.fees),
        net: give(booked?.net),
        fees_unconverted: Object.fromEntries(
          [...holding.unconverted].map(([ccy, amount]) => [
            ccy,
            { value: Number(amount) / 1e18, unit: ccy },
          ]),
        ),
      };
    }),
  };
}

function attributionFigures(keys: readonly KeyRecord[], currency: string | undefined) {
  const isUnvalued = keys.some(({ holding }) => netPnlOf(holding) === undefined);
  const give = (parts: Parts, unit: string | undefined) => {
    const why = unit === undefined ? SEVERAL : isUnvalued ? UNVALUED : undefined;
    const one = (value: bigint): Figure => (why === undefined ? money(value, unit!) : missing(why));
    return {
      spread: one(parts.spread),
      inventory: one(parts.inventory),
      fees: one(parts.fees),
      rebates: one(parts.rebates),
      residual: one(residualOf(parts)),
      net: one(parts.net),
    };
  };
  const total = noParts();
  const byHour = new Map<number, Parts>();
  const bySymbol = keys.map(({ holding, attribution }) => {
    const parts = noParts();
    for (const [hour, one] of attribution.hours) {
      addParts(parts, one);
      const sum = byHour.get(hour) ?? noParts();
      byHour.set(hour, sum);
      addParts(sum, one);
    }
    addParts(total, parts);
    return {
      venue: holding.venue,
      symbol: holding.symbol,
      ...give(parts, holding.market.instrument?.quote),
    };
  });
  return {
    total: give(total, currency),
    by_symbol: bySymbol,
    by_hour: [...byHour]
      .sort(([a], [b]) => a - b)
      .map(([hour, parts]) => ({ hour: timeOf(hour * 3600), ...give(parts, currency) })),
  };
}

/** Maker against taker over all strategies of the run, strategy against strategy, run against run. */
function comparisonOf(
  collector: Collector | undefined,
  strategies: Readonly<Record<string, StrategyReport>>,
  others: readonly RunSummary[],
) {
  const accounts = [...(collector?.run.accounts.values() ?? [])];
  const currencies = new Set(
    accounts.filter(({ holdings }) => holdings.length > 0).map(currencyOf),
  );
  const currency = currencies.size === 1 ? [...currencies][0] : undefined;
  const records = [...(collector?.strategies.values() ?? [])].map(
    ({ execution }) => execution.byLiquidity,
  );
  const all = records.reduce((sum, { maker, taker }) => sum + maker.notional + taker.notional, 0);
  const side = (one: (typeof LIQUIDITIES)[number]) => {
    const merged = mergeLiquidity(records.map((record) => record[one]));
    const inOne = (amount: bigint): Figure =>
      currency === undefined
        ? missing(records.length === 0 ? 'no fills' : SEVERAL)
        : money(amount, currency);
    return {
      ...liquidityFigures(merged, all, currency),
      spread_captured: inOne(merged.spread),
      after_fees: inOne(merged.spread - merged.fee),
    };
  };
  return {
    maker: side('maker'),
    taker: side('taker'),
    strategies: Object.entries(strategies).map(([strategy, report]) => summaryOf(strategy, report)),
    runs: others,
  };
}

const summaryOf = (strategy: string, report: StrategyReport) => ({
  strategy,
  net: report.pnl.net,
  fees: report.pnl.fees,
  total_return: report.returns.total,
  sharpe: report.risk.sharpe,
  max_drawdown: report.risk.max_drawdown,
  round_trips: report.trades.round_trips,
  win_ratio: report.trades.win_ratio,
  fills: report.execution.fills,
  maker_share: report.execution.maker_share,
  order_to_trade: report.execution.order_to_trade,
  fill_ratio: report.execution.fill_ratio,
  queue_time: report.execution.queue_time.p50,
  maker_markout: afterOneSecond(report, 'maker').markout,
  taker_markout: afterOneSecond(report, 'taker').markout,
  taker_slippage: report.execution.slippage['taker']!,
  acknowledgement: report.execution.latency.find(({ stage }) => stage === 'ack')!.p50,
});

const afterOneSecond = ({ execution }: StrategyReport, liquidity: 'maker' | 'taker') =>
  execution.by_liquidity[liquidity]!.markouts.find(({ horizon }) => horizon === '1s')!;

function mergeLiquidity(records: readonly LiquidityRecord[]): LiquidityRecord {
  const curve = new MarkoutCurve();
  const merged: LiquidityRecord = {
    fills: 0,
    notional: 0,
    fees: 0,
    curve,
    effective: new WeightedMean(),
    spread: 0n,
    fee: 0n,
  };
  for (const record of records) {
    merged.fills += record.fills;
    merged.notional += record.notional;
    merged.fees += record.fees;
    merged.spread += record.spread;
    merged.fee += record.fee;
    merged.effective.merge(record.effective);
    merged.curve.merge(record.curve);
  }
  return merged;
}
