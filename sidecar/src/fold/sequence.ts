/**
 * Which lines of a run have been read, by their seq.
 *
 *     read 1 2 3 . . 6 7          a gap: 4–5 are counted missing when 6 is read
 *                4                late: applied, stays counted, the gap is now 5–5
 *              3                  read before: a duplicate, changes nothing
 *
 * A gap that no `log.dropped` covers leaves the state uncertain until a snapshot replaces it. Gaps
 * are bounded; past the bound the oldest is forgotten, and a line that comes for it is a duplicate.
 */
export interface Sequence {
  max: number;
  /** Ascending pairs from, to (inclusive) of seqs below `max` that were not read. */
  readonly unread: number[];
  /** Likewise: missing and covered by no log.dropped, since the last replacing snapshot. */
  uncovered: number[];
}

const GAPS_MAX = 10_000;

export const newSequence = (): Sequence => ({ max: 0, unread: [], uncovered: [] });

export type Reading = 'next' | 'gap' | 'late' | 'duplicate';

/** Classes a seq without changing anything. */
export function classify(sequence: Sequence, seq: number): Reading {
  if (seq > sequence.max) return seq === sequence.max + 1 ? 'next' : 'gap';
  return find(sequence.unread, seq) >= 0 ? 'late' : 'duplicate';
}

/** Takes a seq that was classified as anything but duplicate. */
export function take(sequence: Sequence, seq: number): void {
  if (seq > sequence.max) {
    if (seq > sequence.max + 1) {
      push(sequence.unread, sequence.max + 1, seq - 1);
      push(sequence.uncovered, sequence.max + 1, seq - 1);
    }
    sequence.max = seq;
  } else cut(sequence.unread, seq, seq);
}

/** The run is known to begin after its first `seqs` lines: they are not missing, but may still come. */
export function prune(sequence: Sequence, seqs: number): void {
  if (seqs < 1) return;
  push(sequence.unread, 1, seqs);
  sequence.max = seqs;
}

/** `log.dropped` says that these seqs were used up. */
export function cover(sequence: Sequence, from: number, to: number): void {
  cut(sequence.uncovered, from, to);
}

function push(ranges: number[], from: number, to: number): void {
  ranges.push(from, to);
  if (ranges.length > 2 * GAPS_MAX) ranges.splice(0, 2);
}

/** @returns the index of the range that holds the seq, or −1 */
function find(ranges: readonly number[], seq: number): number {
  let low = 0;
  let high = ranges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (seq < ranges[2 * middle]!) high = middle - 1;
    else if (seq > ranges[2 * middle + 1]!) low = middle + 1;
    else return 2 * middle;
  }
  return -1;
}

/** Takes from … to out of the ranges. */
function cut(ranges: number[], from: number, to: number): void {
  for (let at = ranges.length - 2; at >= 0; at -= 2) {
    const first = ranges[at]!;
    const last = ranges[at + 1]!;
    if (last < from) return;
    if (first > to) continue;
    const rest: number[] = [];
    if (first < from) rest.push(first, from - 1);
    if (last > to) rest.push(to + 1, last);
    ranges.splice(at, 2, ...rest);
  }
}
