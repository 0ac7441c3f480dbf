/**
 * A book of price levels. Each side is a pair of arrays sorted so that the best price is last:
 * nearly every change is near the best, so it moves few elements, and the best costs nothing.
 */
import type { BookView } from './book-view.ts';
import { BUY, type Side } from './side.ts';

/** One side. Keys are side × price, so that on both sides the greater key is the better price. */
class Levels {
  readonly keys: number[] = [];
  readonly qtys: number[] = [];

  /** @returns the position of the first key that is not below the given one */
  find(key: number): number {
    const { keys } = this;
    let high = keys.length;
    // Gallop from the best, then halve.
    let step = 1;
    let low = high - step;
    while (low >= 0 && keys[low]! >= key) {
      high = low;
      step *= 2;
      low -= step;
    }
    if (low < 0) low = -1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (keys[middle]! >= key) high = middle;
      else low = middle;
    }
    return high;
  }

  set(key: number, qty: number): void {
    const { keys, qtys } = this;
    const at = this.find(key);
    if (keys[at] === key) {
      if (qty > 0) qtys[at] = qty;
      else this.#removeAt(at);
    } else if (qty > 0) {
      keys.push(key);
      qtys.push(qty);
      for (let i = keys.length - 1; i > at; i--) {
        keys[i] = keys[i - 1]!;
        qtys[i] = qtys[i - 1]!;
      }
      keys[at] = key;
      qtys[at] = qty;
    }
  }

  #removeAt(at: number): void {
    const { keys, qtys } = this;
    const last = keys.length - 1;
    for (let i = at; i < last; i++) {
      keys[i] = keys[i + 1]!;
      qtys[i] = qtys[i + 1]!;
    }
    keys.pop();
    qtys.pop();
  }

  clear(): void {
    this.keys.length = 0;
    this.qtys.length = 0;
  }
}

export class Book implements BookView {
  readonly #bids = new Levels();
  readonly #asks = new Levels();

  #of(side: Side): Levels {
    return side === BUY ? this.#bids : this.#asks;
  }

  /** Sets the quantity of a level, in lots; 0 removes it. */
  set(side: Side, px: number, qty: number): void {
    this.#of(side).set(side * px, qty);
  }

  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
  }

  depth(side: Side): number {
    return this.#of(side).keys.length;
  }

  px(side: Side, level: number): number {
    const { keys } = this.#of(side);
    return level < keys.length ? side * keys[keys.length - 1 - level]! : NaN;
  }

  qty(side: Side, level: number): number {
    const { qtys } = this.#of(side);
    return level < qtys.length ? qtys[qtys.length - 1 - level]! : 0;
  }

  /** @returns the quantity at a price, in lots */
  qtyAt(side: Side, px: number): number {
    const levels = this.#of(side);
    const at = levels.find(side * px);
    return levels.keys[at] === side * px ? levels.qtys[at]! : 0;
  }
}
