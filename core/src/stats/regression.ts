/** Straight lines through points, by least squares, and how far they can be trusted. */
import { linearRegression } from 'simple-statistics';

/**
 * How straight the cumulative log return rises or falls: R² of it on time.
 *
 * @returns 0 … 1; undefined under three returns, where one loses everything, or where it never moves
 */
export function stability(returns: readonly number[]): number | undefined {
  if (returns.length < 3 || returns.some((one) => one <= -1)) return undefined;
  let logGrowth = 0;
  return determination(
    returns.map((one, index) => [index, (logGrowth += Math.log1p(one))] as const),
  );
}

/** @returns R² of the line through the points; undefined where x or y never moves */
function determination(points: readonly (readonly [number, number])[]): number | undefined {
  const { m, b } = linearRegression(points.map(([x, y]) => [x, y]));
  const mean = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let total = 0;
  let rest = 0;
  for (const [x, y] of points) {
    total += (y - mean) ** 2;
    rest += (y - m * x - b) ** 2;
  }
  return total > 0 ? Math.max(0, 1 - rest / total) : undefined;
}

export interface Slope {
  readonly slope: number;
  /** Standard error. */
  readonly error: number;
  readonly count: number;
}

/** A line y = a + b·x, or y = b·x, from its running sums, so that the points need not be kept. */
export class SlopeFit {
  #count = 0;
  #x = 0;
  #y = 0;
  #xx = 0;
  #xy = 0;
  #yy = 0;

  add(x: number, y: number): void {
    // Updating means and centred products loses nothing where the values are large and near each
    // other (Welford).
    this.#count += 1;
    const dx = x - this.#x;
    const dy = y - this.#y;
    this.#x += dx / this.#count;
    this.#y += dy / this.#count;
    this.#xx += dx * (x - this.#x);
    this.#yy += dy * (y - this.#y);
    this.#xy += dx * (y - this.#y);
  }

  get count(): number {
    return this.#count;
  }

  /** @returns undefined under three points or where x never moves */
  line(): Slope | undefined {
    if (this.#count < 3 || !(this.#xx > 0)) return undefined;
    const slope = this.#xy / this.#xx;
    const rest = Math.max(0, this.#yy - slope * this.#xy);
    return { slope, error: Math.sqrt(rest / (this.#count - 2) / this.#xx), count: this.#count };
  }

  /** @returns the line through the origin; undefined under two points or where every x is 0 */
  throughOrigin(): Slope | undefined {
    const n = this.#count;
    const xx = this.#xx + n * this.#x ** 2;
    if (n < 2 || !(xx > 0)) return undefined;
    const xy = this.#xy + n * this.#x * this.#y;
    const yy = this.#yy + n * this.#y ** 2;
    const slope = xy / xx;
    return { slope, error: Math.sqrt(Math.max(0, yy - slope * xy) / (n - 1) / xx), count: n };
  }
}
