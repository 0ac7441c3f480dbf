/**
 * Fills whose markouts are still to be taken, in columns.
 *
 * Every horizon is the same time away from every fill, so one queue in the order of time serves all
 * of them, each with its own head:
 *
 *       taken for good │ 300 s due next        │ 1 s   │ 0.1 s
 *     ─────────────────┼───────────────────────┼───────┼──────────► fills by time
 *                      heads[5]                …       heads[0]    length
 *
 * A fill whose line lies behind the clock is put where it belongs; horizons whose heads have passed
 * that place take it as `overdue`, at the next line.
 */
import {
  ATOM_DIGITS,
  powerOfTen,
  scaledQuotient,
  scaleUp,
  SMALL_END,
} from '@tradetail/core/decimal.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { midDoubled } from './market-price.ts';
import type { Market } from './run-state.ts';

export const HORIZONS = ['0.1s', '1s', '5s', '30s', '60s', '300s'] as const;
const HORIZONS_SECONDS = [0, 1, 5, 30, 60, 300];
const HORIZONS_NANOS = [100_000_000, 0, 0, 0, 0, 0];
const LAST = HORIZONS.length - 1;
/** All horizons together may have a million; the oldest go. */
const LENGTH_MAX = Math.floor(1_000_000 / HORIZONS.length);

/** What a fill's markouts are added to. */
export interface MarkoutTarget {
  readonly market: Market;
  readonly markouts: Markouts;
}

/**
 * Two compensated sums (see `stats/sum.ts`) a horizon, of quantities and of quantity × bps: value and
 * what was lost of it, of the one and the other. In one piece of memory, for they are added to six
 * times a fill.
 */
export type Markouts = Float64Array;
const SUMS = 4;
export const newMarkouts = (): Markouts => new Float64Array(SUMS * HORIZONS.length);

/** @returns mean markout of a horizon in bps, weighted by quantity; undefined before the first */
export function meanMarkout(markouts: Markouts, horizon: number): number | undefined {
  const at = SUMS * horizon;
  const weight = markouts[at]!;
  if (weight === 0) return undefined;
  return (markouts[at + 2]! + markouts[at + 3]!) / (weight + markouts[at + 1]!);
}

/** Adds a term to the sum at a place. */
function addAt(sums: Markouts, at: number, term: number): void {
  const value = sums[at]!;
  const next = value + term;
  sums[at + 1]! += Math.abs(value) >= Math.abs(term) ? value - next + term : term - next + value;
  sums[at] = next;
}

export interface MarkoutQueue {
  /** FIELDS doubles a fill; see `PendingFill`. */
  rows: Float64Array;
  /** Rows in use; those before the last horizon's head have been taken for good. */
  length: number;
  /** Row of the next fill of each horizon. */
  readonly heads: number[];
  /** Rows, each after its horizon. */
  readonly overdue: { readonly horizon: number; readonly row: Float64Array }[];
  readonly targets: MarkoutTarget[];
  /** When the next of each horizon is due: seconds, nanoseconds. */
  readonly dues: Float64Array;
  /** When the first of all is: nothing is to be done until the clock is past it. */
  dueSeconds: number;
  dueNanos: number;
}

export interface PendingFill {
  /** Engine time of the fill's line. */
  seconds: number;
  nanos: number;
  /**
   * Its price, in units of 10^-digits. One with more digits than a double holds is in atoms, as the
   * nearest double and the rest: 32 digits of it.
   */
  px: number;
  pxRest: number;
  digits: number;
  qty: number;
  /** The mid before the fill. */
  mid: number;
  /** +1 or −1. */
  side: number;
  /** Index into `targets`. */
  target: number;
}

/** A row is one cache line: six heads walk through the queue at once. */
const FIELDS = 8;
const SECONDS = 0;
const NANOS = 1;
const PX = 2;
const PX_REST = 3;
/** Side × (digits + 1). */
const SIDED_DIGITS = 4;
const QTY = 5;
const MID = 6;
const TARGET = 7;

export const newMarkoutQueue = (): MarkoutQueue => ({
  rows: new Float64Array(16 * FIELDS),
  length: 0,
  heads: HORIZONS.map(() => 0),
  overdue: [],
  targets: [],
  dues: new Float64Array(2 * HORIZONS.length).fill(Infinity),
  dueSeconds: Infinity,
  dueNanos: 0,
});

/** Notes a fill whose markouts are to be taken. */
export function awaitMarkouts(queue: MarkoutQueue, fill: PendingFill): void {
  if (FIELDS * queue.length === queue.rows.length) makeRoom(queue);
  const { rows, heads } = queue;
  // Fills come nearly in the order of time: the place is at or near the end.
  let place = queue.length;
  while (place > heads[LAST]! && isAfter(rows, place - 1, fill)) place -= 1;
  const row = FIELDS * place;
  if (place < queue.length) rows.copyWithin(row + FIELDS, row, FIELDS * queue.length);
  rows[row + SECONDS] = fill.seconds;
  rows[row + NANOS] = fill.nanos;
  rows[row + PX] = fill.px;
  rows[row + PX_REST] = fill.pxRest;
  rows[row + SIDED_DIGITS] = fill.side * (fill.digits + 1);
  rows[row + QTY] = fill.qty;
  rows[row + MID] = fill.mid;
  rows[row + TARGET] = fill.target;
  queue.length += 1;
  for (let horizon = 0; horizon <= LAST; horizon += 1) {
    if (heads[horizon]! > place) {
      heads[horizon]! += 1;
      queue.overdue.push({ horizon, row: rows.slice(row, row + FIELDS) });
    } else if (heads[horizon]! === place) setDue(queue, horizon);
    if (queue.length - heads[horizon]! > LENGTH_MAX) {
      heads[horizon]! += 1;
      setDue(queue, horizon);
    }
  }
  findDue(queue);
}

const isAfter = (rows: Float64Array, place: number, { seconds, nanos }: Instant): boolean => {
  const at = rows[FIELDS * place + SECONDS]!;
  return at > seconds || (at === seconds && rows[FIELDS * place + NANOS]! > nanos);
};

/** Lets go of what was taken for good, or doubles the rows. */
function makeRoom(queue: MarkoutQueue): void {
  const { rows, length, heads } = queue;
  const gone = heads[LAST]!;
  const kept = rows.subarray(FIELDS * gone, FIELDS * length);
  if (2 * kept.length > rows.length) queue.rows = new Float64Array(2 * rows.length);
  queue.rows.set(kept);
  queue.length = length - gone;
  for (let horizon = 0; horizon <= LAST; horizon += 1) heads[horizon]! -= gone;
}

/** Works out when the next of a horizon is due. */
function setDue({ dues, heads, rows, length }: MarkoutQueue, horizon: number): void {
  const head = heads[horizon]!;
  let seconds = Infinity;
  let nanos = 0;
  if (head < length) {
    seconds = rows[FIELDS * head + SECONDS]! + HORIZONS_SECONDS[horizon]!;
    nanos = rows[FIELDS * head + NANOS]! + HORIZONS_NANOS[horizon]!;
    if (nanos >= 1e9) {
      nanos -= 1e9;
      seconds += 1;
    }
  }
  dues[2 * horizon] = seconds;
  dues[2 * horizon + 1] = nanos;
}

/** Works out when the first of all is due. */
function findDue(queue: MarkoutQueue): void {
  const { dues } = queue;
  let dueSeconds = queue.overdue.length > 0 ? -1 : Infinity;
  let dueNanos = 0;
  for (let at = 0; at < 2 * HORIZONS.length; at += 2) {
    const seconds = dues[at]!;
    const nanos = dues[at + 1]!;
    if (seconds < dueSeconds || (seconds === dueSeconds && nanos < dueNanos)) {
      dueSeconds = seconds;
      dueNanos = nanos;
    }
  }
  queue.dueSeconds = dueSeconds;
  queue.dueNanos = dueNanos;
}

/** Takes the markouts whose horizon lies before the clock. */
export function takeDue(queue: MarkoutQueue, clock: Instant): void {
  const { dues, targets } = queue;
  if (queue.overdue.length > 0)
    for (const { horizon, row } of queue.overdue.splice(0)) takeMarkout(targets, row, 0, horizon);
  for (let horizon = 0; horizon <= LAST; horizon += 1) {
    const due = dues[2 * horizon]!;
    const isDue =
      clock.seconds > due || (clock.seconds === due && clock.nanos > dues[2 * horizon + 1]!);
    if (isDue) takeHorizon(queue, clock, horizon);
  }
  findDue(queue);
}

function takeHorizon(queue: MarkoutQueue, clock: Instant, horizon: number): void {
  const { heads, rows, targets, length } = queue;
  let seconds = clock.seconds - HORIZONS_SECONDS[horizon]!;
  let nanos = clock.nanos - HORIZONS_NANOS[horizon]!;
  if (nanos < 0) {
    nanos += 1e9;
    seconds -= 1;
  }
  let head = heads[horizon]!;
  for (; head < length; head += 1) {
    const at = rows[FIELDS * head + SECONDS]!;
    if (at > seconds || (at === seconds && rows[FIELDS * head + NANOS]! >= nanos)) break;
    takeMarkout(targets, rows, FIELDS * head, horizon);
  }
  heads[horizon] = head;
  setDue(queue, horizon);
}

function takeMarkout(
  targets: readonly MarkoutTarget[],
  rows: Float64Array,
  row: number,
  horizon: number,
): void {
  const { market, markouts } = targets[rows[row + TARGET]!]!;
  const qty = rows[row + QTY]!;
  addAt(markouts, SUMS * horizon, qty);
  const bps = ((qty * moveSince(market, rows, row)) / rows[row + MID]!) * 1e4;
  addAt(markouts, SUMS * horizon + 2, bps);
}

/** The mid less the fill's price, times its side: the difference is exact, its double rounded once. */
function moveSince(market: Market, rows: Float64Array, row: number): number {
  const px = rows[row + PX]!;
  const pxRest = rows[row + PX_REST]!;
  const sided = rows[row + SIDED_DIGITS]!;
  const digits = Math.abs(sided) - 1;
  const doubled = midDoubled(market)!;
  if (typeof doubled === 'number' && pxRest === 0) {
    const units = digits === market.digits ? px : px * powerOfTen(market.digits - digits);
    if (units < SMALL_END) {
      const move = (doubled - 2 * units) / (2 * powerOfTen(market.digits));
      return sided > 0 ? move : -move;
    }
  }
  const atoms = BigInt(px) * 10n ** BigInt(ATOM_DIGITS - digits) + BigInt(pxRest);
  const mid = typeof doubled === 'number' ? scaleUp(doubled, ATOM_DIGITS - market.digits) : doubled;
  const move = scaledQuotient(mid - 2n * atoms, 2n * 10n ** BigInt(ATOM_DIGITS), 0);
  return sided > 0 ? move : -move;
}
