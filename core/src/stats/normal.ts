/** 97.5 % of a standard normal variable lie below: the half width of a 95 % interval, in deviations. */
export const Z_95 = 1.959963984540054;

/**
 * The standard normal distribution, to 1e-15, by the series of Marsaglia (Journal of Statistical
 * Software 11/4, 2004): Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …).
 *
 * @returns the probability that a standard normal variable is at most x
 */
export function normalProbability(x: number): number {
  if (x < -8.5) return 0;
  if (x > 8.5) return 1;
  let sum = x;
  let term = x;
  for (let odd = 3; ; odd += 2) {
    term *= (x * x) / odd;
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x) * Math.sqrt(0.5 / Math.PI);
}
