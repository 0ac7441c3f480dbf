import { parseAtoms } from '@tradetail/core/decimal.ts';

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
