import type { Reading } from './oracle.ts';

/**
 * Where two computations of the same log differ: a series that only one has, an exact number
 * that is not the same double, any other that is further than max(1e-12, 1e-12·|x|) away.
 *
 * @returns one line a difference
 */
export function differences(
  real: ReadonlyMap<string, number>,
  oracle: ReadonlyMap<string, Reading>,
): string[] {
  const found: string[] = [];
  for (const [series, { value, exact }] of oracle) {
    const theirs = real.get(series);
    if (theirs === undefined) found.push(`${series}: absent, the oracle says ${value}`);
    else if (
      exact ? theirs !== value : Math.abs(theirs - value) > Math.max(1e-12, 1e-12 * Math.abs(value))
    )
      found.push(`${series}: ${theirs}, the oracle says ${value}${exact ? ' exactly' : ''}`);
  }
  for (const [series, value] of real)
    if (!oracle.has(series)) found.push(`${series}: ${value}, the oracle has none`);
  return found;
}
