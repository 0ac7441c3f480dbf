/**
 * Reads logs for a report: the replica folds every line; of the run that is reported on, the collector
 * is told before and after each. The run is the one asked for, else the greatest there is.
 */
import { parseTime } from '@tradetail/core/time.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { decodeLine } from '../decode/decode.ts';
import type { LineSink, Segment } from '../follow/line-sink.ts';
import { Replica } from '../fold/replica.ts';
import { Collector, type MarketRecord, type Tables } from './collector.ts';
import { lineHead, type LineHead } from './line-head.ts';
import type { Time } from './order-record.ts';

/** Of these the collector needs more than that they came. */
const isRead = (event: string): boolean =>
  event.startsWith('order.') || event.startsWith('recon.') || READ.has(event);
const READ = new Set([
  'engine.started',
  'engine.stopped',
  'engine.state',
  'engine.error',
  'engine.snapshot',
  'instrument.defined',
  'md.gap',
  'md.resync',
  'risk.breach',
  'risk.kill',
  'risk.rearmed',
  'account.drift',
  'log.dropped',
]);
/** A trade whose quantity does not stand where the engine writes it. */
const isOddTrade = ({ event, qty }: LineHead): boolean => event === 'md.trade' && qty === undefined;
const movesMark = (event: string): boolean => event === 'md.book' || event === 'md.trade';

export class ReportReader implements LineSink {
  readonly replica = new Replica();
  readonly #wanted: string | undefined;
  /** Rows of a run that turns out not to be the greatest are forgotten. */
  readonly #tables: () => Tables;
  readonly #times = {
    engine: { seconds: 0, nanos: 0 },
    wall: { seconds: 0, nanos: 0 },
  };
  collector: Collector | undefined;
  #applied = false;
  #markets = new Map<string, MarketRecord>();

  /** @param tables called for each run that becomes the one reported on: empty tables */
  constructor(tables: () => Tables, run: string | undefined) {
    this.#tables = tables;
    this.#wanted = run;
    this.replica.observer = {
      applied: () => void (this.#applied = true),
      gap: (engine, run, from, to) => {
        const { collector } = this;
        if (collector?.engine.engine === engine && collector.run.run === run)
          collector.gap(from, to);
      },
    };
  }

  line(bytes: Buffer, start: number, end: number, segment: Segment | undefined): void {
    let head = lineHead(bytes, start, end);
    let line: Json | undefined;
    if (head === undefined || isRead(head.event) || isOddTrade(head)) {
      const decoded = decodeLine(bytes, start, end, this.#times);
      if (typeof decoded === 'string') return this.replica.line(bytes, start, end, segment);
      line = decoded;
      head = {
        time: (line['ts'] ?? line['time']) as string,
        engine: line['engine'] as string,
        run: line['run'] as string,
        event: line['event'] as string,
        market: undefined,
        qty: line['qty'] as string | undefined,
      };
    }
    const { engine, run, event } = head;
    const at = { seconds: 0, nanos: 0 };
    const isOurs = this.collector?.run.run === run && this.collector.engine.engine === engine;
    if (!parseTime(head.time, at)) return this.replica.line(bytes, start, end, segment);
    const time: Time = { ...at, text: head.time };
    const before = isOurs
      ? this.collector!.before(time.seconds, time.nanos, event, line)
      : undefined;
    this.#applied = false;
    this.replica.line(bytes, start, end, segment);
    if (!this.#applied) return;
    const wall = (line?.['time'] as string | undefined) ?? '';
    if (before !== undefined) this.collector!.after(before, time, wall, event, line);
    else if (this.#isBetter(engine, run)) {
      const state = this.replica.state.engines.get(engine)!;
      this.collector = new Collector(state, state.runs.get(run)!, this.#tables());
      this.#markets = new Map();
      const first = this.collector.before(time.seconds, time.nanos, event, line);
      this.collector.after(first, time, wall, event, line);
    } else return;
    if (movesMark(event)) this.#moved(bytes, start, end, head, line);
  }

  lineTooLong(length: number): void {
    this.replica.lineTooLong(length);
  }

  unfinishedLine(length: number): void {
    this.replica.unfinishedLine(length);
  }

  #isBetter(engine: string, run: string): boolean {
    if (this.#wanted !== undefined) return run === this.#wanted && this.collector === undefined;
    const ours = this.collector;
    if (ours === undefined) return true;
    return run > ours.run.run || (run === ours.run.run && engine > ours.engine.engine);
  }

  #moved(
    bytes: Buffer,
    start: number,
    end: number,
    { market: key, event, qty }: LineHead,
    line: Json | undefined,
  ): void {
    let market = key === undefined ? undefined : this.#markets.get(key);
    if (market === undefined) {
      const decoded = line ?? decodeLine(bytes, start, end, this.#times);
      if (typeof decoded === 'string') return;
      market = this.collector!.marketOf(decoded['venue'] as string, decoded['symbol'] as string);
      if (market === undefined) return;
      if (key !== undefined && this.#markets.size < 10_000) this.#markets.set(key, market);
    }
    this.collector!.moved(market);
    if (event === 'md.trade') this.collector!.traded(market, Number(qty));
  }
}
