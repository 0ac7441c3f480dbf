/**
 * The replica: the exact state of every engine, folded from its lines. Lines come in any chunks from
 * any number of files; what a line does depends on the lines of its run alone, so the state is the
 * same however runs interleave.
 */
import { parseAtoms, moneyToDouble, ONE_ATOM } from '@tradetail/core/decimal.ts';
import { isKnownEvent, type Json, type LineTimes } from '@tradetail/core/events/check.ts';
import { EVENT_NAMES, type EventName } from '@tradetail/core/events/catalogue.ts';
import { moneyOf, notional } from '@tradetail/core/ledger/position.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { addMoney, addUnits, emptyTotal, type Total } from '@tradetail/core/total.ts';
import { decodeLine, type InvalidReason } from '../decode/decode.ts';
import { AT, type Fields } from '../decode/fields.ts';
import { GRAMMAR_OF } from '../decode/grammar.ts';
import { LineScanner } from '../decode/line-scanner.ts';
import { input } from '../decode/scanner-memory.ts';
import type { LineSink, Segment } from '../follow/line-sink.ts';
import { lookAt, start, transfer } from './account.ts';
import { changeBalance, claimBalance } from './balance.ts';
import { keepBook, keepParsedBook, noteBook } from './book.ts';
import { claimPosition, noteResidual } from './claim.ts';
import { advanceClock } from './clock.ts';
import {
  admitsStrategy,
  admitsSymbol,
  codeOf,
  increment,
  join,
  marketCounters,
  newEngine,
  RUNS_MAX,
  type EngineState,
} from './engine-state.ts';
import { exemplify, observe, type Histogram } from './histogram.ts';
import { accountOf, applyFilled } from './holding.ts';
import { addId } from './id-table.ts';
import { keepText } from './kept-text.ts';
import { label, OTHER } from './label.ts';
import { Lanes, type Lane } from './lane.ts';
import { applyBook, applyTrade, contradicts, defineInstrument } from './market.ts';
import { followOrder, type OrderReport } from './order.ts';
import { nextRecentFill } from './recent-fill.ts';
import {
  newAccount,
  newHolding,
  newMarket,
  newRun,
  type Alarm,
  type Book,
  type RunState,
} from './run-state.ts';
import type { Scope } from './scope.ts';
import { classify, cover, prune, take } from './sequence.ts';
import { contradictsInstruments, takeSnapshot } from './snapshot.ts';
import { bytesOf, stateOf } from './state-bytes.ts';

/** A seq so far above the greatest is a torn or forged number, not a gap. */
const SEQ_JUMP_MAX = 1e9;
const ENGINES_MAX = 1_000;
const ALARMS_MAX = 20;
const LIMITS_MAX = 10_000;

const INDEX_OF: ReadonlyMap<string, number> = new Map(
  EVENT_NAMES.map((name, index) => [name, index]),
);

export interface ReplicaState {
  readonly engines: Map<string, EngineState>;
  readonly invalidLines: Record<InvalidReason, number>;
  lines: number;
  bytes: number;
  /** By metric: what the caps on labels kept out. */
  readonly seriesDropped: Map<string, number>;
}

const newState = (): ReplicaState => ({
  engines: new Map(),
  invalidLines: { too_long: 0, utf8: 0, json: 0, version: 0, schema: 0 },
  lines: 0,
  bytes: 0,
  seriesDropped: new Map(),
});

/** A line that was applied; the replica's `fields` are its own until the next one. */
export interface Reading {
  readonly engine: EngineState;
  readonly run: RunState;
  readonly event: string;
  readonly seq: number;
  /** Of an event that is read field by field. */
  readonly scope: Scope | undefined;
  /** Undefined where the line was scanned. */
  readonly line: Json | undefined;
}

/** What a replica tells while it reads. The times it gives change with the next line. */
export interface ReplicaObserver {
  /** A line of this engine time is going to be applied: its run stands as it did before. */
  passing?(run: RunState, time: Instant): void;
  /** A line was applied; its wall clock. */
  applied?(wall: Instant, reading: Reading): void;
  /** A line was refused. */
  refused?(reason: InvalidReason, bytes: Buffer, start: number, end: number): void;
  /** A line of so many bytes was passed over: too long, or (`json`) it will never be finished. */
  unread?(reason: 'too_long' | 'json', length: number): void;
  /** A gap was found: these seqs are missing. */
  gap?(engine: string, run: string, fromSeq: number, toSeq: number): void;
}

export class Replica implements LineSink {
  readonly state: ReplicaState;
  observer: ReplicaObserver = {};
  readonly #times: LineTimes = { engine: { seconds: 0, nanos: 0 }, wall: { seconds: 0, nanos: 0 } };
  readonly #scanner = new LineScanner<Lane, Scope>(this.#times);
  readonly #lanes = new Lanes(this.#scanner);
  readonly buffer = input;
  /** Memory of the last `save`. */
  #saved: Buffer = Buffer.alloc(0);
  /** Filled in anew for each order event. */
  readonly #orderReport: OrderReport = {
    hash: this.#scanner.fields.hash,
    status: '',
    side: undefined,
    px: NaN,
    leavesQty: NaN,
    orderId: () => label(this.#scanner.fields.text(AT.cl_ord_id)),
  };
  /** Those whose text still stands in what was read. */
  readonly #notedBooks: Book[] = [];

  constructor(state: ReplicaState = newState()) {
    this.state = state;
  }

  /** Of the line that was applied last. */
  get fields(): Fields {
    return this.#scanner.fields;
  }

  /**
   * @returns all of its state, for `load` in the same version of the program and of Node's
   * serialization; overwritten by the next call
   */
  save(): Uint8Array {
    const bytes = bytesOf(this.state, this.#saved);
    if (bytes.buffer !== this.#saved.buffer) this.#saved = Buffer.from(bytes.buffer);
    return bytes;
  }

  /** @throws where the bytes are not what `save` gave */
  static load(bytes: Uint8Array): Replica {
    const state = stateOf(bytes) as Partial<ReplicaState> | null;
    if (!(state?.engines instanceof Map) || !(state.seriesDropped instanceof Map))
      throw new Error('not a replica');
    return new Replica(state as ReplicaState);
  }

  line(bytes: Buffer, start: number, end: number, segment: Segment | undefined): void {
    this.state.lines += 1;
    this.state.bytes += end - start + 1;
    if (this.#scanner.scan(bytes, start, end) && this.#applyScanned()) {
      this.release();
      return;
    }
    const line = decodeLine(bytes, start, end, this.#times);
    const refusal = typeof line === 'string' ? line : this.#read(line, segment);
    if (refusal !== undefined) {
      this.state.invalidLines[refusal] += 1;
      this.observer.refused?.(refusal, bytes, start, end);
    }
  }

  lineTooLong(length: number): void {
    this.state.lines += 1;
    this.state.bytes += length;
    this.state.invalidLines.too_long += 1;
    this.observer.unread?.('too_long', length);
  }

  unfinishedLine(length: number): void {
    this.state.lines += 1;
    this.state.bytes += length;
    this.state.invalidLines.json += 1;
    this.observer.unread?.('json', length);
  }

  nextLine(bytes: Buffer, start: number, end: number): number {
    const next = this.#scanner.scanNext(bytes, start, end);
    if (next < 0 || !this.#applyScanned()) return -1;
    this.state.lines += 1;
    this.state.bytes += next - start;
    return next;
  }

  release(): void {
    for (const book of this.#notedBooks) keepBook(book);
    this.#notedBooks.length = 0;
  }

  /** @returns whether the scanned line was the next of its run and about what is known: then it is applied */
  #applyScanned(): boolean {
    const { grammar, seq, run: lane, scope } = this.#scanner;
    if (lane === undefined || scope === undefined) return false;
    const { engine, run } = lane;
    if (seq !== run.sequence.max + 1) return false;
    take(run.sequence, seq);
    this.#advance(run, seq);
    engine.events[grammar.index]! += 1;
    this.#applyFields(engine, run, grammar.event, scope, seq, false, false, undefined);
    this.observer.applied?.(this.#times.wall, {
      engine,
      run,
      event: grammar.event,
      seq,
      scope,
      line: undefined,
    });
    return true;
  }

  /** Time passes before a line is applied. */
  #advance(run: RunState, seq: number): void {
    const { wall, engine } = this.#times;
    this.observer.passing?.(run, engine);
    const { lastTime } = run;
    if (seq > lastTime.seq) {
      lastTime.value.seconds = wall.seconds;
      lastTime.value.nanos = wall.nanos;
      lastTime.seq = seq;
    }
    advanceClock(run, engine);
  }

  /** @returns why the line is refused after all: what only the run's state tells */
  #read(line: Json, segment: Segment | undefined): InvalidReason | undefined {
    const name = line['engine'] as string;
    const runId = line['run'] as string;
    const seq = line['seq'] as number;
    const event = line['event'] as string;
    const hasEngineTime = line['ts'] !== undefined;
    let engine = this.state.engines.get(name);
    let run = engine?.runs.get(runId);
    const isFirst = run === undefined;
    run ??= newRun(runId, hasEngineTime);
    if (!isFirst) {
      if (hasEngineTime !== run.hasEngineTime || seq > run.sequence.max + SEQ_JUMP_MAX)
        return 'schema';
      const isRedefinition =
        event === 'instrument.defined'
          ? contradicts(run, label(line['venue'] as string), label(line['symbol'] as string), line)
          : event === 'engine.snapshot' && contradictsInstruments(run, line);
      if (isRedefinition) return 'schema';
    }
    if (engine === undefined) {
      if (this.state.engines.size >= ENGINES_MAX) {
        this.#drop('sidecar_events_total');
        return undefined;
      }
      this.state.engines.set(name, (engine = newEngine(name)));
    }
    if (isFirst) {
      const n = event === 'log.segment' ? (line['n'] as number) : segment?.n;
      // Lines of a run that goes are read from nothing.
      if (addRun(engine, run, seq, n ?? 1)) this.#lanes.clear();
    }
    const reading = classify(run.sequence, seq);
    if (reading === 'duplicate') {
      engine.duplicateEvents += 1;
      return undefined;
    }
    if (reading === 'gap') {
      engine.missingEvents += seq - run.sequence.max - 1;
      this.observer.gap?.(name, runId, run.sequence.max + 1, seq - 1);
    }
    take(run.sequence, seq);
    this.#advance(run, seq);
    this.#scanner.knowDay(line);
    let scope: Scope | undefined;
    if (isKnownEvent(event)) {
      engine.events[INDEX_OF.get(event)!]! += 1;
      // Below a replacing snapshot the state has what the line did: only counters have not.
      const isCounterOnly = seq < run.replacedAt;
      const isLate = reading === 'late';
      const lane = this.#lanes.of(engine, run);
      const grammar = GRAMMAR_OF.get(event);
      if (grammar !== undefined) {
        const { fields } = this.#scanner;
        if (grammar.isBook) fields.takeBook(line);
        else fields.take(line, grammar.places);
        scope = lane.scopeOf(line);
        this.#applyFields(engine, run, event, scope, seq, isLate, isCounterOnly, line);
      } else if (!isCounterOnly || isCounting(event))
        this.#apply(engine, run, event, line, seq, isLate);
    } else engine.unknownEvents += 1;
    this.observer.applied?.(this.#times.wall, { engine, run, event, seq, scope, line });
    return undefined;
  }

  /** What an event does that is read from JSON. */
  #apply(
    engine: EngineState,
    run: RunState,
    event: EventName,
    line: Json,
    seq: number,
    isLate: boolean,
  ): void {
    switch (event) {
      case 'engine.started':
        if (run.started === undefined || seq > run.started.seq)
          run.started = {
            value: {
              mode: label(line['mode'] as string),
              version: label(line['version'] as string),
            },
            seq,
          };
        return;
      case 'engine.state':
        if (run.engineState === undefined || seq > run.engineState.seq)
          run.engineState = { value: codeOf(engine, 'engine_state', line['to'] as string), seq };
        this.#alarm(
          run,
          line,
          seq,
          `${text(line['from'])} → ${text(line['to'])}: ${text(line['reason'])}`,
        );
        return;
      case 'engine.stopped':
        run.isStopped = true;
        return;
      case 'engine.error':
        this.#alarm(run, line, seq, `${text(line['error_type'])}: ${text(line['error_message'])}`);
        return;
      case 'engine.snapshot':
        if (!isLate) takeSnapshot(engine, run, line, seq);
        return;
      case 'log.segment': {
        const before = Math.max(0, (line['first_seq'] as number) - 1);
        if (before < run.pruned) run.pruned = before;
        return;
      }
      case 'log.dropped':
        cover(run.sequence, line['from_seq'] as number, line['to_seq'] as number);
        return;
      case 'instrument.defined':
        return this.#withMarket(engine, line, 'trading_instrument_info', (venue, symbol) => {
          defineInstrument(run, venue, symbol, line);
        });
      case 'md.gap':
        counterMarket(engine, line).gaps += 1;
        return;
      case 'md.resync':
        counterMarket(engine, line).resyncs += 1;
        return;
      case 'strategy.started':
        return this.#withStrategy(engine, line, 'trading_equity', (strategy) => {
          const account = accountOf(run, strategy);
          if (seq < account.startedSeq) return;
          account.startedSeq = seq;
          start(
            account,
            moneyOf(parseAtoms(line['capital'] as string)),
            line['capital_ccy'] as string,
          );
        });
      case 'account.cash':
        return this.#cash(engine, run, line);
      case 'account.balance': {
        if (isLate) return;
        const venue = label(line['venue'] as string);
        for (const claim of line['balances'] as readonly Json[]) {
          const asset = label(claim['asset'] as string);
          const residual = claimBalance(run, venue, asset, claim, seq, false);
          if (residual !== undefined)
            noteResidual(engine, run, 'balance', join(venue, asset), moneyToDouble(residual));
        }
        return;
      }
      case 'risk.breach':
        return this.#breach(engine, run, line, seq);
      case 'risk.kill':
      case 'risk.rearmed':
        if (seq > run.killed.seq) run.killed = { value: event === 'risk.kill', seq };
        this.#alarm(run, line, seq, `${text(line['trigger'])} by ${text(line['by'])}`);
        return;
      default:
    }
  }

  /**
   * What an event does that is read field by field.
   *
   * @param line the line where it was parsed; undefined where it was scanned
   */
  #applyFields(
    engine: EngineState,
    run: RunState,
    event: EventName,
    scope: Scope,
    seq: number,
    isLate: boolean,
    isCounterOnly: boolean,
    line: Json | undefined,
  ): void {
    const { fields } = this.#scanner;
    switch (event) {
      case 'md.book':
        if (!isCounterOnly) this.#book(run, scope, seq, line);
        return;
      case 'md.trade':
        this.#trade(scope, seq, isCounterOnly);
        return;
      case 'order.submitted': {
        scope.submissions(fields.word(AT.side), fields.word(AT.ord_type)).count += 1;
        if (fields.isGiven[AT.tick_to_trade_ns] === 1)
          this.#measure(scope.tickToTrade, AT.tick_to_trade_ns);
        if (fields.isGiven[AT.decision_ns] === 1) this.#measure(scope.decision, AT.decision_ns);
        const { holding } = scope;
        if (holding !== undefined) {
          this.#addTo(holding.submittedQuantity, AT.qty);
          holding.requests += 1;
        }
        break;
      }
      case 'order.replaced':
      case 'order.cancel_requested': {
        const { holding } = scope;
        if (holding !== undefined) holding.requests += 1;
        break;
      }
      case 'order.accepted':
        scope.keyCounters.accepted += 1;
        if (fields.isGiven[AT.ack_ns] === 1) this.#measure(scope.ack, AT.ack_ns);
        break;
      case 'order.canceled':
        scope.keyCounters.canceled += 1;
        break;
      case 'order.expired':
        scope.keyCounters.expired += 1;
        break;
      case 'order.rejected':
        increment(scope.keyCounters.rejected, codeOf(engine, 'code', fields.word(AT.code)));
        break;
      case 'order.denied': {
        const code = codeOf(engine, 'deny_code', fields.word(AT.deny_code));
        increment(scope.keyCounters.denied, code);
        break;
      }
      case 'order.filled':
        if (this.#isRepeatedFill(engine, run, scope)) return;
        this.#filled(run, scope, seq, isCounterOnly);
        break;
      case 'order.cancel_rejected':
      case 'order.unknown':
      case 'order.resolved':
        break;
      case 'position.updated':
        if (!isLate && !isCounterOnly) this.#claim(engine, run, scope);
        return;
      case 'strategy.state':
        if (!isCounterOnly) this.#strategyState(engine, run, scope, seq);
        return;
      case 'risk.limit':
        if (!isCounterOnly) this.#limit(engine, run, scope, seq);
        return;
      default:
        return;
    }
    this.#follow(run, scope, event === 'order.submitted', isLate, isCounterOnly);
  }

  #book(run: RunState, scope: Scope, seq: number, line: Json | undefined): void {
    const { market } = scope;
    const scanner = this.#scanner;
    if (market === undefined) this.#drop('trading_mid_price');
    else if (!applyBook(run, market, scanner.fields, seq, this.#times.wall)) return;
    else if (line !== undefined) keepParsedBook(market.book, seq, line);
    else {
      const { book } = market;
      if (book.start < 0) this.#notedBooks.push(book);
      noteBook(book, seq, scanner.bookStart, scanner.bookEnd);
    }
  }

  #trade(scope: Scope, seq: number, isCounterOnly: boolean): void {
    const { fields } = this.#scanner;
    const counter = scope.trades(fields.word(AT.aggressor_side));
    counter.count += 1;
    this.#addTo(counter.volume, AT.qty);
    if (isCounterOnly) return;
    const { market } = scope;
    if (market === undefined) this.#drop('trading_mark_price');
    else applyTrade(market, fields, seq, this.#times.wall);
  }

  /** Keeps an order open or closes it. */
  #follow(
    run: RunState,
    scope: Scope,
    isSubmission: boolean,
    isLate: boolean,
    isCounterOnly: boolean,
  ): void {
    const { holding } = scope;
    // Any order event makes its key known.
    void scope.keyCounters;
    if (holding === undefined) {
      this.#drop('trading_position');
      return;
    }
    if (isCounterOnly) return;
    const { fields } = this.#scanner;
    const report = this.#orderReport;
    fields.hashOf(AT.cl_ord_id, scope.orderSeed);
    report.status = fields.word(AT.ord_status);
    report.side = fields.shown(AT.side);
    report.px = fields.double(AT.px) ?? NaN;
    report.leavesQty = fields.double(AT.leaves_qty) ?? NaN;
    followOrder(run, holding, report, isSubmission, isLate);
  }

  #addTo(total: Total, at: number): void {
    const { fields } = this.#scanner;
    const wide = fields.wide(at);
    if (wide === undefined) addUnits(total, fields.units[at]!, fields.digits[at]!);
    else addMoney(total, moneyOf(wide));
  }

  /** Adds last_qty × last_px × multiplier. */
  #addNotional(total: Total, multiplier: bigint): void {
    const { fields } = this.#scanner;
    const { units, digits } = fields;
    const product = units[AT.last_qty]! * units[AT.last_px]!;
    const isWide = fields.wide(AT.last_qty) !== undefined || fields.wide(AT.last_px) !== undefined;
    if (multiplier === ONE_ATOM && !isWide && product <= Number.MAX_SAFE_INTEGER)
      addUnits(total, product, digits[AT.last_qty]! + digits[AT.last_px]!);
    else addMoney(total, notional(fields.atoms(AT.last_qty), fields.atoms(AT.last_px), multiplier));
  }

  #measure(histogram: Histogram, at: number): void {
    const { fields } = this.#scanner;
    const ns = fields.units[at]!;
    const bucket = observe(histogram, ns);
    const id = AT.cl_ord_id;
    fields.locate(id);
    const { wall } = this.#times;
    exemplify(histogram, bucket, ns, wall, fields.bytes, fields.starts[id]!, fields.ends[id]!);
  }

  #isRepeatedFill(engine: EngineState, run: RunState, scope: Scope): boolean {
    const { fields } = this.#scanner;
    const { lo, hi } = fields.hashOf(AT.exec_id, scope.executionSeed(fields.word(AT.side)));
    if (addId(run.execIds, lo, hi)) return false;
    engine.repeatedFills += 1;
    return true;
  }

  #filled(run: RunState, scope: Scope, seq: number, isCounterOnly: boolean): void {
    const { fields } = this.#scanner;
    const side = fields.word(AT.side) as 'BUY' | 'SELL';
    const { counter, target } = scope.fills(side, fields.word(AT.last_liquidity));
    counter.count += 1;
    this.#addTo(counter.quantity, AT.last_qty);
    const { instrument, holding } = scope;
    if (instrument !== undefined)
      this.#addNotional((counter.notional ??= emptyTotal()), instrument.multiplier);
    if (fields.isGiven[AT.fill_ns] === 1) this.#measure(scope.fill, AT.fill_ns);
    if (holding === undefined) return;
    holding.fills += 1;
    this.#addTo(holding.filledQuantity, AT.last_qty);
    increment(holding.fillCounts, counter.liquidity);
    if (isCounterOnly) return;
    const { engine: time } = this.#times;
    applyFilled(run, holding, fields, side === 'BUY' ? 1 : -1, target, seq, time);
    const fill = nextRecentFill(run, holding);
    fill.seq = seq;
    fill.seconds = time.seconds;
    fill.nanos = time.nanos;
    fill.side = side;
    fill.px = fields.double(AT.last_px)!;
    fill.qty = fields.double(AT.last_qty)!;
    fill.liquidity = counter.liquidity;
    fill.fee = fields.double(AT.fee)!;
    fill.feeCcy = label(fields.word(AT.fee_ccy));
    keepText(fill.orderId, fields, AT.cl_ord_id);
    keepText(fill.execId, fields, AT.exec_id);
  }

  #claim(engine: EngineState, run: RunState, scope: Scope): void {
    const { fields } = this.#scanner;
    const holding =
      scope.knownHolding ??
      // Without an order or snapshot before it, something flat that no series shows.
      newHolding(newAccount(scope.strategy), newMarket(scope.venue, scope.symbol, undefined));
    claimPosition(engine, run, holding, {
      qty: fields.atoms(AT.qty),
      realizedPnl: fields.atoms(AT.realized_pnl),
      fees: fields.atoms(AT.fees),
    });
  }

  #strategyState(engine: EngineState, run: RunState, { strategy }: Scope, seq: number): void {
    if (!admitsStrategy(engine, strategy)) {
      this.#drop('trading_strategy_state');
      return;
    }
    const account = accountOf(run, strategy);
    if (account.state !== undefined && account.state.seq >= seq) return;
    const state = codeOf(engine, 'strategy_state', this.#scanner.fields.word(AT.state));
    account.state = { value: state, seq };
  }

  #cash(engine: EngineState, run: RunState, line: Json): void {
    const amount = moneyOf(parseAtoms(line['amount'] as string));
    const currency = line['ccy'] as string;
    if (line['venue'] !== undefined)
      changeBalance(run, label(line['venue'] as string), label(currency), amount, ONE_ATOM);
    if (line['strategy'] === undefined) return;
    this.#withStrategy(engine, line, 'trading_equity', (strategy) => {
      const account = accountOf(run, strategy);
      if (account.capital === undefined || account.currency !== currency) return;
      switch (line['kind']) {
        case 'DEPOSIT':
        case 'WITHDRAWAL':
          transfer(account, amount);
          break;
        case 'FUNDING':
        case 'DIVIDEND':
        case 'INTEREST':
          account.cash += amount;
          lookAt(account);
          break;
        default:
      }
    });
  }

  #breach(engine: EngineState, run: RunState, line: Json, seq: number): void {
    const strategy = counterStrategy(engine, line);
    const name = codeOf(engine, 'risk_name', line['name'] as string);
    const action = codeOf(engine, 'risk_action', line['action'] as string);
    const id = join(strategy, name, action);
    const breach = engine.breaches.get(id) ?? { strategy, name, action, count: 0 };
    engine.breaches.set(id, breach);
    breach.count += 1;
    this.#alarm(
      run,
      line,
      seq,
      `${name} ${text(line['value'])} of ${text(line['limit'])}: ${action}`,
    );
  }

  #limit(engine: EngineState, run: RunState, { strategy }: Scope, seq: number): void {
    const { fields } = this.#scanner;
    const name = codeOf(engine, 'risk_name', fields.word(AT.name));
    const id = join(strategy, name);
    const before = run.limits.get(id);
    if (before !== undefined && before.seq > seq) return;
    if (
      !admitsStrategy(engine, strategy) ||
      name === OTHER ||
      (before === undefined && run.limits.size >= LIMITS_MAX)
    ) {
      this.#drop('trading_risk_limit');
      return;
    }
    const limit = fields.double(AT.limit)!;
    run.limits.set(id, { strategy, name, limit, value: fields.double(AT.value)!, seq });
  }

  #withMarket(
    engine: EngineState,
    line: Json,
    metric: string,
    apply: (venue: string, symbol: string) => void,
  ): void {
    const venue = label(line['venue'] as string);
    const symbol = label(line['symbol'] as string);
    if (admitsSymbol(engine, venue, symbol)) apply(venue, symbol);
    else this.#drop(metric);
  }

  #withStrategy(
    engine: EngineState,
    line: Json,
    metric: string,
    apply: (strategy: string) => void,
  ): void {
    const strategy = label((line['strategy'] as string | undefined) ?? '');
    if (admitsStrategy(engine, strategy)) apply(strategy);
    else this.#drop(metric);
  }

  #drop(metric: string): void {
    increment(this.state.seriesDropped, metric);
  }

  #alarm(run: RunState, line: Json, seq: number, message: string): void {
    const { seconds, nanos } = this.#times.engine;
    const alarm: Alarm = {
      seq,
      seconds,
      nanos,
      event: line['event'] as string,
      strategy: label((line['strategy'] as string | undefined) ?? ''),
      text: message,
    };
    run.alarms.push(alarm);
    if (run.alarms.length > ALARMS_MAX) run.alarms.shift();
  }
}

/** What moves counters; below a replacing snapshot that is all that a line may do. */
const isCounting = (event: EventName): boolean =>
  event === 'md.gap' || event === 'md.resync' || event === 'risk.breach' || event === 'log.segment';

/** The first line of a run: `n` is its segment's number. @returns whether an older run went for it */
function addRun(engine: EngineState, run: RunState, seq: number, n: number): boolean {
  engine.runs.set(run.run, run);
  if (run.run > engine.latest) engine.latest = run.run;
  const isFull = engine.runs.size > RUNS_MAX;
  if (isFull) {
    let smallest = run.run;
    for (const id of engine.runs.keys()) if (id < smallest) smallest = id;
    engine.runs.delete(smallest);
  }
  if (n > 1) {
    run.pruned = seq - 1;
    run.isPrunedOpen = true;
    prune(run.sequence, seq - 1);
  }
  return isFull;
}

function counterMarket(engine: EngineState, line: Json): ReturnType<typeof marketCounters> {
  const venue = label(line['venue'] as string);
  const symbol = label(line['symbol'] as string);
  return admitsSymbol(engine, venue, symbol)
    ? marketCounters(engine, venue, symbol)
    : marketCounters(engine, OTHER, OTHER);
}

function counterStrategy(engine: EngineState, line: Json): string {
  const strategy = label((line['strategy'] as string | undefined) ?? '');
  return admitsStrategy(engine, strategy) ? strategy : OTHER;
}

/** What an alarm shows of a field that nothing checks. */
const text = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, 200) : typeof value === 'number' ? String(value) : '';
