/** What a fill costs, and what of it leaves the position, by the currency in which the fee was taken. */
import { ONE_ATOM } from '../decimal.ts';
import { moneyOf, notional } from './position.ts';

export interface FeeCase {
  /** Atoms of `feeCurrency`; paid is positive. */
  readonly fee: bigint;
  readonly feeCurrency: string;
  /** Atoms of quote, where the log has it. */
  readonly feeQuote: bigint | undefined;
  /** Atoms. */
  readonly px: bigint;
  readonly base: string;
  readonly quote: string;
  /** Atoms. */
  readonly multiplier: bigint;
}

/** Spot, and the fee was taken in the asset that is traded: then it also changes the position. */
export const isBaseFee = (one: Pick<FeeCase, 'feeCurrency' | 'base' | 'multiplier'>): boolean =>
  one.feeCurrency === one.base && one.multiplier === ONE_ATOM;

/** @returns the fee in quote as money, or undefined where it cannot be converted */
export function feeInQuote(one: FeeCase): bigint | undefined {
  if (one.feeQuote !== undefined) return moneyOf(one.feeQuote);
  if (one.feeCurrency === one.quote) return moneyOf(one.fee);
  if (isBaseFee(one)) return notional(one.fee, one.px, ONE_ATOM);
  return undefined;
}
