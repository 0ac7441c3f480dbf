/**
 * A position at average cost, exact.
 *
 * What is kept is cash, not realized PnL: each fill of effective quantity q (bought positive) at px
 * moves `cash −= q·px·m`. Then realized = cash + qty·avg·m, and net = cash + qty·mark·m − fees,
 * whatever happened before. The average price is a quotient, so it is kept to 36 digits after the
 * point; everything else is exact.
 */
import { ATOM_DIGITS, ATOMS_TO_MONEY, MARK_DIGITS, MONEY_DIGITS } from '../decimal.ts';

export const AVERAGE_DIGITS = 36;

export interface Position {
  /** Atoms of the base asset; long is positive. */
  qty: bigint;
  /** × 10^-36; 0 when flat: a flat position has no average price. */
  averagePrice: bigint;
  /** Money: minus what was paid for what is and was held. */
  cash: bigint;
  /** Money, cumulative; paid is positive. */
  fees: bigint;
}

export const flatPosition = (): Position => ({ qty: 0n, averagePrice: 0n, cash: 0n, fees: 0n });

const ATOMS_TO_AVERAGE = 10n ** BigInt(AVERAGE_DIGITS - ATOM_DIGITS);
/** qty (18) × average (36) × multiplier (18) has 72 digits after the point, money 55. */
const AVERAGE_COST_TO_MONEY =
  10n ** BigInt(ATOM_DIGITS + AVERAGE_DIGITS + ATOM_DIGITS - MONEY_DIGITS);
/** qty (18) × price (18) × multiplier (18) has 54 digits after the point, money 55. */
const NOTIONAL_TO_MONEY = 10n ** BigInt(MONEY_DIGITS - 3 * ATOM_DIGITS);

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

/** Divides, rounding half away from zero. */
function divide(numerator: bigint, denominator: bigint): bigint {
  const half = denominator / 2n;
  return numerator < 0n ? -((-numerator + half) / denominator) : (numerator + half) / denominator;
}

/** @returns quantity × price × multiplier as money; the arguments are atoms */
export const notional = (qty: bigint, px: bigint, multiplier: bigint): bigint =>
  qty * px * multiplier * NOTIONAL_TO_MONEY;

/** @returns quantity × mark × multiplier as money; the mark has 19 digits after the point */
export const valueAt = (qty: bigint, mark: bigint, multiplier: bigint): bigint =>
  qty * mark * multiplier;

/**
 * Applies one fill at average cost, in place. The part that reduces leaves the average as it is;
 * what goes through zero opens at the fill's price.
 *
 * @param qty effective quantity, atoms, bought positive
 * @param px price, atoms
 * @param multiplier atoms
 */
export function applyFill(position: Position, qty: bigint, px: bigint, multiplier: bigint): void {
  const before = position.qty;
  const after = before + qty;
  position.cash -= notional(qty, px, multiplier);
  position.qty = after;
  if (after === 0n) position.averagePrice = 0n;
  else if (before === 0n || before > 0n !== after > 0n)
    position.averagePrice = px * ATOMS_TO_AVERAGE;
  else if (before > 0n === qty > 0n)
    position.averagePrice = divide(
      abs(before) * position.averagePrice + abs(qty) * px * ATOMS_TO_AVERAGE,
      abs(after),
    );
}

/** @returns cost of what is held, as money */
const cost = ({ qty, averagePrice }: Position, multiplier: bigint): bigint =>
  qty === 0n ? 0n : divide(qty * averagePrice * multiplier, AVERAGE_COST_TO_MONEY);

/** @returns realized PnL before fees, as money */
export const realizedPnl = (position: Position, multiplier: bigint): bigint =>
  position.cash + cost(position, multiplier);

/** @returns (mark − average)·qty·m, as money */
export const unrealizedPnl = (position: Position, mark: bigint, multiplier: bigint): bigint =>
  valueAt(position.qty, mark, multiplier) - cost(position, multiplier);

/** @returns realized + unrealized − fees, as money, exact */
export const netPnl = (position: Position, mark: bigint, multiplier: bigint): bigint =>
  position.cash + valueAt(position.qty, mark, multiplier) - position.fees;

/** @returns a position that stands at this average with this realized PnL and these fees; all as the log gives them */
export function openPosition(
  qty: bigint,
  averagePriceAtoms: bigint,
  realized: bigint,
  fees: bigint,
  multiplier: bigint,
): Position {
  const position: Position = {
    qty,
    averagePrice: qty === 0n ? 0n : averagePriceAtoms * ATOMS_TO_AVERAGE,
    cash: 0n,
    fees,
  };
  position.cash = realized - cost(position, multiplier);
  return position;
}

/** @returns atoms at the scale of a mark */
export const markOf = (atoms: bigint): bigint => atoms * 10n ** BigInt(MARK_DIGITS - ATOM_DIGITS);
/** @returns the mid of two prices (atoms) at the scale of a mark, exact */
export const midOf = (bid: bigint, ask: bigint): bigint => (bid + ask) * 5n;
/** @returns atoms at the scale of money */
export const moneyOf = (atoms: bigint): bigint => atoms * ATOMS_TO_MONEY;
