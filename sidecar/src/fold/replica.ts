/**
 * The replica: the exact state of every engine, folded from its lines. Lines come in any chunks from
 * any number of files; what a line does depends on the lines of its run alone, so the state is the
 * same however runs interleave.
 */
import { deserialize, serialize } from 'node:v8';
import { parseAtoms, moneyToDouble, ONE_ATOM } from '@tradetail/core/decimal.ts';
import { isKnownEvent, type Json, type LineTimes } from '@tradetail/core/events/check.ts';
import type { EventName } from '@tradetail/core/events/catalogue.ts';
import { toSeconds } from '@tradetail/core/time.ts';
import { moneyOf, notional } from '@tradetail/core/ledger/position.ts';
import { decodeLine, type InvalidReason } from '../decode/decode.ts';
import type { LineSink, Segment } from '../follow/line-sink.ts';
import { lookAt, start, transfer } from './account.ts';
import { changeBalance, claimBalance } from './balance.ts';
import { claimPosition, noteResidual } from './claim.ts';
import { advanceClock } from './clock.ts';
import {
  admitsStrategy,
  admitsSymbol,
  codeOf,
  increment,
  join,
  keyCounters,
  latencyOf,
  marketCounters,
  newEngine,
  RUNS_MAX,
  type EngineState,
  type KeyCounters,
  type LatencyStage,
} from './engine-state.ts';
import { observe } from './histogram.ts';
import { accountOf, applyFilled, holdingOf } from './holding.ts';
import { label, OTHER } from './label.ts';
import { applyBook, applyTrade, contradicts, defineInstrument, marketOf } from './market.ts';
import { followOrder } from './order.ts';
import {
  newAccount,
  newHolding,
  newMarket,
  newRun,
  type Alarm,
  type Holding,
  type RunState,
} from './run-state.ts';
import { classify, cover, prune, take } from './sequence.ts';
import { contradictsInstruments, takeSnapshot } from './snapshot.ts';

/** A seq so far above the greatest is a torn or forged number, not a gap. */
const SEQ_JUMP_MAX = 1e9;
const ENGINES_MAX = 1_000;
const EXEC_IDS_MAX = 2_000_000;
const RECENT_FILLS_MAX = 50;
const ALARMS_MAX = 20;
const LIMITS_MAX = 10_000;

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

/** What a replica tells while it reads. */
export interface ReplicaObserver {
  /** A line was applied; its wall clock. */
  applied?(wall: { readonly seconds: number; readonly nanos: number }): void;
  /** A line was refused. */
  refused?(reason: InvalidReason, bytes: Buffer, start: number, end: number): void;
  /** A gap was found: these seqs are missing. */
  gap?(engine: string, run: string, fromSeq: number, toSeq: number): void;
}

export class Replica implements LineSink {
  readonly state: ReplicaState;
  observer: ReplicaObserver = {};
  readonly #times: LineTimes = { engine: { seconds: 0, nanos: 0 }, wall: { seconds: 0, nanos: 0 } };

  constructor(state: ReplicaState = newState()) {
    this.state = state;
  }

  /** @returns all of its state, for `load` in the same version of the program and of Node's serialization */
  save(): Uint8Array {
    return serialize(this.state);
  }

  /** @throws where the bytes are not what `save` gave */
  static load(bytes: Uint8Array): Replica {
    const state = deserialize(bytes) as Partial<ReplicaState> | null;
    if (!(state?.engines instanceof Map) || !(state.seriesDropped instanceof Map))
      throw new Error('not a replica');
    return new Replica(state as ReplicaState);
  }

  line(bytes: Buffer, start: number, end: number, segment: Segment | undefined): void {
    this.state.lines += 1;
    this.state.bytes += end - start + 1;
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
  }

  unfinishedLine(length: number): void {
    this.state.lines += 1;
    this.state.bytes += length;
    this.state.invalidLines.json += 1;
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
      addRun(engine, run, seq, n ?? 1);
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
    const { wall } = this.#times;
    if (seq > run.lastTime.seq)
      run.lastTime = { value: { seconds: wall.seconds, nanos: wall.nanos }, seq };
    advanceClock(run, this.#times.engine);
    if (isKnownEvent(event)) {
      increment(engine.events, event);
      this.#apply(engine, run, event, line, seq, reading === 'late');
    } else engine.unknownEvents += 1;
    this.observer.applied?.(wall);
    return undefined;
  }

  #apply(
    engine: EngineState,
    run: RunState,
    event: EventName,
    line: Json,
    seq: number,
    isLate: boolean,
  ): void {
    // Below a replacing snapshot the state has what the line did: only counters have not.
    const isCounterOnly = seq < run.replacedAt;
    if (isCounterOnly && !isCounting(event)) return;
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
      case 'md.book':
        return this.#withMarket(engine, line, 'trading_mid_price', (venue, symbol) => {
          applyBook(run, marketOf(run, venue, symbol), line, seq, this.#times.wall);
        });
      case 'md.trade':
        return this.#trade(engine, run, line, seq, isCounterOnly);
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
      case 'strategy.state':
        return this.#withStrategy(engine, line, 'trading_strategy_state', (strategy) => {
          const account = accountOf(run, strategy);
          if (account.state === undefined || seq > account.state.seq)
            account.state = {
              value: codeOf(engine, 'strategy_state', line['state'] as string),
              seq,
            };
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
      case 'position.updated':
        if (!isLate) claimPosition(engine, run, this.#claimed(run, line), line);
        return;
      case 'risk.breach':
        return this.#breach(engine, run, line, seq);
      case 'risk.kill':
      case 'risk.rearmed':
        if (seq > run.killed.seq) run.killed = { value: event === 'risk.kill', seq };
        this.#alarm(run, line, seq, `${text(line['trigger'])} by ${text(line['by'])}`);
        return;
      case 'risk.limit':
        return this.#limit(engine, run, line, seq);
      default:
        if (event.startsWith('order.'))
          this.#order(engine, run, event, line, seq, isLate, isCounterOnly);
    }
  }

  #trade(
    engine: EngineState,
    run: RunState,
    line: Json,
    seq: number,
    isCounterOnly: boolean,
  ): void {
    const { trades } = counterMarket(engine, line);
    const aggressor = (line['aggressor_side'] as string).toLowerCase();
    const counter = trades.get(aggressor) ?? { count: 0, volume: 0n };
    trades.set(aggressor, counter);
    counter.count += 1;
    counter.volume += parseAtoms(line['qty'] as string);
    if (isCounterOnly) return;
    this.#withMarket(engine, line, 'trading_mark_price', (venue, symbol) => {
      applyTrade(
        marketOf(run, venue, symbol),
        parseAtoms(line['px'] as string),
        seq,
        this.#times.wall,
      );
    });
  }

  #order(
    engine: EngineState,
    run: RunState,
    event: EventName,
    line: Json,
    seq: number,
    isLate: boolean,
    isCounterOnly: boolean,
  ): void {
    if (event === 'order.filled' && this.#isRepeatedFill(engine, run, line)) return;
    const counters = counterKey(engine, line);
    const holding = this.#holding(engine, run, line);
    switch (event) {
      case 'order.submitted': {
        const side = (line['side'] as string).toLowerCase();
        const ordType = codeOf(engine, 'ord_type', (line['ord_type'] as string).toLowerCase());
        const id = join(side, ordType);
        const submitted = counters.submitted.get(id) ?? { side, ordType, count: 0 };
        counters.submitted.set(id, submitted);
        submitted.count += 1;
        this.#measure(counters, 'tick_to_trade', line['tick_to_trade_ns'], line);
        this.#measure(counters, 'decision', line['decision_ns'], line);
        if (holding !== undefined) {
          holding.submittedQuantity += parseAtoms(line['qty'] as string);
          holding.requests += 1;
        }
        break;
      }
      case 'order.replaced':
      case 'order.cancel_requested':
        if (holding !== undefined) holding.requests += 1;
        break;
      case 'order.accepted':
        counters.accepted += 1;
        this.#measure(counters, 'ack', line['ack_ns'], line);
        break;
      case 'order.canceled':
        counters.canceled += 1;
        break;
      case 'order.expired':
        counters.expired += 1;
        break;
      case 'order.rejected':
        increment(counters.rejected, codeOf(engine, 'code', line['code'] as string));
        break;
      case 'order.denied':
        increment(counters.denied, codeOf(engine, 'deny_code', line['deny_code'] as string));
        break;
      case 'order.filled':
        this.#filled(engine, run, counters, holding, line, seq, isCounterOnly);
        break;
      default:
    }
    if (holding !== undefined && !isCounterOnly)
      followOrder(run, holding, line, event === 'order.submitted', isLate);
  }

  #isRepeatedFill(engine: EngineState, run: RunState, line: Json): boolean {
    const id = label(
      join(
        line['venue'] as string,
        line['symbol'] as string,
        line['side'] as string,
        line['exec_id'] as string,
      ),
    );
    if (run.execIds.has(id)) {
      engine.repeatedFills += 1;
      return true;
    }
    run.execIds.add(id);
    if (run.execIds.size > EXEC_IDS_MAX) {
      const [oldest] = run.execIds;
      run.execIds.delete(oldest!);
    }
    return false;
  }

  #filled(
    engine: EngineState,
    run: RunState,
    counters: KeyCounters,
    holding: Holding | undefined,
    line: Json,
    seq: number,
    isCounterOnly: boolean,
  ): void {
    const side = (line['side'] as string).toLowerCase();
    const liquidity = codeOf(engine, 'liquidity', (line['last_liquidity'] as string).toLowerCase());
    const id = join(side, liquidity);
    const fills = counters.fills.get(id) ?? {
      side,
      liquidity,
      count: 0,
      quantity: 0n,
      notional: undefined,
    };
    counters.fills.set(id, fills);
    const qty = parseAtoms(line['last_qty'] as string);
    const px = parseAtoms(line['last_px'] as string);
    fills.count += 1;
    fills.quantity += qty;
    const instrument = run.instruments.get(
      join(label(line['venue'] as string), label(line['symbol'] as string)),
    );
    if (instrument !== undefined)
      fills.notional = (fills.notional ?? 0n) + notional(qty, px, instrument.multiplier);
    this.#measure(counters, 'fill', line['fill_ns'], line);
    if (holding === undefined) return;
    holding.fills += 1;
    holding.filledQuantity += qty;
    increment(holding.fillCounts, liquidity);
    if (isCounterOnly) return;
    applyFilled(run, holding, { ...line, last_liquidity: liquidity }, seq, this.#times.engine);
    const { seconds, nanos } = this.#times.engine;
    run.recentFills.push({
      seq,
      seconds,
      nanos,
      strategy: holding.strategy,
      venue: holding.venue,
      symbol: holding.symbol,
      side: line['side'] as 'BUY' | 'SELL',
      px: line['last_px'] as string,
      qty: line['last_qty'] as string,
      liquidity,
      fee: line['fee'] as string,
      feeCcy: label(line['fee_ccy'] as string),
      orderId: label(line['cl_ord_id'] as string),
      execId: label(line['exec_id'] as string),
    });
    if (run.recentFills.length > RECENT_FILLS_MAX) run.recentFills.shift();
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

  #limit(engine: EngineState, run: RunState, line: Json, seq: number): void {
    const strategy = label((line['strategy'] as string | undefined) ?? '');
    const name = codeOf(engine, 'risk_name', line['name'] as string);
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
    run.limits.set(id, {
      strategy,
      name,
      limit: Number(line['limit']),
      value: Number(line['value']),
      seq,
    });
  }

  /** The holding that an order or claim is about, made when it is the first; undefined past the caps. */
  #holding(engine: EngineState, run: RunState, line: Json): Holding | undefined {
    const strategy = label((line['strategy'] as string | undefined) ?? '');
    const venue = label(line['venue'] as string);
    const symbol = label(line['symbol'] as string);
    if (admitsStrategy(engine, strategy) && admitsSymbol(engine, venue, symbol))
      return holdingOf(run, strategy, venue, symbol);
    this.#drop('trading_position');
    return undefined;
  }

  /** What a claim is about; without an order or snapshot before it, something flat that no series shows. */
  #claimed(run: RunState, line: Json): Holding {
    const strategy = label((line['strategy'] as string | undefined) ?? '');
    const venue = label(line['venue'] as string);
    const symbol = label(line['symbol'] as string);
    return (
      run.holdings.get(join(strategy, venue, symbol)) ??
      newHolding(newAccount(strategy), newMarket(venue, symbol, undefined))
    );
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

  #measure(counters: KeyCounters, stage: LatencyStage, ns: unknown, line: Json): void {
    if (ns === undefined) return;
    const orderId = line['cl_ord_id'] as string;
    observe(latencyOf(counters, stage), ns as number, orderId, toSeconds(this.#times.wall));
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
  event.startsWith('order.') ||
  event === 'md.trade' ||
  event === 'md.gap' ||
  event === 'md.resync' ||
  event === 'risk.breach' ||
  event === 'log.segment';

/** The first line of a run: `n` is its segment's number. */
function addRun(engine: EngineState, run: RunState, seq: number, n: number): void {
  engine.runs.set(run.run, run);
  if (run.run > engine.latest) engine.latest = run.run;
  if (engine.runs.size > RUNS_MAX) {
    let smallest = run.run;
    for (const id of engine.runs.keys()) if (id < smallest) smallest = id;
    engine.runs.delete(smallest);
  }
  if (n > 1) {
    run.pruned = seq - 1;
    run.isPrunedOpen = true;
    prune(run.sequence, seq - 1);
  }
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

function counterKey(engine: EngineState, line: Json): KeyCounters {
  const venue = label(line['venue'] as string);
  const symbol = label(line['symbol'] as string);
  const isAdmitted = admitsSymbol(engine, venue, symbol);
  return keyCounters(
    engine,
    counterStrategy(engine, line),
    isAdmitted ? venue : OTHER,
    isAdmitted ? symbol : OTHER,
  );
}

/** What an alarm shows of a field that nothing checks. */
const text = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, 200) : typeof value === 'number' ? String(value) : '';
