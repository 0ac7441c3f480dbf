/**
 * Follows the orders that were found through their runs: their own lines, what led to them, what
 * followed from them, and the market around them. Markouts are those of the fold.
 */
import { formatScaled, parseAtoms, scaledQuotient } from '@tradetail/core/decimal.ts';
import { isLevel, type Json, type LineTimes } from '@tradetail/core/events/check.ts';
import { formatTime, isBefore, type Instant } from '@tradetail/core/time.ts';
import { decodeLine } from '../decode/decode.ts';
import { AT, type Fields } from '../decode/fields.ts';
import type { LineTaker, Run, ScannedLine } from '../query/line-reader.ts';
import type {
  BookView,
  ExplainedEvent,
  MarkoutView,
  OrderExplanation,
  Relation,
} from './explanation.ts';
import { isOrderEvent, type OrderKey } from './order-search.ts';
import { QueuePosition, type Book, type Levels } from './queue-position.ts';
import { RawLines } from './raw-lines.ts';

export const HORIZONS_SECONDS = [0.1, 1, 5, 30, 60, 300] as const;
const LEVELS_SHOWN = 3;
/** A chain of causes that is longer is cut: each leads to an earlier line, so it ends. */
const CAUSES_MAX = 256;

interface Event {
  readonly line: Json;
  readonly relation: Relation;
  readonly engine: Instant;
  readonly wall: Instant;
  readonly isRepeated: boolean;
  readonly book: Book | undefined;
  readonly queueAhead: bigint | undefined;
  readonly markouts: (number | null)[] | undefined;
}

interface PendingMarkout {
  readonly due: Instant;
  readonly side: bigint;
  /** Twice the price, twice the mid: whole atoms. */
  readonly px: bigint;
  readonly mid: bigint;
  readonly into: (number | null)[];
  readonly index: number;
}

/** One order. */
class Trace {
  readonly key: OrderKey;
  readonly events = new Map<number, Event>();
  readonly execIds = new Set<string>();
  readonly missing = new Set<number>();
  queue: QueuePosition | undefined;
  isEnded = false;
  pending: PendingMarkout[] = [];

  constructor(key: OrderKey) {
    this.key = key;
  }
}

/** A market in which one of the orders was. */
class Market {
  readonly traces: Trace[] = [];
  /** Twice the mid of the last usable book, atoms. */
  mid: bigint | undefined;
  /** The last book; as bytes while nobody needs it. */
  book: Book | undefined;
  raw: Buffer | undefined;
}

/** A run in which one of the orders was. */
class RunTrace {
  readonly traces: Trace[] = [];
  /** Whether a line of one of them has been met. */
  hasOwn = false;
  readonly markets = new Map<string, Market>();
  readonly lines = new RawLines();
  /** The greatest engine time so far. */
  readonly clock: Instant = { seconds: -1, nanos: 0 };
  /** The last strategy.state, by strategy and market. */
  readonly states = new Map<string, number>();
}

const TERMINAL = new Set(['FILLED', 'CANCELED', 'REJECTED', 'EXPIRED', 'DENIED']);
const runId = ({ engine, run }: { engine: string; run: string }): string => `${engine}\0${run}`;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export class OrderTrace implements LineTaker {
  readonly #runs = new Map<string, RunTrace>();
  readonly #traces: readonly Trace[];
  /** The run of the line before: most lines are of the same. */
  #last: {
    readonly run: Run | undefined;
    readonly trace: RunTrace | undefined;
    readonly sought: ReadonlySet<number> | undefined;
  } = { run: undefined, trace: undefined, sought: undefined };
  /** Lines that an earlier reading found to be causes after they had gone by; by run, then seq. */
  readonly #sought: ReadonlyMap<string, ReadonlySet<number>>;
  readonly #found = new Map<string, { line: Json; engine: Instant; wall: Instant }>();

  constructor(keys: readonly OrderKey[], sought: ReadonlyMap<string, ReadonlySet<number>>) {
    this.#sought = sought;
    this.#traces = keys.map((key) => new Trace(key));
    for (const trace of this.#traces) {
      const { venue, symbol } = trace.key;
      const id = runId(trace.key);
      let run = this.#runs.get(id);
      if (run === undefined) this.#runs.set(id, (run = new RunTrace()));
      run.traces.push(trace);
      const market = `${venue}\0${symbol}`;
      const known = run.markets.get(market) ?? new Market();
      run.markets.set(market, known);
      known.traces.push(trace);
    }
  }

  /** @returns causes that had gone by too long ago, by run; empty once a reading has sought them all */
  missing(): Map<string, Set<number>> {
    const missing = new Map<string, Set<number>>();
    for (const trace of this.#traces) {
      const id = runId(trace.key);
      for (const seq of trace.missing)
        if (!this.#sought.get(id)?.has(seq))
          missing.set(id, (missing.get(id) ?? new Set(this.#sought.get(id))).add(seq));
    }
    return missing;
  }

  explanations(): OrderExplanation[] {
    return this.#traces.map(explanationOf);
  }

  wants(scanned: ScannedLine, bytes: Buffer, start: number, end: number): boolean {
    const { event, seq, scope, fields, times } = scanned;
    if (scanned.run !== this.#last.run) {
      const id = runId(scanned.run);
      this.#last = { run: scanned.run, trace: this.#runs.get(id), sought: this.#sought.get(id) };
    }
    const { trace: run, sought } = this.#last;
    if (run === undefined) return false;
    run.lines.add(seq, bytes, start, end);
    if (sought?.has(seq)) return true;
    if (event === 'strategy.state') return true;
    if (isOrderEvent(event)) {
      const id = fields.text(AT.cl_ord_id);
      if (run.traces.some(({ key }) => key.clOrdId === id)) return true;
    } else if (event === 'md.book' || event === 'md.trade') {
      const market = run.markets.get(`${scope.venue}\0${scope.symbol}`);
      if (market?.traces.some(isWatched)) return true;
      if (event === 'md.book' && market !== undefined) {
        // Nobody needs it yet, and as the last usable one it replaces all before.
        if (!isUsable(fields)) return true;
        market.raw = Buffer.from(bytes.subarray(start, end));
      }
    }
    if (run.hasOwn) {
      const cause = scanned.cause();
      if (cause !== undefined && run.traces.some((trace) => isOwn(trace, cause))) return true;
    }
    this.#advance(run, times.engine);
    return false;
  }

  take(line: Json, times: LineTimes, { engine, run: name }: Run): void {
    const run = this.#runs.get(runId({ engine, run: name }));
    if (run === undefined) return;
    const seq = line['seq'] as number;
    const event = line['event'] as string;
    this.#advance(run, times.engine);
    const market = run.markets.get(`${text(line['venue'])}\0${text(line['symbol'])}`);
    if (this.#sought.get(runId({ engine, run: name }))?.has(seq))
      this.#found.set(`${engine}\0${name}\0${seq}`, {
        line,
        engine: { ...times.engine },
        wall: { ...times.wall },
      });
    if (event === 'md.book' && market !== undefined) onBook(market, line, times);
    if (event === 'md.trade' && market !== undefined)
      for (const { queue } of market.traces)
        queue?.onTrade(
          parseAtoms(line['px'] as string),
          parseAtoms(line['qty'] as string),
          line['aggressor_side'] as string,
        );
    if (event === 'strategy.state') run.states.set(scopeOf(line), seq);
    for (const trace of run.traces)
      if (isOrderEvent(event) && isOf(line, trace.key)) this.#own(run, market!, trace, line, times);
      else if (isOwn(trace, line['cause'] as number))
        trace.events.set(seq, plainEvent(line, 'effect', times));
  }

  /** A line of the order itself. */
  #own(run: RunTrace, market: Market, trace: Trace, line: Json, times: LineTimes): void {
    run.hasOwn = true;
    const seq = line['seq'] as number;
    const event = line['event'] as string;
    const book = bookOf(market);
    const isFill = event === 'order.filled';
    const execId = isFill ? (line['exec_id'] as string) : '';
    const isRepeated = isFill && trace.execIds.has(execId);
    trace.execIds.add(execId);
    const { px, side } = line;
    const rests =
      (event === 'order.accepted' && line['tif'] !== 'IOC' && line['tif'] !== 'FOK') ||
      event === 'order.replaced';
    if (rests && typeof px === 'string' && isLevel([px, '0']))
      trace.queue = new QueuePosition(text(side), px, book);
    const markouts = isFill && !isRepeated ? this.#await(market, trace, line, times) : undefined;
    const queueAhead = trace.queue?.ahead;
    trace.events.set(seq, {
      ...plainEvent(line, 'order', times),
      isRepeated,
      book,
      queueAhead,
      markouts,
    });
    const state = run.states.get(scopeOf(line));
    if (trace.events.size === 1 && state !== undefined) this.#include(run, trace, state, 'state');
    if (TERMINAL.has(text(line['ord_status']))) {
      trace.isEnded = true;
      trace.queue = undefined;
    }
    this.#climb(run, trace, line);
  }

  /** The causes of a line, as far back as they go. */
  #climb(run: RunTrace, trace: Trace, line: Json): void {
    let cause = line['cause'] as number | undefined;
    for (let count = 0; cause !== undefined && count < CAUSES_MAX; count += 1) {
      const known = trace.events.get(cause);
      if (known !== undefined && known.relation !== 'state') return;
      const found = this.#include(run, trace, cause, 'cause');
      if (found === undefined) return;
      const next = found['cause'] as number | undefined;
      cause = next !== undefined && next < cause ? next : undefined;
    }
  }

  #include(run: RunTrace, trace: Trace, seq: number, relation: Relation): Json | undefined {
    const times = noTimes();
    const { engine, run: name } = trace.key;
    const sought = this.#found.get(`${engine}\0${name}\0${seq}`);
    const line = sought?.line ?? run.lines.line(seq, times);
    if (line === undefined) trace.missing.add(seq);
    else trace.events.set(seq, plainEvent(line, relation, sought ?? times));
    return line;
  }

  #await(market: Market, trace: Trace, line: Json, { engine }: LineTimes): (number | null)[] {
    const markouts = HORIZONS_SECONDS.map(() => null);
    const { mid } = market;
    if (mid === undefined) return markouts;
    for (const [index, horizon] of HORIZONS_SECONDS.entries())
      trace.pending.push({
        due: later(engine, horizon),
        side: line['side'] === 'BUY' ? 1n : -1n,
        px: 2n * parseAtoms(line['last_px'] as string),
        mid,
        into: markouts,
        index,
      });
    return markouts;
  }

  /** Before a line is applied, the horizons that lie before the run's clock are taken. */
  #advance(run: RunTrace, time: Instant): void {
    const { clock } = run;
    if (isBefore(clock, time)) {
      clock.seconds = time.seconds;
      clock.nanos = time.nanos;
    }
    for (const { pending } of run.traces)
      if (pending.length > 0) {
        this.#takeDue(run);
        return;
      }
  }

  #takeDue({ clock, markets }: RunTrace): void {
    for (const market of markets.values())
      for (const trace of market.traces)
        trace.pending = trace.pending.filter(({ due, side, px, mid, into, index }) => {
          if (!isBefore(due, clock)) return true;
          into[index] = scaledQuotient(side * (market.mid! - px), mid, 4);
          return false;
        });
  }
}

const isOwn = ({ events }: Trace, seq: number): boolean => events.get(seq)?.relation === 'order';

const isWatched = ({ events, isEnded, pending }: Trace): boolean =>
  (events.size > 0 && !isEnded) || pending.length > 0;

const isOf = (line: Json, key: OrderKey): boolean =>
  line['cl_ord_id'] === key.clOrdId && line['venue'] === key.venue && line['symbol'] === key.symbol;

const scopeOf = (line: Json): string =>
  [line['strategy'], line['venue'], line['symbol']].map(text).join('\0');

function later({ seconds, nanos }: Instant, horizon: number): Instant {
  const sum = nanos + Math.round((horizon % 1) * 1e9);
  return { seconds: seconds + Math.floor(horizon) + Math.floor(sum / 1e9), nanos: sum % 1e9 };
}

const plainEvent = (line: Json, relation: Relation, { engine, wall }: LineTimes): Event => ({
  line,
  relation,
  engine: { ...engine },
  wall: { ...wall },
  isRepeated: false,
  book: undefined,
  queueAhead: undefined,
  markouts: undefined,
});

function levelsOf(value: unknown): Levels {
  const levels: [bigint, bigint][] = [];
  for (const row of Array.isArray(value) ? (value as unknown[]) : []) {
    if (!isLevel(row)) break;
    const [px, qty] = row as readonly [string, string];
    levels.push([parseAtoms(px), parseAtoms(qty)]);
  }
  return levels;
}

/** @returns whether the book is usable for certain: bid and ask as doubles leave no doubt */
const isUsable = (fields: Fields): boolean =>
  fields.double(AT.best_bid)! * (1 + 1e-12) < fields.double(AT.best_ask)!;

/** A late book never replaces a later one. */
function onBook(market: Market, line: Json, times: LineTimes): void {
  bookOf(market);
  const seq = line['seq'] as number;
  if ((market.book?.seq ?? 0) > seq) return;
  const book = {
    seq,
    ts: formatTime(times.engine),
    bids: levelsOf(line['bids']),
    asks: levelsOf(line['asks']),
  };
  market.book = book;
  const [bid] = book.bids;
  const [ask] = book.asks;
  if (bid !== undefined && ask !== undefined && bid[0] < ask[0]) market.mid = bid[0] + ask[0];
  for (const { queue } of market.traces) queue?.onBook(book);
}

/** The last book of the market. */
function bookOf(market: Market): Book | undefined {
  const { raw } = market;
  market.raw = undefined;
  if (raw !== undefined) {
    const times = noTimes();
    const line = decodeLine(raw, 0, raw.length, times);
    if (typeof line !== 'string') onBook(market, line, times);
  }
  return market.book;
}

const noTimes = (): LineTimes => ({
  engine: { seconds: 0, nanos: 0 },
  wall: { seconds: 0, nanos: 0 },
});

function explanationOf({ key, events, missing }: Trace): OrderExplanation {
  const ordered = [...events].sort(([a], [b]) => a - b).map(([, event]) => event);
  const own = ordered.filter(({ relation }) => relation === 'order').map(({ line }) => line);
  const orderId = own.map((line) => line['order_id']).findLast((id) => typeof id === 'string');
  return {
    engine: key.engine,
    run: key.run,
    venue: key.venue,
    symbol: key.symbol,
    strategy: text(own.at(0)?.['strategy']),
    cl_ord_id: key.clOrdId,
    order_id: orderId ?? null,
    ord_status: text(own.at(-1)?.['ord_status']),
    events: ordered.map((event, index) => eventView(event, ordered[index - 1])),
    missing_causes: [...missing].filter((seq) => !events.has(seq)).sort((a, b) => a - b),
  };
}

const ENVELOPE = new Set('level time ts v engine run seq mono_ns event cause'.split(' '));

function eventView(event: Event, before: Event | undefined): ExplainedEvent {
  const { line, relation, engine, wall, isRepeated, book, queueAhead, markouts } = event;
  const mono = line['mono_ns'] as number;
  return {
    seq: line['seq'] as number,
    event: line['event'] as string,
    relation,
    cause: (line['cause'] as number | undefined) ?? null,
    level: line['level'] as string,
    ts: formatTime(engine),
    time: formatTime(wall),
    mono_ns: mono,
    since_ns:
      before === undefined
        ? null
        : {
            engine:
              (engine.seconds - before.engine.seconds) * 1e9 + engine.nanos - before.engine.nanos,
            mono: mono - (before.line['mono_ns'] as number),
          },
    fields: Object.fromEntries(Object.entries(line).filter(([name]) => !ENVELOPE.has(name))),
    repeated: isRepeated,
    book: book === undefined ? null : bookView(book),
    queue_ahead: queueAhead === undefined ? null : formatScaled(queueAhead, 18),
    markouts: markouts?.map(markoutView) ?? null,
  };
}

const markoutView = (bps: number | null, index: number): MarkoutView => ({
  horizon_s: HORIZONS_SECONDS[index]!,
  bps,
});

function bookView({ seq, ts, bids, asks }: Book): BookView {
  const shown = (levels: Levels): [string, string][] =>
    levels.slice(0, LEVELS_SHOWN).map(([px, qty]) => [formatScaled(px, 18), formatScaled(qty, 18)]);
  return { seq, ts, bids: shown(bids), asks: shown(asks) };
}
