/**
 * The Sharpe ratio, how far it can be trusted, and how likely it is that the true one is above a
 * benchmark (Bailey, López de Prado: The Sharpe Ratio Efficient Frontier, Journal of Risk 15/2, 2012).
 */
import { meanAndDeviation } from './moments.ts';
import { normalProbability } from './normal.ts';
import { excessKurtosis, skewness } from './shape.ts';

/**
 * @param excess returns over the risk-free one
 * @returns mean / sample standard deviation × √p; undefined under two returns or without deviation
 */
export function sharpeRatio(excess: readonly number[], periodsPerYear: number): number | undefined {
  if (excess.length < 2) return undefined;
  const { mean, deviation } = meanAndDeviation(excess);
  return deviation > 0 ? (mean / deviation) * Math.sqrt(periodsPerYear) : undefined;
}

/**
 * The formula wants raw kurtosis, 3 for a normal distribution; several libraries put the excess in.
 *
 * @param sharpe per period, not annualised
 * @returns √((1 − γ₃·SR + (γ₄ − 1)/4·SR²) / (N − 1)), per period
 */
export function sharpeError(
  sharpe: number,
  skew: number,
  rawKurtosis: number,
  count: number,
): number {
  return Math.sqrt((1 - skew * sharpe + ((rawKurtosis - 1) / 4) * sharpe ** 2) / (count - 1));
}

export interface SharpeConfidence {
  /** Per period. */
  readonly error: number;
  /** That the true ratio is above the benchmark. */
  readonly probability: number;
}

/**
 * Skewness and kurtosis are the adjusted ones (G₁, G₂ + 3).
 *
 * @param benchmark per period, not annualised
 * @returns undefined under four returns, without deviation, or where the variance comes out negative
 */
export function sharpeConfidence(
  excess: readonly number[],
  benchmark = 0,
): SharpeConfidence | undefined {
  const sharpe = sharpeRatio(excess, 1);
  const skew = skewness(excess);
  const kurtosis = excessKurtosis(excess);
  if (sharpe === undefined || skew === undefined || kurtosis === undefined) return undefined;
  const error = sharpeError(sharpe, skew, kurtosis + 3, excess.length);
  if (!(error > 0)) return undefined;
  return { error, probability: normalProbability((sharpe - benchmark) / error) };
}
