import type { Instant } from '@tradetail/core/time.ts';
import { addUnits, emptyTotal, type Total } from '@tradetail/core/total.ts';

/** A histogram of durations: 1, 2.5, 5 × 10^k s from 1e-6 to 5, and 10. Counted in whole nanoseconds, so exact. */
export interface Histogram {
  /** One count a bucket, not cumulative; the last is +Inf. */
  readonly counts: number[];
  /** Seconds. */
  readonly sum: Total;
  count: number;
  /** By bucket: the first order of the last second that fell into it; empty where nobody says whose a duration was. */
  readonly exemplars: Exemplar[];
}

export interface Exemplar {
  /** Client order id, the first `length` bytes; a string of it is made when somebody looks. */
  id: Uint8Array;
  length: number;
  ns: number;
  /** Wall clock of its line. */
  readonly wall: Instant;
}

/** Longer ids are no exemplars: no exposition has room for them. */
const ID_BYTES_MAX = 128;

export const BUCKETS_SECONDS: readonly number[] = [
  ...[-6, -5, -4, -3, -2, -1, 0].flatMap((k) =>
    [1, 2.5, 5].map((digit) => Number(`${digit}e${k}`)),
  ),
  10,
];
const BUCKETS_NS = BUCKETS_SECONDS.map((seconds) => Math.round(seconds * 1e9));

export const emptyHistogram = (): Histogram => ({
  counts: new Array<number>(BUCKETS_NS.length + 1).fill(0),
  sum: emptyTotal(),
  count: 0,
  exemplars: [],
});

/**
 * @param ns an integer; a clock that was set back can make it negative
 * @returns the bucket it fell into
 */
export function observe(histogram: Histogram, ns: number): number {
  let low = 0;
  let high = BUCKETS_NS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ns <= BUCKETS_NS[middle]!) high = middle;
    else low = middle + 1;
  }
  histogram.counts[low]! += 1;
  addUnits(histogram.sum, ns, 9);
  histogram.count += 1;
  return low;
}

/**
 * Notes whose an observation in a bucket was: the order whose id is `bytes[start, end)`. One a second
 * is enough: a scrape shows one.
 */
export function exemplify(
  { exemplars }: Histogram,
  bucket: number,
  ns: number,
  wall: Instant,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const length = end - start;
  if (length > ID_BYTES_MAX || exemplars[bucket]?.wall.seconds === wall.seconds) return;
  const exemplar = (exemplars[bucket] ??= {
    id: new Uint8Array(0),
    length,
    ns,
    wall: { seconds: NaN, nanos: 0 },
  });
  if (exemplar.id.length < length) exemplar.id = new Uint8Array(length + 8);
  const { id } = exemplar;
  for (let at = 0; at < length; at += 1) id[at] = bytes[start + at]!;
  exemplar.length = length;
  exemplar.ns = ns;
  exemplar.wall.seconds = wall.seconds;
  exemplar.wall.nanos = wall.nanos;
}

export const exemplarId = ({ id, length }: Exemplar): string =>
  Buffer.from(id.buffer, id.byteOffset, length).toString();

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
