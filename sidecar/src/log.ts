/**
 * What the sidecar says of itself: pino's lines on stderr. Each kind of thing is said at most once
 * a second, with a count of what was left out, so a log that is bad in every line does not make
 * a second one as long. What a log said is cut, and escaped to printable ASCII.
 */
import pino from 'pino';
import type { Clock } from './clock.ts';

const INTERVAL_MS = 1_000;
const SAMPLE_BYTES = 200;
/** A reader of stderr who stands still costs what is said, not memory. */
const PENDING_BYTES_MAX = 1 << 20;

export interface OwnLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** As a warning unless told otherwise, but at most one a second of its kind. */
  limited(kind: string, fields: object, message: string, level?: 'info' | 'warn'): void;
  flush(): void;
}

/** @param stderr where to; a file descriptor */
export function openLog(clock: Clock, stderr = 2): OwnLog {
  const destination = pino.destination({ dest: stderr, sync: false, maxLength: PENDING_BYTES_MAX });
  // Nobody reads any more: nothing to say, and nobody to say it to.
  destination.on('error', () => undefined);
  const logger = pino(
    {
      base: { name: 'tradetail-sidecar' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    destination,
  );
  const kinds = new Map<string, { saidMs: number; suppressed: number }>();
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    limited(kind, fields, message, level = 'warn') {
      const nowMs = clock.monotonicMs();
      const last = kinds.get(kind);
      if (last !== undefined && nowMs - last.saidMs < INTERVAL_MS) {
        last.suppressed += 1;
        return;
      }
      kinds.set(kind, { saidMs: nowMs, suppressed: 0 });
      const suppressed = last?.suppressed ?? 0;
      logger[level]({ kind, ...fields, ...(suppressed > 0 && { suppressed }) }, message);
    },
    flush() {
      try {
        destination.flushSync();
      } catch {
        // Closed, or not open yet: as above.
      }
    },
  };
}

/** @returns the beginning of a line as printable ASCII: whatever else it holds stands as `\xNN` */
export function sampleOf(bytes: Buffer, start: number, end: number): string {
  const cut = bytes.subarray(start, Math.min(end, start + SAMPLE_BYTES));
  const text = cut
    .toString('latin1')
    .replace(/[^ -~]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return end - start > SAMPLE_BYTES ? `${text}…` : text;
}
