/**
 * Growth of simple returns, each a fraction of what stood at the beginning of its period. Returns
 * compound; nothing here is in percent.
 */
import { meanAndDeviation } from './moments.ts';

export const DAY_SECONDS = 86_400;
const YEAR_DAYS = 365.25;

/** @returns Π(1 + r) − 1 */
export function totalReturn(returns: readonly number[]): number {
  let growth = 1;
  for (const one of returns) growth *= 1 + one;
  return growth - 1;
}

/**
 * Compound annual growth over calendar time, 365.25 days a year.
 *
 * @param total growth over the span, as a fraction
 * @returns −1 where everything was lost; undefined where more than that was, or no time passed
 */
export function annualGrowth(total: number, seconds: number): number | undefined {
  if (total < -1 || seconds <= 0) return undefined;
  return (1 + total) ** ((YEAR_DAYS * DAY_SECONDS) / seconds) - 1;
}

/**
 * Growth a year, counted in periods.
 *
 * @returns Π(1 + r)^(p/N) − 1; undefined without returns, or where more than everything was lost
 */
export function annualReturn(
  returns: readonly number[],
  periodsPerYear: number,
): number | undefined {
  const growth = 1 + totalReturn(returns);
  if (returns.length === 0 || growth < 0) return undefined;
  return growth ** (periodsPerYear / returns.length) - 1;
}

/** @returns sample standard deviation × √p; undefined under two returns */
export function volatility(returns: readonly number[], periodsPerYear: number): number | undefined {
  if (returns.length < 2) return undefined;
  return meanAndDeviation(returns).deviation * Math.sqrt(periodsPerYear);
}
