/**
 * Fills whose markouts are still to be taken, in columns: taken exactly as the live gauge takes them,
 * horizons before the next line's time with the mid that stands then.
 *
 * A fill has a slot from its line until its row of the table is written, which is when its last horizon
 * is over and every fill before it is gone. Beside the slots stands their order in time, and in it of
 * each horizon the first fill that waits for it:
 *
 *     slots   written │ row 7 │ row 8 │ …            a ring, by the order of lines
 *     times   over │ 300 s │ … │ 0.1 s               a ring, by engine time: nearly always the same order
 *
 * Past the bound the oldest fill is given up: its row is written as it is.
 */
import type { Instant } from '@tradetail/core/time.ts';
import { HORIZONS } from '../fold/clock.ts';

export const HORIZON_MS: readonly number[] = HORIZONS.map((text) => Number.parseFloat(text) * 1000);
const SECONDS = HORIZON_MS.map((ms) => Math.floor(ms / 1000));
const NANOS = HORIZON_MS.map((ms) => (ms % 1000) * 1e6);
const COUNT = HORIZON_MS.length;
/** As many as the live gauge keeps. */
const FILLS_MAX = 166_666;

/** A fill that waits. */
export interface WaitingFill<T> {
  readonly seconds: number;
  readonly nanos: number;
  /** Before the fill; NaN where there was no book: then nothing is taken. */
  readonly mid: number;
  /** What is known of it besides. */
  readonly rest: T;
}

export interface FillEnds<T> {
  /** @returns the mid that stands now */
  readonly midOf: (rest: T) => number;
  /** A horizon is over. */
  readonly taken: (rest: T, horizon: number, mid: number, later: number) => void;
  /** Its row can be written. @param later a mid a horizon, NaN where none was taken */
  readonly over: (rest: T, mid: number, later: Float64Array) => void;
}

export class FillQueue<T> {
  readonly #ends: FillEnds<T>;
  /** Slots: a power of two. */
  #size = 1_024;
  #seconds = new Float64Array(this.#size);
  #nanos = new Float64Array(this.#size);
  #mids = new Float64Array(this.#size);
  #later = new Float64Array(COUNT * this.#size);
  #reached = new Uint8Array(this.#size);
  #rests: (T | undefined)[] = new Array<T | undefined>(this.#size).fill(undefined);
  /** Fills from the first whose row is not written to the next to come, counted from the run's first. */
  #first = 0;
  #next = 0;
  /** Their numbers in the order of time, and from where to where they stand. */
  #times = new Float64Array(this.#size);
  #timesEnd = 0;
  readonly #heads = HORIZON_MS.map(() => 0);
  #dueSeconds = Infinity;
  #dueNanos = 0;

  constructor(ends: FillEnds<T>) {
    this.#ends = ends;
  }

  add({ seconds, nanos, mid, rest }: WaitingFill<T>): void {
    if (this.#next - this.#first >= FILLS_MAX) this.#write();
    if (this.#next - this.#first === this.#size) this.#grow();
    const fill = this.#next;
    const slot = fill & (this.#size - 1);
    this.#next += 1;
    this.#seconds[slot] = seconds;
    this.#nanos[slot] = nanos;
    this.#mids[slot] = mid;
    this.#later.fill(NaN, COUNT * slot, COUNT * (slot + 1));
    this.#reached[slot] = Number.isNaN(mid) ? COUNT : 0;
    this.#rests[slot] = rest;
    if (Number.isNaN(mid)) this.#writeOver();
    else this.#queue(fill, seconds, nanos);
  }

  /** Whether something is due before this time. */
  isDue({ seconds, nanos }: Instant): boolean {
    return this.#dueSeconds < seconds || (this.#dueSeconds === seconds && this.#dueNanos < nanos);
  }

  /** Takes what is due before this time. */
  take({ seconds, nanos }: Instant): void {
    const mask = this.#size - 1;
    for (let horizon = 0; horizon < COUNT; horizon += 1) {
      let head = this.#heads[horizon]!;
      for (; head < this.#timesEnd; head += 1) {
        const fill = this.#times[head & mask]!;
        if (fill < this.#first) continue;
        const slot = fill & mask;
        const due = this.#seconds[slot]! + SECONDS[horizon]!;
        const dueNanos = this.#nanos[slot]! + NANOS[horizon]!;
        if (!isBefore(due, dueNanos, seconds, nanos)) break;
        const rest = this.#rests[slot]!;
        const later = this.#ends.midOf(rest);
        this.#later[COUNT * slot + horizon] = later;
        this.#reached[slot] = horizon + 1;
        this.#ends.taken(rest, horizon, this.#mids[slot]!, later);
      }
      this.#heads[horizon] = head;
    }
    this.#writeOver();
    this.#findDue();
  }

  /** The log is over: what waits is written as it is. */
  end(): void {
    while (this.#first < this.#next) this.#write();
  }

  /** Puts it where it belongs in time, but never before what is over. */
  #queue(fill: number, seconds: number, nanos: number): void {
    const mask = this.#size - 1;
    const times = this.#times;
    const last = COUNT - 1;
    if (this.#timesEnd - this.#heads[last]! > mask) this.#heads[last]! += 1;
    for (let horizon = 0; horizon < last; horizon += 1)
      this.#heads[horizon] = Math.max(this.#heads[horizon]!, this.#heads[last]!);
    let place = this.#timesEnd;
    while (place > this.#heads[0]!) {
      const before = times[(place - 1) & mask]!;
      const slot = before & mask;
      if (!isBefore(seconds, nanos, this.#seconds[slot]!, this.#nanos[slot]!)) break;
      times[place & mask] = before;
      place -= 1;
    }
    times[place & mask] = fill;
    this.#timesEnd += 1;
    this.#findDue();
  }

  #findDue(): void {
    const mask = this.#size - 1;
    this.#dueSeconds = Infinity;
    for (let horizon = 0; horizon < COUNT; horizon += 1) {
      let head = this.#heads[horizon]!;
      // What was given up is passed over.
      while (head < this.#timesEnd && this.#times[head & mask]! < this.#first) head += 1;
      this.#heads[horizon] = head;
      if (head === this.#timesEnd) continue;
      const slot = this.#times[head & mask]! & mask;
      let due = this.#seconds[slot]! + SECONDS[horizon]!;
      let dueNanos = this.#nanos[slot]! + NANOS[horizon]!;
      if (dueNanos >= 1e9) {
        dueNanos -= 1e9;
        due += 1;
      }
      if (!isBefore(due, dueNanos, this.#dueSeconds, this.#dueNanos)) continue;
      this.#dueSeconds = due;
      this.#dueNanos = dueNanos;
    }
  }

  #writeOver(): void {
    const mask = this.#size - 1;
    while (this.#first < this.#next && this.#reached[this.#first & mask] === COUNT) this.#write();
  }

  #write(): void {
    const slot = this.#first & (this.#size - 1);
    this.#first += 1;
    const rest = this.#rests[slot]!;
    this.#rests[slot] = undefined;
    const later = this.#later.subarray(COUNT * slot, COUNT * (slot + 1));
    this.#ends.over(rest, this.#mids[slot]!, later);
  }

  #grow(): void {
    const size = 2 * this.#size;
    const moved = <A extends Float64Array | Uint8Array>(from: A, to: A, width: number): A => {
      for (let fill = this.#first; fill < this.#next; fill += 1) {
        const old = width * (fill & (this.#size - 1));
        to.set(from.subarray(old, old + width), width * (fill & (size - 1)));
      }
      return to;
    };
    this.#seconds = moved(this.#seconds, new Float64Array(size), 1);
    this.#nanos = moved(this.#nanos, new Float64Array(size), 1);
    this.#mids = moved(this.#mids, new Float64Array(size), 1);
    this.#later = moved(this.#later, new Float64Array(COUNT * size), COUNT);
    this.#reached = moved(this.#reached, new Uint8Array(size), 1);
    const rests = new Array<T | undefined>(size).fill(undefined);
    for (let fill = this.#first; fill < this.#next; fill += 1)
      rests[fill & (size - 1)] = this.#rests[fill & (this.#size - 1)];
    this.#rests = rests;
    const times = new Float64Array(size);
    for (let place = this.#heads[COUNT - 1]!; place < this.#timesEnd; place += 1)
      times[place & (size - 1)] = this.#times[place & (this.#size - 1)]!;
    this.#times = times;
    this.#size = size;
  }
}

/** @param dueNanos may pass a second */
const isBefore = (due: number, dueNanos: number, seconds: number, nanos: number): boolean =>
  dueNanos >= 1e9
    ? due + 1 < seconds || (due + 1 === seconds && dueNanos - 1e9 < nanos)
    : due < seconds || (due === seconds && dueNanos < nanos);
