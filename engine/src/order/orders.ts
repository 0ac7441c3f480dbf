/**
 * Every order of the run: sends them, follows them, says in the log what becomes of them.
 *
 * An answer that does not come in time makes an order UNKNOWN: it may be alive. It counts as open,
 * nothing is done with it, and the venue is asked what became of it, again and again until it says.
 */
import type { EventName } from '@tradetail/core/events/catalogue.ts';
import { EndedIds } from '../ended-ids.ts';
import { NONE, type Recorder } from '../log/recorder.ts';
import type { Instrument } from '../market/instrument.ts';
import { BUY, type Side } from '../market/side.ts';
import { RateWindow } from '../risk/rate-window.ts';
import type { Risk } from '../risk/risk.ts';
import type { Command, Fill } from '../venue/venue.ts';
import {
  applyReport,
  awaits,
  createOrder,
  isOpen,
  leavesQty,
  ordStatus,
  type Change,
  type Order,
  type OrderReport,
  type OrderSpec,
} from './order.ts';

/** Ended orders that are kept, because a fill may still come. */
const ENDED_MAX = 20_000;

/** An order and what is known of its traffic. Times are engine clock, ns. */
export interface LiveOrder extends Order {
  submittedNs: number;
  /** When the answer that is due was asked for. */
  askedNs: number;
  submittedSeq: number;
  cancelSeq: number;
  /** The latest line about it. */
  lastSeq: number;
}

/** How long the decision took, for the log; ns of the monotonic clock. */
export interface Timing {
  /** When the input was taken that led to the order. */
  readonly takenNs: number;
  readonly decisionNs: number;
}

export interface OrdersOptions {
  readonly instruments: readonly Instrument[];
  readonly recorder: Recorder;
  readonly send: (command: Command, tNs: number) => void;
  readonly monotonicNs: () => number;
  readonly ackTimeoutMs: number;
  readonly orderRate: RateWindow;
  readonly cancelRate: RateWindow;
  /** Asks for a call of `onDeadline` at that engine time. */
  readonly arm: (tNs: number) => void;
  /** @param seq of the order.filled line */
  readonly filled: (order: LiveOrder, fill: Fill, seq: number) => void;
}

export class Orders {
  readonly live: LiveOrder[] = [];
  readonly #options: OrdersOptions;
  readonly #recorder: Recorder;
  readonly #timeoutNs: number;
  readonly #byId = new Map<string, LiveOrder>();
  readonly #ended = new EndedIds(ENDED_MAX);
  #armed = false;
  #recon: { readonly venue: string; readonly sinceNs: number; diffs: number } | undefined;

  constructor(options: OrdersOptions) {
    this.#options = options;
    this.#recorder = options.recorder;
    this.#timeoutNs = options.ackTimeoutMs * 1e6;
  }

  /**
   * Holds an order against the risk checks and sends it.
   *
   * @param bidPx best bid at the decision, ticks
   * @returns the order, also when it was denied
   */
  submit(
    spec: OrderSpec,
    risk: Risk,
    cause: number,
    timing: Timing,
    bidPx: number,
    askPx: number,
    tNs: number,
  ): LiveOrder {
    const order = createOrder(spec) as LiveOrder;
    order.submittedNs = tNs;
    order.askedNs = tNs;
    order.submittedSeq = NONE;
    order.cancelSeq = NONE;
    order.lastSeq = NONE;
    const riskFromNs = this.#options.monotonicNs();
    const refusal = risk.refuses(order);
    if (refusal !== undefined) {
      const breach = risk.breach(
        refusal,
        risk.measure,
        'DENY',
        order.strategy,
        order.instrument,
        cause,
      );
      order.end = 'DENIED';
      this.#begin('order.denied', order, breach);
      this.#recorder.text(refusal);
      this.#recorder.number(risk.measure.limit);
      this.#recorder.number(risk.measure.value);
      this.#recorder.end();
      return order;
    }
    order.sent = true;
    this.#byId.set(order.clOrdId, order);
    this.live.push(order);
    const nowNs = this.#options.monotonicNs();
    const { clOrdId, instrument, side, ordType, tif, postOnly, px, qty } = order;
    // It may have gone out although sending it failed: the line is said in any case.
    try {
      this.#options.send(
        { kind: 'NEW', clOrdId, instrument, side, ordType, tif, postOnly, px, qty },
        tNs,
      );
    } finally {
      const recorder = this.#recorder;
      recorder.at(tNs, nowNs);
      order.submittedSeq = this.#begin('order.submitted', order, cause);
      recorder.text(order.intent);
      recorder.ticks(bidPx);
      recorder.ticks(askPx);
      recorder.int(nowNs - timing.takenNs);
      recorder.int(timing.decisionNs);
      recorder.int(nowNs - riskFromNs);
      recorder.end();
    }
    this.#options.orderRate.spend(tNs);
    this.#await(order, tNs);
    return order;
  }

  /** Asks to cancel, unless that is already awaited or nobody knows whether there is something to cancel. */
  cancel(order: LiveOrder, reason: string, cause: number, tNs: number): void {
    if (!this.#noteCancel(order, reason, cause, tNs)) return;
    this.#options.cancelRate.spend(tNs);
    this.#options.send(
      { kind: 'CANCEL', clOrdId: order.clOrdId, instrument: order.instrument },
      tNs,
    );
  }

  /** Asks to cancel everything there is, also what we may not know of. */
  cancelAll(reason: string, cause: number, tNs: number): void {
    this.#options.send({ kind: 'CANCEL_ALL' }, tNs);
    for (const order of this.live) this.#noteCancel(order, reason, cause, tNs);
  }

  #noteCancel(order: LiveOrder, reason: string, cause: number, tNs: number): boolean {
    if (!isOpen(order) || order.cancelPending || order.unknown) return false;
    order.cancelPending = true;
    order.cancelSeq = this.#begin('order.cancel_requested', order, cause);
    this.#recorder.text(reason);
    this.#recorder.end();
    this.#await(order, tNs);
    return true;
  }

  /** Asks to leave only `qty` lots open; the filled part comes on top. */
  reduce(order: LiveOrder, qty: number, tNs: number): void {
    if (!isOpen(order) || awaits(order)) return;
    order.replacePending = { px: order.px, qty: order.cumQty + qty };
    const { clOrdId, instrument } = order;
    this.#options.send({ kind: 'REPLACE', clOrdId, instrument, ...order.replacePending }, tNs);
    this.#await(order, tNs);
  }

  /** @returns the order that the report is about, undefined where it is none of ours */
  onReport(report: OrderReport, tNs: number): LiveOrder | undefined {
    const order = this.#byId.get(report.clOrdId);
    if (order === undefined) return undefined;
    const before = ordStatus(order);
    const { px, qty } = order;
    applyReport(order, report, (change, fill, late) => {
      this.#say(change, order, report, fill, late === true, tNs);
      if (change === 'REPLACED') this.#sayReplaced(order, px, qty);
      if (change === 'RESOLVED') this.#resolved(order, report, before, tNs);
      if (change === 'CANCEL_REJECTED' && isOpen(order)) this.#ask(order, 'CANCEL_REJECTED', tNs);
      if (change === 'REVIVED')
        this.#options.send(
          { kind: 'CANCEL', clOrdId: order.clOrdId, instrument: order.instrument },
          tNs,
        );
    });
    if (!isOpen(order)) this.#retire(order);
    return order;
  }

  #say(
    change: Change,
    order: LiveOrder,
    report: OrderReport,
    fill: Fill | undefined,
    late: boolean,
    tNs: number,
  ): void {
    const recorder = this.#recorder;
    const transactUs = report.transactUs;
    switch (change) {
      case 'ACCEPTED':
        this.#begin('order.accepted', order, order.submittedSeq);
        recorder.int(tNs - order.submittedNs);
        this.#optionalInt(transactUs);
        recorder.end();
        break;
      case 'REJECTED':
        this.#begin('order.rejected', order, order.submittedSeq);
        recorder.text(report.kind === 'REJECTED' ? report.code : 'NOT_FOUND');
        recorder.text(
          report.kind === 'REJECTED' ? report.text : 'the venue does not know the order',
        );
        recorder.end();
        break;
      case 'CANCELED':
        this.#begin(
          'order.canceled',
          order,
          order.cancelSeq === NONE ? order.submittedSeq : order.cancelSeq,
        );
        this.#optionalText(report.kind === 'CANCELED' ? report.reason : report.kind);
        this.#optionalInt(transactUs);
        recorder.end();
        break;
      case 'EXPIRED':
        this.#begin('order.expired', order, order.submittedSeq);
        recorder.text(report.kind === 'EXPIRED' ? report.reason : report.kind);
        recorder.end();
        break;
      case 'CANCEL_REJECTED':
        this.#begin(
          'order.cancel_rejected',
          order,
          order.cancelSeq === NONE ? order.submittedSeq : order.cancelSeq,
        );
        recorder.text(report.kind === 'CANCEL_REJECTED' ? report.code : report.kind);
        recorder.text(report.kind === 'CANCEL_REJECTED' ? report.text : '');
        recorder.end();
        break;
      case 'FILLED':
        this.#sayFilled(order, fill!, late, transactUs, tNs);
        break;
      case 'REPLACED':
      case 'RESOLVED':
      case 'REVIVED':
        break;
    }
  }

  #sayFilled(
    order: LiveOrder,
    fill: Fill,
    late: boolean,
    transactUs: number | undefined,
    tNs: number,
  ): void {
    const recorder = this.#recorder;
    const seq = this.#begin('order.filled', order, order.submittedSeq);
    recorder.text(fill.execId);
    this.#optionalText(fill.tradeId);
    recorder.ticks(fill.px);
    recorder.lots(fill.qty);
    recorder.text(fill.liquidity);
    recorder.decimal(fill.fee);
    recorder.text(fill.feeCcy);
    if (fill.feeQuote === undefined) recorder.absent();
    else recorder.decimal(fill.feeQuote);
    recorder.int(tNs - order.submittedNs);
    this.#optionalInt(transactUs);
    if (late) recorder.flag(true);
    else recorder.absent();
    recorder.end();
    this.#options.filled(order, fill, seq);
  }

  #sayReplaced(order: LiveOrder, oldPx: number, oldQty: number): void {
    this.#begin('order.replaced', order, order.submittedSeq);
    this.#recorder.ticks(oldPx);
    this.#recorder.lots(oldQty);
    this.#recorder.end();
  }

  #resolved(order: LiveOrder, report: OrderReport, before: string, tNs: number): void {
    this.#begin('order.resolved', order, order.lastSeq);
    this.#recorder.text(report.kind === 'STATUS' ? 'QUERY' : 'REPORT');
    this.#recorder.end();
    if (this.#recon === undefined) return;
    const { venue, sinceNs } = this.#recon;
    const { instrument, strategy } = order;
    this.#recon.diffs += 1;
    this.#recorder.event(
      'recon.diff',
      { kind: 'ORDER', ours: before, theirs: ordStatus(order), action: 'ADOPTED' },
      { instrument, strategy, cause: order.lastSeq },
    );
    if (this.#unknown()) return;
    const tookMs = Math.round((tNs - sinceNs) / 1e6);
    this.#recorder.event(
      'recon.completed',
      { diffs: this.#recon.diffs, took_ms: tookMs },
      { venue },
    );
    this.#recon = undefined;
  }

  /** Marks an order UNKNOWN and asks the venue about it. */
  #ask(order: LiveOrder, why: string, tNs: number): void {
    if (!order.unknown) {
      order.unknown = true;
      this.#begin('order.unknown', order, order.lastSeq);
      this.#recorder.text(why);
      this.#recorder.end();
      if (this.#recon === undefined) {
        const { venue } = this.#options.instruments[order.instrument]!;
        this.#recon = { venue, sinceNs: tNs, diffs: 0 };
        this.#recorder.event('recon.started', {}, { venue, cause: order.lastSeq });
      }
    }
    this.#options.send(
      { kind: 'QUERY', clOrdId: order.clOrdId, instrument: order.instrument },
      tNs,
    );
    this.#await(order, tNs);
  }

  /** Asks about every open order, after a time in which reports may have been lost. */
  askAll(why: string, tNs: number): void {
    for (const order of [...this.live]) this.#ask(order, why, tNs);
  }

  #await(order: LiveOrder, tNs: number): void {
    order.askedNs = tNs;
    if (this.#armed) return;
    this.#armed = true;
    this.#options.arm(tNs + this.#timeoutNs);
  }

  onDeadline(tNs: number): void {
    this.#armed = false;
    let next = Infinity;
    for (const order of [...this.live]) {
      if (!awaits(order) && !order.unknown) continue;
      if (order.askedNs + this.#timeoutNs <= tNs)
        this.#ask(order, `no answer to ${asked(order)}`, tNs);
      else next = Math.min(next, order.askedNs + this.#timeoutNs);
    }
    if (this.#armed || next === Infinity) return;
    this.#armed = true;
    this.#options.arm(next);
  }

  #retire(order: LiveOrder): void {
    const at = this.live.indexOf(order);
    if (at < 0) return;
    this.live.splice(at, 1);
    const gone = this.#ended.add(order.clOrdId);
    if (gone !== undefined) this.#byId.delete(gone);
  }

  #unknown(): boolean {
    return this.live.some((order) => order.unknown);
  }

  openCount(strategy: number): number {
    let count = 0;
    for (const order of this.live) if (order.strategy === strategy) count += 1;
    return count;
  }

  /** @returns lots of a strategy open on a side */
  openQty(strategy: number, instrument: number, side: Side): number {
    let lots = 0;
    for (const order of this.live)
      if (order.strategy === strategy && order.instrument === instrument && order.side === side)
        lots += leavesQty(order);
    return lots;
  }

  /** @returns the best price of our own orders on a side, ticks; NaN for none */
  ownBest(instrument: number, side: Side): number {
    let best = NaN;
    for (const order of this.live)
      if (
        order.instrument === instrument &&
        order.side === side &&
        !(side * (best - order.px) >= 0)
      )
        best = Number.isNaN(order.px) ? best : order.px;
    return best;
  }

  /** @returns whether an order at this price (NaN for any) would meet one of our own */
  meetsOwn(instrument: number, side: Side, px: number): boolean {
    return this.live.some(
      (own) => own.instrument === instrument && own.side !== side && !(side * (own.px - px) > 0),
    );
  }

  isRepetition(order: Order): boolean {
    if (this.#byId.has(order.clOrdId)) return true;
    return this.live.some(
      (one) =>
        !one.accepted &&
        one.strategy === order.strategy &&
        one.instrument === order.instrument &&
        one.side === order.side &&
        one.ordType === order.ordType &&
        Object.is(one.px, order.px) &&
        one.qty === order.qty,
    );
  }

  /** Lots locked by open orders: base for sells, and for buys ticks × lots of quote. */
  locked(instrument: number, side: Side): number {
    let locked = 0;
    for (const order of this.live)
      if (order.instrument === instrument && order.side === side && order.ordType === 'LIMIT')
        locked += leavesQty(order) * (side === BUY ? order.px : 1);
    return locked;
  }

  #begin(event: EventName, order: LiveOrder, cause: number): number {
    const recorder = this.#recorder;
    const seq = recorder.begin(event, order.instrument, order.strategy, cause);
    order.lastSeq = seq;
    recorder.text(order.clOrdId);
    this.#optionalText(order.orderId);
    recorder.side(order.side);
    recorder.text(order.ordType);
    recorder.text(order.tif);
    recorder.flag(order.postOnly);
    recorder.ticks(order.px);
    recorder.lots(order.qty);
    recorder.text(ordStatus(order));
    recorder.lots(order.cumQty);
    recorder.lots(leavesQty(order));
    return seq;
  }

  #optionalText(value: string | undefined): void {
    if (value === undefined) this.#recorder.absent();
    else this.#recorder.text(value);
  }
  #optionalInt(value: number | undefined): void {
    if (value === undefined) this.#recorder.absent();
    else this.#recorder.int(value);
  }
}

function asked(order: Order): string {
  if (!order.accepted) return 'NEW';
  return order.cancelPending ? 'CANCEL' : 'REPLACE';
}
