/**
 * Reads logs for a report: the replica folds every line; of the run that is reported on, the collector
 * is told before and after each. The run is the one asked for, else the greatest there is.
 */
import type { Instant } from '@tradetail/core/time.ts';
import type { LineSink, Segment } from '../follow/line-sink.ts';
import type { EngineState } from '../fold/engine-state.ts';
import { Replica } from '../fold/replica.ts';
import type { RunState } from '../fold/run-state.ts';
import { Collector, type Tables } from './collector.ts';
import { LineText } from './line-text.ts';

export class ReportReader implements LineSink {
  readonly replica = new Replica();
  readonly buffer = this.replica.buffer;
  readonly #wanted: string | undefined;
  /** Rows of a run that turns out not to be the greatest are forgotten. */
  readonly #tables: () => Tables;
  readonly #text = new LineText();
  collector: Collector | undefined;

  /** @param tables called for each run that becomes the one reported on: empty tables */
  constructor(tables: () => Tables, run: string | undefined) {
    this.#tables = tables;
    this.#wanted = run;
    let time: Instant = { seconds: 0, nanos: 0 };
    this.replica.observer = {
      passing: (run, engineTime) => {
        time = engineTime;
        if (this.collector?.run === run) this.collector.pass(time);
      },
      applied: (wall, { engine, run, event, seq, scope, line }) => {
        if (this.collector?.run !== run) {
          if (!this.#isBetter(engine, run)) return;
          this.collector = new Collector(
            engine,
            run,
            this.#tables(),
            this.replica.fields,
            this.#text,
          );
        }
        this.#text.line = line;
        this.collector.take(time, wall, event, seq, scope, line);
      },
      gap: (engine, run, from, to) => {
        const { collector } = this;
        if (collector?.engine.engine === engine && collector.run.run === run)
          collector.gap(from, to);
      },
    };
  }

  nextLine(bytes: Buffer, start: number, end: number): number {
    this.#text.place(bytes, start, undefined);
    return this.replica.nextLine(bytes, start, end);
  }

  line(bytes: Buffer, start: number, end: number, segment: Segment | undefined): void {
    this.#text.place(bytes, start, end);
    this.replica.line(bytes, start, end, segment);
  }

  release(): void {
    this.replica.release();
  }

  lineTooLong(length: number): void {
    this.replica.lineTooLong(length);
  }

  unfinishedLine(length: number): void {
    this.replica.unfinishedLine(length);
  }

  #isBetter(engine: EngineState, run: RunState): boolean {
    const ours = this.collector;
    if (this.#wanted !== undefined) return run.run === this.#wanted && ours === undefined;
    if (ours === undefined) return true;
    return (
      run.run > ours.run.run || (run.run === ours.run.run && engine.engine > ours.engine.engine)
    );
  }
}
