/** A folder with log files that a test writes, and a sink that keeps what it was handed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import type { LineSink, Segment } from '../../src/follow/line-sink.ts';

export const RUN_1 = '01JDGZ00000000000000000001';
export const RUN_2 = '01JDGZ00000000000000000002';

export class KeptLines implements LineSink {
  readonly lines: string[] = [];
  readonly segments: (Segment | undefined)[] = [];
  readonly tooLong: number[] = [];
  readonly unfinished: number[] = [];

  line(bytes: Buffer, start: number, end: number, segment: Segment | undefined): void {
    this.lines.push(bytes.toString('utf8', start, end));
    this.segments.push(segment);
  }
  lineTooLong(length: number): void {
    this.tooLong.push(length);
  }
  unfinishedLine(length: number): void {
    this.unfinished.push(length);
  }
}

/** A clock that a test moves. */
export class HandClock implements Clock {
  nowMs = 1_000_000;
  wallMs(): number {
    return Date.now() + this.nowMs - 1_000_000;
  }
  monotonicMs(): number {
    return this.nowMs;
  }
}

export function logFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'follow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
