import type { BookView } from '../market/book-view.ts';
import { BUY, SELL, type Side } from '../market/side.ts';

/** Levels a side that the engine keeps and logs. */
export const LEVELS = 10;

/** A copy of the best levels of a book, which outlives the step that brought it. */
export class TopLevels implements BookView {
  readonly #px = new Float64Array(2 * LEVELS);
  readonly #qty = new Float64Array(2 * LEVELS);
  #bids = 0;
  #asks = 0;

  depth(side: Side): number {
    return side === BUY ? this.#bids : this.#asks;
  }
  px(side: Side, level: number): number {
    return level < this.depth(side) ? this.#px[offset(side) + level]! : NaN;
  }
  qty(side: Side, level: number): number {
    return level < this.depth(side) ? this.#qty[offset(side) + level]! : 0;
  }

  copy(book: BookView): void {
    this.#bids = this.#copySide(book, BUY);
    this.#asks = this.#copySide(book, SELL);
  }

  #copySide(book: BookView, side: Side): number {
    const from = offset(side);
    const depth = Math.min(LEVELS, book.depth(side));
    for (let level = 0; level < depth; level += 1) {
      this.#px[from + level] = book.px(side, level);
      this.#qty[from + level] = book.qty(side, level);
    }
    return depth;
  }

  /** Lays a newer best level of a side over the copy: levels at or before it are gone. No quantity: the side is empty. */
  overlay(side: Side, px: number, qty: number): void {
    if (!(qty > 0)) {
      this.#setDepth(side, 0);
      return;
    }
    const from = offset(side);
    const depth = this.depth(side);
    let kept = 0;
    while (kept < depth && side * (this.#px[from + kept]! - px) >= 0) kept += 1;
    const after = Math.min(depth - kept, LEVELS - 1);
    if (kept !== 1) {
      this.#px.copyWithin(from + 1, from + kept, from + kept + after);
      this.#qty.copyWithin(from + 1, from + kept, from + kept + after);
    }
    this.#px[from] = px;
    this.#qty[from] = qty;
    this.#setDepth(side, after + 1);
  }

  #setDepth(side: Side, depth: number): void {
    if (side === BUY) this.#bids = depth;
    else this.#asks = depth;
  }

  equals(other: TopLevels): boolean {
    return this.#equalSide(other, BUY) && this.#equalSide(other, SELL);
  }

  #equalSide(other: TopLevels, side: Side): boolean {
    const depth = this.depth(side);
    if (depth !== other.depth(side)) return false;
    for (let at = offset(side), end = at + depth; at < end; at += 1)
      if (this.#px[at] !== other.#px[at] || this.#qty[at] !== other.#qty[at]) return false;
    return true;
  }
}

const offset = (side: Side): number => (side === BUY ? 0 : LEVELS);
