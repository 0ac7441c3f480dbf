/**
 * The one place where the engine asks what time it is and where chance comes in. Everything else
 * is given a clock, a seed, or the time itself.
 *
 * Two clocks. The monotonic one measures: it counts ns since the run started and never jumps. The
 * wall clock says when that was for people; it has a resolution of 1 ms, may be corrected at any
 * time, and orders nothing.
 */
import { randomBytes } from 'node:crypto';

export interface Clock {
  /** @returns ns since the run started, an integer */
  monoNs(): number;
  /** @returns ms since the epoch */
  wallMs(): number;
}

/** A moment of the monotonic clock, as `process.hrtime()` gives it; the same in all threads of the machine. */
export type Origin = readonly [seconds: number, nanoseconds: number];

export const now = (): Origin => process.hrtime();

/** @param origin when the run started */
export function openClock(origin: Origin): Clock {
  const [originSeconds, originNs] = origin;
  return {
    monoNs() {
      const time = process.hrtime();
      return (time[0] - originSeconds) * 1e9 + (time[1] - originNs);
    },
    wallMs: () => Date.now(),
  };
}

/** @returns that many random bytes */
export const chance = (bytes: number): Uint8Array => randomBytes(bytes);

/** @returns a seed for a run that was not given one, an integer of 32 bits */
export const chanceSeed = (): number => randomBytes(4).readUInt32LE();
