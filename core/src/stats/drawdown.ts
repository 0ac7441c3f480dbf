/**
 * Drawdowns of an equity curve: how far below its highest point so far it stands. Depths are
 * fractions of the peak, at most 0, so −0.2 is a loss of a fifth.
 *
 *     equity    100  110   99   88   95  115  115  114
 *     drawdown    0    0 −0.1 −0.2 −.14    0    0 −.009
 *                    └── one drawdown ────┘         └── open
 *
 * One begins at its peak and ends where equity passes that peak; coming back to it is recovery, and
 * staying there is no new drawdown.
 */
export interface Drawdown {
  /** Fraction of the peak, below 0. */
  readonly depth: number;
  /** Times of the peak, of the lowest point, and of the first point at or above the peak again. */
  readonly start: number;
  readonly bottom: number;
  /** Undefined while it is open. */
  readonly end: number | undefined;
}

/** Follows a curve point by point, so that it need not be kept. Bounded: the deepest are kept. */
export class DrawdownTracker {
  readonly #kept: number;
  #worst: Drawdown[] = [];
  #peak = -Infinity;
  #peakTime = 0;
  #open: { depth: number; bottom: number } | undefined;
  #lastTime = 0;
  #longest = 0;
  #squares = 0;
  #count = 0;

  /** @param kept how many of the deepest */
  constructor(kept = 10) {
    this.#kept = kept;
  }

  /** @param time seconds, never going back */
  add(time: number, equity: number): void {
    this.#lastTime = time;
    if (equity >= this.#peak) {
      this.#close(time);
      this.#peak = equity;
      this.#peakTime = time;
    } else if (this.#peak > 0) {
      const depth = equity / this.#peak - 1;
      this.#open ??= { depth: 0, bottom: time };
      if (depth < this.#open.depth) this.#open = { depth, bottom: time };
      this.#squares += depth ** 2;
    }
    this.#count += 1;
  }

  /** A deposit moves the peak with the equity, so it is no gain. */
  shift(amount: number): void {
    this.#peak += amount;
  }

  /** The depth of the deepest so far, at most 0. */
  get maxDepth(): number {
    return Math.min(0, ...this.worst().map(({ depth }) => depth));
  }

  /** Seconds from a peak to regaining it, the longest that ended; undefined before one has. */
  get longestSeconds(): number | undefined {
    return this.#longest > 0 ? this.#longest : undefined;
  }

  /** Seconds since the peak of the one that is open, undefined where none is. */
  get openSeconds(): number | undefined {
    return this.#open === undefined ? undefined : this.#lastTime - this.#peakTime;
  }

  /** Peter Martin's Ulcer index: √(Σ depth² / N) over the points after the first. Undefined without. */
  get ulcerIndex(): number | undefined {
    return this.#count < 2 ? undefined : Math.sqrt(this.#squares / (this.#count - 1));
  }

  /** @returns the deepest, deepest first, the open one among them */
  worst(): readonly Drawdown[] {
    const open =
      this.#open === undefined ? [] : [{ ...this.#open, start: this.#peakTime, end: undefined }];
    return deepest([...this.#worst, ...open], this.#kept);
  }

  #close(time: number): void {
    if (this.#open === undefined) return;
    const drawdown = { ...this.#open, start: this.#peakTime, end: time };
    this.#longest = Math.max(this.#longest, time - this.#peakTime);
    this.#worst = deepest([...this.#worst, drawdown], this.#kept);
    this.#open = undefined;
  }
}

const deepest = (drawdowns: readonly Drawdown[], count: number): Drawdown[] =>
  [...drawdowns].sort((a, b) => a.depth - b.depth || a.start - b.start).slice(0, count);

/** @returns the drawdowns of compounded returns, time counted in periods, the start included */
export function drawdownsOf(returns: readonly number[]): DrawdownTracker {
  const tracker = new DrawdownTracker();
  let growth = 1;
  tracker.add(0, growth);
  for (const [index, one] of returns.entries()) tracker.add(index + 1, (growth *= 1 + one));
  return tracker;
}

/** @returns growth a year / |depth|; undefined where there is no drawdown */
export const calmarRatio = (annual: number, maxDepth: number): number | undefined =>
  maxDepth < 0 ? annual / -maxDepth : undefined;
