/**
 * What the report needs of one run beyond the replica's state, gathered line by line in bounded memory.
 * Rows of the tables leave as they are complete; sums, samples and thinned curves stay.
 */
import { atomsToDouble, moneyToDouble } from '@tradetail/core/decimal.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { fillSpread } from '@tradetail/core/execution/spread.ts';
import { feeInQuote, isBaseFee } from '@tradetail/core/ledger/fee.ts';
import { Sample } from '@tradetail/core/stats/sample.ts';
import { SlopeFit } from '@tradetail/core/stats/regression.ts';
import { formatTime, isBefore, type Instant } from '@tradetail/core/time.ts';
import { AT, type Fields } from '../decode/fields.ts';
import { netPnlOf } from '../fold/account.ts';
import { join, type EngineState } from '../fold/engine-state.ts';
import { label } from '../fold/label.ts';
import type { Holding, Market, RunState } from '../fold/run-state.ts';
import type { Scope } from '../fold/scope.ts';
import { Attribution } from './attribution.ts';
import { csvNumber, csvText, csvTime, type Cell } from './csv.ts';
import { Curve, Thinned } from './curve.ts';
import { EquityRecord, type EquityLook } from './equity-record.ts';
import { ExecutionRecord, type Liquidity, type LiquidityRecord } from './execution-record.ts';
import { FillQueue, HORIZON_MS, type FillEnds } from './fill-queue.ts';
import { numberOf, textOf, type LineText } from './line-text.ts';
import { MarkoutCurve } from './markout.ts';
import { BookFilm } from './order-book-film.ts';
import { addFill, follow, millisBetween, newOrder, type OrderRecord } from './order-record.ts';
import {
  averageAtMark,
  averageAtoms,
  bookOf,
  fillMarkOf,
  lotOf,
  markNumber,
  markOf,
  midNumber,
  multiplierOf,
  qtyOf,
  spreadBpsOf,
} from './replica-look.ts';
import { holdingSeconds, profitOf, RoundTrips, type RoundTrip } from './round-trip.ts';

const HOUR_SECONDS = 3600;
const ORDERS_MAX = 100_000;
/** Ended orders that a late fill can still reach. */
const ENDED_MAX = 5_000;
const TRIPS_MAX = 1_000_000;
const FILL_POINTS_MAX = 1_500;
const PRICE_POINTS_MAX = 1_000;
const LIQUIDITIES_MAX = 4;
const INCIDENTS_MAX = 200;
const GAPS_MAX = 100;
const IMPACT_HORIZON = HORIZON_MS.indexOf(1000);

/** Where the rows of the tables go. */
export interface Tables {
  row(table: 'round_trips', cells: readonly Cell[]): void;
  /** A row that is text already. */
  text(table: 'fills' | 'orders', row: string): void;
}

export interface Trips {
  readonly profits: Sample;
  readonly maes: Sample;
  readonly mfes: Sample;
  readonly holding: Sample;
  /** By hour of day (UTC), symbol, side: trips, wins, profit. */
  readonly groups: Map<string, { trips: number; wins: number; net: bigint }>;
  net: bigint;
}

export interface StrategyRecord {
  readonly strategy: string;
  readonly execution: ExecutionRecord;
  readonly trips: Trips;
  readonly fillPoints: Thinned<FillPoint>;
  notional: number;
  firstFill: number | undefined;
}

export interface FillPoint {
  readonly time: number;
  readonly px: number;
  readonly qty: number;
  readonly side: 'BUY' | 'SELL';
  readonly liquidity: string;
  readonly symbol: string;
}

export interface KeyRecord {
  readonly holding: Holding;
  readonly strategy: StrategyRecord;
  readonly market: MarketRecord;
  /** Strategy, venue and symbol as cells of a table. */
  readonly cells: string;
  readonly fillWays: FillWay[];
  readonly attribution: Attribution;
  readonly trips: RoundTrips;
  /** By liquidity, weighted by quantity, as the live gauge. */
  readonly markouts: Map<string, MarkoutCurve>;
}

/** What the fills of one liquidity are added to. */
interface FillWay {
  /** As the log has it, and as a label. */
  readonly word: string;
  readonly liquidity: string;
  readonly cell: string;
  readonly target: FillTarget;
}

export interface MarketRecord {
  readonly market: Market;
  /** The mark where nothing but our own fills gave one. */
  fillMark: bigint | undefined;
  readonly keys: KeyRecord[];
  readonly film: BookFilm;
  readonly prices: Curve<number>;
  tickSize: number;
  /** Of md.trade, base. */
  volume: number;
  trades: number;
  /** Of log returns of the mid between whole seconds: Σ r² and seconds. */
  squaredReturns: number;
  returnSeconds: number;
  midBefore: number | undefined;
  spreadBps: number;
  spreads: number;
}

export interface Incident {
  readonly time: string;
  readonly event: string;
  readonly strategy: string;
  readonly text: string;
}

/** What the lines say of the run itself. */
export interface RunFacts {
  started: Json | undefined;
  stopped: Json | undefined;
  firstTime: Instant | undefined;
  lastTime: Instant | undefined;
  firstWall: Instant | undefined;
  lastWall: Instant | undefined;
  lines: number;
  bookGaps: number;
  resyncs: number;
  reconDiffs: number;
  errors: number;
}

/** A second or an hour that is over once the line that comes is applied: what stood before it. */
interface Passed {
  readonly looks: Map<string, EquityLook>;
  readonly second: number;
}

/** What a fill that waits for its horizons is added to. */
interface FillTarget {
  readonly market: Market;
  readonly curve: MarkoutCurve | undefined;
  readonly record: LiquidityRecord | undefined;
  readonly impact?: SlopeFit;
  /** Of which it was the first fill. */
  readonly order?: OrderRecord | undefined;
}

export class Collector {
  readonly engine: EngineState;
  readonly run: RunState;
  readonly strategies = new Map<string, StrategyRecord>();
  readonly equities = new Map<string, EquityRecord>();
  readonly keys = new Map<string, KeyRecord>();
  readonly markets = new Map<string, MarketRecord>();
  readonly incidents: Incident[] = [];
  readonly gaps: { from: number; to: number }[] = [];
  readonly facts: RunFacts = {
    started: undefined,
    stopped: undefined,
    firstTime: undefined,
    lastTime: undefined,
    firstWall: undefined,
    lastWall: undefined,
    lines: 0,
    bookGaps: 0,
    resyncs: 0,
    reconDiffs: 0,
    errors: 0,
  };
  /** Whether there are fills that it could not take, for want of an instrument. */
  unvaluedFills = 0;
  readonly #tables: Tables;
  readonly #fields: Fields;
  readonly #text: LineText;
  readonly #fills = new FillQueue<FillTarget>({
    midOf: ({ market }) => midNumber(market)!,
    taken: addMarkout,
    over: (row, { direction, px, mid }, later) => {
      // Without a mid every cell is empty: NaN is none.
      const bps = (from: number, to: number): number => ((direction * (to - from)) / mid) * 1e4;
      let cells = csvNumber(2 * bps(mid, px));
      for (const one of later) cells += `,${csvNumber(bps(px, one))}`;
      this.#tables.text('fills', `${row},${cells}\r\n`);
    },
  });
  readonly #keys = new Map<Holding, KeyRecord>();
  readonly #markets = new Map<Market, MarketRecord>();
  /** By the hash of their ids: those that are open, and those that ended last. */
  readonly #orders = new Map<number, OrderRecord<KeyRecord>>();
  readonly #ended: OrderRecord<KeyRecord>[] = [];
  #endedHead = 0;
  #passed: Passed | undefined;
  #hour: number | undefined;
  readonly #lastTime = { seconds: 0, nanos: 0 };
  readonly #lastWall = { seconds: 0, nanos: 0 };
  #replacedAt: number;
  #repeatedFills: number;

  /**
   * @param fields of the line that is applied
   * @param text what else it says
   */
  constructor(engine: EngineState, run: RunState, tables: Tables, fields: Fields, text: LineText) {
    this.engine = engine;
    this.run = run;
    this.#tables = tables;
    this.#fields = fields;
    this.#text = text;
    this.#replacedAt = run.replacedAt;
    this.#repeatedFills = engine.repeatedFills;
  }

  // --- before and after a line --------------------------------------------------------------------

  /** A line of this engine time comes; all stands as it was before it. */
  pass(time: Instant): void {
    const { clock } = this.run;
    this.#repeatedFills = this.engine.repeatedFills;
    const isLater = isBefore(clock, time);
    const now = isLater ? time : clock;
    if (this.#fills.isDue(now)) this.#fills.take(now);
    if (!isLater || clock.seconds < 0 || time.seconds === clock.seconds) return;
    this.#passed = { looks: this.#looks(), second: clock.seconds };
    const hour = Math.floor(time.seconds / HOUR_SECONDS);
    if (this.#hour !== undefined && hour > this.#hour) {
      this.#endHour();
      this.#hour = hour;
    }
  }

  /** The replica has applied the line. @param line undefined where it was not parsed */
  take(
    time: Instant,
    wall: Instant,
    event: string,
    seq: number,
    scope: Scope | undefined,
    line: Json | undefined,
  ): void {
    const { facts } = this;
    facts.lines += 1;
    facts.firstTime ??= instantOf(time);
    facts.firstWall ??= instantOf(wall);
    setTo(this.#lastTime, time);
    setTo(this.#lastWall, wall);
    facts.lastTime = this.#lastTime;
    facts.lastWall = this.#lastWall;
    const { seconds } = this.run.clock;
    this.#hour ??= Math.floor(seconds / HOUR_SECONDS);
    if (this.#passed !== undefined) {
      this.#endSecond(this.#passed.looks, this.#passed.second, seconds);
      this.#passed = undefined;
    }
    if (scope === undefined) {
      if (line !== undefined) this.#event(time, event, line);
    } else if (event === 'recon.diff') this.#event(time, event, this.#text.parsed());
    else if (event === 'md.book' || event === 'md.trade') this.#moved(scope, event);
    else if (event.startsWith('order.')) this.#order(scope, time, event, seq);
  }

  #moved(scope: Scope, event: string): void {
    const record = scope.market && this.#marketOf(scope.market);
    if (record === undefined) return;
    for (const { trips } of record.keys) if (trips.isOpen) trips.mark(markNumber(record.market));
    if (event !== 'md.trade') return;
    record.volume += this.#fields.double(AT.qty)!;
    record.trades += 1;
  }

  #marketOf(market: Market): MarketRecord {
    let record = this.#markets.get(market);
    if (record !== undefined) return record;
    record = {
      market,
      fillMark: undefined,
      keys: [],
      film: new BookFilm(),
      prices: new Curve(PRICE_POINTS_MAX),
      tickSize: NaN,
      volume: 0,
      trades: 0,
      squaredReturns: 0,
      returnSeconds: 0,
      midBefore: undefined,
      spreadBps: 0,
      spreads: 0,
    };
    this.#markets.set(market, record);
    this.markets.set(join(market.venue, market.symbol), record);
    return record;
  }

  /** The log is over: what is open is written, and the last second and hour end. */
  end(): void {
    const second = this.run.clock.seconds;
    this.#endSecond(this.#looks(), second, second);
    this.#endHour();
    for (const order of this.#ended.slice(this.#endedHead)) {
      if (this.#orders.get(order.hash) === order) this.#orders.delete(order.hash);
      this.#retire(order);
    }
    for (const order of this.#orders.values()) this.#retire(order);
    this.#orders.clear();
    this.#fills.end();
  }

  // --- time ---------------------------------------------------------------------------------------

  #looks(): Map<string, EquityLook> {
    const looks = new Map<string, EquityLook>();
    for (const [name, account] of this.run.accounts) {
      let record = this.equities.get(name);
      if (record?.account !== account)
        this.equities.set(name, (record = new EquityRecord(account)));
      const look = record.look();
      if (look !== undefined) looks.set(name, look);
    }
    return looks;
  }

  #endSecond(looks: ReadonlyMap<string, EquityLook>, second: number, next: number): void {
    // The last second of a log ends a minute, too.
    const isNewMinute = Math.floor(next / 60) > Math.floor(second / 60);
    const minute = next === second ? 'is cut' : isNewMinute ? 'ends' : 'goes on';
    for (const [name, look] of looks)
      this.equities.get(name)!.endSecond(look, second, next - second, minute);
    for (const record of this.markets.values()) {
      if (record.keys.length === 0) continue;
      const { market } = record;
      const mid = midNumber(market);
      if (mid === undefined) continue;
      record.prices.add(second, mid);
      record.spreads += 1;
      record.spreadBps += spreadBpsOf(market)!;
      if (record.midBefore !== undefined) {
        record.squaredReturns += Math.log(mid / record.midBefore) ** 2;
        record.returnSeconds += next - second;
      }
      record.midBefore = mid;
      const book = bookOf(market);
      if (book !== undefined) record.film.frame(second, book.bids, book.asks);
    }
  }

  #endHour(): void {
    if (this.#hour === undefined) return;
    for (const { attribution, holding } of this.keys.values()) {
      const { market } = holding;
      attribution.endHour(
        this.#hour,
        markOf(market),
        netPnlOf(holding) ?? 0n,
        multiplierOf(market),
      );
    }
  }

  // --- events -------------------------------------------------------------------------------------

  #event(time: Instant, event: string, line: Json): void {
    const { facts } = this;
    switch (event) {
      case 'engine.started':
        facts.started = line;
        return;
      case 'engine.stopped':
        facts.stopped = line;
        return;
      case 'engine.snapshot':
        this.#followSnapshot(time);
        return;
      case 'instrument.defined': {
        const id = join(label(line['venue'] as string), label(line['symbol'] as string));
        const market = this.run.markets.get(id);
        if (market !== undefined) this.#marketOf(market).tickSize = numberOf(line['tick_size']);
        return;
      }
      case 'md.gap':
        facts.bookGaps += 1;
        return;
      case 'md.resync':
        facts.resyncs += 1;
        return;
      case 'recon.diff':
        facts.reconDiffs += 1;
        this.#incident(time, line, ['kind', 'ours', 'theirs', 'action']);
        return;
      case 'engine.error':
        facts.errors += 1;
        this.#incident(time, line, ['error_type', 'error_message']);
        return;
      case 'engine.state':
        this.#incident(time, line, ['from', 'to', 'reason']);
        return;
      case 'risk.breach':
        this.#incident(time, line, ['name', 'value', 'limit', 'action']);
        return;
      case 'risk.kill':
      case 'risk.rearmed':
        this.#incident(time, line, ['trigger', 'by']);
        return;
      case 'account.drift':
        this.#incident(time, line, ['asset', 'ledger', 'venue', 'diff']);
        return;
      case 'log.dropped':
        this.#incident(time, line, ['count', 'from_seq', 'to_seq']);
        return;
      default:
    }
  }

  #incident(time: Instant, line: Json, fields: readonly string[]): void {
    if (this.incidents.length >= INCIDENTS_MAX) return;
    const said = fields
      .filter((field) => line[field] !== undefined)
      .map((field) => `${field} ${textOf(line[field]).slice(0, 200)}`);
    this.incidents.push({
      time: formatTime(time),
      event: line['event'] as string,
      strategy: textOf(line['strategy']),
      text: said.join(', '),
    });
  }

  gap(from: number, to: number): void {
    if (this.gaps.length < GAPS_MAX) this.gaps.push({ from, to });
  }

  /** What a snapshot holds that our own account of the fills does not. */
  #followSnapshot(time: Instant): void {
    const { run } = this;
    const isReplacing = run.replacedAt > this.#replacedAt;
    this.#replacedAt = run.replacedAt;
    if (!isReplacing && run.hasFills) return;
    const at = instantOf(time);
    for (const holding of run.holdings.values()) {
      const key = this.#key(holding);
      const { market } = holding;
      const qty = qtyOf(holding);
      if (!isReplacing && key.attribution.qty === qty) continue;
      const mark = markOf(market);
      if (isReplacing) key.attribution.settle(mark, multiplierOf(market));
      // An opening position stands at its average; what it gained since is of the run.
      key.attribution.hold(qty, isReplacing ? mark : averageAtMark(holding));
      key.trips.hold(qty, averageAtoms(holding), lotOf(market), multiplierOf(market), at);
    }
  }

  #strategy(name: string): StrategyRecord {
    let record = this.strategies.get(name);
    if (record === undefined)
      this.strategies.set(
        name,
        (record = {
          strategy: name,
          execution: new ExecutionRecord(),
          trips: {
            profits: new Sample(TRIPS_MAX),
            maes: new Sample(TRIPS_MAX),
            mfes: new Sample(TRIPS_MAX),
            holding: new Sample(TRIPS_MAX),
            groups: new Map(),
            net: 0n,
          },
          fillPoints: new Thinned(FILL_POINTS_MAX),
          notional: 0,
          firstFill: undefined,
        }),
      );
    return record;
  }

  #key(holding: Holding): KeyRecord {
    let key = this.#keys.get(holding);
    if (key !== undefined) return key;
    const { strategy, venue, symbol } = holding;
    key = {
      holding,
      strategy: this.#strategy(strategy),
      market: this.#marketOf(holding.market),
      cells: [strategy, venue, symbol].map(csvText).join(','),
      fillWays: [],
      attribution: new Attribution(),
      trips: new RoundTrips((trip) => this.#tripEnded(holding, trip)),
      markouts: new Map(),
    };
    this.#keys.set(holding, key);
    this.keys.set(join(strategy, venue, symbol), key);
    key.market.keys.push(key);
    return key;
  }

  #order(scope: Scope, at: Instant, event: string, seq: number): void {
    const holding = scope.knownHolding;
    // Past the caps on labels.
    if (holding === undefined) return;
    const key = this.#key(holding);
    const { execution } = key.strategy;
    const fields = this.#fields;
    const text = this.#text;
    const time = instantOf(at);
    const mid = midNumber(holding.market);
    const hash = fields.hashOf(AT.cl_ord_id, scope.orderSeed).key;
    let order = this.#orders.get(hash);
    switch (event) {
      case 'order.submitted':
        execution.submitted += 1;
        this.#stage(execution.latencies.decision, AT.decision_ns);
        this.#stage(execution.latencies.tick_to_trade, AT.tick_to_trade_ns);
        stage(execution.latencies.risk, text.number('risk_ns'));
        if (order === undefined && this.#orders.size < ORDERS_MAX) {
          order = newOrder(key, hash, fields, text, time, mid, key.market.tickSize);
          this.#orders.set(hash, order);
        }
        return;
      case 'order.accepted':
        execution.accepted += 1;
        this.#stage(execution.latencies.ack, AT.ack_ns);
        break;
      case 'order.replaced':
        execution.replaced += 1;
        break;
      case 'order.cancel_requested':
        execution.cancelRequests += 1;
        break;
      case 'order.rejected':
        execution.reason(execution.rejects, label(fields.word(AT.code)));
        break;
      case 'order.denied':
        execution.reason(execution.denials, label(fields.word(AT.deny_code)));
        return;
      case 'order.cancel_rejected':
        execution.cancelRejects += 1;
        break;
      case 'order.unknown':
        execution.unknown += 1;
        break;
      case 'order.filled':
        this.#fill(time, seq, key, order);
        break;
      default:
    }
    if (order === undefined) return;
    const wasOver = order.endedAt !== undefined;
    follow(order, event, fields, text, time, mid);
    if (event === 'order.canceled') execution.reason(execution.cancels, order.reason);
    if (event === 'order.expired') execution.reason(execution.expiries, order.reason);
    if (!wasOver && order.endedAt !== undefined) this.#endOrder(order);
  }

  #stage(sample: Sample, at: number): void {
    if (this.#fields.isGiven[at] === 1) stage(sample, this.#fields.units[at]!);
  }

  #endOrder(order: OrderRecord<KeyRecord>): void {
    this.#ended.push(order);
    if (this.#ended.length - this.#endedHead <= ENDED_MAX) return;
    const oldest = this.#ended[this.#endedHead]!;
    this.#endedHead += 1;
    if (this.#orders.get(oldest.hash) === oldest) this.#orders.delete(oldest.hash);
    this.#retire(oldest);
    if (this.#endedHead > ENDED_MAX) {
      this.#ended.splice(0, this.#endedHead);
      this.#endedHead = 0;
    }
  }

  #retire(order: OrderRecord<KeyRecord>): void {
    const { key, submitted, acceptedAt, endedAt } = order;
    const multiplier = atomsToDouble(multiplierOf(key.holding.market));
    const { slippageBps, shortfallBps } = key.strategy.execution.retire(
      order,
      key.holding.venue,
      multiplier,
    );
    const ms = (to: Instant | undefined, from: Instant | undefined = submitted): string =>
      to === undefined || from === undefined ? '' : csvNumber(millisBetween(from, to));
    const vwap = order.fills > 0 ? order.filledValue / order.filled : undefined;
    this.#tables.text(
      'orders',
      `${csvTime(submitted)},${key.cells},${csvText(order.clOrdId)},${csvText(order.orderId)},` +
        `${order.direction > 0 ? 'BUY' : 'SELL'},${csvText(order.intent)},${csvText(order.ordType)},` +
        `${csvText(order.tif)},${order.isPostOnly},${csvNumber(order.px)},${csvNumber(order.qty)},` +
        `${csvNumber(order.level)},${csvText(order.status)},${order.fills},${csvNumber(order.filled)},` +
        `${csvNumber(vwap)},${csvNumber(order.decisionMid)},${csvNumber(order.arrivalMid)},` +
        `${order.feesKnown ? csvNumber(order.fees) : ''},${csvNumber(slippageBps)},` +
        `${csvNumber(shortfallBps)},${order.replaced},${ms(acceptedAt)},${ms(order.firstFillAt)},` +
        `${ms(endedAt, acceptedAt)},${endedAt === undefined ? '' : csvTime(endedAt)},` +
        `${csvText(order.reason)}\r\n`,
    );
  }

  #fill(
    time: Instant,
    seq: number,
    key: KeyRecord,
    order: OrderRecord<KeyRecord> | undefined,
  ): void {
    if (this.engine.repeatedFills > this.#repeatedFills || seq < this.run.replacedAt) return;
    const fields = this.#fields;
    const { holding, strategy } = key;
    const { market, film } = key.market;
    const { instrument } = market;
    const markBefore = fillMarkOf(market, key.market.fillMark);
    key.market.fillMark = markOf(market);
    const side = fields.word(AT.side) as 'BUY' | 'SELL';
    const direction = side === 'BUY' ? 1 : -1;
    const px = fields.atoms(AT.last_px);
    const qty = fields.atoms(AT.last_qty);
    const price = fields.double(AT.last_px)!;
    const quantity = fields.double(AT.last_qty)!;
    const loggedFee = fields.double(AT.fee)!;
    const feeCurrency = fields.word(AT.fee_ccy);
    const way = this.#fillWay(key, fields.word(AT.last_liquidity));
    const { liquidity } = way;
    const { record } = way.target;
    const seconds = time.seconds + time.nanos / 1e9;
    const mid = midNumber(market);

    let fee: bigint | undefined;
    let feeNumber: number | undefined;
    let spread: bigint | undefined;
    let multiplier = 1;
    if (instrument === undefined) this.unvaluedFills += 1;
    else {
      multiplier = atomsToDouble(instrument.multiplier);
      const feeAtoms = fields.atoms(AT.fee);
      const feeQuote = fields.isGiven[AT.fee_quote] === 0 ? undefined : fields.atoms(AT.fee_quote);
      const { base, quote } = instrument;
      const one = {
        fee: feeAtoms,
        feeCurrency,
        feeQuote,
        px,
        base,
        quote,
        multiplier: instrument.multiplier,
      };
      fee = feeInQuote(one);
      const isInQuote = feeQuote === undefined && feeCurrency === quote;
      if (fee !== undefined) feeNumber = isInQuote ? loggedFee : moneyToDouble(fee);
      const effective = BigInt(direction) * qty - (isBaseFee(one) ? feeAtoms : 0n);
      if (!holding.isUnvalued) {
        ({ spread } = key.attribution.fill(
          markBefore,
          effective,
          px,
          fee ?? 0n,
          instrument.multiplier,
        ));
        key.trips.fill(
          effective,
          px,
          price,
          fee ?? 0n,
          instrument.lotSize,
          instrument.multiplier,
          time,
        );
      }
    }
    const notional = quantity * price * multiplier;
    strategy.notional += notional;
    strategy.firstFill ??= seconds;
    strategy.fillPoints.add({
      time: seconds,
      px: price,
      qty: quantity,
      side,
      liquidity,
      symbol: market.symbol,
    });
    film.fill({ time: seconds, px: price, side, liquidity, strategy: holding.strategy });
    const { execution } = strategy;
    this.#stage(execution.latencies.fill, AT.fill_ns);
    if (record !== undefined) {
      record.fills += 1;
      record.notional += notional;
      record.fees += feeNumber ?? 0;
      record.spread += spread ?? 0n;
      record.fee += fee ?? 0n;
      if (mid !== undefined && notional > 0)
        record.effective.add(notional, ((2 * direction * (price - mid)) / mid) * 1e4);
    }
    if (order !== undefined)
      addFill(order, {
        px: price,
        qty: quantity,
        isMaker: liquidity === 'maker',
        fee: feeNumber,
        at: time,
      });
    const row =
      `${csvTime(time)},${seq},${key.cells},${csvText(label(fields.text(AT.cl_ord_id)))},` +
      `${csvText(label(fields.text(AT.exec_id)))},${side},${way.cell},${csvNumber(price)},` +
      `${csvNumber(quantity)},${csvNumber(notional)},${csvNumber(loggedFee)},` +
      `${csvText(label(feeCurrency))},${csvNumber(feeNumber)},${csvNumber(mid)}`;
    const isImpact = liquidity === 'taker' && (order === undefined || order.fills === 1);
    this.#fills.add({
      seconds: time.seconds,
      nanos: time.nanos,
      direction,
      px: price,
      quantity,
      notional,
      mid: mid ?? NaN,
      row,
      target: isImpact ? { ...way.target, impact: impactOf(execution, market), order } : way.target,
    });
  }

  #fillWay(key: KeyRecord, word: string): FillWay {
    for (const way of key.fillWays) if (way.word === word) return way;
    const liquidity = label(word.toLowerCase());
    let curve = key.markouts.get(liquidity);
    if (curve === undefined && key.markouts.size < LIQUIDITIES_MAX)
      key.markouts.set(liquidity, (curve = new MarkoutCurve()));
    const record = isLiquidity(liquidity)
      ? key.strategy.execution.byLiquidity[liquidity]
      : undefined;
    const target = { market: key.holding.market, curve, record };
    const way = { word, liquidity, cell: csvText(liquidity), target };
    if (key.fillWays.length < LIQUIDITIES_MAX) key.fillWays.push(way);
    return way;
  }

  #tripEnded(holding: Holding, trip: RoundTrip): void {
    const { trips } = this.#strategy(holding.strategy);
    const net = profitOf(trip);
    trips.net += trip.net;
    trips.profits.add(net);
    trips.maes.add(trip.mae);
    trips.mfes.add(trip.mfe);
    trips.holding.add(holdingSeconds(trip));
    const hour = String(Math.floor(trip.exit.seconds / HOUR_SECONDS) % 24).padStart(2, '0');
    for (const name of [`hour ${hour}`, `symbol ${holding.symbol}`, `side ${trip.side}`]) {
      const group = trips.groups.get(name) ?? { trips: 0, wins: 0, net: 0n };
      trips.groups.set(name, group);
      group.trips += 1;
      if (trip.net > 0n) group.wins += 1;
      group.net += trip.net;
    }
    this.#tables.row('round_trips', [
      csvTime(trip.entry),
      csvTime(trip.exit),
      holding.strategy,
      holding.venue,
      holding.symbol,
      trip.side,
      atomsToDouble(trip.maxQty),
      trip.fills,
      trip.entryPx,
      trip.exitPx,
      holdingSeconds(trip),
      moneyToDouble(trip.gross),
      moneyToDouble(trip.fees),
      net,
      trip.mae,
      trip.mfe,
    ]);
  }
}

const isLiquidity = (text: string): text is Liquidity => text === 'maker' || text === 'taker';

function setTo(time: { seconds: number; nanos: number }, { seconds, nanos }: Instant): void {
  time.seconds = seconds;
  time.nanos = nanos;
}

/** The replica's times change with each line. */
const instantOf = ({ seconds, nanos }: Instant): Instant => ({ seconds, nanos });

function stage(sample: Sample, ns: number): void {
  if (Number.isFinite(ns)) sample.add(ns);
}

const addMarkout: FillEnds<FillTarget>['taken'] = (target, fill, horizon, later) => {
  const { curve, record, impact, order } = target;
  const { direction, mid, quantity } = fill;
  const spread = fillSpread(direction, fill.px, mid, later);
  curve?.add(horizon, quantity, spread);
  record?.curve.add(horizon, fill.notional, spread);
  if (horizon === IMPACT_HORIZON)
    impact?.add(Math.sqrt(order?.filled ?? quantity), (direction * (later - mid)) / mid);
};

function impactOf(execution: ExecutionRecord, { venue, symbol }: Market): SlopeFit {
  const id = join(venue, symbol);
  let fit = execution.impact.get(id);
  if (fit === undefined) execution.impact.set(id, (fit = new SlopeFit()));
  return fit;
}
