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

/** @returns the shortest decimal text of `units × 10^-digits`, exact, without trailing zeros */
export function formatScaled(units: bigint, digits: number): string {
  const sign = units < 0n ? '-' : '';
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const fraction = text.slice(text.length - digits).replace(/0+$/, '');
  return sign + whole + (fraction === '' ? '' : `.${fraction}`);
}

/** @returns the double nearest to `units × 10^-digits` */
export function toDouble(units: bigint, digits: number): number {
  return Number(formatScaled(units, digits));
}

export const atomsToDouble = (atoms: bigint): number => toDouble(atoms, ATOM_DIGITS);
export const moneyToDouble = (money: bigint): number => toDouble(money, MONEY_DIGITS);

/**
 * A quotient as a double, within two roundings of the exact value, however large its terms are.
 *
 * @returns numerator / denominator
 */
export function quotient(numerator: bigint, denominator: bigint): number {
  return scaledQuotient(numerator, denominator, 0);
}

/** @returns numerator / denominator × 10^digits, as a double */
export function scaledQuotient(numerator: bigint, denominator: bigint, digits: number): number {
  if (numerator === 0n) return 0;
  const negative = numerator < 0n !== denominator < 0n;
  const n = (numerator < 0n ? -numerator : numerator) * POWERS[digits]!;
  const d = denominator < 0n ? -denominator : denominator;
  // 80 significant bits of the quotient survive the integer division; the rest is below a double's ulp.
  const shift = bitLength(d) - bitLength(n) + 80;
  const q = shift >= 0 ? (n << BigInt(shift)) / d : n / (d << BigInt(-shift));
  const value = Number(q) * 2 ** -shift;
  return negative ? -value : value;
}

function bitLength(positive: bigint): number {
  const hex = positive.toString(16);
  return hex.length * 4;
}
