/**
 * Exact decimals as scaled integers.
 *
 * A decimal of the log has at most 18 digits after the point, so it is an integer number of
 * *atoms* of 10^-18. A mid is half of a sum, so a mark has one digit more. Products are kept whole:
 * quantity × mark × multiplier has 55 digits after the point. That is the scale of money here, so
 * sums and products never round.
 */

export const ATOM_DIGITS = 18;
/** Of a mid or a mark. */
export const MARK_DIGITS = 19;
export const MONEY_DIGITS = 55;

export const ONE_ATOM = 10n ** 18n;
/** Atoms × this = the same amount at the scale of money. */
export const ATOMS_TO_MONEY = 10n ** 37n;

const PATTERN = /^-?(?:0|[1-9]\d{0,17})(?:\.\d{1,18})?$/;

/** @returns whether the text is a decimal of the log: canonical, at most 18 digits before and after the point */
export function isDecimal(text: string): boolean {
  return PATTERN.test(text);
}

/**
 * @param text a decimal of the log, checked before
 * @returns atoms (10^-18)
 */
export function parseAtoms(text: string): bigint {
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text) * ONE_ATOM;
  const fraction = text.slice(point + 1);
  const digits = text.slice(0, point) + fraction;
  return BigInt(digits) * POWERS[ATOM_DIGITS - fraction.length]!;
}

const POWERS: readonly bigint[] = Array.from(
  { length: MONEY_DIGITS + 1 },
  (_, n) => 10n ** BigInt(n),
);

/**
 * A decimal whose digits make an integer below 10^15 is a *small* one: its units are a double,
 * exact, with room for a sum of two at the same scale.
 */
export const SMALL_DIGITS = 15;
export const SMALL_END = 1e15;

/** Of 10^n that doubles hold exactly, those that are needed. */
const SMALL_POWERS: readonly number[] = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));

/** @returns 10^n, exact up to n = 22 and infinite beyond */
export const powerOfTen = (n: number): number => SMALL_POWERS[n] ?? Infinity;

/** @returns units × 10^digits, exact; units a safe integer */
export const scaleUp = (units: number, digits: number): bigint => BigInt(units) * POWERS[digits]!;

/** @returns the shortest decimal text of `units × 10^-digits`, exact, without trailing zeros */
export function formatScaled(units: bigint, digits: number): string {
  const sign = units < 0n ? '-' : '';
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const fraction = text.slice(text.length - digits).replace(/0+$/, '');
  return sign + whole + (fraction === '' ? '' : `.${fraction}`);
}

/** Most amounts have few digits, and zeros behind them: of 10^n, what is tried to take these away. */
const ZEROS = [27, 9, 9] as const;

/** @returns the double nearest to `units × 10^-digits` */
export function toDouble(units: bigint, digits: number): number {
  let shorter = units;
  let left = digits;
  for (const zeros of ZEROS) {
    if (left < zeros) continue;
    const power = POWERS[zeros]!;
    const quotient = shorter / power;
    if (quotient * power !== shorter) continue;
    shorter = quotient;
    left -= zeros;
  }
  const number = Number(shorter);
  // Both are exact, so the division rounds once.
  if (Number.isSafeInteger(number) && left < SMALL_POWERS.length)
    return number / SMALL_POWERS[left]!;
  return Number(formatScaled(shorter, left));
}

export const atomsToDouble = (atoms: bigint): number => toDouble(atoms, ATOM_DIGITS);
export const moneyToDouble = (money: bigint): number => toDouble(money, MONEY_DIGITS);

/**
 * A quotient as a double, within three roundings of the exact value.
 *
 * @returns numerator / denominator
 */
export const quotient = (numerator: bigint, denominator: bigint): number =>
  Number(numerator) / Number(denominator);

/** @returns numerator / denominator × 10^digits, as a double */
export const scaledQuotient = (numerator: bigint, denominator: bigint, digits: number): number =>
  Number(numerator * POWERS[digits]!) / Number(denominator);
