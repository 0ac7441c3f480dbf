/**
 * One strategy on one instrument: asks it, and turns what it wants into orders. What a strategy may
 * do depends on the state of the market and of the engine, which it does not know:
 *
 * | | quotes | takes |
 * |---|---|---|
 * | all is well, ACTIVE | as wanted | as wanted |
 * | REDUCING | only the side that reduces, no more than the position | exits only |
 * | HALTED, market in trouble, order channel down | withdrawn | none |
 */
import { ATOM_DIGITS, formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';
import { NONE, type Recorder } from '../log/recorder.ts';
import { BUY, SELL, type Side } from '../market/side.ts';
import { isOpen, type Intent } from '../order/order.ts';
import type { LiveOrder, Orders, Timing } from '../order/orders.ts';
import { planQuote, type QuoteRules } from '../order/quote-plan.ts';
import type { Risk } from '../risk/risk.ts';
import type { Features } from '../feature/features.ts';
import type { Position } from '../inventory.ts';
import { Decision, type MarketTrade, type Strategy, type View } from '../strategy/strategy.ts';
import type { MarketState } from './market-state.ts';

export type EngineState = 'ACTIVE' | 'REDUCING' | 'HALTED';
export type StrategyState = 'QUOTING' | 'WATCHING' | 'PAUSED' | 'STOPPED';

/** What was refused is not tried again before this time. */
const RETRY_NS = 1e9;
/** What a strategy wanted to take is no longer wanted after this time. */
const HOLD_NS = 100e6;

/** What all desks share. */
export interface Floor {
  readonly recorder: Recorder;
  readonly orders: Orders;
  readonly risk: Risk;
  readonly monotonicNs: () => number;
  readonly engineState: EngineState;
  /** Positions are closed at market while REDUCING. */
  readonly flattens: boolean;
  /** Why nobody may trade; '' when nothing is in the way. */
  readonly obstacle: string;
  /** Nothing is ever sent. */
  readonly readOnly: boolean;
  /** When the input of this step was taken, ns of the monotonic clock. */
  readonly takenNs: number;
  /** State of a strategy over all of its desks. */
  stateOf(strategy: number): StrategyState;
  /** Counts the orders of a strategy. */
  nextOrderNumber(strategy: number, instrument: number): number;
}

export interface DeskOptions {
  readonly floor: Floor;
  readonly strategy: number;
  /** Short name for order ids. */
  readonly tag: string;
  /** It takes liquidity: it is asked before those that quote. */
  readonly takes: boolean;
  readonly algorithm: Strategy;
  readonly market: MarketState;
  readonly position: Position;
  readonly rules: QuoteRules;
  /** Lots of one order, and of the smallest that the venue takes, at a mid price in ticks. */
  readonly sizesAt: (mid: number) => { readonly clip: number; readonly minQty: number };
}

class DeskView implements View {
  readonly instrument;
  readonly book;
  readonly features: Features;
  readonly #position: Position;
  nowNs = 0;
  positionSinceNs = 0;
  clip = 0;
  minQty = 0;

  constructor(market: MarketState, position: Position) {
    this.instrument = market.instrument;
    this.book = market.book;
    this.features = market.features;
    this.#position = position;
  }
  get position(): number {
    return this.#position.lots;
  }
  get avgPx(): number {
    return this.#position.avgTicks;
  }
}

/** Where one order at a time may stand. */
interface Slot {
  order: LiveOrder | undefined;
  retryNs: number;
}
/** @returns whether it was refused a moment ago: by us, or by the venue at the same price */
function waits({ order, retryNs }: Slot, px: number, tNs: number): boolean {
  if (tNs < retryNs) return true;
  return order?.end === 'REJECTED' && Object.is(px, order.px) && tNs < order.submittedNs + RETRY_NS;
}
const emptySlot = (): Slot => ({ order: undefined, retryNs: -Infinity });

export class Desk {
  readonly strategy: number;
  readonly takes: boolean;
  readonly market: MarketState;
  readonly position: Position;
  readonly decision = new Decision();
  /** Why it does not trade; '' while it does. */
  reason = 'NO_BOOK';
  stopped = false;
  readonly #floor: Floor;
  readonly #tag: string;
  readonly #algorithm: Strategy;
  readonly #rules: QuoteRules;
  readonly #sizesAt: DeskOptions['sizesAt'];
  readonly #view: DeskView;
  readonly #bid = emptySlot();
  readonly #ask = emptySlot();
  readonly #take = emptySlot();
  /** A take that waits for our own quotes to go. */
  #held: { side: Side; px: number; qty: number; cause: number; untilNs: number } | undefined;
  readonly #timing = { takenNs: 0, decisionNs: 0 };

  constructor(options: DeskOptions) {
    this.strategy = options.strategy;
    this.takes = options.takes;
    this.market = options.market;
    this.position = options.position;
    this.#floor = options.floor;
    this.#tag = options.tag;
    this.#algorithm = options.algorithm;
    this.#rules = options.rules;
    this.#sizesAt = options.sizesAt;
    this.#view = new DeskView(options.market, options.position);
  }

  /** Of this desk alone. */
  get state(): StrategyState {
    if (this.stopped) return 'STOPPED';
    if (this.reason !== '') return 'PAUSED';
    return this.#floor.readOnly ? 'WATCHING' : this.#algorithm.working;
  }

  onBook(cause: number, tNs: number): void {
    if (!this.#ready(cause, tNs)) return;
    const fromNs = this.#floor.monotonicNs();
    this.#algorithm.onBook(this.#view, this.decision);
    this.#act(fromNs, cause, tNs);
  }

  onTrade(trade: MarketTrade, cause: number, tNs: number): void {
    if (!this.#ready(cause, tNs)) return;
    const fromNs = this.#floor.monotonicNs();
    this.#algorithm.onTrade(this.#view, trade, this.decision);
    this.#act(fromNs, cause, tNs);
  }

  /** Call when the position has changed. */
  onFill(wasFlat: boolean, tNs: number): void {
    if (wasFlat) this.#view.positionSinceNs = tNs;
  }

  /** Looks whether it may trade; withdraws its orders when not. */
  #ready(cause: number, tNs: number): boolean {
    const reason = this.#floor.obstacle || this.market.trouble;
    if (reason !== this.reason) {
      this.reason = reason;
      if (!this.stopped) this.recordState(cause);
    }
    this.#view.nowNs = tNs;
    if (this.stopped || reason !== '') {
      this.withdraw(this.stopped ? 'STOPPED' : reason, cause, tNs);
      return false;
    }
    if (this.#view.clip === 0) Object.assign(this.#view, this.#sizesAt(this.market.features.mid));
    return true;
  }

  /** Takes back the quotes; what takes ends by itself. */
  withdraw(reason: string, cause: number, tNs: number): void {
    for (const { order } of [this.#bid, this.#ask])
      if (order !== undefined && isOpen(order))
        this.#floor.orders.cancel(order, reason, cause, tNs);
  }

  #act(fromNs: number, cause: number, tNs: number): void {
    const { decision } = this;
    const floor = this.#floor;
    this.#timing.takenNs = floor.takenNs;
    this.#timing.decisionNs = floor.monotonicNs() - fromNs;
    const because = decision.signalName === '' ? cause : this.#recordSignal(cause);
    if (floor.readOnly) {
      decision.takeQty = 0;
      return;
    }
    const reducing = floor.engineState === 'REDUCING';
    if (reducing && floor.flattens) this.#flatten(because, tNs);
    else if (decision.takeQty > 0) {
      if (!reducing || decision.takeIntent === 'EXIT')
        this.#takeNow(
          decision.takeIntent,
          decision.takeSide,
          decision.takePx,
          decision.takeQty,
          because,
          tNs,
        );
      decision.takeQty = 0;
    } else if (!reducing) this.#takeHeld(tNs);
    this.#quote(this.#bid, BUY, decision.bidPx, decision.bidQty, reducing, because, tNs);
    this.#quote(this.#ask, SELL, decision.askPx, decision.askQty, reducing, because, tNs);
  }

  #quote(
    slot: Slot,
    side: Side,
    px: number,
    wanted: number,
    reducing: boolean,
    cause: number,
    tNs: number,
  ): void {
    const { orders } = this.#floor;
    const { order } = slot;
    if (wanted === 0 && order === undefined) return;
    const allowed = reducing ? Math.min(wanted, -this.position.lots * side) : wanted;
    const qty = allowed >= this.#view.minQty ? allowed : 0;
    const ageNs = order === undefined ? Infinity : tNs - order.submittedNs;
    switch (planQuote(order, px, qty, ageNs, this.#rules)) {
      case 'KEEP':
        return;
      case 'NEW':
        if (waits(slot, px, tNs) || orders.meetsOwn(this.market.instrument.index, side, px)) return;
        this.#submit(slot, 'QUOTE', side, px, qty, cause, tNs);
        return;
      case 'CANCEL':
        orders.cancel(order!, qty === 0 ? 'NO_QUOTE' : 'REQUOTE', cause, tNs);
        return;
      case 'REDUCE':
        orders.reduce(order!, qty, tNs);
        return;
    }
  }

  /**
   * Our own quotes in the way go first, and the take waits for that: two orders of one account must
   * not meet, and the quote is the one that can stand elsewhere.
   */
  #takeNow(intent: Intent, side: Side, px: number, qty: number, cause: number, tNs: number): void {
    const slot = this.#take;
    if (slot.order !== undefined && isOpen(slot.order)) return;
    if (waits(slot, px, tNs)) return;
    const { orders } = this.#floor;
    const { index } = this.market.instrument;
    if (!orders.meetsOwn(index, side, px)) {
      this.#submit(slot, intent, side, px, qty, cause, tNs);
      return;
    }
    for (const own of [...orders.live])
      if (own.instrument === index && own.side !== side && own.intent === 'QUOTE')
        orders.cancel(own, 'SELF_CROSS', cause, tNs);
    if (intent === 'TAKE') this.#held = { side, px, qty, cause, untilNs: tNs + HOLD_NS };
  }

  #takeHeld(tNs: number): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    if (tNs > held.untilNs) return;
    this.#takeNow('TAKE', held.side, held.px, held.qty, held.cause, tNs);
    // Its time does not start anew.
    if (this.#held !== undefined) this.#held = held;
  }

  #flatten(cause: number, tNs: number): void {
    const { lots } = this.position;
    this.decision.takeQty = 0;
    if (lots === 0) return;
    this.#takeNow('FLATTEN', lots > 0 ? SELL : BUY, NaN, Math.abs(lots), cause, tNs);
  }

  #submit(
    slot: Slot,
    intent: Intent,
    side: Side,
    px: number,
    qty: number,
    cause: number,
    tNs: number,
  ): LiveOrder {
    const floor = this.#floor;
    const { market } = this;
    const quote = intent === 'QUOTE';
    const order = floor.orders.submit(
      {
        clOrdId: `${this.#tag}-${floor.nextOrderNumber(this.strategy, market.instrument.index)}`,
        strategy: this.strategy,
        instrument: market.instrument.index,
        side,
        ordType: Number.isNaN(px) ? 'MARKET' : 'LIMIT',
        tif: quote ? 'GTC' : 'IOC',
        postOnly: quote,
        intent,
        px,
        qty,
      },
      floor.risk,
      cause,
      this.#timing satisfies Timing,
      market.book.px(BUY, 0),
      market.book.px(SELL, 0),
      tNs,
    );
    slot.order = order.end === 'DENIED' ? undefined : order;
    if (order.end === 'DENIED') slot.retryNs = tNs + RETRY_NS;
    return order;
  }

  #recordSignal(cause: number): number {
    const { decision } = this;
    const { recorder } = this.#floor;
    const seq = recorder.begin(
      'strategy.signal',
      this.market.instrument.index,
      this.strategy,
      cause,
    );
    recorder.text(decision.signalName);
    recorder.number(Math.abs(decision.signal));
    recorder.number(decision.signalThreshold);
    recorder.side(decision.takeSide);
    recorder.end();
    decision.signalName = '';
    return seq;
  }

  /** @returns the decimal text of a price that lies between ticks, to a hundredth of a tick */
  #betweenTicks(px: number): string {
    const { tickSize } = this.market.instrument;
    return formatScaled((BigInt(Math.round(px * 100)) * parseAtoms(tickSize)) / 100n, ATOM_DIGITS);
  }

  /**
   * Records strategy.state: the state is that of the strategy, all the rest is of this instrument,
   * also the reason why nothing is done on it.
   */
  recordState(cause = NONE): number {
    const { recorder } = this.#floor;
    const { decision } = this;
    const seq = recorder.begin(
      'strategy.state',
      this.market.instrument.index,
      this.strategy,
      cause,
    );
    recorder.text(this.#floor.stateOf(this.strategy));
    if (this.reason === '') recorder.absent();
    else recorder.text(this.reason);
    if (Number.isNaN(decision.fairPx)) recorder.absent();
    else recorder.decimal(this.#betweenTicks(decision.fairPx));
    recorder.ticks(decision.bidQty > 0 ? decision.bidPx : NaN);
    recorder.ticks(decision.askQty > 0 ? decision.askPx : NaN);
    recorder.number(decision.skew);
    recorder.number(decision.signal);
    recorder.lots(this.position.lots);
    recorder.end();
    return seq;
  }
}
