/**
 * The quantile by linear interpolation between order statistics, type 7 of Hyndman and Fan (The
 * American Statistician 50, 1996), as numpy, pandas and Excel's PERCENTILE.INC have it.
 *
 * @param sorted ascending
 * @param probability 0 … 1
 * @returns NaN where there are no values
 */
export function quantile(sorted: ArrayLike<number>, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below];
  if (low === undefined) return NaN;
  const high = sorted[below + 1];
  return high === undefined ? low : low + (position - below) * (high - low);
}

export const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
