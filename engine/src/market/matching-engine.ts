/**
 * A limit order book that matches by price, then time.
 *
 * The orders of a level hang in a doubly linked list in the order of their arrival, and a map leads
 * from an id to its order, so that a cancel touches nothing but its neighbours. Levels are kept in
 * an array a side, best last. Prices are ticks, quantities lots: nothing here rounds.
 */
import type { BookView } from './book-view.ts';
import { BUY, SELL, type Side } from './side.ts';

/** What happens when a taker meets an order of its own owner. The taker's choice decides. */
export type SelfTradePrevention =
  'NONE' | 'EXPIRE_TAKER' | 'EXPIRE_MAKER' | 'EXPIRE_BOTH' | 'DECREMENT';

export interface Incoming {
  readonly id: number;
  /** Orders of one owner are subject to self-trade prevention; owner 0 is everybody else, and is not. */
  readonly owner: number;
  readonly side: Side;
  /** Limit; NaN takes any price and never rests. */
  readonly px: number;
  readonly qty: number;
  readonly tif: 'GTC' | 'IOC' | 'FOK';
  readonly postOnly: boolean;
  readonly stp: SelfTradePrevention;
}

/** What became of an order when it arrived. But for RESTING it is no longer there. */
export type Outcome =
  | 'RESTING'
  | 'FILLED'
  /** Post-only, and it would have traded: nothing happened. */
  | 'WOULD_TAKE'
  /** Fill-or-kill, and there was not enough: nothing happened. */
  | 'FOK_UNFILLED'
  /** What was left of an immediate-or-cancel order. */
  | 'IOC_UNFILLED'
  /** What was left of a market order when the other side was empty. */
  | 'NO_LIQUIDITY'
  /** Self-trade prevention ended it. */
  | 'SELF_TRADE';

export class RestingOrder {
  readonly id: number;
  readonly owner: number;
  readonly side: Side;
  leaves: number;
  level: Level;
  previous: RestingOrder | undefined = undefined;
  next: RestingOrder | undefined = undefined;

  constructor(id: number, owner: number, side: Side, leaves: number, level: Level) {
    this.id = id;
    this.owner = owner;
    this.side = side;
    this.leaves = leaves;
    this.level = level;
  }

  get px(): number {
    return this.level.px;
  }
}

class Level {
  readonly px: number;
  qty = 0;
  count = 0;
  head: RestingOrder | undefined = undefined;
  tail: RestingOrder | undefined = undefined;

  constructor(px: number) {
    this.px = px;
  }

  append(order: RestingOrder): void {
    order.level = this;
    order.previous = this.tail;
    order.next = undefined;
    if (this.tail === undefined) this.head = order;
    else this.tail.next = order;
    this.tail = order;
    this.qty += order.leaves;
    this.count += 1;
  }

  remove(order: RestingOrder): void {
    if (order.previous === undefined) this.head = order.next;
    else order.previous.next = order.next;
    if (order.next === undefined) this.tail = order.previous;
    else order.next.previous = order.previous;
    this.qty -= order.leaves;
    this.count -= 1;
  }
}

/** What happens to orders while another one is matched. */
export interface MatchListener {
  /** A trade at the maker's price. `maker.leaves` is what remains of it. */
  traded(maker: RestingOrder, taker: Incoming, qty: number): void;
  /** Self-trade prevention took `qty` off a resting order; where nothing is left it is gone. */
  prevented(maker: RestingOrder, taker: Incoming, qty: number): void;
}

export class MatchingEngine implements BookView {
  readonly #listener: MatchListener;
  readonly #orders = new Map<number, RestingOrder>();
  readonly #bids: Level[] = [];
  readonly #asks: Level[] = [];
  /** What the last `submit` or `replace` left unfilled. */
  leaves = 0;
  /** Price of the last trade; undefined before the first. */
  lastPx: number | undefined = undefined;

  constructor(listener: MatchListener) {
    this.#listener = listener;
  }

  #levels(side: Side): Level[] {
    return side === BUY ? this.#bids : this.#asks;
  }

  get orders(): number {
    return this.#orders.size;
  }

  order(id: number): RestingOrder | undefined {
    return this.#orders.get(id);
  }

  /** @param order with an id that is not resting, a quantity above zero, and a price unless it is IOC or FOK */
  submit(order: Incoming): Outcome {
    const opposite = this.#levels(order.side === BUY ? SELL : BUY);
    this.leaves = order.qty;
    if (crosses(order, opposite.at(-1))) {
      if (order.postOnly) return 'WOULD_TAKE';
      if (order.tif === 'FOK' && !this.#canFill(order, opposite)) return 'FOK_UNFILLED';
      if (!this.#match(order, opposite)) return 'SELF_TRADE';
      if (this.leaves === 0) return 'FILLED';
    }
    if (Number.isNaN(order.px)) return opposite.length === 0 ? 'NO_LIQUIDITY' : 'IOC_UNFILLED';
    if (order.tif === 'FOK') return 'FOK_UNFILLED';
    if (order.tif === 'IOC') return 'IOC_UNFILLED';
    this.#rest(order);
    return 'RESTING';
  }

  /** @returns the order as it was, or undefined where no such order rests */
  cancel(id: number): RestingOrder | undefined {
    const order = this.#orders.get(id);
    if (order !== undefined) this.#drop(order);
    return order;
  }

  /**
   * Changes a resting order to a new price and open quantity. Less at the same price keeps its
   * place in the queue; anything else goes to the end of it, and may trade on the way.
   *
   * @param order with the id of a resting order
   */
  replace(order: Incoming): Outcome {
    const resting = this.#orders.get(order.id)!;
    this.leaves = order.qty;
    if (order.px === resting.px && order.qty <= resting.leaves) {
      resting.level.qty -= resting.leaves - order.qty;
      resting.leaves = order.qty;
      return 'RESTING';
    }
    if (order.postOnly && crosses(order, this.#levels(order.side === BUY ? SELL : BUY).at(-1)))
      return 'WOULD_TAKE';
    this.#drop(resting);
    return this.submit(order);
  }

  /** @returns whether the taker lives on (or is filled) */
  #match(taker: Incoming, opposite: Level[]): boolean {
    for (let level = opposite.at(-1); crosses(taker, level); level = opposite.at(-1)) {
      for (let maker = level.head; maker !== undefined; maker = level.head) {
        const qty = Math.min(this.leaves, maker.leaves);
        if (maker.owner !== 0 && maker.owner === taker.owner && taker.stp !== 'NONE') {
          if (taker.stp === 'EXPIRE_TAKER') return false;
          const taken = taker.stp === 'DECREMENT' ? qty : maker.leaves;
          this.#reduce(maker, taken);
          this.#listener.prevented(maker, taker, taken);
          if (taker.stp === 'EXPIRE_BOTH') return false;
          if (taker.stp === 'DECREMENT' && (this.leaves -= qty) === 0) return false;
          continue;
        }
        this.#reduce(maker, qty);
        this.leaves -= qty;
        this.lastPx = level.px;
        this.#listener.traded(maker, taker, qty);
        if (this.leaves === 0) return true;
      }
    }
    return true;
  }

  #reduce(order: RestingOrder, qty: number): void {
    order.leaves -= qty;
    order.level.qty -= qty;
    if (order.leaves === 0) this.#drop(order);
  }

  /** Walks what the order would trade with. One of its own owner on the way is passed over only where it would be expired. */
  #canFill(order: Incoming, opposite: Level[]): boolean {
    let wanted = order.qty;
    for (let i = opposite.length - 1; i >= 0 && crosses(order, opposite[i]); i--)
      for (let maker = opposite[i]!.head; maker !== undefined; maker = maker.next) {
        const own = maker.owner !== 0 && maker.owner === order.owner && order.stp !== 'NONE';
        if (own && order.stp !== 'EXPIRE_MAKER') return false;
        if (!own && (wanted -= maker.leaves) <= 0) return true;
      }
    return false;
  }

  #rest(order: Incoming): void {
    const levels = this.#levels(order.side);
    const at = find(levels, order.side, order.px);
    let level = levels[at];
    if (level?.px !== order.px) {
      level = new Level(order.px);
      levels.push(level);
      for (let i = levels.length - 1; i > at; i--) levels[i] = levels[i - 1]!;
      levels[at] = level;
    }
    const resting = new RestingOrder(order.id, order.owner, order.side, this.leaves, level);
    level.append(resting);
    this.#orders.set(order.id, resting);
  }

  #drop(order: RestingOrder): void {
    const { level } = order;
    level.remove(order);
    this.#orders.delete(order.id);
    if (level.count > 0) return;
    const levels = this.#levels(order.side);
    const last = levels.length - 1;
    for (let i = find(levels, order.side, level.px); i < last; i++) levels[i] = levels[i + 1]!;
    levels.pop();
  }

  depth(side: Side): number {
    return this.#levels(side).length;
  }

  px(side: Side, level: number): number {
    const levels = this.#levels(side);
    return levels[levels.length - 1 - level]?.px ?? NaN;
  }

  qty(side: Side, level: number): number {
    const levels = this.#levels(side);
    return levels[levels.length - 1 - level]?.qty ?? 0;
  }

  /** @returns the number of orders of a level */
  count(side: Side, level: number): number {
    const levels = this.#levels(side);
    return levels[levels.length - 1 - level]?.count ?? 0;
  }

  /** @returns the oldest order of a level; the others follow by `next` */
  first(side: Side, level: number): RestingOrder | undefined {
    const levels = this.#levels(side);
    return levels[levels.length - 1 - level]?.head;
  }
}

function crosses(order: Incoming, level: Level | undefined): level is Level {
  return level !== undefined && !(order.side * (level.px - order.px) > 0);
}

/** @returns the position of the first level whose price is not worse, counted from the worst */
function find(levels: readonly Level[], side: Side, px: number): number {
  let high = levels.length;
  let low = -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (side * (levels[middle]!.px - px) >= 0) high = middle;
    else low = middle;
  }
  return high;
}
