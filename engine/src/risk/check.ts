/**
 * A limit that every order is held against before it goes out. One check a file; `checks.ts` names
 * them all, in the order in which they are asked.
 */
import type { RiskName } from '@tradetail/core/events/catalogue.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Side } from '../market/side.ts';
import type { Order } from '../order/order.ts';

/** What was found and what is allowed. One object that is used again, so that asking costs no allocation. */
export interface Measure {
  value: number;
  limit: number;
}

export interface RiskCheck {
  readonly name: RiskName;
  /** Whether value / limit says how near the limit is; a rule that holds or not has no such distance. */
  readonly gradual: boolean;
  /** Puts value and limit into `measure`; NaN where there is no limit. @returns whether the order may go */
  allows(order: Order, world: RiskWorld, measure: Measure): boolean;
  /** How much of the limit is used without any order, for the limits that have such a value. */
  standing?(strategy: number, instrument: number, world: RiskWorld, measure: Measure): void;
}

/** What checks look at. Ticks and lots, money in quote as doubles: a limit is no ledger. */
export interface RiskWorld {
  readonly nowNs: number;
  readonly instruments: readonly Instrument[];
  /** Quote for one lot at a price of one tick. */
  tickLotValue(instrument: number): number;
  /** Mid of the instrument, in ticks; NaN before there is one. */
  mid(instrument: number): number;
  /** ns since the market was last heard of, since the start before the first time. */
  marketAgeNs(instrument: number): number;
  position(strategy: number, instrument: number): number;
  /** Open orders, those included that may be open. */
  openOrders(strategy: number): number;
  /** Lots open on a side. */
  openQty(strategy: number, instrument: number, side: Side): number;
  /** Best price of our own open orders on a side, of all strategies; NaN for none. */
  ownBest(instrument: number, side: Side): number;
  /** An order like this one is on its way and not yet answered, or its id was used before. */
  isRepetition(order: Order): boolean;
  /** Free balance; NaN where balances are not known. */
  free(asset: string): number;
  /** Money lost since midnight UTC (or the re-arming), positive. */
  dailyLoss(strategy: number): number;
  /** Drawdown since the start (or the re-arming). */
  drawdown(strategy: number): number;
  readonly orderRate: RateUse;
  readonly cancelRate: RateUse;
}

export interface RateUse {
  readonly max: number;
  /** @returns how many of `max` are used up at `nowNs` */
  used(nowNs: number): number;
}

/** @returns whether the order, all our open orders of its side filled first, brings the position nearer to zero and not past it */
export function reduces(order: Order, world: RiskWorld): boolean {
  const position = world.position(order.strategy, order.instrument);
  const open = world.openQty(order.strategy, order.instrument, order.side);
  return position * order.side < 0 && open + order.qty <= Math.abs(position);
}

/** @returns the price at which an order counts: its limit, or the mid for a market order */
export function countedPx(order: Order, world: RiskWorld): number {
  return Number.isNaN(order.px) ? world.mid(order.instrument) : order.px;
}
