/**
 * A venue of paper: commands travel to an exchange, reports travel back, both take time. In between
 * stand the checks of a real venue (filters, balances), its books (fees, ids, balances), and, where
 * the configuration asks for them, its faults.
 *
 * Time on the way is a `Latency` each way; on either nothing overtakes, but for what a fault delays.
 */
import { ATOM_DIGITS, formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';
import { EndedIds } from '../ended-ids.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Outcome } from '../market/matching-engine.ts';
import { BUY, SELL, type Side } from '../market/side.ts';
import { stream, type Random } from '../random.ts';
import type { Input } from '../step/input.ts';
import { Account } from './account.ts';
import type { Exchange, ExchangeListener, ExchangeOrder } from './exchange.ts';
import { Amounts, feeOf } from './fees.ts';
import {
  DUPLICATE,
  INSUFFICIENT,
  refusal,
  TOO_MANY,
  UNKNOWN_ORDER,
  WOULD_TAKE,
  type Refusal,
} from './filters.ts';
import { Latency } from './latency.ts';
import type { PaperConfig } from './paper-config.ts';
import { TimedQueue } from './timed-queue.ts';
import type { Command, Fill, NewOrder, Report, Venue } from './venue.ts';

type OrdStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'REJECTED' | 'EXPIRED';

interface PaperOrder {
  readonly id: number;
  readonly clOrdId: string;
  readonly instrument: number;
  readonly side: Side;
  readonly postOnly: boolean;
  /** NaN for a market order, which locks nothing. */
  px: number;
  qty: number;
  /** Open, and locked. */
  leaves: number;
  status: OrdStatus;
  readonly fills: Fill[];
  /** Reports of fills that wait for a cancel. */
  held: Report[];
}

type Due =
  | { readonly kind: 'COMMAND'; readonly command: Command }
  | { readonly kind: 'REPORT'; readonly report: Report }
  /** Lets go of the fills held of an order. */
  | { readonly kind: 'RELEASE'; readonly order: PaperOrder };

/** Orders that are over and that a venue remembers, so that a long run does not grow. */
const ENDED_MAX = 20_000;

/** Why an order ended without being filled, in the words of Binance's expiry reasons. */
const EXPIRY: Readonly<Partial<Record<Outcome, string>>> = {
  FOK_UNFILLED: 'UNFILLED_FOK_ORDER_EXPIRED',
  IOC_UNFILLED: 'UNFILLED_IOC_QUANTITY_EXPIRED',
  NO_LIQUIDITY: 'INSUFFICIENT_LIQUIDITY',
  SELF_TRADE: 'EXPIRED_IN_MATCH',
};

export interface PaperVenueOptions {
  readonly name: string;
  readonly instruments: readonly Instrument[];
  readonly exchange: Exchange;
  readonly config: PaperConfig;
  readonly seed: number | bigint;
  readonly startEpochNs: bigint;
}

export class PaperVenue implements Venue, ExchangeListener {
  readonly name: string;
  readonly #exchange: Exchange;
  readonly #config: PaperConfig;
  readonly #startEpochNs: bigint;
  readonly #amounts: readonly Amounts[];
  readonly #makerFee: bigint;
  readonly #takerFee: bigint;
  readonly #account: Account;
  readonly #entry: Latency;
  readonly #response: Latency;
  readonly #faults: Random;
  readonly #due = new TimedQueue<Due>();
  readonly #byClOrdId = new Map<string, PaperOrder>();
  readonly #live = new Map<number, PaperOrder>();
  readonly #ended = new EndedIds(ENDED_MAX);
  #lastOrderId = 0;
  #lastExecId = 0;
  #downUntilNs = -1;
  /** Reports of the command that is being carried out, so that its acknowledgement can go first. */
  #batch: Report[] | undefined;

  constructor({ name, instruments, exchange, config, seed, startEpochNs }: PaperVenueOptions) {
    this.name = name;
    this.#exchange = exchange;
    this.#config = config;
    this.#startEpochNs = startEpochNs;
    this.#amounts = instruments.map((instrument) => new Amounts(instrument));
    this.#makerFee = parseAtoms(config.maker_fee);
    this.#takerFee = parseAtoms(config.taker_fee);
    this.#account = new Account(config.balances);
    this.#entry = new Latency(config.entry_latency, stream(seed, 'latency.entry'));
    this.#response = new Latency(config.response_latency, stream(seed, 'latency.response'));
    this.#faults = stream(seed, 'faults');
    this.#due.push(0, { kind: 'REPORT', report: { kind: 'CONNECTED', channel: 'ORDER' } });
    exchange.listen(this);
  }

  nextNs(): number {
    return this.#due.nextNs;
  }

  /** While the order channel is down a command is lost. */
  send(command: Command, tNs: number): void {
    if (tNs >= this.#downUntilNs)
      this.#due.push(this.#entry.arrivalNs(tNs), { kind: 'COMMAND', command });
  }

  advance(sink: (input: Input) => void): void {
    const tNs = this.#due.nextNs;
    const due = this.#due.pop();
    if (due.kind === 'REPORT') {
      if (tNs < this.#downUntilNs) this.#due.push(this.#downUntilNs, due);
      else sink({ kind: 'REPORT', report: due.report });
    } else if (due.kind === 'RELEASE') this.#release(due.order, tNs);
    else {
      if (tNs >= this.#downUntilNs && this.#faults.chance(this.#config.faults.disconnect))
        this.#disconnect(tNs, sink);
      this.#carryOut(due.command, tNs);
    }
  }

  #disconnect(tNs: number, sink: (input: Input) => void): void {
    this.#downUntilNs = tNs + this.#delayNs;
    sink({
      kind: 'REPORT',
      report: { kind: 'DISCONNECTED', channel: 'ORDER', reason: 'fault injected' },
    });
    this.#due.push(this.#downUntilNs, {
      kind: 'REPORT',
      report: { kind: 'CONNECTED', channel: 'ORDER' },
    });
  }

  get #delayNs(): number {
    return Math.round(this.#config.faults.delay_ms * 1e6);
  }

  #carryOut(command: Command, tNs: number): void {
    switch (command.kind) {
      case 'NEW':
        return this.#new(command, tNs);
      case 'CANCEL':
        return this.#cancel(command, tNs);
      case 'REPLACE':
        return this.#replace(command, tNs);
      case 'CANCEL_ALL':
        for (const order of [...this.#live.values()]) this.#cancel(order, tNs);
        return;
      case 'QUERY':
        return this.#query(command, tNs);
      case 'QUERY_BALANCES':
        return this.#send({ kind: 'BALANCES', balances: this.#account.balances() }, tNs);
    }
  }

  #new(command: NewOrder, tNs: number): void {
    const { faults, self_trade_prevention: stp } = this.#config;
    const lostAck = this.#faults.chance(faults.lost_ack);
    if (lostAck && this.#faults.chance(0.5)) return;
    const { clOrdId, instrument, side, qty, postOnly } = command;
    const about = this.#about(command, tNs);
    const reject = (why: Refusal): void => this.#send({ kind: 'REJECTED', ...about, ...why }, tNs);
    if (this.#byClOrdId.has(clOrdId)) return reject(DUPLICATE);
    if (this.#faults.chance(faults.reject)) return reject(TOO_MANY);
    const px = command.ordType === 'MARKET' ? NaN : command.px;
    const refused = refusal(
      { px, qty, side },
      this.#amounts[instrument]!,
      this.#exchange.book(instrument),
      this.#config,
    );
    if (refused !== undefined) return reject(refused);

    const id = ++this.#lastOrderId;
    const order: PaperOrder = {
      id,
      clOrdId,
      instrument,
      side,
      postOnly,
      px,
      qty,
      leaves: qty,
      status: 'NEW',
      fills: [],
      held: [],
    };
    if (!this.#affordable(order, qty)) return reject(INSUFFICIENT);
    this.#remember(order);
    this.#lock(order, qty);

    const batch: Report[] = (this.#batch = []);
    const tif = command.tif === 'DAY' ? 'GTC' : command.tif;
    const outcome = this.#exchange.submit(
      instrument,
      { id, side, px, qty, tif, postOnly, stp },
      tNs,
    );
    this.#batch = undefined;
    if (outcome === 'WOULD_TAKE') {
      this.#end(order, 'REJECTED');
      return reject(WOULD_TAKE);
    }
    const late = this.#faults.chance(faults.late_ack);
    const accepted: Report = { kind: 'ACCEPTED', ...about, orderId: String(id) };
    if (!lostAck && !late) this.#send(accepted, tNs);
    for (const report of batch) this.#send(report, tNs);
    const reason = EXPIRY[outcome];
    if (reason !== undefined) this.#expire(order, reason, tNs);
    if (!lostAck && late) this.#sendLate(accepted, tNs);
  }

  #remember(order: PaperOrder): void {
    this.#byClOrdId.set(order.clOrdId, order);
    this.#live.set(order.id, order);
  }

  #cancel(command: { readonly clOrdId: string; readonly instrument: number }, tNs: number): void {
    const order = this.#byClOrdId.get(command.clOrdId);
    const about = this.#about(command, tNs);
    if (order !== undefined && this.#exchange.cancel(order.instrument, order.id, tNs)) {
      this.#end(order, 'CANCELED');
      this.#send({ kind: 'CANCELED', ...about }, tNs);
    } else this.#send({ kind: 'CANCEL_REJECTED', ...about, ...UNKNOWN_ORDER }, tNs);
    if (order !== undefined) this.#release(order, tNs);
  }

  #replace(command: Extract<Command, { kind: 'REPLACE' }>, tNs: number): void {
    const order = this.#byClOrdId.get(command.clOrdId);
    const about = this.#about(command, tNs);
    const reject = (why: Refusal): void =>
      this.#send({ kind: 'CANCEL_REJECTED', ...about, ...why }, tNs);
    if (order === undefined || !this.#live.has(order.id)) return reject(UNKNOWN_ORDER);
    const { px, qty } = command;
    const { id, instrument, side, postOnly } = order;
    const refused = refusal(
      { px, qty, side },
      this.#amounts[instrument]!,
      this.#exchange.book(instrument),
      this.#config,
    );
    if (refused !== undefined) return reject(refused);
    const leaves = qty - (order.qty - order.leaves);
    if (leaves <= 0)
      return reject({ code: '-2038', text: 'Order amend (quantity increase) is not supported.' });
    const before = { px: order.px, qty: order.qty, leaves: order.leaves };
    this.#lock(order, -order.leaves);
    Object.assign(order, { px, qty, leaves });
    const affordable = this.#affordable(order, leaves);
    let outcome: Outcome = 'WOULD_TAKE';
    const batch: Report[] = (this.#batch = []);
    this.#lock(order, leaves);
    if (affordable) {
      const changed: ExchangeOrder = {
        id,
        side,
        px,
        qty: leaves,
        tif: 'GTC',
        postOnly,
        stp: this.#config.self_trade_prevention,
      };
      outcome = this.#exchange.replace(instrument, changed, tNs);
    }
    this.#batch = undefined;
    if (outcome === 'WOULD_TAKE') {
      this.#lock(order, -leaves);
      Object.assign(order, before);
      this.#lock(order, order.leaves);
      return reject(affordable ? WOULD_TAKE : INSUFFICIENT);
    }
    this.#send({ kind: 'REPLACED', ...about, px, qty }, tNs);
    for (const report of batch) this.#send(report, tNs);
    const reason = EXPIRY[outcome];
    if (reason !== undefined) this.#expire(order, reason, tNs);
  }

  #query(command: Extract<Command, { kind: 'QUERY' }>, tNs: number): void {
    const order = this.#byClOrdId.get(command.clOrdId);
    const about = this.#about(command, tNs);
    if (order === undefined) return this.#send({ kind: 'STATUS', ...about, found: false }, tNs);
    const { status: ordStatus, id, fills } = order;
    this.#send(
      { kind: 'STATUS', ...about, found: true, ordStatus, orderId: String(id), fills: [...fills] },
      tNs,
    );
  }

  filled(
    id: number,
    px: number,
    qty: number,
    liquidity: 'MAKER' | 'TAKER',
    tradeId: string | undefined,
    tNs: number,
  ): void {
    const order = this.#live.get(id)!;
    const { side, instrument } = order;
    const amounts = this.#amounts[instrument]!;
    const { base, quote } = amounts.instrument;
    this.#lock(order, -qty);
    order.leaves -= qty;
    this.#account.add(base, BigInt(side) * amounts.qty(qty));
    this.#account.add(quote, BigInt(-side) * amounts.notional(px, qty));
    const rate = liquidity === 'MAKER' ? this.#makerFee : this.#takerFee;
    const fee = feeOf(amounts, this.#config.fee_asset, rate, { side, px, qty }, (asset, amount) =>
      this.#account.has(asset, amount),
    );
    this.#account.add(fee.asset, -fee.amount);
    const fill: Fill = {
      execId: `${this.name}-${++this.#lastExecId}`,
      ...(tradeId !== undefined && { tradeId }),
      px,
      qty,
      liquidity,
      fee: formatScaled(fee.amount, ATOM_DIGITS),
      feeCcy: fee.asset,
      ...(fee.inQuote !== undefined && { feeQuote: fee.inQuote }),
    };
    order.fills.push(fill);
    if (order.leaves === 0) this.#end(order, 'FILLED');
    else order.status = 'PARTIALLY_FILLED';
    this.#reportFill(order, { kind: 'FILLED', ...this.#about(order, tNs), ...fill }, tNs);
  }

  #reportFill(order: PaperOrder, report: Report & { readonly kind: 'FILLED' }, tNs: number): void {
    const { faults } = this.#config;
    const hold = report.liquidity === 'MAKER' && this.#faults.chance(faults.fill_after_cancel);
    if (hold) {
      order.held.push(report);
      this.#due.push(tNs + this.#delayNs, { kind: 'RELEASE', order });
      return;
    }
    this.#send(report, tNs);
    this.#send({ kind: 'BALANCES', balances: this.#account.balances() }, tNs);
    if (this.#faults.chance(faults.duplicate_fill)) this.#sendLate(report, tNs);
  }

  #release(order: PaperOrder, tNs: number): void {
    if (order.held.length === 0) return;
    for (const report of order.held) this.#send(report, tNs);
    order.held = [];
    this.#send({ kind: 'BALANCES', balances: this.#account.balances() }, tNs);
  }

  prevented(id: number, qty: number, tNs: number): void {
    const order = this.#live.get(id)!;
    this.#lock(order, -qty);
    order.leaves -= qty;
    if (order.leaves === 0) this.#expire(order, 'EXPIRED_IN_MATCH', tNs);
  }

  #expire(order: PaperOrder, reason: string, tNs: number): void {
    this.#end(order, 'EXPIRED');
    this.#send({ kind: 'EXPIRED', ...this.#about(order, tNs), reason }, tNs);
  }

  #end(order: PaperOrder, status: OrdStatus): void {
    this.#lock(order, -order.leaves);
    order.leaves = 0;
    order.status = status;
    this.#live.delete(order.id);
    const gone = this.#ended.add(order.clOrdId);
    if (gone !== undefined) this.#byClOrdId.delete(gone);
  }

  /** Locks what `qty` lots of an order can cost; a negative quantity unlocks. A market order locks nothing. */
  #lock(order: PaperOrder, qty: number): void {
    if (Number.isNaN(order.px) || qty === 0) return;
    const amounts = this.#amounts[order.instrument]!;
    if (order.side === BUY)
      this.#account.lock(amounts.instrument.quote, amounts.notional(order.px, qty));
    else this.#account.lock(amounts.instrument.base, amounts.qty(qty));
  }

  #affordable(order: PaperOrder, qty: number): boolean {
    const amounts = this.#amounts[order.instrument]!;
    if (order.side === SELL) return this.#account.has(amounts.instrument.base, amounts.qty(qty));
    const cost = Number.isNaN(order.px)
      ? this.#marketCost(amounts, qty)
      : amounts.notional(order.px, qty);
    return this.#account.has(amounts.instrument.quote, cost);
  }

  /** @returns what buying so much would cost, as the book stands */
  #marketCost(amounts: Amounts, qty: number): bigint {
    const book = this.#exchange.book(amounts.instrument.index);
    let cost = 0n;
    for (let level = 0, left = qty; left > 0 && level < book.depth(SELL); level++) {
      const here = Math.min(left, book.qty(SELL, level));
      cost += amounts.notional(book.px(SELL, level), here);
      left -= here;
    }
    return cost;
  }

  #about(order: { readonly clOrdId: string; readonly instrument: number }, tNs: number) {
    const transactUs = Number((this.#startEpochNs + BigInt(tNs)) / 1000n);
    return { clOrdId: order.clOrdId, instrument: order.instrument, transactUs };
  }

  #send(report: Report, tNs: number): void {
    if (this.#batch !== undefined) this.#batch.push(report);
    else this.#due.push(this.#response.arrivalNs(tNs), { kind: 'REPORT', report });
  }

  #sendLate(report: Report, tNs: number): void {
    this.#due.push(this.#response.arrivalNs(tNs) + this.#delayNs, { kind: 'REPORT', report });
  }
}
