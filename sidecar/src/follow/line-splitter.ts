import { LINE_BYTES_MAX } from './line-sink.ts';
import type { LineSink, Segment } from './line-sink.ts';

const NEWLINE = 0x0a;

export interface Split {
  /** Where the first line begins that is not complete yet. */
  readonly next: number;
  /** How much of that line, too long to be one, has been passed over already. */
  readonly skipped: number;
}

/**
 * Hands every complete line of `bytes[start, end)` to the sink. What follows the last newline is
 * left where it is, to be read again with what comes after it: no file keeps bytes in memory. Only
 * of a line that is too long already is the beginning let go, and its length kept.
 *
 * @param skipped bytes of the line at `start` that were let go before
 */
export function splitLines(
  bytes: Buffer,
  start: number,
  end: number,
  skipped: number,
  segment: Segment | undefined,
  sink: LineSink,
): Split {
  // Beyond `end` stand old bytes, and a search would run into them.
  const readable = bytes.subarray(0, end);
  let next = start;
  while (next < end) {
    if (skipped === 0) {
      const after = sink.nextLine?.(bytes, next, end) ?? -1;
      if (after > next) {
        next = after;
        continue;
      }
    }
    const newline = readable.indexOf(NEWLINE, next);
    if (newline === -1) break;
    const length = skipped + newline + 1 - next;
    if (length > LINE_BYTES_MAX) sink.lineTooLong(length);
    else sink.line(bytes, next, newline, segment);
    skipped = 0;
    next = newline + 1;
  }
  sink.release?.();
  const rest = end - next;
  if (skipped + rest < LINE_BYTES_MAX) return { next, skipped };
  return { next: end, skipped: skipped + rest };
}
