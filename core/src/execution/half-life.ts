/**
 * How fast an inventory goes back: from Δy = λ·y₋₁ + μ, with λ < 0, half of it is gone after
 * −ln 2 / λ periods (E. Chan: Algorithmic Trading, 2013).
 */
import type { Slope } from '../stats/regression.ts';

/** λ's t value has no t distribution where there is no return: 5 % of them lie below this (Dickey, Fuller 1979, with a constant). */
export const DICKEY_FULLER_5 = -2.86;

/**
 * @param fit of Δy on y₋₁
 * @returns periods; undefined where λ is not significantly below 0
 */
export function halfLife({ slope, error }: Slope): number | undefined {
  if (!(slope < 0) || !(slope / error < DICKEY_FULLER_5)) return undefined;
  return -Math.LN2 / slope;
}
