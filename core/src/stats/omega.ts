/** Gains against losses over a whole distribution (Keating, Shadwick: A Universal Performance Measure, 2002). */

/**
 * @param threshold per period
 * @returns Σ max(r − L, 0) / Σ max(L − r, 0); undefined where nothing is below the threshold
 */
export function omegaRatio(returns: readonly number[], threshold = 0): number | undefined {
  let above = 0;
  let below = 0;
  for (const one of returns)
    if (one > threshold) above += one - threshold;
    else below += threshold - one;
  return below > 0 ? above / below : undefined;
}

/** @returns the threshold per period of one a year */
export const thresholdPerPeriod = (perYear: number, periodsPerYear: number): number =>
  (1 + perYear) ** (1 / periodsPerYear) - 1;

/** @returns Σ r / |Σ of the negative r|; undefined without a loss */
export function gainToPain(returns: readonly number[]): number | undefined {
  let all = 0;
  let lost = 0;
  for (const one of returns) {
    all += one;
    lost += Math.min(one, 0);
  }
  return lost < 0 ? all / -lost : undefined;
}
