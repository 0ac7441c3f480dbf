/**
 * How often trades reach how deep: λ(δ) = A·e^(−kδ) trades a second at least δ ticks from the mid,
 * fitted by least squares of ln λ on δ (the form in which Avellaneda–Stoikov and
 * Guéant–Lehalle–Fernandez-Tapia want it).
 *
 * Depths are counted in half ticks, because that is where the mid lies, in slices of the window that
 * are dropped as they age. The fit uses only the depths near the mid that were reached: the tail is
 * sweeps, which follow another law.
 */
const DEPTHS = 40;
const SLICES = 30;
const FIT_DEPTHS = 12;
const TRADES_MIN = 50;

export class ArrivalIntensity {
  /** A, trades a second; NaN until calibrated. */
  rate = NaN;
  /** k, per tick; NaN until calibrated. */
  decay = NaN;
  readonly #sliceNs: number;
  readonly #counts = new Uint32Array(SLICES * DEPTHS);
  /** Over the window, trades whose depth is exactly that of the index. */
  readonly #total = new Uint32Array(DEPTHS);
  #slice = -1;
  #firstSlice = -1;

  constructor(windowS: number) {
    this.#sliceNs = (windowS * 1e9) / SLICES;
  }

  /** @param depthTicks distance of the trade from the mid before it */
  onTrade(depthTicks: number, nowNs: number): void {
    this.#moveTo(Math.floor(nowNs / this.#sliceNs));
    const depth = Math.min(DEPTHS - 1, Math.max(0, Math.round(depthTicks * 2)));
    this.#counts[(this.#slice % SLICES) * DEPTHS + depth]! += 1;
    this.#total[depth]! += 1;
  }

  #moveTo(slice: number): void {
    if (slice === this.#slice) return;
    if (this.#firstSlice < 0) this.#firstSlice = slice;
    else this.#calibrate();
    for (let one = Math.max(this.#slice + 1, slice - SLICES + 1); one <= slice; one += 1) {
      const from = (one % SLICES) * DEPTHS;
      for (let depth = 0; depth < DEPTHS; depth += 1) {
        this.#total[depth]! -= this.#counts[from + depth]!;
        this.#counts[from + depth] = 0;
      }
    }
    this.#slice = slice;
  }

  #calibrate(): void {
    const slices = Math.min(SLICES, this.#slice - this.#firstSlice + 1);
    const seconds = (slices * this.#sliceNs) / 1e9;
    let reached = 0;
    for (let depth = 0; depth < DEPTHS; depth += 1) reached += this.#total[depth]!;
    if (reached < TRADES_MIN) return;
    let n = 0;
    let sumX = 0;
    let sumY = 0;
    let sumXX = 0;
    let sumXY = 0;
    // Depth 0 is every trade, also those inside the spread: no quote stands there.
    for (let depth = 1; depth <= FIT_DEPTHS; depth += 1) {
      reached -= this.#total[depth - 1]!;
      if (reached === 0) break;
      const x = depth / 2;
      const y = Math.log(reached / seconds);
      n += 1;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumXY += x * y;
    }
    if (n < 2) return;
    const slope = (n * sumXY - sumX * sumY) / (n * sumXX - sumX * sumX);
    if (slope >= 0) return;
    this.decay = -slope;
    this.rate = Math.exp((sumY - slope * sumX) / n);
  }
}
