/**
 * What the report needs of one run beyond the replica's state, gathered line by line in bounded memory.
 * Rows of the tables leave as they are complete; sums, samples and thinned curves stay.
 */
import {
  atomsToDouble,
  MARK_DIGITS,
  moneyToDouble,
  parseAtoms,
  toDouble,
} from '@tradetail/core/decimal.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { feeInQuote, isBaseFee } from '@tradetail/core/ledger/fee.ts';
import { Sample } from '@tradetail/core/stats/sample.ts';
import { SlopeFit } from '@tradetail/core/stats/regression.ts';
import { netPnlOf } from '../fold/account.ts';
import { join, type EngineState } from '../fold/engine-state.ts';
import { label } from '../fold/label.ts';
import type { Holding, Market, RunState } from '../fold/run-state.ts';
import { Attribution } from './attribution.ts';
import { Curve, Thinned } from './curve.ts';
import { EquityRecord, type EquityLook } from './equity-record.ts';
import { ExecutionRecord, type Liquidity, type LiquidityRecord } from './execution-record.ts';
import { HORIZON_MS, MarkoutCurve, MarkoutQueues, type WatchedFill } from './markout.ts';
import { BookFilm } from './order-book-film.ts';
import {
  addFill,
  follow,
  newOrder,
  numberOf,
  millisBetween,
  textOf,
  type OrderRecord,
  type Time,
} from './order-record.ts';
import {
  averageAtMark,
  averageAtoms,
  bookOf,
  lotOf,
  markNumber,
  markOf,
  midNumber,
  midOf,
  multiplierOf,
  qtyOf,
  spreadBpsOf,
} from './replica-look.ts';
import { holdingSeconds, profitOf, RoundTrips, type RoundTrip } from './round-trip.ts';
import { csvRow, type Cell } from './csv.ts';

const HOUR_SECONDS = 3600;
const ORDERS_MAX = 100_000;
/** Ended orders that a late fill can still reach. */
const ENDED_MAX = 5_000;
const FILL_ROWS_MAX = 100_000;
const TRIPS_MAX = 1_000_000;
const FILL_POINTS_MAX = 1_500;
const PRICE_POINTS_MAX = 1_000;
const INCIDENTS_MAX = 200;
const GAPS_MAX = 100;
const IMPACT_HORIZON = HORIZON_MS.indexOf(1000);

/** Where the rows of the tables go. */
export interface Tables {
  row(table: 'orders' | 'round_trips', cells: readonly Cell[]): void;
  /** A row that is text already. */
  text(table: 'fills', row: string): void;
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
  readonly attribution: Attribution;
  readonly trips: RoundTrips;
  /** By liquidity, weighted by quantity, as the live gauge. */
  readonly markouts: Map<string, MarkoutCurve>;
}

export interface MarketRecord {
  readonly market: Market;
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
  firstTime: Time | undefined;
  lastTime: Time | undefined;
  /** Wall clock. */
  firstWall: string;
  lastWall: string;
  lines: number;
  bookGaps: number;
  resyncs: number;
  reconDiffs: number;
  errors: number;
}

/** What must be known before a line is applied, for the case that it is. */
export interface Before {
  readonly looks: Map<string, EquityLook> | undefined;
  readonly second: number;
  readonly nets: Map<KeyRecord, { net: bigint | undefined; mark: bigint | undefined }> | undefined;
  readonly fill:
    { readonly mid: bigint | undefined; readonly mark: bigint | undefined } | undefined;
  readonly hasFills: boolean;
  readonly replacedAt: number;
  readonly repeatedFills: number;
}

interface PendingFill extends WatchedFill {
  /** Its row of the table but for what comes later. */
  readonly prefix: string;
  readonly quantity: number;
  readonly notional: number;
  readonly curve: MarkoutCurve | undefined;
  readonly record: LiquidityRecord | undefined;
  readonly impact: SlopeFit | undefined;
  readonly order: OrderRecord | undefined;
}

const NOTHING_NOTED: Before = {
  looks: undefined,
  second: 0,
  nets: undefined,
  fill: undefined,
  hasFills: false,
  replacedAt: 0,
  repeatedFills: 0,
};

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
    firstWall: '',
    lastWall: '',
    lines: 0,
    bookGaps: 0,
    resyncs: 0,
    reconDiffs: 0,
    errors: 0,
  };
  /** Whether there are fills that it could not take, for want of an instrument. */
  unvaluedFills = 0;
  readonly #tables: Tables;
  readonly #queues = new MarkoutQueues<PendingFill>((fill, horizon) => this.#taken(fill, horizon));
  readonly #orders = new Map<string, OrderRecord>();
  readonly #ended: { id: string; order: OrderRecord }[] = [];
  #endedHead = 0;
  readonly #endedById = new Map<string, OrderRecord>();
  /** Fills that wait for their last horizon. */
  readonly #rows: PendingFill[] = [];
  #isOver = false;
  #rowsHead = 0;
  #hour: number | undefined;
  #ticks = 0;

  constructor(engine: EngineState, run: RunState, tables: Tables) {
    this.engine = engine;
    this.run = run;
    this.#tables = tables;
  }

  // --- before and after a line --------------------------------------------------------------------

  /** @param seconds, nanos engine time of the line that comes */
  before(seconds: number, nanos: number, event: string, line: Json | undefined): Before {
    const { run, engine } = this;
    if (this.#queues.isDue(seconds, nanos)) this.#queues.look(seconds, nanos);
    const second = run.clock.seconds;
    const isNewSecond = second >= 0 && seconds > second;
    const isNewHour =
      isNewSecond && Math.floor(seconds / HOUR_SECONDS) > Math.floor(second / HOUR_SECONDS);
    if (!isNewSecond && line === undefined) return NOTHING_NOTED;
    const market =
      event === 'order.filled' && line !== undefined
        ? run.markets.get(join(label(line['venue'] as string), label(line['symbol'] as string)))
        : undefined;
    return {
      looks: isNewSecond ? this.#looks() : undefined,
      second,
      nets: isNewHour ? this.#nets() : undefined,
      fill:
        event === 'order.filled'
          ? { mid: market && midOf(market), mark: market && markOf(market) }
          : undefined,
      hasFills: run.hasFills,
      replacedAt: run.replacedAt,
      repeatedFills: engine.repeatedFills,
    };
  }

  /** The replica has applied the line. @param line undefined where the report needs no more of it */
  after(before: Before, time: Time, wall: string, event: string, line: Json | undefined): void {
    const { run, facts } = this;
    facts.lines += 1;
    facts.firstTime ??= time;
    facts.lastTime = time;
    if (wall !== '') {
      facts.firstWall ||= wall;
      facts.lastWall = wall;
    }
    const { seconds, nanos } = run.clock;
    if (this.#queues.isDue(seconds, nanos)) {
      this.#queues.take(seconds, nanos);
      this.#flushRows();
    }
    this.#hour ??= Math.floor(seconds / HOUR_SECONDS);
    if (before.looks !== undefined && seconds > before.second)
      this.#endSecond(before.looks, before.second, seconds);
    if (before.nets !== undefined && Math.floor(seconds / HOUR_SECONDS) > this.#hour) {
      this.#endHour(before.nets);
      this.#hour = Math.floor(seconds / HOUR_SECONDS);
    }
    if (line !== undefined) this.#take(before, time, event, line);
  }

  /** The mark of a market may have moved. */
  moved(market: MarketRecord): void {
    for (const { trips } of market.keys) if (trips.isOpen) trips.mark(markNumber(market.market));
  }

  /** A trade of the market, of others. */
  traded(market: MarketRecord, qty: number): void {
    market.volume += qty;
    market.trades += 1;
  }

  marketOf(venue: string, symbol: string): MarketRecord | undefined {
    const id = join(label(venue), label(symbol));
    let record = this.markets.get(id);
    if (record !== undefined) return record;
    const market = this.run.markets.get(id);
    if (market === undefined) return undefined;
    record = {
      market,
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
    this.markets.set(id, record);
    return record;
  }

  /** The log is over: what is open is written, and the last second and hour end. */
  end(): void {
    const second = this.run.clock.seconds;
    this.#endSecond(this.#looks(), second, second);
    this.#endHour(this.#nets());
    for (const { order } of this.#ended.slice(this.#endedHead)) this.#retire(order);
    for (const order of this.#orders.values()) this.#retire(order);
    this.#orders.clear();
    this.#isOver = true;
    this.#flushRows();
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

  #nets(): Map<KeyRecord, { net: bigint | undefined; mark: bigint | undefined }> {
    const nets = new Map<KeyRecord, { net: bigint | undefined; mark: bigint | undefined }>();
    for (const key of this.keys.values())
      nets.set(key, { net: netPnlOf(key.holding), mark: markOf(key.holding.market) });
    return nets;
  }

  #endSecond(looks: ReadonlyMap<string, EquityLook>, second: number, next: number): void {
    // The last second of a log ends a minute, too.
    const isNewMinute = Math.floor(next / 60) > Math.floor(second / 60);
    const minute = next === second ? 'is cut' : isNewMinute ? 'ends' : 'goes on';
    for (const [name, look] of looks)
      this.equities.get(name)!.endSecond(look, second, next - second, minute);
    this.#ticks += 1;
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

  #endHour(
    nets: ReadonlyMap<KeyRecord, { net: bigint | undefined; mark: bigint | undefined }>,
  ): void {
    if (this.#hour === undefined) return;
    for (const [{ attribution, holding }, { net, mark }] of nets)
      attribution.endHour(this.#hour, mark, net ?? 0n, multiplierOf(holding.market));
  }

  // --- events -------------------------------------------------------------------------------------

  #take(before: Before, time: Time, event: string, line: Json): void {
    const { facts } = this;
    switch (event) {
      case 'engine.started':
        facts.started = line;
        return;
      case 'engine.stopped':
        facts.stopped = line;
        return;
      case 'engine.snapshot':
        this.#followSnapshot(before, time);
        return;
      case 'instrument.defined': {
        const market = this.marketOf(line['venue'] as string, line['symbol'] as string);
        if (market !== undefined) market.tickSize = numberOf(line['tick_size']);
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
        if (event.startsWith('order.')) this.#order(before, time, event, line);
    }
  }

  #incident(time: Time, line: Json, fields: readonly string[]): void {
    if (this.incidents.length >= INCIDENTS_MAX) return;
    const said = fields
      .filter((field) => line[field] !== undefined)
      .map((field) => `${field} ${textOf(line[field]).slice(0, 200)}`);
    this.incidents.push({
      time: time.text,
      event: line['event'] as string,
      strategy: textOf(line['strategy']),
      text: said.join(', '),
    });
  }

  gap(from: number, to: number): void {
    if (this.gaps.length < GAPS_MAX) this.gaps.push({ from, to });
  }

  /** What a snapshot holds that our own account of the fills does not. */
  #followSnapshot(before: Before, time: Time): void {
    const { run } = this;
    const isReplacing = run.replacedAt > before.replacedAt;
    if (!isReplacing && before.hasFills) return;
    for (const holding of run.holdings.values()) {
      const key = this.#key(holding);
      const { market } = holding;
      const qty = qtyOf(holding);
      if (!isReplacing && key.attribution.qty === qty) continue;
      const mark = markOf(market);
      if (isReplacing) key.attribution.settle(mark, multiplierOf(market));
      // An opening position stands at its average; what it gained since is of the run.
      key.attribution.hold(qty, isReplacing ? mark : averageAtMark(holding));
      key.trips.hold(qty, averageAtoms(holding), lotOf(market), multiplierOf(market), time);
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
    const id = join(holding.strategy, holding.venue, holding.symbol);
    let key = this.keys.get(id);
    if (key === undefined) {
      key = {
        holding,
        attribution: new Attribution(),
        trips: new RoundTrips((trip) => this.#tripEnded(holding, trip)),
        markouts: new Map(),
      };
      this.keys.set(id, key);
      this.marketOf(holding.venue, holding.symbol)?.keys.push(key);
    }
    return key;
  }

  #order(before: Before, time: Time, event: string, line: Json): void {
    const name = textOf(line['strategy']);
    const venue = label(line['venue'] as string);
    const symbol = label(line['symbol'] as string);
    const holding = this.run.holdings.get(join(name, venue, symbol));
    // Past the caps on labels.
    if (holding === undefined) return;
    const key = this.#key(holding);
    const { execution } = this.#strategy(name);
    const market = this.marketOf(venue, symbol)!;
    const mid = midNumber(market.market);
    const id = join(venue, symbol, label(line['cl_ord_id'] as string));
    let order = this.#orders.get(id) ?? this.#endedById.get(id);
    switch (event) {
      case 'order.submitted':
        execution.submitted += 1;
        stage(execution.latencies.decision, line['decision_ns']);
        stage(execution.latencies.risk, line['risk_ns']);
        stage(execution.latencies.tick_to_trade, line['tick_to_trade_ns']);
        if (order === undefined && this.#orders.size < ORDERS_MAX) {
          order = newOrder(line, time, mid, market.tickSize);
          this.#orders.set(id, order);
        }
        return;
      case 'order.accepted':
        execution.accepted += 1;
        stage(execution.latencies.ack, line['ack_ns']);
        break;
      case 'order.replaced':
        execution.replaced += 1;
        break;
      case 'order.cancel_requested':
        execution.cancelRequests += 1;
        break;
      case 'order.rejected':
        execution.reason(execution.rejects, textOf(line['code']));
        break;
      case 'order.denied':
        execution.reason(execution.denials, textOf(line['deny_code']));
        return;
      case 'order.cancel_rejected':
        execution.cancelRejects += 1;
        break;
      case 'order.unknown':
        execution.unknown += 1;
        break;
      case 'order.filled':
        this.#fill(before, time, line, key, market, order);
        break;
      default:
    }
    if (order === undefined) return;
    const wasOver = order.endedAt !== undefined;
    follow(order, line, time, mid);
    if (event === 'order.canceled') execution.reason(execution.cancels, order.reason);
    if (event === 'order.expired') execution.reason(execution.expiries, order.reason);
    if (!wasOver && order.endedAt !== undefined) this.#endOrder(id, order);
  }

  #endOrder(id: string, order: OrderRecord): void {
    this.#orders.delete(id);
    this.#endedById.set(id, order);
    this.#ended.push({ id, order });
    if (this.#ended.length - this.#endedHead <= ENDED_MAX) return;
    const oldest = this.#ended[this.#endedHead]!;
    this.#endedHead += 1;
    if (this.#endedById.get(oldest.id) === oldest.order) this.#endedById.delete(oldest.id);
    this.#retire(oldest.order);
    if (this.#endedHead > ENDED_MAX) {
      this.#ended.splice(0, this.#endedHead);
      this.#endedHead = 0;
    }
  }

  #retire(order: OrderRecord): void {
    const { execution } = this.#strategy(order.strategy);
    const market = this.marketOf(order.venue, order.symbol)?.market;
    const multiplier = market === undefined ? 1 : atomsToDouble(multiplierOf(market));
    const { slippageBps, shortfallBps } = execution.retire(order, multiplier);
    const ms = (to: Time | undefined, from: Time | undefined = order.submitted): Cell =>
      to === undefined || from === undefined ? undefined : millisBetween(from, to);
    this.#tables.row('orders', [
      order.submitted.text,
      order.strategy,
      order.venue,
      order.symbol,
      order.clOrdId,
      order.orderId,
      order.direction > 0 ? 'BUY' : 'SELL',
      order.intent,
      order.ordType,
      order.tif,
      order.isPostOnly,
      numeric(order.px),
      numeric(order.qty),
      order.level,
      order.status,
      order.fills,
      order.filled,
      order.fills > 0 ? order.filledValue / order.filled : undefined,
      order.decisionMid,
      order.arrivalMid,
      order.feesKnown ? order.fees : undefined,
      slippageBps,
      shortfallBps,
      order.replaced,
      ms(order.acceptedAt),
      ms(order.firstFillAt),
      ms(order.endedAt, order.acceptedAt),
      order.endedAt?.text,
      order.reason,
    ]);
  }

  #fill(
    before: Before,
    time: Time,
    line: Json,
    key: KeyRecord,
    { market, film }: MarketRecord,
    order: OrderRecord | undefined,
  ): void {
    const seq = line['seq'] as number;
    if (this.engine.repeatedFills > before.repeatedFills || seq < this.run.replacedAt) return;
    const { instrument } = market;
    const { holding } = key;
    const strategy = this.#strategy(holding.strategy);
    const direction = line['side'] === 'BUY' ? 1 : -1;
    const px = parseAtoms(line['last_px'] as string);
    const qty = parseAtoms(line['last_qty'] as string);
    const price = Number(line['last_px']);
    const quantity = Number(line['last_qty']);
    const logged = line['last_liquidity'] as string;
    const liquidity = label(logged.toLowerCase());
    const side = line['side'] as 'BUY' | 'SELL';
    const seconds = time.seconds + time.nanos / 1e9;
    const mid = before.fill?.mid === undefined ? undefined : toDouble(before.fill.mid, MARK_DIGITS);

    let fee: bigint | undefined;
    let spread: bigint | undefined;
    let multiplier = 1;
    if (instrument === undefined) this.unvaluedFills += 1;
    else {
      multiplier = atomsToDouble(instrument.multiplier);
      const feeAtoms = parseAtoms(line['fee'] as string);
      const feeCurrency = line['fee_ccy'] as string;
      const feeQuote =
        line['fee_quote'] === undefined ? undefined : parseAtoms(line['fee_quote'] as string);
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
      const effective = BigInt(direction) * qty - (isBaseFee(one) ? feeAtoms : 0n);
      if (!holding.isUnvalued) {
        ({ spread } = key.attribution.fill(
          before.fill?.mark,
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
    const isInQuote = line['fee_quote'] === undefined && line['fee_ccy'] === instrument?.quote;
    const feeNumber =
      fee === undefined ? undefined : isInQuote ? Number(line['fee']) : moneyToDouble(fee);
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
    stage(execution.latencies.fill, line['fill_ns']);
    const record = isLiquidity(liquidity) ? execution.byLiquidity[liquidity] : undefined;
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

    let curve = key.markouts.get(liquidity);
    if (curve === undefined && key.markouts.size < 4)
      key.markouts.set(liquidity, (curve = new MarkoutCurve()));
    const prefix = csvRow([
      time.text,
      seq,
      holding.strategy,
      market.venue,
      market.symbol,
      label(line['cl_ord_id'] as string),
      label(line['exec_id'] as string),
      side,
      liquidity,
      numeric(line['last_px'] as string),
      numeric(line['last_qty'] as string),
      notional,
      numeric(line['fee'] as string),
      label(line['fee_ccy'] as string),
      feeNumber,
      mid,
    ]).slice(0, -2);
    const isImpact = liquidity === 'taker' && (order === undefined || order.fills === 1);
    const fill: PendingFill = {
      market,
      seconds: time.seconds,
      nanos: time.nanos,
      direction,
      px: price,
      mid: mid ?? NaN,
      later: [],
      reached: mid === undefined ? HORIZON_MS.length : 0,
      prefix,
      quantity,
      notional,
      curve,
      record,
      impact: isImpact ? impactOf(execution, market) : undefined,
      order: isImpact ? order : undefined,
    };
    this.#rows.push(fill);
    if (mid !== undefined) this.#queues.add(fill);
    this.#flushRows();
  }

  #taken(fill: PendingFill, horizon: number): void {
    fill.curve?.add(horizon, fill.quantity, fill);
    fill.record?.curve.add(horizon, fill.notional, fill);
    if (horizon === IMPACT_HORIZON)
      fill.impact?.add(
        Math.sqrt(fill.order?.filled ?? fill.quantity),
        (fill.direction * (fill.later[horizon]! - fill.mid)) / fill.mid,
      );
  }

  /** Fills leave in the order in which they came, each once its last horizon is over. */
  #flushRows(): void {
    const rows = this.#rows;
    const isKept = (fill: PendingFill): boolean =>
      !this.#isOver &&
      fill.reached < HORIZON_MS.length &&
      rows.length - this.#rowsHead <= FILL_ROWS_MAX;
    while (this.#rowsHead < rows.length) {
      const fill = rows[this.#rowsHead]!;
      if (isKept(fill)) break;
      this.#rowsHead += 1;
      const { direction, px, mid, reached, prefix } = fill;
      const bps = (from: number, to: number): Cell => ((direction * (to - from)) / mid) * 1e4;
      // Without a mid every cell is empty: NaN is none.
      const markouts = HORIZON_MS.map((_, horizon): Cell =>
        horizon < reached && fill.later[horizon] !== undefined
          ? bps(px, fill.later[horizon])
          : undefined,
      );
      const effective: Cell = 2 * (bps(mid, px) as number);
      this.#tables.text('fills', `${prefix},${csvRow([effective, ...markouts])}`);
    }
    if (this.#rowsHead > 4096 && 2 * this.#rowsHead > rows.length) {
      rows.splice(0, this.#rowsHead);
      this.#rowsHead = 0;
    }
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
      trip.entry.text,
      trip.exit.text,
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

/** The log's decimal, without trailing zeros; what is none is an empty cell. */
const numeric = (text: string): Cell => (text === '' ? undefined : Number(text));

function stage(sample: Sample, ns: unknown): void {
  if (typeof ns === 'number' && Number.isFinite(ns)) sample.add(ns);
}

function impactOf(execution: ExecutionRecord, { venue, symbol }: Market): SlopeFit {
  const id = join(venue, symbol);
  let fit = execution.impact.get(id);
  if (fit === undefined) execution.impact.set(id, (fit = new SlopeFit()));
  return fit;
}
