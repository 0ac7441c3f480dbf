import { ATOM_DIGITS, ONE_ATOM, parseAtoms, toDouble } from '@tradetail/core/decimal.ts';
import type { Instrument } from './instrument.ts';

/**
 * @param qty decimal text in base
 * @throws RangeError when it is no whole number of lots; says which field, what it got, what it wants
 */
export function wholeLots(field: string, qty: string, lotSize: string): number {
  const lot = parseAtoms(lotSize);
  const atoms = parseAtoms(qty);
  if (atoms % lot !== 0n || atoms <= 0n)
    throw new RangeError(`${field}: got ${qty}, wants a multiple of ${lotSize}`);
  return Number(atoms / lot);
}

/**
 * @param notional decimal text in quote
 * @returns the same in ticks × lots: the most that is not above it, or with `UP` the least that is not below
 */
export function moneyTickLots(
  notional: string,
  { tickSize, lotSize, multiplier }: Instrument,
  round: 'DOWN' | 'UP' = 'DOWN',
): bigint {
  const one = parseAtoms(tickSize) * parseAtoms(lotSize) * parseAtoms(multiplier);
  const money = parseAtoms(notional) * ONE_ATOM * ONE_ATOM;
  return (money + (round === 'UP' ? one - 1n : 0n)) / one;
}

/** @returns quote for one lot at a price of one tick, the nearest double */
export function tickLotValue({ tickSize, lotSize, multiplier }: Instrument): number {
  return toDouble(
    parseAtoms(tickSize) * parseAtoms(lotSize) * parseAtoms(multiplier),
    3 * ATOM_DIGITS,
  );
}
