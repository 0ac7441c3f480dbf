/**
 * Mean and sample standard deviation.
 *
 * @param values at least two
 * @returns deviation with N − 1 in the denominator, two passes
 */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const [first] = values;
  // Rounding would otherwise give values that are all the same a deviation.
  if (values.every((value) => value === first)) return { mean: first ?? NaN, deviation: 0 };
  let total = 0;
  for (const value of values) total += value;
  const mean = total / values.length;
  let squares = 0;
  let rest = 0;
  for (const value of values) {
    squares += (value - mean) ** 2;
    rest += value - mean;
  }
  // The second term is what the rounded mean left over (Chan, Golub, LeVeque 1983).
  const variance = (squares - (rest * rest) / values.length) / (values.length - 1);
  return { mean: mean + rest / values.length, deviation: Math.sqrt(Math.max(0, variance)) };
}
