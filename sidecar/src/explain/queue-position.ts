/**
 * How much stood before an order at its price, as far as the log's books tell.
 *
 * When the order comes to rest, everything shown at its price is before it. Trades at that price
 * take from the front; what else goes from the level may have stood before the order or behind it,
 * so the estimate only falls to what is shown. It is an upper bound where the books hold the orders
 * of others alone, and where they hold ours too.
 */
import { parseAtoms } from '@tradetail/core/decimal.ts';

/** Best first, atoms. */
export type Levels = readonly (readonly [px: bigint, qty: bigint])[];

export interface Book {
  readonly seq: number;
  /** Engine time, as the log writes it. */
  readonly ts: string;
  readonly bids: Levels;
  readonly asks: Levels;
}

export class QueuePosition {
  readonly #isBuy: boolean;
  readonly #px: bigint;
  /** Atoms; undefined where the books do not reach the price. */
  ahead: bigint | undefined;

  /** @param book the last one before the order came to rest */
  constructor(side: string, px: string, book: Book | undefined) {
    this.#isBuy = side === 'BUY';
    this.#px = parseAtoms(px);
    this.ahead = book === undefined ? undefined : this.#shown(book);
  }

  onTrade(px: bigint, qty: bigint, aggressorSide: string): void {
    if (this.ahead === undefined || (aggressorSide === 'SELL') !== this.#isBuy) return;
    if (px === this.#px) this.ahead = this.ahead > qty ? this.ahead - qty : 0n;
    else if (this.#isBehind(px)) this.ahead = 0n;
  }

  onBook(book: Book): void {
    const shown = this.#shown(book);
    if (shown !== undefined && this.ahead !== undefined && shown < this.ahead) this.ahead = shown;
  }

  /** @returns what the book shows at the price; undefined where its levels end before it */
  #shown({ bids, asks }: Book): bigint | undefined {
    const levels = this.#isBuy ? bids : asks;
    const level = levels.find(([px]) => px === this.#px);
    if (level !== undefined) return level[1];
    const deepest = levels.at(-1);
    return deepest !== undefined && this.#isBehind(deepest[0]) ? 0n : undefined;
  }

  /** Whether another price comes after the order's in the book. */
  #isBehind(px: bigint): boolean {
    return this.#isBuy ? px < this.#px : px > this.#px;
  }
}
