/** The one place where the sidecar asks what time it is. */
export interface Clock {
  /** Wall clock, ms since the epoch, with a fraction. */
  wallMs(): number;
  /** Ms since some moment, never going back. */
  monotonicMs(): number;
}

/** The wall clock was set, rather than corrected, where the two differ by more. */
const SET_MS = 20;

/** The system's wall clock counts whole ms; what passes between them is told by the monotonic one. */
export function systemClock(): Clock {
  let origin = performance.timeOrigin;
  return {
    wallMs() {
      const wall = Date.now();
      const fine = origin + performance.now();
      if (Math.abs(fine - wall) < SET_MS) return fine;
      origin = wall - performance.now();
      return wall;
    },
    monotonicMs: () => performance.now(),
  };
}
