/**
 * Round trips of one (strategy, venue, symbol): from flat to flat, flat meaning less than a lot; a fill
 * through zero ends one and begins the next, its fee split by quantity. Profit is after fees, exact.
 */
import { moneyToDouble } from '@tradetail/core/decimal.ts';
import {
  applyFill,
  flatPosition,
  openPosition,
  realizedPnl,
  type Position,
} from '@tradetail/core/ledger/position.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { secondsBetween } from './order-record.ts';

export interface RoundTrip {
  readonly side: 'LONG' | 'SHORT';
  /** Engine time. */
  readonly entry: Instant;
  readonly exit: Instant;
  /** The most that was held, and what was opened over all. Atoms. */
  readonly maxQty: bigint;
  readonly fills: number;
  /** Volume-weighted. */
  readonly entryPx: number;
  readonly exitPx: number;
  /** Money. */
  readonly gross: bigint;
  readonly fees: bigint;
  readonly net: bigint;
  /** Worst and best unrealized PnL on the way, before fees. */
  readonly mae: number;
  readonly mfe: number;
}

interface OpenTrip {
  readonly side: 'LONG' | 'SHORT';
  readonly entry: Instant;
  readonly bookedBefore: bigint;
  readonly feesBefore: bigint;
  maxQty: bigint;
  fills: number;
  inQty: number;
  inValue: number;
  outQty: number;
  outValue: number;
  mae: number;
  mfe: number;
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);
/** Within a rounding: for what is no exact figure. */
const atoms = (value: bigint): number => Number(value) / 1e18;

export class RoundTrips {
  readonly #ended: (trip: RoundTrip) => void;
  #position: Position = flatPosition();
  #trip: OpenTrip | undefined;
  #lastEnd = { booked: 0n, fees: 0n };
  /** Extremes of the mark since the last fill. */
  #high = -Infinity;
  #low = Infinity;
  #average = 0;
  #held = 0;

  constructor(ended: (trip: RoundTrip) => void) {
    this.#ended = ended;
  }

  get isOpen(): boolean {
    return this.#trip !== undefined;
  }

  /** The mark moved. */
  mark(px: number): void {
    if (px > this.#high) this.#high = px;
    if (px < this.#low) this.#low = px;
  }

  /** A snapshot says what is held: the trip that is open begins anew there. Atoms; realized and fees are money. */
  hold(qty: bigint, averagePx: bigint, lot: bigint, multiplier: bigint, at: Instant): void {
    this.#position = openPosition(qty, averagePx, 0n, 0n, multiplier);
    this.#trip = undefined;
    this.#lastEnd = { booked: 0n, fees: 0n };
    if (abs(qty) >= lot) {
      this.#openWith(qty, atoms(averagePx), at);
      this.#trip!.fills = 0;
    }
    this.#look(multiplier);
  }

  /**
   * @param qty effective, atoms, bought positive
   * @param px atoms, and as a double
   * @param fee money
   * @param lot atoms
   */
  fill(
    qty: bigint,
    px: bigint,
    price: number,
    fee: bigint,
    lot: bigint,
    multiplier: bigint,
    at: Instant,
  ): void {
    const position = this.#position;
    const before = position.qty;
    const after = before + qty;
    this.#takeExtremes(price);
    if (before !== 0n && after !== 0n && before > 0n !== after > 0n) {
      const closingFee = (fee * before) / -qty;
      this.#apply(-before, px, price, closingFee, multiplier);
      this.#end(multiplier, at);
      this.#apply(after, px, price, fee - closingFee, multiplier);
      if (abs(after) >= lot) this.#openWith(after, price, at);
    } else {
      const wasOpen = this.#trip !== undefined;
      this.#apply(qty, px, price, fee, multiplier);
      if (abs(after) < lot) this.#end(multiplier, at);
      else if (!wasOpen) this.#openWith(after, price, at);
    }
    this.#look(multiplier);
  }

  #apply(qty: bigint, px: bigint, price: number, fee: bigint, multiplier: bigint): void {
    const position = this.#position;
    const isReducing = position.qty !== 0n && position.qty > 0n !== qty > 0n;
    applyFill(position, qty, px, multiplier);
    position.fees += fee;
    const trip = this.#trip;
    if (trip === undefined) return;
    const quantity = atoms(abs(qty));
    trip.fills += 1;
    if (isReducing) {
      trip.outQty += quantity;
      trip.outValue += quantity * price;
    } else {
      trip.inQty += quantity;
      trip.inValue += quantity * price;
    }
    if (abs(position.qty) > trip.maxQty) trip.maxQty = abs(position.qty);
  }

  #openWith(qty: bigint, price: number, at: Instant): void {
    this.#open(at, qty);
    const trip = this.#trip!;
    trip.fills = 1;
    trip.inQty = atoms(abs(qty));
    trip.inValue = trip.inQty * price;
  }

  #open(entry: Instant, qty: bigint): void {
    this.#trip = {
      side: qty > 0n ? 'LONG' : 'SHORT',
      entry,
      bookedBefore: this.#lastEnd.booked,
      feesBefore: this.#lastEnd.fees,
      maxQty: abs(qty),
      fills: 0,
      inQty: 0,
      inValue: 0,
      outQty: 0,
      outValue: 0,
      mae: 0,
      mfe: 0,
    };
  }

  #end(multiplier: bigint, exit: Instant): void {
    const trip = this.#trip;
    if (trip === undefined) return;
    const { fees } = this.#position;
    const booked = realizedPnl(this.#position, multiplier) - fees;
    const net = booked - trip.bookedBefore;
    const tripFees = fees - trip.feesBefore;
    this.#lastEnd = { booked, fees };
    this.#trip = undefined;
    this.#ended({
      side: trip.side,
      entry: trip.entry,
      exit,
      maxQty: trip.maxQty,
      fills: trip.fills,
      entryPx: trip.inValue / trip.inQty,
      exitPx: trip.outValue / trip.outQty,
      gross: net + tripFees,
      fees: tripFees,
      net,
      mae: trip.mae,
      mfe: trip.mfe,
    });
  }

  /** What the position is worth from now on, a unit of price. */
  #look(multiplier: bigint): void {
    const { qty, averagePrice } = this.#position;
    this.#average = Number(averagePrice) / 1e36;
    this.#held = atoms(qty) * atoms(multiplier);
    this.#high = -Infinity;
    this.#low = Infinity;
  }

  #takeExtremes(px: number): void {
    const trip = this.#trip;
    if (trip === undefined) return;
    this.mark(px);
    for (const extreme of [this.#low, this.#high]) {
      const unrealized = this.#held * (extreme - this.#average);
      trip.mae = Math.min(trip.mae, unrealized);
      trip.mfe = Math.max(trip.mfe, unrealized);
    }
  }
}

export const holdingSeconds = ({ entry, exit }: RoundTrip): number => secondsBetween(entry, exit);
export const profitOf = ({ net }: RoundTrip): number => moneyToDouble(net);
