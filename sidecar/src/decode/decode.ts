/** One line of the log, from bytes to a checked object, or the reason why not: the first that applies. */
import { isUtf8 } from 'node:buffer';
import { checkLine, type Json, type LineTimes } from '@tradetail/core/events/check.ts';

export const INVALID_REASONS = ['too_long', 'utf8', 'json', 'version', 'schema'] as const;
export type InvalidReason = (typeof INVALID_REASONS)[number];

/** A `\u` escape can bring a lone surrogate, which no UTF-8 text can: it becomes U+FFFD. */
const ESCAPE = '\\u';

/**
 * @param bytes the line is `bytes[start, end)`, without its newline
 * @param times set to the line's times when it is valid
 */
export function decodeLine(
  bytes: Buffer,
  start: number,
  end: number,
  times: LineTimes,
): Json | InvalidReason {
  const slice = bytes.subarray(start, end);
  if (!isUtf8(slice)) return 'utf8';
  const text = slice.toString('utf8');
  let line: unknown;
  try {
    line = text.includes(ESCAPE) ? JSON.parse(text, wellFormed) : JSON.parse(text);
  } catch {
    return 'json';
  }
  if (typeof line !== 'object' || line === null || Array.isArray(line)) return 'json';
  const version = (line as Json)['v'];
  if (Number.isInteger(version) && version !== 1) return 'version';
  return checkLine(line as Json, times) ? (line as Json) : 'schema';
}

const wellFormed = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed() : value;
