/** The shape of a distribution: adjusted Fisher–Pearson coefficients, as scipy's with bias=False. */
import { sampleKurtosis, sampleSkewness } from 'simple-statistics';

/** @returns G₁; undefined under three values or without deviation */
export function skewness(values: readonly number[]): number | undefined {
  return values.length < 3 || isConstant(values) ? undefined : sampleSkewness([...values]);
}

/** @returns G₂, 0 for a normal distribution; undefined under four values or without deviation */
export function excessKurtosis(values: readonly number[]): number | undefined {
  return values.length < 4 || isConstant(values) ? undefined : sampleKurtosis([...values]);
}

const isConstant = (values: readonly number[]): boolean =>
  values.every((value) => value === values[0]);
