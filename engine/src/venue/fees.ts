/**
 * What a fill costs. Exact integers of 10^-18; the fee itself is rounded to 8 decimals, half away
 * from zero, as an exchange books it.
 */
import { formatScaled, ONE_ATOM, parseAtoms } from '@tradetail/core/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { BUY, type Side } from '../market/side.ts';
import type { PaperConfig } from './paper-config.ts';

const SMALLEST = 10n ** 10n;

/** Prices, quantities and values of one instrument in atoms. */
export class Amounts {
  readonly instrument: Instrument;
  readonly #lot: bigint;
  readonly #tickTimesLot: bigint;

  constructor(instrument: Instrument) {
    this.instrument = instrument;
    this.#lot = parseAtoms(instrument.lotSize);
    const product = parseAtoms(instrument.tickSize) * this.#lot;
    if (product % ONE_ATOM !== 0n)
      throw new Error(`${instrument.symbol}: tick size × lot size wants at most 18 decimals`);
    this.#tickTimesLot = product / ONE_ATOM;
  }

  qty(lots: number): bigint {
    return BigInt(lots) * this.#lot;
  }

  notional(ticks: number, lots: number): bigint {
    return BigInt(ticks) * BigInt(lots) * this.#tickTimesLot;
  }
}

export interface Fee {
  readonly asset: string;
  /** Atoms; paid is positive. */
  readonly amount: bigint;
  /** Decimal text, in quote, where the asset is neither base nor quote. */
  readonly inQuote?: string;
}

export type FeeAsset = PaperConfig['fee_asset'];

/**
 * @param rate fraction of notional, atoms
 * @param funds whether so much of a third asset is there; where it is not, the asset received pays
 */
export function feeOf(
  amounts: Amounts,
  feeAsset: FeeAsset,
  rate: bigint,
  fill: { readonly side: Side; readonly px: number; readonly qty: number },
  funds: (asset: string, amount: bigint) => boolean,
): Fee {
  const { base, quote } = amounts.instrument;
  const notional = amounts.notional(fill.px, fill.qty);
  if (typeof feeAsset === 'object') {
    const price = feeAsset.rates[quote];
    if (price !== undefined) {
      const priceAtoms = parseAtoms(price);
      const amount = toEightDecimals(notional * rate, priceAtoms);
      if (funds(feeAsset.asset, amount)) {
        const inQuote = formatScaled(divideRounded(amount * priceAtoms, ONE_ATOM), 18);
        return feeAsset.asset === base || feeAsset.asset === quote
          ? { asset: feeAsset.asset, amount }
          : { asset: feeAsset.asset, amount, inQuote };
      }
    }
  }
  if (feeAsset !== 'QUOTE' && fill.side === BUY)
    return { asset: base, amount: toEightDecimals(amounts.qty(fill.qty) * rate, ONE_ATOM) };
  return { asset: quote, amount: toEightDecimals(notional * rate, ONE_ATOM) };
}

const toEightDecimals = (numerator: bigint, denominator: bigint): bigint =>
  divideRounded(numerator, denominator * SMALLEST) * SMALLEST;

function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const half = numerator < 0n ? -denominator : denominator;
  return (2n * numerator + half) / (2n * denominator);
}
