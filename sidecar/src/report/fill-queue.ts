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
  /** +1 our buy, −1 our sell. */
  readonly direction: number;
  readonly px: number;
  readonly quantity: number;
  readonly notional: number;
  /** Before the fill; NaN where there was no book: then nothing is taken. */
  readonly mid: number;
  /** Its row of the table but for what comes later. */
  readonly row: string;
  /** What it is added to. */
  readonly target: T;
}
type Numbers = Pick<WaitingFill<unknown>, 'direction' | 'px' | 'quantity' | 'notional' | 'mid'>;

export interface FillEnds<T> {
  /** @returns the mid that stands now */
  readonly midOf: (target: T) => number;
  /** A horizon is over. @param fill one object for all */
  readonly taken: (target: T, fill: Numbers, horizon: number, later: number) => void;
  /** Its row can be written. @param later a mid a horizon, NaN where none was taken */
  readonly over: (row: string, fill: Numbers, later: Float64Array) => void;
}

/** Doubles of a slot. */
const [SECOND, NANO, DIRECTION, PX, QUANTITY, NOTIONAL, MID, LATER] = [
  0, 1, 2, 3, 4, 5, 6, 7,
] as const;
const WIDTH = LATER + COUNT;
const BLOCK_BYTES = 1 << 18;
const LENGTH_BYTES = 4;
/** At most, of a UTF-16 unit in UTF-8. */
const BYTES_A_UNIT = 3;

export class FillQueue<T> {
  readonly #ends: FillEnds<T>;
  /** Slots: a power of two. */
  #size = 1_024;
  #numbers = new Float64Array(WIDTH * this.#size);
  #reached = new Uint8Array(this.#size);
  #targets: (T | undefined)[] = new Array<T | undefined>(this.#size).fill(undefined);
  readonly #texts = new TextQueue();
  /** Fills from the first whose row is not written to the next to come, counted from the run's first. */
  #first = 0;
  #next = 0;
  /** Their numbers in the order of time, and from where to where they stand. */
  #times = new Float64Array(this.#size);
  #timesEnd = 0;
  readonly #heads = HORIZON_MS.map(() => 0);
  #dueSeconds = Infinity;
  #dueNanos = 0;
  /** The fill that is told of. */
  readonly #fill = { direction: 0, px: 0, quantity: 0, notional: 0, mid: 0 };

  constructor(ends: FillEnds<T>) {
    this.#ends = ends;
  }

  add(fill: WaitingFill<T>): void {
    if (this.#next - this.#first >= FILLS_MAX) this.#write();
    if (this.#next - this.#first === this.#size) this.#grow();
    const slot = this.#next & (this.#size - 1);
    const at = WIDTH * slot;
    const numbers = this.#numbers;
    numbers[at + SECOND] = fill.seconds;
    numbers[at + NANO] = fill.nanos;
    numbers[at + DIRECTION] = fill.direction;
    numbers[at + PX] = fill.px;
    numbers[at + QUANTITY] = fill.quantity;
    numbers[at + NOTIONAL] = fill.notional;
    numbers[at + MID] = fill.mid;
    numbers.fill(NaN, at + LATER, at + WIDTH);
    this.#targets[slot] = fill.target;
    this.#texts.add(fill.row);
    const hasMid = !Number.isNaN(fill.mid);
    this.#reached[slot] = hasMid ? 0 : COUNT;
    this.#next += 1;
    if (hasMid) this.#queue(this.#next - 1, fill.seconds, fill.nanos);
    else this.#writeOver();
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
        const at = WIDTH * slot;
        const due = this.#numbers[at + SECOND]! + SECONDS[horizon]!;
        const dueNanos = this.#numbers[at + NANO]! + NANOS[horizon]!;
        if (!isBefore(due, dueNanos, seconds, nanos)) break;
        const target = this.#targets[slot]!;
        const later = this.#ends.midOf(target);
        this.#numbers[at + LATER + horizon] = later;
        this.#reached[slot] = horizon + 1;
        this.#ends.taken(target, this.#fillAt(at), horizon, later);
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
      const at = WIDTH * (before & mask);
      if (!isBefore(seconds, nanos, this.#numbers[at + SECOND]!, this.#numbers[at + NANO]!)) break;
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
      const at = WIDTH * (this.#times[head & mask]! & mask);
      let due = this.#numbers[at + SECOND]! + SECONDS[horizon]!;
      let dueNanos = this.#numbers[at + NANO]! + NANOS[horizon]!;
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
    const at = WIDTH * slot;
    this.#first += 1;
    this.#targets[slot] = undefined;
    const later = this.#numbers.subarray(at + LATER, at + WIDTH);
    this.#ends.over(this.#texts.take(), this.#fillAt(at), later);
  }

  #fillAt(at: number): Numbers {
    const numbers = this.#numbers;
    const fill = this.#fill;
    fill.direction = numbers[at + DIRECTION]!;
    fill.px = numbers[at + PX]!;
    fill.quantity = numbers[at + QUANTITY]!;
    fill.notional = numbers[at + NOTIONAL]!;
    fill.mid = numbers[at + MID]!;
    return fill;
  }

  #grow(): void {
    const size = 2 * this.#size;
    const numbers = new Float64Array(WIDTH * size);
    const reached = new Uint8Array(size);
    const targets = new Array<T | undefined>(size).fill(undefined);
    for (let fill = this.#first; fill < this.#next; fill += 1) {
      const from = fill & (this.#size - 1);
      const to = fill & (size - 1);
      numbers.set(this.#numbers.subarray(WIDTH * from, WIDTH * (from + 1)), WIDTH * to);
      reached[to] = this.#reached[from]!;
      targets[to] = this.#targets[from];
    }
    const times = new Float64Array(size);
    for (let place = this.#heads[COUNT - 1]!; place < this.#timesEnd; place += 1)
      times[place & (size - 1)] = this.#times[place & (this.#size - 1)]!;
    this.#numbers = numbers;
    this.#reached = reached;
    this.#targets = targets;
    this.#times = times;
    this.#size = size;
  }
}

/**
 * Texts in the order in which they came, as bytes in blocks: a hundred thousand that wait are no work
 * for the collector of garbage. A row is far shorter than a block: labels are bounded.
 */
class TextQueue {
  /** Each text after its length; a length of 0 ends a block. */
  readonly #blocks: Buffer[] = [Buffer.allocUnsafe(BLOCK_BYTES)];
  #start = 0;
  #end = 0;

  add(text: string): void {
    const room = LENGTH_BYTES + BYTES_A_UNIT * text.length + LENGTH_BYTES;
    if (this.#end + room > BLOCK_BYTES) {
      this.#blocks.at(-1)!.writeUInt32LE(0, this.#end);
      this.#blocks.push(Buffer.allocUnsafe(BLOCK_BYTES));
      this.#end = 0;
    }
    const block = this.#blocks.at(-1)!;
    const length = block.write(text, this.#end + LENGTH_BYTES);
    block.writeUInt32LE(length, this.#end);
    this.#end += LENGTH_BYTES + length;
  }

  /** @returns the first, which is one of it no more */
  take(): string {
    let length = this.#blocks[0]!.readUInt32LE(this.#start);
    if (length === 0) {
      this.#blocks.shift();
      this.#start = 0;
      length = this.#blocks[0]!.readUInt32LE(0);
    }
    const from = this.#start + LENGTH_BYTES;
    this.#start = from + length;
    return this.#blocks[0]!.toString('utf8', from, this.#start);
  }
}

/** @param dueNanos may pass a second */
const isBefore = (due: number, dueNanos: number, seconds: number, nanos: number): boolean =>
  dueNanos >= 1e9
    ? due + 1 < seconds || (due + 1 === seconds && dueNanos - 1e9 < nanos)
    : due < seconds || (due === seconds && dueNanos < nanos);
