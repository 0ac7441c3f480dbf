/**
 * A book of price levels. Each side is a pair of arrays sorted so that the best price is last:
 * nearly every change is near the best, so it moves few elements, and the best costs nothing.
 */
import type { BookView } from './book-view.ts';
import { BUY, type Side } from './side.ts';

/** From so many elements on, one call that moves memory is faster than a loop. */
const LONG_MOVE = 24;

/** One side. Keys are side × price, so that on both sides the greater key is the better price. */
class Levels {
  keys = new Float64Array(64);
  qtys = new Float64Array(64);
  length = 0;

  /** @returns the position of the first key that is not below the given one */
  find(key: number): number {
    const { keys } = this;
    let high = this.length;
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
    const at = this.find(key);
    if (at < this.length && this.keys[at] === key) {
      if (qty > 0) this.qtys[at] = qty;
      else this.#removeAt(at);
    } else if (qty > 0) this.#insertAt(at, key, qty);
  }

  #insertAt(at: number, key: number, qty: number): void {
    if (this.length === this.keys.length) this.#grow();
    const { keys, qtys } = this;
    if (this.length - at > LONG_MOVE) {
      keys.copyWithin(at + 1, at, this.length);
      qtys.copyWithin(at + 1, at, this.length);
    } else
      for (let i = this.length; i > at; i--) {
        keys[i] = keys[i - 1]!;
        qtys[i] = qtys[i - 1]!;
      }
    keys[at] = key;
    qtys[at] = qty;
    this.length += 1;
  }

  #removeAt(at: number): void {
    const { keys, qtys } = this;
    this.length -= 1;
    if (this.length - at > LONG_MOVE) {
      keys.copyWithin(at, at + 1, this.length + 1);
      qtys.copyWithin(at, at + 1, this.length + 1);
    } else
      for (let i = at; i < this.length; i++) {
        keys[i] = keys[i + 1]!;
        qtys[i] = qtys[i + 1]!;
      }
  }

  #grow(): void {
    const [keys, qtys] = [new Float64Array(2 * this.length), new Float64Array(2 * this.length)];
    keys.set(this.keys);
    qtys.set(this.qtys);
    this.keys = keys;
    this.qtys = qtys;
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
    this.#bids.length = 0;
    this.#asks.length = 0;
  }

  depth(side: Side): number {
    return this.#of(side).length;
  }

  px(side: Side, level: number): number {
    const { keys, length } = this.#of(side);
    return level < length ? side * keys[length - 1 - level]! : NaN;
  }

  qty(side: Side, level: number): number {
    const { qtys, length } = this.#of(side);
    return level < length ? qtys[length - 1 - level]! : 0;
  }

  /** @returns the quantity at a price, in lots */
  qtyAt(side: Side, px: number): number {
    const levels = this.#of(side);
    const at = levels.find(side * px);
    return at < levels.length && levels.keys[at] === side * px ? levels.qtys[at]! : 0;
  }
}
