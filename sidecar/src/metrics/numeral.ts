/**
 * Numbers as JavaScript (and so prom-client) prints them, written as bytes. Making a string of a
 * double is most of what a changed series costs, and nearly every value has few digits: of one that
 * is `n / 10^d` with n below 10^15 these digits are the shortest that give it back, because no two
 * decimals of at most 15 digits share a double, and the division of two exact numbers rounds once.
 */
import { powerOfTen, SMALL_END } from '@tradetail/core/decimal.ts';

/** `-2.2250738585072014e-308`, with some room. */
export const NUMERAL_BYTES_MAX = 32;

const FRACTION_DIGITS_MAX = 8;
/** JavaScript goes over to exponents below. */
const PLAIN_MIN = 1e-6;
const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const HALF_DIGITS = 8;
const HALF = 10 ** HALF_DIGITS;

/** @returns where it ends */
export function writeNumeral(bytes: Uint8Array, at: number, value: number): number {
  const size = Math.abs(value);
  if (size < SMALL_END && (size >= PLAIN_MIN || size === 0)) {
    for (let digits = 0; digits <= FRACTION_DIGITS_MAX; digits += 1) {
      const power = powerOfTen(digits);
      const units = Math.round(size * power);
      if (units >= SMALL_END) break;
      if (units / power !== size) continue;
      if (value < 0) bytes[at++] = MINUS;
      return writeDecimal(bytes, at, units, digits);
    }
  }
  const text = value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
  for (let index = 0; index < text.length; index += 1) bytes[at++] = text.charCodeAt(index);
  return at;
}

/** Writes `units × 10^-digits`; units an integer from 0 to 10^15. @returns where it ends */
function writeDecimal(bytes: Uint8Array, at: number, units: number, digits: number): number {
  const upper = units < HALF ? 0 : Math.floor(units / HALF);
  let lower = units - upper * HALF;
  const count = Math.max(digits + 1, upper === 0 ? digitsOf(lower) : HALF_DIGITS + digitsOf(upper));
  const end = at + count + (digits > 0 ? 1 : 0);
  const point = digits > 0 ? end - digits - 1 : -1;
  let rest = upper;
  let left = HALF_DIGITS;
  for (let place = end - 1; place >= at; place -= 1) {
    if (place === point) {
      bytes[place] = POINT;
      continue;
    }
    if (left === 0) {
      lower = rest;
      rest = 0;
      left = HALF_DIGITS;
    }
    const tenth = (lower / 10) | 0;
    bytes[place] = ZERO + lower - 10 * tenth;
    lower = tenth;
    left -= 1;
  }
  return end;
}

/** @param whole below 10^8 */
const digitsOf = (whole: number): number =>
  whole < 10_000
    ? whole < 100
      ? whole < 10
        ? 1
        : 2
      : whole < 1_000
        ? 3
        : 4
    : whole < 1_000_000
      ? whole < 100_000
        ? 5
        : 6
      : whole < 10_000_000
        ? 7
        : 8;
