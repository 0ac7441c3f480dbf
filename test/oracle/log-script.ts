/** Writes logs line by line, as an engine would: envelope first, then the event's fields. */
import type { LogFile } from './oracle.ts';

/** An event without its envelope, which the script adds. */
export interface ScriptEvent {
  readonly event: string;
  readonly venue?: string;
  readonly symbol?: string;
  readonly strategy?: string;
  readonly fields?: object;
}

export const RUNS = [
  '01JD0000000000000000000001',
  '01JD0000000000000000000002',
  '01JD0000000000000000000003',
] as const;
/** 2026-01-02T00:00:00Z */
export const START_NS = 1_767_312_000_000_000_000n;

/** @returns RFC 3339 UTC with nine decimals */
export function timeText(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}

export class LogScript {
  readonly engine: string;
  readonly run: string;
  readonly lines: string[] = [];
  /** Engine time and wall clock of the next line. */
  nowNs = START_NS;
  /** Engine time is written apart from the wall clock, which then stands still. */
  readonly simulated: boolean;
  #seq = 0;

  constructor(engine = 'engine-1', run: string = RUNS[0], simulated = false) {
    this.engine = engine;
    this.run = run;
    this.simulated = simulated;
  }

  get nextSeq(): number {
    return this.#seq + 1;
  }

  /** Sequence numbers that no line has. */
  skip(count: number): this {
    this.#seq += count;
    return this;
  }

  /** @param ms may be negative: the clock was set back */
  wait(ms: number): this {
    this.nowNs += BigInt(ms) * 1_000_000n;
    return this;
  }

  add({ event, venue, symbol, strategy, fields }: ScriptEvent): this {
    this.#seq += 1;
    const time = timeText(this.simulated ? START_NS : this.nowNs);
    this.lines.push(
      JSON.stringify({
        level: 'info',
        time,
        ...(this.simulated ? { ts: timeText(this.nowNs) } : {}),
        v: 1,
        engine: this.engine,
        run: this.run,
        seq: this.#seq,
        mono_ns: Number(this.nowNs - START_NS),
        event,
        ...(venue === undefined ? {} : { venue }),
        ...(symbol === undefined ? {} : { symbol }),
        ...(strategy === undefined ? {} : { strategy }),
        ...fields,
      }),
    );
    return this;
  }

  /** All its lines as the file of segment n. */
  file(n = 1): LogFile {
    return logFile(this.engine, this.run, n, this.lines);
  }
}

export function logFile(engine: string, run: string, n: number, lines: readonly string[]): LogFile {
  return {
    name: `${engine}-${run}.${n}.jsonl`,
    bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')),
  };
}
