/** What a venue refuses before it looks at the book. Codes and words are those of Binance. */
import { parseAtoms } from '@tradetail/core/decimal.ts';
import type { BookView } from '../market/book-view.ts';
import { BUY, SELL } from '../market/side.ts';
import type { Amounts } from './fees.ts';
import type { PaperConfig } from './paper-config.ts';

export interface Refusal {
  readonly code: string;
  readonly text: string;
}

const failure = (name: string): Refusal => ({ code: '-1013', text: `Filter failure: ${name}` });

export const DUPLICATE: Refusal = { code: '-2010', text: 'Duplicate order sent.' };
export const INSUFFICIENT: Refusal = {
  code: '-2010',
  text: 'Account has insufficient balance for requested action.',
};
export const WOULD_TAKE: Refusal = {
  code: '-2010',
  text: 'Order would immediately match and take.',
};
export const UNKNOWN_ORDER: Refusal = { code: '-2011', text: 'Unknown order sent.' };
export const TOO_MANY: Refusal = {
  code: '-1015',
  text: 'Too many new orders; please try again later.',
};

/**
 * @param px ticks; NaN for a market order, whose value is looked at as if it traded at the best price
 * @param qty lots
 * @returns why the order is refused, or undefined
 */
export function refusal(
  order: { readonly px: number; readonly qty: number; readonly side: 1 | -1 },
  amounts: Amounts,
  book: BookView,
  config: Pick<PaperConfig, 'price_band_up' | 'price_band_down'>,
): Refusal | undefined {
  const { instrument } = amounts;
  const { px, qty } = order;
  const market = Number.isNaN(px);
  if (
    !Number.isSafeInteger(qty) ||
    qty < Math.max(1, instrument.minQty) ||
    qty > (instrument.maxQty ?? Infinity)
  )
    return failure('LOT_SIZE');
  if (!market && (!Number.isSafeInteger(px) || px <= 0)) return failure('PRICE_FILTER');
  const bid = book.px(BUY, 0);
  const ask = book.px(SELL, 0);
  const mid = (bid + ask) / 2;
  if (px > mid * config.price_band_up || px < mid * config.price_band_down)
    return failure('PERCENT_PRICE_BY_SIDE');
  const valuePx = market ? (order.side === BUY ? ask : bid) : px;
  if (
    instrument.minNotional !== undefined &&
    amounts.notional(valuePx || 0, qty) < parseAtoms(instrument.minNotional)
  )
    return failure('NOTIONAL');
  return undefined;
}
