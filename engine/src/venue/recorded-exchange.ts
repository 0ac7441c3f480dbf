/**
 * Orders of ours in a market that has already happened, and so does not react to them.
 *
 * A taker trades with what was displayed, best first. What it takes stays displayed in the record;
 * it is remembered, and not taken again before the level changes. A resting order trades when the
 * queue ahead of it is gone (`queue-position.ts`), when a recorded trade went through its price, and
 * when the other side was displayed at its price or beyond, for as much as there was.
 *
 * What is displayed is the book, and over it best bid and ask from the faster channel, when newer.
 */
import type { BookView } from '../market/book-view.ts';
import type { Book } from '../market/book.ts';
import type { Outcome, SelfTradePrevention } from '../market/matching-engine.ts';
import { BUY, SELL, type Side } from '../market/side.ts';
import type { MarketInput } from '../step/input.ts';
import type { Exchange, ExchangeListener, ExchangeOrder } from './exchange.ts';
import { QueuePosition, type QueueModel } from './queue-position.ts';

interface Resting {
  readonly id: number;
  readonly side: Side;
  readonly px: number;
  leaves: number;
  readonly position: QueuePosition;
  /** The recorded quantity at its price, as last seen. */
  shown: number;
}

export class RecordedExchange implements Exchange {
  readonly #markets: readonly RecordedSymbol[];

  constructor(books: readonly Book[], model: QueueModel) {
    this.#markets = books.map((book) => new RecordedSymbol(book, model));
  }

  listen(listener: ExchangeListener): void {
    for (const market of this.#markets) market.listener = listener;
  }

  /** Takes the next thing that happened in the record. */
  observe(input: MarketInput, tNs: number): void {
    this.#markets[input.instrument]!.observe(input, tNs);
  }

  book(instrument: number): BookView {
    return this.#markets[instrument]!.display;
  }

  submit(instrument: number, order: ExchangeOrder, tNs: number): Outcome {
    return this.#markets[instrument]!.submit(order, tNs);
  }

  cancel(instrument: number, id: number): boolean {
    return this.#markets[instrument]!.remove(id);
  }

  replace(instrument: number, order: ExchangeOrder, tNs: number): Outcome {
    return this.#markets[instrument]!.replace(order, tNs);
  }
}

const opposite = (side: Side): Side => (side === BUY ? SELL : BUY);

/** The recorded book with the newest best bid and ask over it. */
class Display implements BookView {
  readonly #book: Book;
  #bookId = 0;
  #topId = -1;
  readonly #topPx = [NaN, NaN];
  readonly #topQty = [0, 0];
  /** The first level of the book that is worse than the top, a side. */
  readonly #below = [0, 0];

  constructor(book: Book) {
    this.#book = book;
  }

  observe(input: MarketInput): void {
    if (input.kind === 'BOOK') this.#bookId = input.updateId ?? 0;
    else if (input.kind === 'TOP') {
      this.#topId = input.updateId ?? this.#bookId + 1;
      this.#topPx[0] = input.bidPx;
      this.#topPx[1] = input.askPx;
      this.#topQty[0] = input.bidQty;
      this.#topQty[1] = input.askQty;
    }
    if (this.#newer)
      for (const side of [BUY, SELL] as const) this.#below[at(side)] = this.#levelsAbove(side);
  }

  get #newer(): boolean {
    return this.#topId > this.#bookId;
  }

  #levelsAbove(side: Side): number {
    const topPx = this.#topPx[at(side)]!;
    let level = 0;
    while (level < this.#book.depth(side) && side * (this.#book.px(side, level) - topPx) >= 0)
      level += 1;
    return level;
  }

  depth(side: Side): number {
    return this.#newer
      ? this.#book.depth(side) - this.#below[at(side)]! + 1
      : this.#book.depth(side);
  }

  px(side: Side, level: number): number {
    if (!this.#newer) return this.#book.px(side, level);
    return level === 0
      ? this.#topPx[at(side)]!
      : this.#book.px(side, this.#below[at(side)]! + level - 1);
  }

  qty(side: Side, level: number): number {
    if (!this.#newer) return this.#book.qty(side, level);
    return level === 0
      ? this.#topQty[at(side)]!
      : this.#book.qty(side, this.#below[at(side)]! + level - 1);
  }

  qtyAt(side: Side, px: number): number {
    if (this.#newer) {
      const worse = side * (this.#topPx[at(side)]! - px);
      if (worse < 0) return 0;
      if (worse === 0) return this.#topQty[at(side)]!;
    }
    return this.#book.qtyAt(side, px);
  }
}

const at = (side: Side): 0 | 1 => (side === BUY ? 0 : 1);

class RecordedSymbol {
  readonly display: Display;
  listener: ExchangeListener | undefined;
  readonly #model: QueueModel;
  /** Best first, then oldest first. */
  readonly #bids: Resting[] = [];
  readonly #asks: Resting[] = [];
  /** By side × price: what we took of a level as it was displayed then. */
  readonly #taken = new Map<number, { readonly shown: number; qty: number }>();

  constructor(book: Book, model: QueueModel) {
    this.display = new Display(book);
    this.#model = model;
  }

  #of(side: Side): Resting[] {
    return side === BUY ? this.#bids : this.#asks;
  }

  observe(input: MarketInput, tNs: number): void {
    this.display.observe(input);
    if (input.kind === 'TRADE') this.#trade(input, tNs);
    else if (input.kind === 'BOOK' || input.kind === 'TOP') this.#levels(tNs);
  }

  #levels(tNs: number): void {
    for (const [key, { shown }] of this.#taken) {
      const side = key > 0 ? BUY : SELL;
      if (this.display.qtyAt(side, key * side) !== shown) this.#taken.delete(key);
    }
    for (const side of [BUY, SELL] as const)
      for (const order of [...this.#of(side)]) {
        const shown = this.display.qtyAt(side, order.px);
        if (shown !== order.shown) order.position.change(order.shown, shown);
        order.shown = shown;
        const through = opposite(side);
        for (
          let level = 0;
          order.leaves > 0 && !(side * (this.display.px(through, level) - order.px) > 0);
          level++
        ) {
          if (level >= this.display.depth(through)) break;
          this.#fillMaker(order, this.#take(through, level, order.leaves), undefined, tNs);
        }
      }
  }

  #trade(trade: Extract<MarketInput, { kind: 'TRADE' }>, tNs: number): void {
    const side = opposite(trade.aggressor);
    let left = trade.qty;
    for (const order of [...this.#of(side)]) {
      const better = side * (order.px - trade.px);
      if (better < 0) break;
      const reached = better > 0 ? left : order.position.trade(trade.qty);
      const qty = Math.min(reached, left, order.leaves);
      left -= qty;
      this.#fillMaker(order, qty, trade.tradeId, tNs);
    }
  }

  #fillMaker(order: Resting, qty: number, tradeId: string | undefined, tNs: number): void {
    if (qty === 0) return;
    order.leaves -= qty;
    if (order.leaves === 0) this.remove(order.id);
    this.listener!.filled(order.id, order.px, qty, 'MAKER', tradeId, tNs);
  }

  /** Takes up to `wanted` of what is displayed and not yet taken. @returns how much */
  #take(side: Side, level: number, wanted: number): number {
    const shown = this.display.qty(side, level);
    const key = side * this.display.px(side, level);
    const taken = this.#taken.get(key) ?? { shown, qty: 0 };
    const qty = Math.min(wanted, shown - taken.qty);
    taken.qty += qty;
    if (qty > 0) this.#taken.set(key, taken);
    return qty;
  }

  #untaken(side: Side, level: number): number {
    const taken = this.#taken.get(side * this.display.px(side, level))?.qty ?? 0;
    return this.display.qty(side, level) - taken;
  }

  submit(order: ExchangeOrder, tNs: number): Outcome {
    const { id, side, px, tif } = order;
    const through = opposite(side);
    const { display } = this;
    const crosses = (level: number): boolean =>
      level < display.depth(through) && !(side * (display.px(through, level) - px) > 0);
    let leaves = order.qty;
    if (crosses(0)) {
      if (order.postOnly) return 'WOULD_TAKE';
      if (tif === 'FOK') {
        let wanted = leaves;
        for (let level = 0; wanted > 0 && crosses(level); level++)
          wanted -= this.#untaken(through, level);
        if (wanted > 0) return 'FOK_UNFILLED';
      }
      for (let level = 0; leaves > 0 && crosses(level); level++) {
        const levelPx = display.px(through, level);
        const after = this.#meetOwn(order, levelPx, leaves, tNs);
        if (Number.isNaN(after)) return 'SELF_TRADE';
        leaves = after;
        const qty = this.#take(through, level, leaves);
        leaves -= qty;
        if (qty > 0) this.listener!.filled(id, levelPx, qty, 'TAKER', undefined, tNs);
      }
      if (leaves === 0) return 'FILLED';
    }
    if (Number.isNaN(px)) return display.depth(through) === 0 ? 'NO_LIQUIDITY' : 'IOC_UNFILLED';
    if (tif === 'FOK') return 'FOK_UNFILLED';
    if (tif === 'IOC') return 'IOC_UNFILLED';
    // An order of ours that is nobody's in the record may still stand in the way.
    const after = this.#meetOwn(order, px, leaves, tNs);
    if (Number.isNaN(after)) return 'SELF_TRADE';
    this.#rest(id, side, px, after);
    return 'RESTING';
  }

  /**
   * Self-trade prevention against our resting orders at a price or better.
   *
   * @returns what is left of the taker, NaN where it is over
   */
  #meetOwn(taker: ExchangeOrder, px: number, leaves: number, tNs: number): number {
    const stp: SelfTradePrevention = taker.stp;
    if (stp === 'NONE') return leaves;
    for (const own of [...this.#of(opposite(taker.side))]) {
      if (taker.side * (own.px - px) > 0) break;
      if (stp === 'EXPIRE_TAKER') return NaN;
      const qty = stp === 'DECREMENT' ? Math.min(leaves, own.leaves) : own.leaves;
      own.leaves -= qty;
      if (own.leaves === 0) this.remove(own.id);
      this.listener!.prevented(own.id, qty, tNs);
      if (stp === 'EXPIRE_BOTH') return NaN;
      if (stp === 'DECREMENT' && (leaves -= qty) === 0) return NaN;
    }
    return leaves;
  }

  #rest(id: number, side: Side, px: number, leaves: number): void {
    const orders = this.#of(side);
    const shown = this.display.qtyAt(side, px);
    const order: Resting = {
      id,
      side,
      px,
      leaves,
      position: new QueuePosition(this.#model, shown),
      shown,
    };
    const worse = orders.findIndex((one) => side * (one.px - px) < 0);
    orders.splice(worse < 0 ? orders.length : worse, 0, order);
  }

  /** @returns whether it was there */
  remove(id: number): boolean {
    for (const orders of [this.#bids, this.#asks]) {
      const at = orders.findIndex((order) => order.id === id);
      if (at >= 0) return orders.splice(at, 1).length > 0;
    }
    return false;
  }

  replace(order: ExchangeOrder, tNs: number): Outcome {
    const { id, side, px, qty } = order;
    const resting = this.#of(side).find((one) => one.id === id)!;
    if (px === resting.px && qty <= resting.leaves) {
      resting.leaves = qty;
      return 'RESTING';
    }
    if (
      order.postOnly &&
      !(side * (this.display.px(opposite(side), 0) - px) > 0) &&
      this.display.depth(opposite(side)) > 0
    )
      return 'WOULD_TAKE';
    this.remove(id);
    return this.submit(order, tNs);
  }
}
