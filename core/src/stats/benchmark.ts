/** Returns against those of a benchmark, period by period. */
import { sampleCovariance } from 'simple-statistics';
import { meanAndDeviation } from './moments.ts';
import { sharpeRatio } from './sharpe.ts';
import { volatility } from './returns.ts';

/** @returns cov(r, b) / var(b); undefined under two periods or where the benchmark never moves */
export function beta(returns: readonly number[], benchmark: readonly number[]): number | undefined {
  if (returns.length < 2) return undefined;
  const variance = meanAndDeviation(benchmark).deviation ** 2;
  return variance > 0 ? sampleCovariance([...returns], [...benchmark]) / variance : undefined;
}

/**
 * @param riskFree per period
 * @returns (1 + α)^p − 1 with α = mean(r − rf) − β·mean(b − rf); undefined where β is
 */
export function alpha(
  returns: readonly number[],
  benchmark: readonly number[],
  periodsPerYear: number,
  riskFree = 0,
): number | undefined {
  const slope = beta(returns, benchmark);
  if (slope === undefined) return undefined;
  const excess = meanAndDeviation(returns).mean - riskFree;
  const perPeriod = excess - slope * (meanAndDeviation(benchmark).mean - riskFree);
  return perPeriod > -1 ? (1 + perPeriod) ** periodsPerYear - 1 : undefined;
}

const active = (returns: readonly number[], benchmark: readonly number[]): number[] =>
  returns.map((one, index) => one - benchmark[index]!);

/** @returns sample deviation of r − b, × √p */
export const trackingError = (
  returns: readonly number[],
  benchmark: readonly number[],
  periodsPerYear: number,
): number | undefined => volatility(active(returns, benchmark), periodsPerYear);

/** @returns mean(r − b) / deviation × √p */
export const informationRatio = (
  returns: readonly number[],
  benchmark: readonly number[],
  periodsPerYear: number,
): number | undefined => sharpeRatio(active(returns, benchmark), periodsPerYear);
