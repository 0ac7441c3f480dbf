/** Label values: what a log says is hostile, so they are bounded before anything is kept under them. */
import { createHash } from 'node:crypto';

const LABEL_BYTES_MAX = 128;
const LABEL_BYTES_KEPT = 100;
/** Counters whose own label is past a cap are added up under this one. */
export const OTHER = 'other';

/** @returns the value; a longer one as its first 100 bytes, `~`, and 8 hex digits of its SHA-256 */
export function label(value: string): string {
  // A UTF-16 unit takes at most three bytes.
  if (value.length * 3 <= LABEL_BYTES_MAX || Buffer.byteLength(value) <= LABEL_BYTES_MAX)
    return value;
  const bytes = Buffer.from(value);
  let kept = LABEL_BYTES_KEPT;
  // Not in the middle of a character.
  while ((bytes[kept]! & 0xc0) === 0x80) kept -= 1;
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return `${bytes.toString('utf8', 0, kept)}~${hash}`;
}
