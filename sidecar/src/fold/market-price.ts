/**
 * The prices of a market, all at one scale.
 *
 * The market has as many digits after the point as the finest price it has seen, and while every
 * price is a small integer at that scale, bids, asks, mids and marks are doubles, exact, and cost
 * nothing. One price that is too long or too large makes the market *wide* for good: the same numbers
 * as big integers, in atoms. A mid is half of a sum, so mids and marks are kept doubled.
 */
import {
  ATOM_DIGITS,
  powerOfTen,
  scaledQuotient,
  scaleUp,
  SMALL_END,
} from '@tradetail/core/decimal.ts';
import { MARK_DIGITS } from '@tradetail/core/decimal.ts';
import type { Market } from './run-state.ts';

/** An integer of 10^-digits of its market: a bigint where the market is wide. */
export type Units = number | bigint;

/**
 * A price at the market's scale, which becomes finer, or wide, where the price needs it.
 *
 * @param units of 10^-digits, below 10^15
 * @param wide atoms, where the price has too many digits to be small
 */
export function unitsOf(
  market: Market,
  units: number,
  digits: number,
  wide: bigint | undefined,
): Units {
  if (digits === market.digits && wide === undefined && !market.isWide) return units;
  if (wide !== undefined) {
    widen(market);
    return wide;
  }
  if (!market.isWide && digits > market.digits) refine(market, digits);
  if (!market.isWide) {
    const same = units * powerOfTen(market.digits - digits);
    if (same < SMALL_END) return same;
    widen(market);
  }
  return scaleUp(units, ATOM_DIGITS - digits);
}

function refine(market: Market, digits: number): void {
  const factor = powerOfTen(digits - market.digits);
  const finer = (units: Units | undefined): Units | undefined =>
    units === undefined ? undefined : (units as number) * factor;
  const all = [market.bid, market.ask, market.doubledMark, market.sampledDoubledMid];
  if (all.some((units) => (finer(units) ?? 0) >= 2 * SMALL_END)) {
    widen(market);
    return;
  }
  market.bid = finer(market.bid);
  market.ask = finer(market.ask);
  market.doubledMark = finer(market.doubledMark);
  market.sampledDoubledMid = finer(market.sampledDoubledMid);
  market.digits = digits;
}

function widen(market: Market): void {
  if (market.isWide) return;
  const atoms = (units: Units | undefined): Units | undefined =>
    units === undefined ? undefined : scaleUp(units as number, ATOM_DIGITS - market.digits);
  market.bid = atoms(market.bid);
  market.ask = atoms(market.ask);
  market.doubledMark = atoms(market.doubledMark);
  market.sampledDoubledMid = atoms(market.sampledDoubledMid);
  market.digits = ATOM_DIGITS;
  market.isWide = true;
}

export const sum = (a: Units, b: Units): Units =>
  typeof a === 'number' ? a + (b as number) : a + (b as bigint);

/** Twice the mid of the last usable book. */
export const midDoubled = ({ bid, ask }: Market): Units | undefined =>
  bid === undefined ? undefined : sum(bid, ask!);

/** @returns (to − from) / from */
export function changeOf(from: Units, to: Units): number {
  return typeof from === 'number'
    ? ((to as number) - from) / from
    : scaledQuotient((to as bigint) - from, from, 0);
}

/** @returns the double nearest to half of what was doubled, but for a second rounding where the market is wide */
export const halfOf = (market: Market, doubled: Units): number =>
  typeof doubled === 'number'
    ? doubled / (2 * powerOfTen(market.digits))
    : scaledQuotient(doubled, 2n * 10n ** BigInt(ATOM_DIGITS), 0);

const HALF_AT_MARK = 10n ** BigInt(MARK_DIGITS - ATOM_DIGITS) / 2n;

/** At the scale of a mark, exact. */
const exactHalf = (market: Market, doubled: Units): bigint =>
  (typeof doubled === 'number' ? scaleUp(doubled, ATOM_DIGITS - market.digits) : doubled) *
  HALF_AT_MARK;

/** @returns the mid of the last usable book at the scale of a mark */
export function midPrice(market: Market): bigint | undefined {
  const doubled = midDoubled(market);
  return doubled === undefined ? undefined : exactHalf(market, doubled);
}

/** @returns the mark at the scale of a mark */
export const markPrice = (market: Market): bigint | undefined =>
  market.doubledMark === undefined ? undefined : exactHalf(market, market.doubledMark);

/** @returns (ask − bid) / mid of the last usable book × 1e4 */
export function spreadBps(market: Market): number | undefined {
  const { bid, ask } = market;
  if (bid === undefined || ask === undefined) return undefined;
  return typeof bid === 'number'
    ? (((ask as number) - bid) / (bid + (ask as number))) * 2e4
    : scaledQuotient(((ask as bigint) - bid) * 2n, bid + (ask as bigint), 4);
}
