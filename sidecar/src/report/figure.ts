/**
 * A figure of the report: a value with its unit, or why there is none. Never a sentinel: what cannot
 * be given is null with a reason.
 */
import { formatScaled, MONEY_DIGITS, moneyToDouble } from '@tradetail/core/decimal.ts';

export type Figure = GivenFigure | MissingFigure;

export interface GivenFigure {
  readonly value: number;
  readonly unit: string;
  /** How many observations it rests on. */
  readonly n?: number;
  /** 95 % interval. */
  readonly low?: number;
  readonly high?: number;
  /** Standard error. */
  readonly error?: number;
  /** The exact decimal, where the value is exact. */
  readonly exact?: string;
}

export interface MissingFigure {
  readonly value: null;
  readonly reason: string;
}

export const missing = (reason: string): MissingFigure => ({ value: null, reason });

/** @param reason why there is none, where the value is undefined or not finite */
export function figure(
  value: number | undefined,
  unit: string,
  reason: string,
  more: Omit<GivenFigure, 'value' | 'unit'> = {},
): Figure {
  if (value === undefined || !Number.isFinite(value)) return missing(reason);
  // −0 is 0.
  return { value: value + 0, unit, ...more };
}

/** @returns an amount of money, exact */
export const money = (amount: bigint, unit: string): GivenFigure => ({
  value: moneyToDouble(amount) + 0,
  unit,
  exact: formatScaled(amount, MONEY_DIGITS),
});

/** What the averaging of prices leaves beyond these digits is its rounding. */
const QUOTIENT_ROUNDING = 10n ** 25n;

/** @returns an amount that an average price is part of: a quotient, to 30 digits after the point */
export const quotientMoney = (amount: bigint, unit: string): GivenFigure => ({
  value: moneyToDouble((amount / QUOTIENT_ROUNDING) * QUOTIENT_ROUNDING) + 0,
  unit,
});

export const count = (value: number): GivenFigure => ({ value, unit: 'count' });

/** @returns the reason that a figure over so few gets */
export const tooFew = (what: string, count: number, wanted: number): string =>
  `insufficient data: ${count} ${what}, ${wanted} wanted`;
