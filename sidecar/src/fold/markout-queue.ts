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
import { ATOM_DIGITS, powerOfTen, scaledQuotient, SMALL_END } from '@tradetail/core/decimal.ts';
import { addTo } from '@tradetail/core/stats/sum.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { midDoubled } from './market-price.ts';
import type { Market, Markout } from './run-state.ts';

export const HORIZONS = ['0.1s', '1s', '5s', '30s', '60s', '300s'] as const;
const HORIZONS_SECONDS = [0, 1, 5, 30, 60, 300];
const HORIZONS_NANOS = [100_000_000, 0, 0, 0, 0, 0];
const LAST = HORIZONS.length - 1;
/** All horizons together may have a million; the oldest go. */
const LENGTH_MAX = Math.floor(1_000_000 / HORIZONS.length);

/** What a fill's markouts are added to. */
export interface MarkoutTarget {
  readonly market: Market;
  /** One a horizon. */
  readonly markouts: readonly Markout[];
}

export interface MarkoutQueue {
  columns: Columns;
  /** Rows in use; those before the last horizon's head have been taken for good. */
  length: number;
  /** Row of the next fill of each horizon. */
  readonly heads: number[];
  readonly overdue: { readonly horizon: number; readonly row: PendingFill }[];
  readonly targets: MarkoutTarget[];
  /** When the first is due: nothing is to be done until the clock is past it. */
  dueSeconds: number;
  dueNanos: number;
}

interface PendingFill {
  /** Engine time of the fill's line. */
  readonly seconds: number;
  readonly nanos: number;
  /**
   * Its price, in units of 10^-digits. One with more digits than a double holds is in atoms, as the
   * nearest double and the rest: 32 digits of it.
   */
  readonly px: number;
  readonly pxRest: number;
  readonly digits: number;
  readonly qty: number;
  /** The mid before the fill. */
  readonly mid: number;
  /** +1 or −1. */
  readonly side: number;
  /** Index into `targets`. */
  readonly target: number;
}

type Columns = Readonly<Record<keyof PendingFill, Float64Array>>;
const COLUMNS = [
  'seconds',
  'nanos',
  'px',
  'pxRest',
  'digits',
  'qty',
  'mid',
  'side',
  'target',
] as const;

const newColumns = (capacity: number): Columns =>
  Object.fromEntries(
    COLUMNS.map((name) => [name, new Float64Array(capacity)]),
  ) as unknown as Columns;

export const newMarkoutQueue = (): MarkoutQueue => ({
  columns: newColumns(16),
  length: 0,
  heads: HORIZONS.map(() => 0),
  overdue: [],
  targets: [],
  dueSeconds: Infinity,
  dueNanos: 0,
});

/** Notes a fill whose markouts are to be taken. */
export function awaitMarkouts(queue: MarkoutQueue, fill: PendingFill): void {
  if (queue.length === queue.columns.seconds.length) makeRoom(queue);
  const { seconds, nanos } = queue.columns;
  // Fills come nearly in the order of time: the place is at or near the end.
  let at = queue.length;
  while (at > queue.heads[LAST]! && isAfter(seconds[at - 1]!, nanos[at - 1]!, fill)) at -= 1;
  for (const name of COLUMNS) {
    const column = queue.columns[name];
    if (at < queue.length) column.copyWithin(at + 1, at, queue.length);
    column[at] = fill[name];
  }
  queue.length += 1;
  for (let horizon = 0; horizon <= LAST; horizon += 1) {
    if (queue.heads[horizon]! > at) {
      queue.heads[horizon]! += 1;
      queue.overdue.push({ horizon, row: { ...fill } });
    }
    if (queue.length - queue.heads[horizon]! > LENGTH_MAX) queue.heads[horizon]! += 1;
  }
  findDue(queue);
}

const isAfter = (seconds: number, nanos: number, than: Instant): boolean =>
  seconds > than.seconds || (seconds === than.seconds && nanos > than.nanos);

/** Lets go of what was taken for good, or doubles the columns. */
function makeRoom(queue: MarkoutQueue): void {
  const { columns, length, heads } = queue;
  const gone = heads[LAST]!;
  const kept = length - gone;
  const to = 2 * kept > columns.seconds.length ? newColumns(2 * columns.seconds.length) : columns;
  for (const name of COLUMNS) to[name].set(columns[name].subarray(gone, length));
  queue.columns = to;
  queue.length = kept;
  for (let horizon = 0; horizon <= LAST; horizon += 1) heads[horizon]! -= gone;
}

function findDue(queue: MarkoutQueue): void {
  const { heads, length, columns } = queue;
  queue.dueSeconds = queue.overdue.length > 0 ? -1 : Infinity;
  queue.dueNanos = 0;
  for (let horizon = 0; horizon <= LAST; horizon += 1) {
    const head = heads[horizon]!;
    if (head === length) continue;
    let seconds = columns.seconds[head]! + HORIZONS_SECONDS[horizon]!;
    let nanos = columns.nanos[head]! + HORIZONS_NANOS[horizon]!;
    if (nanos >= 1e9) {
      nanos -= 1e9;
      seconds += 1;
    }
    if (seconds < queue.dueSeconds || (seconds === queue.dueSeconds && nanos < queue.dueNanos)) {
      queue.dueSeconds = seconds;
      queue.dueNanos = nanos;
    }
  }
}

/** Takes the markouts whose horizon lies before the clock. */
export function takeDue(queue: MarkoutQueue, clock: Instant): void {
  for (const { horizon, row } of queue.overdue.splice(0))
    takeMarkout(queue.targets[row.target]!, horizon, row);
  const { heads, columns } = queue;
  for (let horizon = 0; horizon <= LAST; horizon += 1) {
    let seconds = clock.seconds - HORIZONS_SECONDS[horizon]!;
    let nanos = clock.nanos - HORIZONS_NANOS[horizon]!;
    if (nanos < 0) {
      nanos += 1e9;
      seconds -= 1;
    }
    let head = heads[horizon]!;
    for (; head < queue.length; head += 1) {
      const at = columns.seconds[head]!;
      if (at > seconds || (at === seconds && columns.nanos[head]! >= nanos)) break;
      takeMarkout(queue.targets[columns.target[head]!]!, horizon, {
        px: columns.px[head]!,
        pxRest: columns.pxRest[head]!,
        digits: columns.digits[head]!,
        qty: columns.qty[head]!,
        mid: columns.mid[head]!,
        side: columns.side[head]!,
      });
    }
    heads[horizon] = head;
  }
  findDue(queue);
}

type Outcome = Pick<PendingFill, 'px' | 'pxRest' | 'digits' | 'qty' | 'mid' | 'side'>;

function takeMarkout({ market, markouts }: MarkoutTarget, horizon: number, fill: Outcome): void {
  const bps = ((fill.side * moveSince(market, fill)) / fill.mid) * 1e4;
  const markout = markouts[horizon]!;
  addTo(markout.weight, fill.qty);
  addTo(markout.weighted, fill.qty * bps);
}

/** The mid less the fill's price: the difference is exact, its double rounded once. */
function moveSince(market: Market, { px, pxRest, digits }: Outcome): number {
  const doubled = midDoubled(market)!;
  if (typeof doubled === 'number' && pxRest === 0) {
    const units = px * powerOfTen(market.digits - digits);
    if (units < SMALL_END && digits <= market.digits)
      return (doubled - 2 * units) / (2 * powerOfTen(market.digits));
  }
  const scale = 10n ** BigInt(ATOM_DIGITS - digits);
  const atoms = BigInt(px) * scale + BigInt(pxRest);
  const mid =
    typeof doubled === 'number'
      ? BigInt(doubled) * 10n ** BigInt(ATOM_DIGITS - market.digits)
      : doubled;
  return scaledQuotient(mid - 2n * atoms, 2n * 10n ** BigInt(ATOM_DIGITS), 0);
}
