/** The ends of a distribution of returns. Losses are negative. */
import { ascending, quantile } from './quantile.ts';

/**
 * @param confidence such as 0.95
 * @returns the return that is not undercut with this confidence; undefined without returns
 */
export function valueAtRisk(returns: readonly number[], confidence: number): number | undefined {
  return returns.length === 0 ? undefined : quantile(ascending(returns), 1 - confidence);
}

/** @returns the mean of the returns at or below the value at risk; undefined without returns */
export function conditionalValueAtRisk(
  returns: readonly number[],
  confidence: number,
): number | undefined {
  const limit = valueAtRisk(returns, confidence);
  if (limit === undefined) return undefined;
  const tail = returns.filter((one) => one <= limit);
  return tail.reduce((sum, one) => sum + one, 0) / tail.length;
}

/** @returns |95th percentile| / |5th percentile|; undefined without returns or where the latter is 0 */
export function tailRatio(returns: readonly number[]): number | undefined {
  const sorted = ascending(returns);
  const low = Math.abs(quantile(sorted, 0.05));
  return low > 0 ? Math.abs(quantile(sorted, 0.95)) / low : undefined;
}
