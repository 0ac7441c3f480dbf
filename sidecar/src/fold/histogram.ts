/** A histogram of durations: 1, 2.5, 5 × 10^k s from 1e-6 to 5, and 10. Counted in whole nanoseconds, so exact. */
export interface Histogram {
  /** One count a bucket, not cumulative; the last is +Inf. */
  readonly counts: number[];
  sumNs: bigint;
  count: number;
  /** By bucket: the last order that fell into it; empty where nobody says whose a duration was. */
  readonly exemplars: Exemplar[];
}

export interface Exemplar {
  /** Client order id. */
  orderId: string;
  ns: number;
  /** Wall clock of its line, seconds since the epoch. */
  wallSeconds: number;
}

export const BUCKETS_SECONDS: readonly number[] = [
  ...[-6, -5, -4, -3, -2, -1, 0].flatMap((k) =>
    [1, 2.5, 5].map((digit) => Number(`${digit}e${k}`)),
  ),
  10,
];
const BUCKETS_NS = BUCKETS_SECONDS.map((seconds) => Math.round(seconds * 1e9));

export const emptyHistogram = (): Histogram => ({
  counts: new Array<number>(BUCKETS_NS.length + 1).fill(0),
  sumNs: 0n,
  count: 0,
  exemplars: [],
});

/**
 * @param ns an integer; a clock that was set back can make it negative
 * @param orderId whose it was
 */
export function observe(histogram: Histogram, ns: number, orderId?: string, wallSeconds = 0): void {
  let low = 0;
  let high = BUCKETS_NS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ns <= BUCKETS_NS[middle]!) high = middle;
    else low = middle + 1;
  }
  histogram.counts[low]! += 1;
  histogram.sumNs += BigInt(ns);
  histogram.count += 1;
  if (orderId === undefined) return;
  const exemplar = histogram.exemplars[low];
  if (exemplar === undefined) histogram.exemplars[low] = { orderId, ns, wallSeconds };
  else {
    exemplar.orderId = orderId;
    exemplar.ns = ns;
    exemplar.wallSeconds = wallSeconds;
  }
}

/** @returns the quantile in seconds, interpolated within its bucket as Prometheus' histogram_quantile does */
export function quantileSeconds(histogram: Histogram, quantile: number): number {
  const rank = quantile * histogram.count;
  let below = 0;
  for (const [index, count] of histogram.counts.entries()) {
    if (below + count >= rank && count > 0) {
      const upper = BUCKETS_SECONDS[index];
      if (upper === undefined) return BUCKETS_SECONDS.at(-1)!;
      const lower = index === 0 ? 0 : BUCKETS_SECONDS[index - 1]!;
      return lower + (upper - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return NaN;
}
