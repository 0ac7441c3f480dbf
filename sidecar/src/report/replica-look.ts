/** What the report reads off the replica's state: the one place that knows how the fold keeps it. */
import { ATOM_DIGITS, MARK_DIGITS, ONE_ATOM } from '@tradetail/core/decimal.ts';
import { AVERAGE_DIGITS } from '@tradetail/core/ledger/position.ts';
import { rowsOf } from '../fold/book.ts';
import { halfOf, markPrice, midDoubled, spreadBps } from '../fold/market-price.ts';
import { FILL_MARK, type Holding, type Market } from '../fold/run-state.ts';

/** @returns scale of a mark */
export const markOf = markPrice;

/**
 * @param fillMark the mark of the last fill of ours
 * @returns the mark before a fill that was just applied: a fill moves it only where nothing better gave one
 */
export const fillMarkOf = (market: Market, fillMark: bigint | undefined): bigint | undefined =>
  market.markSource > FILL_MARK ? markPrice(market) : fillMark;

/** @returns the mid as a double */
export function midNumber(market: Market): number | undefined {
  const doubled = midDoubled(market);
  return doubled === undefined ? undefined : halfOf(market, doubled);
}

/** @returns the mark as a double, within a rounding; NaN before any */
export const markNumber = (market: Market): number => market.markNumber;

/** @returns of the last usable book */
export const spreadBpsOf = spreadBps;

export const bookOf = (
  market: Market,
): { readonly bids: readonly unknown[]; readonly asks: readonly unknown[] } | undefined =>
  market.book.seq === 0
    ? undefined
    : { bids: rowsOf(market, 'bids'), asks: rowsOf(market, 'asks') };

/** @returns atoms, bought positive */
export const qtyOf = (holding: Holding): bigint => holding.position.qty;
export const qtyNumber = (holding: Holding): number => Number(qtyOf(holding)) * 1e-18;

/** @returns the average price, atoms; 0 when flat */
export const averageAtoms = (holding: Holding): bigint =>
  holding.position.averagePrice / 10n ** BigInt(AVERAGE_DIGITS - ATOM_DIGITS);
/** @returns the average price, scale of a mark; 0 when flat */
export const averageAtMark = (holding: Holding): bigint =>
  holding.position.averagePrice / 10n ** BigInt(AVERAGE_DIGITS - MARK_DIGITS);

export const multiplierOf = (market: Market): bigint => market.instrument?.multiplier ?? ONE_ATOM;
/** @returns one lot, atoms; the smallest quantity where it is not known */
export const lotOf = (market: Market): bigint => market.instrument?.lotSize ?? 1n;
