/**
 * How much of the best level one aggressor took: the quantity of its trades so far against the
 * quantity that stood at the best opposite price before them (Ghosh, ch. 11).
 *
 * One aggressive order that meets several resting ones is reported as several trades, of one time
 * and one side: they count together. And a market may tell the new best price before the trade that
 * made it: where the book has already moved past the trade's price, or shrunk, the level as it was
 * one update earlier is the one that was met.
 */
import { BUY, type Side } from '../market/side.ts';

class Best {
  px = NaN;
  qty = 0;
  #earlierPx = NaN;
  #earlierQty = 0;

  update(px: number, qty: number): void {
    if (px === this.px && qty === this.qty) return;
    this.#earlierPx = this.px;
    this.#earlierQty = this.qty;
    this.px = px;
    this.qty = qty;
  }

  /** @returns lots that an aggressor met here who traded at `px`; 0 where nothing is known */
  met(px: number, aggressor: Side): number {
    const now = aggressor * (px - this.px) >= 0 ? this.qty : 0;
    const earlier = aggressor * (px - this.#earlierPx) >= 0 ? this.#earlierQty : 0;
    return Math.max(now, earlier);
  }
}

export class AggressiveRatio {
  /** Of the aggressor seen last; 0 before the first. */
  value = 0;
  readonly #bid = new Best();
  readonly #ask = new Best();
  #side: Side = BUY;
  #time = NaN;
  #taken = 0;
  #met = 0;

  onTop(bidPx: number, bidQty: number, askPx: number, askQty: number): void {
    this.#bid.update(bidPx, bidQty);
    this.#ask.update(askPx, askQty);
  }

  /** @param time any clock in which the trades of one aggressor are simultaneous */
  onTrade(px: number, qty: number, aggressor: Side, time: number): void {
    if (time !== this.#time || aggressor !== this.#side) {
      this.#time = time;
      this.#side = aggressor;
      this.#taken = 0;
      this.#met = (aggressor === BUY ? this.#ask : this.#bid).met(px, aggressor);
    }
    this.#taken += qty;
    this.value = this.#met > 0 ? this.#taken / this.#met : 0;
  }
}
