import type { BookView } from '../market/book-view.ts';
import { BUY, SELL } from '../market/side.ts';

/**
 * How the resting quantity leans: (Σ bid − Σ ask) / (Σ bid + Σ ask) over the best `levels`.
 *
 * @returns −1 (only asks) to +1 (only bids), NaN for an empty book
 */
export function imbalance(book: BookView, levels: number): number {
  let bids = 0;
  let asks = 0;
  for (let level = 0; level < levels; level += 1) {
    bids += book.qty(BUY, level);
    asks += book.qty(SELL, level);
  }
  return (bids - asks) / (bids + asks);
}
