/** The Sortino ratio: what lies above the target is no risk, and all periods count. */
import { emptySum, addTo, totalOf } from './sum.ts';

/** @returns √(Σ min(r − target, 0)² / N) × √p; undefined without returns */
export function downsideDeviation(
  returns: readonly number[],
  periodsPerYear: number,
  target = 0,
): number | undefined {
  if (returns.length === 0) return undefined;
  let squares = 0;
  for (const one of returns) squares += Math.min(one - target, 0) ** 2;
  return Math.sqrt(squares / returns.length) * Math.sqrt(periodsPerYear);
}

/** @returns mean(r − target)·p / downside deviation; undefined under two returns or without a loss */
export function sortinoRatio(
  returns: readonly number[],
  periodsPerYear: number,
  target = 0,
): number | undefined {
  const downside = downsideDeviation(returns, periodsPerYear, target);
  if (returns.length < 2 || downside === undefined || downside === 0) return undefined;
  const sum = emptySum();
  for (const one of returns) addTo(sum, one - target);
  return ((totalOf(sum) / returns.length) * periodsPerYear) / downside;
}
