/**
 * An exact running sum of decimals that costs what a sum of doubles costs.
 *
 * Nearly every term is a small integer of nearly the same scale, so the sum is kept as one: `units` ×
 * 10^-`digits`, exact while it is a safe integer. What would not fit goes over into `rest`, a big
 * integer at the scale of money, and the small part begins anew. No order of terms changes the value.
 */
import { MONEY_DIGITS, moneyToDouble, powerOfTen, scaleUp } from './decimal.ts';

export interface Total {
  units: number;
  digits: number;
  /** Money. */
  rest: bigint;
}

export const emptyTotal = (): Total => ({ units: 0, digits: 0, rest: 0n });

const isSafe = (units: number): boolean =>
  units <= Number.MAX_SAFE_INTEGER && units >= -Number.MAX_SAFE_INTEGER;

/** Adds `units` × 10^-`digits`; units a safe integer, at most 36 digits. */
export function addUnits(total: Total, units: number, digits: number): void {
  const shift = digits - total.digits;
  if (shift === 0) {
    const sum = total.units + units;
    if (isSafe(sum)) {
      total.units = sum;
      return;
    }
  } else if (shift > 0) {
    const raised = total.units * powerOfTen(shift);
    const sum = raised + units;
    if (isSafe(raised) && isSafe(sum)) {
      total.units = sum;
      total.digits = digits;
      return;
    }
  } else {
    const raised = units * powerOfTen(-shift);
    const sum = total.units + raised;
    if (isSafe(raised) && isSafe(sum)) {
      total.units = sum;
      return;
    }
  }
  total.rest += scaleUp(total.units, MONEY_DIGITS - total.digits);
  total.units = units;
  total.digits = digits;
}

/** Adds an amount of money. */
export function addMoney(total: Total, money: bigint): void {
  total.rest += money;
}

/** @returns the sum as money, exact */
export const moneyIn = (total: Total): bigint =>
  total.rest + scaleUp(total.units, MONEY_DIGITS - total.digits);

/** @returns the double nearest to the sum */
export const totalToDouble = (total: Total): number =>
  // Both are exact and rounded once; 10^22 is the largest power of ten that is a double.
  total.rest === 0n && total.digits <= 22
    ? total.units / powerOfTen(total.digits)
    : moneyToDouble(moneyIn(total));
