/** Returns and risk of one strategy. */
import { alpha, beta, informationRatio, trackingError } from '@tradetail/core/stats/benchmark.ts';
import { calmarRatio, drawdownsOf } from '@tradetail/core/stats/drawdown.ts';
import { meanAndDeviation } from '@tradetail/core/stats/moments.ts';
import { Z_95 } from '@tradetail/core/stats/normal.ts';
import { gainToPain, omegaRatio } from '@tradetail/core/stats/omega.ts';
import { stability } from '@tradetail/core/stats/regression.ts';
import { annualGrowth, volatility } from '@tradetail/core/stats/returns.ts';
import { excessKurtosis, skewness } from '@tradetail/core/stats/shape.ts';
import { sharpeConfidence, sharpeRatio } from '@tradetail/core/stats/sharpe.ts';
import { downsideDeviation, sortinoRatio } from '@tradetail/core/stats/sortino.ts';
import { conditionalValueAtRisk, tailRatio, valueAtRisk } from '@tradetail/core/stats/tail.ts';
import { formatTime } from '@tradetail/core/time.ts';
import type { EquityRecord } from './equity-record.ts';
import { figure, missing, tooFew, type Figure } from './figure.ts';
import { RETURNS_MIN, type ReturnSeries } from './return-series.ts';

const GROWTH_DAYS_MIN = 30;
const NO_EQUITY =
  'equity cannot be given: no capital, a price or instrument is unknown, or currencies differ';
const DAY_SECONDS = 86_400;
export const timeOf = (seconds: number): string =>
  `${formatTime({ seconds: Math.floor(seconds), nanos: 0 }).slice(0, 19)}Z`;

/** Gives figures of a series, or for each the reason why not. */
function giver(series: ReturnSeries | undefined) {
  const n = series?.returns.length ?? 0;
  const wanted = RETURNS_MIN[series?.sampling ?? 'minute'];
  return (
    value: (series: ReturnSeries) => number | undefined,
    unit: string,
    without: string,
    more: Partial<Record<'low' | 'high' | 'error', number>> = {},
  ): Figure => {
    if (series === undefined) return missing(NO_EQUITY);
    if (n < wanted) return missing(tooFew(`${series.sampling} returns`, n, wanted));
    return figure(value(series), unit, without, { n, ...more });
  };
}

const NEVER_MOVED = 'equity never moved';

export function returnFigures(series: ReturnSeries | undefined, record: EquityRecord | undefined) {
  const give = giver(series);
  const n = series?.returns.length ?? 0;
  const first = record?.first;
  const last = record?.minutes.at(-1);
  const days = (series?.spanSeconds ?? 0) / DAY_SECONDS;
  return {
    sampling: series?.sampling ?? null,
    session: series?.session ?? 'UTC',
    is_intraday: series !== undefined && series.sampling !== 'day',
    periods_per_year: series?.periodsPerYear ?? null,
    n,
    risk_free: 0,
    from: first === undefined ? null : timeOf(first.second),
    to: last === undefined ? null : timeOf(last.second),
    total:
      series === undefined ? missing(NO_EQUITY) : figure(series.total, 'fraction', NEVER_MOVED),
    cagr:
      series === undefined
        ? missing(NO_EQUITY)
        : days < GROWTH_DAYS_MIN
          ? missing(tooFew('days', Math.floor(days), GROWTH_DAYS_MIN))
          : figure(
              annualGrowth(series.total, series.spanSeconds),
              'fraction/year',
              'more than everything was lost',
            ),
    volatility: give(
      ({ returns, periodsPerYear }) => volatility(returns, periodsPerYear),
      'fraction/year',
      NEVER_MOVED,
    ),
    mean: give(({ returns }) => meanAndDeviation(returns).mean, 'fraction/period', NEVER_MOVED),
    best: give(
      ({ returns }) => returns.reduce((a, b) => Math.max(a, b), -Infinity),
      'fraction/period',
      NEVER_MOVED,
    ),
    worst: give(
      ({ returns }) => returns.reduce((a, b) => Math.min(a, b), Infinity),
      'fraction/period',
      NEVER_MOVED,
    ),
    positive: give(
      ({ returns }) => returns.filter((one) => one > 0).length / returns.length,
      'fraction',
      NEVER_MOVED,
    ),
    gain_to_pain: give(({ returns }) => gainToPain(returns), 'ratio', 'no period lost'),
    skewness: give(({ returns }) => skewness(returns), 'ratio', NEVER_MOVED),
    excess_kurtosis: give(({ returns }) => excessKurtosis(returns), 'ratio', NEVER_MOVED),
    stability: give(({ returns }) => stability(returns), 'R²', NEVER_MOVED),
    benchmark_total:
      series === undefined || record!.account.holdings.length === 0
        ? missing('nothing was traded')
        : figure(series.benchmarkTotal, 'fraction', 'no prices'),
    alpha: give(
      (s) => alpha(s.returns, s.benchmark, s.periodsPerYear),
      'fraction/year',
      'the benchmark never moved, or α is below −1 a period',
    ),
    beta: give((s) => beta(s.returns, s.benchmark), 'ratio', 'the benchmark never moved'),
    information_ratio: give(
      (s) => informationRatio(s.returns, s.benchmark, s.periodsPerYear),
      'ratio/√year',
      'returns never differ from the benchmark',
    ),
    tracking_error: give(
      (s) => trackingError(s.returns, s.benchmark, s.periodsPerYear),
      'fraction/year',
      'no returns',
    ),
  };
}

export function riskFigures(series: ReturnSeries | undefined, record: EquityRecord | undefined) {
  const give = giver(series);
  const annual = Math.sqrt(series?.periodsPerYear ?? 1);
  const confidence = series && sharpeConfidence(series.returns);
  const sharpe = series && sharpeRatio(series.returns, series.periodsPerYear);
  const error = confidence && confidence.error * annual;
  const band =
    sharpe === undefined || error === undefined
      ? {}
      : { error, low: sharpe - Z_95 * error, high: sharpe + Z_95 * error };
  const drawdowns = record?.drawdowns;
  const depth = record === undefined ? undefined : -record.account.maxDrawdown;
  const growth = series && annualGrowth(series.total, series.spanSeconds);
  const isLong = (series?.spanSeconds ?? 0) >= GROWTH_DAYS_MIN * DAY_SECONDS;
  const seconds = record?.seconds ?? 0;
  const meanEquity = record && record.looks > 0 ? record.equitySum / record.looks : undefined;
  const noFall = 'equity never fell';
  return {
    sharpe: give(() => sharpe, 'ratio/√year', NEVER_MOVED, band),
    probabilistic_sharpe: give(() => confidence?.probability, 'probability', NEVER_MOVED),
    sortino: give(
      (s) => sortinoRatio(s.returns, s.periodsPerYear),
      'ratio/√year',
      'no period lost',
    ),
    downside_deviation: give(
      (s) => downsideDeviation(s.returns, s.periodsPerYear),
      'fraction/year',
      NEVER_MOVED,
    ),
    calmar: isLong
      ? figure(
          growth === undefined || depth === undefined ? undefined : calmarRatio(growth, depth),
          'ratio',
          noFall,
        )
      : missing(
          tooFew('days', Math.floor((series?.spanSeconds ?? 0) / DAY_SECONDS), GROWTH_DAYS_MIN),
        ),
    max_drawdown: figure(series === undefined ? undefined : depth, 'fraction', NO_EQUITY),
    max_drawdown_duration: figure(drawdowns?.longestSeconds, 's', 'no drawdown has ended'),
    open_drawdown_duration: figure(drawdowns?.openSeconds, 's', 'equity stands at its peak'),
    ulcer: give(({ returns }) => drawdownsOf(returns).ulcerIndex, 'fraction', NEVER_MOVED),
    omega: give(({ returns }) => omegaRatio(returns), 'ratio', 'no period lost'),
    tail_ratio: give(({ returns }) => tailRatio(returns), 'ratio', 'the fifth percentile is 0'),
    value_at_risk_95: give(
      ({ returns }) => valueAtRisk(returns, 0.95),
      'fraction/period',
      NEVER_MOVED,
    ),
    conditional_value_at_risk_95: give(
      ({ returns }) => conditionalValueAtRisk(returns, 0.95),
      'fraction/period',
      NEVER_MOVED,
    ),
    recovery_factor: give(
      ({ returns }) =>
        depth === undefined || depth === 0
          ? undefined
          : returns.reduce((a, b) => a + b, 0) / -depth,
      'ratio',
      noFall,
    ),
    time_in_market: figure(
      seconds > 0 ? record!.secondsInMarket / seconds : undefined,
      'fraction',
      'no time passed',
    ),
    mean_exposure: figure(
      seconds > 0 ? record!.exposureSeconds / seconds : undefined,
      record?.account.currency ?? '',
      'no time passed',
    ),
    max_exposure: figure(record?.exposureMax, record?.account.currency ?? '', NO_EQUITY),
    max_leverage: figure(
      meanEquity !== undefined && meanEquity > 0 ? record!.exposureMax / meanEquity : undefined,
      'ratio',
      NO_EQUITY,
    ),
    drawdowns: (drawdowns?.worst() ?? []).map(({ depth: one, start, bottom, end }) => ({
      depth: { value: one, unit: 'fraction' },
      peak: timeOf(start),
      bottom: timeOf(bottom),
      recovered: end === undefined ? null : timeOf(end),
      duration: figure(end === undefined ? undefined : end - start, 's', 'not recovered'),
    })),
  };
}
