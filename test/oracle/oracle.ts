/**
 * A second computation of every number of `tradetail-sidecar scan`, from the text of the contract
 * alone: naive and slow on purpose. Exact fractions everywhere, one rounding at the end; what can
 * be worked out afterwards from the history of a run (markouts, Sharpe ratio, volatility) is.
 *
 * Where the contract leaves a choice, the most literal reading is taken and marked `READING`.
 */
import { canonicalSeries } from './exposition.ts';
import { Fraction } from './fraction.ts';
import type { InvalidReason, Json, JsonObject, Line } from './line.ts';
import { isLevel, readLine } from './line.ts';

export interface LogFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Reading {
  readonly value: number;
  /** An exact decimal of at most 18 digits: the double must be the same, not near. */
  readonly exact: boolean;
}

/** @returns value of each series of `scan`, by its canonical name */
export function oracleMetrics(files: readonly LogFile[]): Map<string, number> {
  return new Map([...oracleReadings(files)].map(([series, reading]) => [series, reading.value]));
}

export function oracleReadings(files: readonly LogFile[]): Map<string, Reading> {
  const log = new Log(files);
  const shown = new Exposed();
  for (const [series, total] of log.totals) shown.put(series, total);
  for (const engine of log.engines.values()) showRun(shown, latestRun(engine));
  return shown.readings;
}

// ---------------------------------------------------------------------------------------------
// What a log is

class Log {
  readonly engines = new Map<string, Map<string, Run>>();
  /** Counters and histograms, which go on over runs. */
  readonly totals = new Map<string, Fraction>();
  readonly #segments: readonly Segment[];

  constructor(files: readonly LogFile[]) {
    this.#segments = files.map(segmentOf).sort(bySegment);
    for (const reason of ['too_long', 'utf8', 'json', 'version', 'schema'])
      this.count('sidecar_invalid_lines_total', { reason }, 0n);
    for (const name of ['lines', 'bytes', 'file_rotations', 'file_truncations', 'file_errors'])
      this.count(`sidecar_${name}_total`, {}, 0n);
    this.count('sidecar_files', {}, BigInt(files.length));
    for (const segment of this.#segments) this.#read(segment);
  }

  count(name: string, labels: Readonly<Record<string, string>>, by: bigint | Fraction = 1n): void {
    const series = canonicalSeries(name, labels);
    const amount = typeof by === 'bigint' ? Fraction.of(by) : by;
    this.totals.set(series, (this.totals.get(series) ?? Fraction.ZERO).plus(amount));
  }

  #read(segment: Segment): void {
    const { bytes } = segment;
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.count('sidecar_lines_total', {});
      this.count('sidecar_bytes_total', {}, BigInt(end + 1 - start));
      const line = readLine(bytes.subarray(start, end));
      const invalid = typeof line === 'string' ? line : this.#apply(line);
      if (invalid !== undefined) this.count('sidecar_invalid_lines_total', { reason: invalid });
      start = end + 1;
    }
    if (start < bytes.length && this.#isSuperseded(segment)) {
      // READING: it is a line that was read, of as many bytes as there are.
      this.count('sidecar_lines_total', {});
      this.count('sidecar_bytes_total', {}, BigInt(bytes.length - start));
      this.count('sidecar_invalid_lines_total', { reason: 'json' });
    }
  }

  #isSuperseded({ engine, run, n }: Segment): boolean {
    return this.#segments.some(
      (other) => other.engine === engine && (other.run > run || (other.run === run && other.n > n)),
    );
  }

  #apply(line: Line): InvalidReason | undefined {
    // READING: a line belongs to the engine and run that it says, whatever its file's name says.
    const runs = this.engines.get(line.engine) ?? new Map<string, Run>();
    const run = runs.get(line.run) ?? new Run(this, line, this.#firstSegment(line));
    if (run.breaksSchema(line)) return 'schema';
    this.engines.set(line.engine, runs.set(line.run, run));
    run.read(line);
    return undefined;
  }

  /** READING: n as the files' names say it. */
  #firstSegment({ engine, run }: Line): number {
    const numbers = this.#segments
      .filter((one) => one.engine === engine && one.run === run)
      .map(({ n }) => n);
    return numbers.length === 0 ? 1 : Math.min(...numbers);
  }
}

interface Segment {
  readonly engine: string;
  readonly run: string;
  readonly n: number;
  readonly bytes: Buffer;
}

function segmentOf({ name, bytes }: LogFile): Segment {
  const [, engine = '', run = '', n = '0'] =
    /([^/]+)-([0-9A-Z]{26})\.(\d+)\.jsonl$/.exec(name) ?? [];
  return { engine, run, n: Number(n), bytes };
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const bySegment = (a: Segment, b: Segment): number =>
  byBytes(a.engine, b.engine) || byBytes(a.run, b.run) || a.n - b.n;

function latestRun(runs: ReadonlyMap<string, Run>): Run {
  const [, run] = [...runs].sort(([a], [b]) => byBytes(a, b)).at(-1)!;
  return run;
}

// ---------------------------------------------------------------------------------------------
// What a run is

interface Place {
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
}
type Levels = readonly (readonly [Fraction, Fraction])[];
interface Book {
  readonly seq: number;
  readonly bids: Levels;
  readonly asks: Levels;
}
interface Instrument {
  readonly base: string;
  readonly quote: string;
  readonly lotSize: Fraction;
  readonly multiplier: Fraction;
  readonly minutesPerYear: Fraction;
}
/** Index of the line after which it holds, and the mid. */
interface MidAfter {
  readonly step: number;
  readonly mid: Fraction;
}
/** A word that a later line (by seq) replaces. */
interface Latest<T> {
  readonly seq: number;
  readonly value: T;
}

class Market {
  instrument: Instrument | undefined;
  book: Book | undefined;
  usable: Book | undefined;
  lastTrade: Fraction | undefined;
  lastFill: Fraction | undefined;
  lastData: Latest<bigint> | undefined;
  readonly mids: MidAfter[] = [];

  get mid(): Fraction | undefined {
    return this.usable && midOf(this.usable);
  }

  get mark(): Fraction | undefined {
    return this.mid ?? this.lastTrade ?? this.lastFill;
  }
}

const HALF = Fraction.of(1n, 2n);
const BPS = Fraction.of(10_000n);
const DEFAULT_MINUTES_PER_YEAR = Fraction.of(525_600n);
const midOf = ({ bids, asks }: Book): Fraction => bids[0]![0].plus(asks[0]![0]).times(HALF);
const isUsable = ({ bids, asks }: Book): boolean =>
  bids.length > 0 && asks.length > 0 && bids[0]![0].compare(asks[0]![0]) < 0;

/** One key: what a strategy holds of a symbol. */
export class Position {
  quantity = Fraction.ZERO;
  /** Undefined when flat. */
  averagePrice: Fraction | undefined;
  realized = Fraction.ZERO;
  fees = Fraction.ZERO;
  readonly unconverted = new Map<string, Fraction>();
  /** A fill came before the instrument was known: what it cost cannot be said. */
  blind = false;
  readonly roundTrips: Fraction[] = [];
  #trip = Fraction.ZERO;

  submitted = 0;
  submittedQuantity = Fraction.ZERO;
  replaced = 0;
  cancelRequests = 0;
  fills = 0;
  filledQuantity = Fraction.ZERO;

  set(quantity: Fraction, averagePrice: Fraction | undefined): void {
    this.quantity = quantity;
    this.averagePrice = quantity.sign === 0 ? undefined : averagePrice;
    this.realized = Fraction.ZERO;
    this.fees = Fraction.ZERO;
    this.unconverted.clear();
    // READING: a position whose average price is not said is like one whose fills were not read.
    this.blind = quantity.sign !== 0 && averagePrice === undefined;
    this.#trip = Fraction.ZERO;
  }

  /** READING: a replacing snapshot begins a trip anew, whatever was under way. */
  replace(
    quantity: Fraction,
    averagePrice: Fraction | undefined,
    realized: Fraction,
    fees: Fraction,
  ): void {
    this.set(quantity, averagePrice);
    this.realized = realized;
    this.fees = fees;
  }

  fill(fill: Fill, instrument: Instrument | undefined): void {
    if (instrument === undefined) {
      this.quantity = this.quantity.plus(fill.direction.times(fill.quantity));
      this.blind = true;
      return;
    }
    const { base, quote, lotSize, multiplier } = instrument;
    const inBase = fill.feeCurrency === base && multiplier.equals(Fraction.ONE);
    let fee = Fraction.ZERO;
    if (fill.feeQuote !== undefined) fee = fill.feeQuote;
    else if (fill.feeCurrency === quote) fee = fill.fee;
    else if (inBase) fee = fill.fee.times(fill.price);
    else
      this.unconverted.set(
        fill.feeCurrency,
        (this.unconverted.get(fill.feeCurrency) ?? Fraction.ZERO).plus(fill.fee),
      );
    this.fees = this.fees.plus(fee);

    const moved = fill.direction.times(fill.quantity).minus(inBase ? fill.fee : Fraction.ZERO);
    const before = this.quantity;
    const after = before.plus(moved);
    this.quantity = after;
    // READING: once a fill came before its instrument, the key's PnL stays absent in this run.
    if (this.blind || moved.sign === 0) {
      this.#trip = this.#trip.minus(fee);
      return;
    }

    let realized = Fraction.ZERO;
    const through = before.sign * after.sign < 0;
    if (before.sign * moved.sign >= 0) {
      const cost = before
        .abs()
        .times(this.averagePrice ?? Fraction.ZERO)
        .plus(moved.abs().times(fill.price));
      this.averagePrice = cost.over(after.abs());
    } else {
      const closed = through ? before.abs() : moved.abs();
      realized = fill.price
        .minus(this.averagePrice!)
        .times(closed)
        .times(Fraction.of(BigInt(before.sign)))
        .times(multiplier);
      if (through) this.averagePrice = fill.price;
      if (after.sign === 0) this.averagePrice = undefined;
    }
    this.realized = this.realized.plus(realized);

    const wasOpen = before.abs().compare(lotSize) >= 0;
    const isOpen = after.abs().compare(lotSize) >= 0;
    if (through && wasOpen) {
      // READING: split by the effective quantity, that of the base fee taken off.
      const closingFee = fee.times(before.abs()).over(moved.abs());
      this.roundTrips.push(this.#trip.plus(realized).minus(closingFee));
      this.#trip = closingFee.minus(fee);
    } else {
      // READING: what dust earned or paid while flat belongs to the next trip.
      this.#trip = this.#trip.plus(realized).minus(fee);
      if (wasOpen && !isOpen) {
        this.roundTrips.push(this.#trip);
        this.#trip = Fraction.ZERO;
      }
    }
  }

  unrealized(mark: Fraction | undefined, multiplier: Fraction | undefined): Fraction | undefined {
    if (this.blind) return undefined;
    if (this.quantity.sign === 0) return Fraction.ZERO;
    if (mark === undefined || multiplier === undefined || this.averagePrice === undefined)
      return undefined;
    return mark.minus(this.averagePrice).times(this.quantity).times(multiplier);
  }

  net(mark: Fraction | undefined, multiplier: Fraction | undefined): Fraction | undefined {
    return this.unrealized(mark, multiplier)?.plus(this.realized).minus(this.fees);
  }

  exposure(mark: Fraction | undefined, multiplier: Fraction | undefined): Fraction | undefined {
    if (this.quantity.sign === 0) return Fraction.ZERO;
    if (mark === undefined || multiplier === undefined) return undefined;
    return this.quantity.abs().times(mark).times(multiplier);
  }
}

interface Fill {
  readonly direction: Fraction;
  readonly price: Fraction;
  readonly quantity: Fraction;
  readonly fee: Fraction;
  readonly feeCurrency: string;
  readonly feeQuote: Fraction | undefined;
}

export function fillOf(fields: JsonObject): Fill {
  return {
    direction: Fraction.of(fields['side'] === 'BUY' ? 1n : -1n),
    price: amount(fields['last_px']),
    quantity: amount(fields['last_qty']),
    fee: amount(fields['fee']),
    feeCurrency: fields['fee_ccy'] as string,
    feeQuote: fields['fee_quote'] === undefined ? undefined : amount(fields['fee_quote']),
  };
}

class Strategy {
  startSeq = 0;
  capital = Fraction.ZERO;
  currency = '';
  /** FUNDING, DIVIDEND and INTEREST. */
  cash = Fraction.ZERO;
  peak = Fraction.ZERO;
  maxDrawdown = Fraction.ZERO;
  readonly filledCurrencies = new Set<string>();
  started = false;
}

interface Order {
  readonly place: Place;
  submitted: boolean;
  terminal: boolean;
}

interface FillForMarkout {
  readonly step: number;
  readonly place: Place;
  readonly liquidity: string;
  readonly engineNs: bigint;
  readonly fill: Fill;
}

interface Limit {
  readonly limit: Fraction;
  readonly value: Fraction;
}

interface Step {
  readonly clockNs: bigint;
  /** Equity of each strategy that has one, after the line. */
  readonly equities: ReadonlyMap<string, Fraction>;
}

const TERMINAL = ['DENIED', 'FILLED', 'CANCELED', 'REJECTED', 'EXPIRED'];
const amount = (value: Json | undefined): Fraction => Fraction.decimal(value as string);
const word = (value: Json | undefined): string => (value as string).toLowerCase();
const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

class Run {
  readonly log: Log;
  readonly engine: string;
  readonly name: string;
  readonly firstHasTs: boolean;
  /** Its first segments are gone: it begins after this seq. */
  readonly pruned: number;

  readonly #seen = new Set<number>();
  maxSeq = 0;
  clockNs = 0n;
  lastWall: Latest<bigint> = { seq: 0, value: 0n };
  #hasFilled = false;
  #pruningUnhealed: boolean;
  #gaps: (readonly [number, number])[] = [];
  readonly #dropped: (readonly [number, number])[] = [];
  #replacedAt = 0;
  #parts: JsonObject[] = [];

  readonly markets = new Map<string, Market>();
  readonly positions = new Map<string, Position>();
  readonly strategies = new Map<string, Strategy>();
  readonly orders = new Map<string, Order>();
  readonly balances = new Map<
    string,
    { venue: string; asset: string; free: Fraction; locked: Fraction }
  >();
  readonly limits = new Map<string, Limit>();
  readonly claims = new Map<string, Fraction>();
  readonly marginBalances = new Set<string>();
  readonly ourBalances = new Map<string, Fraction>();
  readonly strategyStates = new Map<string, Latest<string>>();
  engineState: Latest<string> | undefined;
  killed: Latest<boolean> | undefined;
  started: Latest<{ mode: string; version: string }> | undefined;
  stopped = false;
  readonly steps: Step[] = [];
  readonly markoutFills: FillForMarkout[] = [];
  readonly #execIds = new Set<string>();

  constructor(log: Log, first: Line, firstSegment: number) {
    this.log = log;
    this.engine = first.engine;
    this.name = first.run;
    this.firstHasTs = first.hasTs;
    this.#pruningUnhealed = firstSegment > 1;
    // READING: the first line that is read of the first segment there is stands at its beginning.
    this.pruned = firstSegment > 1 ? first.seq - 1 : 0;
    this.maxSeq = this.pruned;
  }

  get incomplete(): boolean {
    return this.#pruningUnhealed || this.#uncoveredGaps().length > 0;
  }

  breaksSchema(line: Line): boolean {
    if (line.hasTs !== this.firstHasTs) return true;
    if (this.#seen.size > 0 && line.seq > this.maxSeq + 1e9) return true;
    if (line.event !== 'instrument.defined') return false;
    const known = this.markets.get(keyOf(line.venue, line.symbol))?.instrument;
    return known !== undefined && !known.multiplier.equals(amount(line.fields['multiplier']));
  }

  read(line: Line): void {
    const { engine } = this;
    for (const name of ['unknown_events', 'duplicate_events', 'missing_events', 'repeated_fills'])
      this.log.count(`sidecar_${name}_total`, { engine }, 0n);
    if (this.#seen.has(line.seq)) {
      this.log.count('sidecar_duplicate_events_total', { engine });
      return;
    }
    this.#seen.add(line.seq);
    if (line.seq > this.maxSeq + 1) {
      this.log.count(
        'sidecar_missing_events_total',
        { engine },
        BigInt(line.seq - this.maxSeq - 1),
      );
      this.#gaps.push([this.maxSeq + 1, line.seq - 1]);
    }
    if (line.engineNs > this.clockNs) this.clockNs = line.engineNs;
    if (line.seq > this.lastWall.seq) this.lastWall = { seq: line.seq, value: line.wallNs };

    if (!line.known) this.log.count('sidecar_unknown_events_total', { engine });
    else {
      this.log.count('sidecar_events_total', { engine, event: line.event });
      this.#apply(line);
    }
    this.maxSeq = Math.max(this.maxSeq, line.seq);
    this.#lookAtEquity();
  }

  #apply(line: Line): void {
    const { event, fields, seq, strategy } = line;
    const late = seq < this.maxSeq;
    const below = seq < this.#replacedAt;
    if (event === 'log.dropped')
      this.#dropped.push([fields['from_seq'] as number, fields['to_seq'] as number]);
    if (event === 'engine.snapshot' && !late) this.#snapshotPart(line);
    if (event === 'risk.breach')
      this.log.count('trading_risk_breaches_total', {
        engine: this.engine,
        strategy,
        name: fields['name'] as string,
        action: fields['action'] as string,
      });
    if (event.startsWith('md.')) this.#marketData(line, below);
    if (event.startsWith('order.')) this.#order(line, below);
    if (below) return;

    if (event === 'instrument.defined') this.#define(fields);
    if (event === 'engine.started')
      this.started = later(this.started, seq, {
        mode: fields['mode'] as string,
        version: fields['version'] as string,
      });
    if (event === 'engine.state')
      this.engineState = later(this.engineState, seq, fields['to'] as string);
    if (event === 'engine.stopped') this.stopped = true;
    if (event === 'strategy.state')
      this.strategyStates.set(
        strategy,
        later(this.strategyStates.get(strategy), seq, fields['state'] as string),
      );
    if (event === 'risk.kill') this.killed = later(this.killed, seq, true);
    if (event === 'risk.rearmed') this.killed = later(this.killed, seq, false);
    if (event === 'risk.limit')
      this.limits.set(keyOf(strategy, fields['name'] as string), {
        limit: measured(fields['limit']),
        value: measured(fields['value']),
      });
    if (event === 'strategy.started') this.#strategyStarted(line);
    if (event === 'account.cash') this.#cash(line);
    // READING: a late claim is compared with nothing, as ours is that of a later moment.
    if (event === 'position.updated' && !late) this.#positionClaim(line, fields);
    if (event === 'account.balance' && !late)
      for (const balance of fields['balances'] as readonly JsonObject[])
        this.#balanceClaim(line.venue, balance);
  }

  #define(fields: JsonObject): void {
    const minutes = fields['minutes_per_year'];
    this.market(fields).instrument = {
      base: fields['base'] as string,
      quote: fields['quote'] as string,
      lotSize: amount(fields['lot_size']),
      multiplier: amount(fields['multiplier']),
      minutesPerYear:
        minutes === undefined ? DEFAULT_MINUTES_PER_YEAR : Fraction.double(minutes as number),
    };
  }

  // -------------------------------------------------------------------------------------------
  // Market data

  #marketData({ event, fields, seq, venue, symbol, wallNs }: Line, below: boolean): void {
    const labels = { engine: this.engine, venue, symbol };
    if (event === 'md.gap') this.log.count('trading_book_gaps_total', labels);
    if (event === 'md.resync') this.log.count('trading_book_resyncs_total', labels);
    if (event === 'md.trade') {
      const aggressor = word(fields['aggressor_side']);
      this.log.count('trading_market_trades_total', { ...labels, aggressor });
      this.log.count(
        'trading_market_volume_total',
        { ...labels, aggressor },
        amount(fields['qty']),
      );
    }
    if (below || (event !== 'md.trade' && event !== 'md.book')) return;
    const market = this.market({ venue, symbol });
    // READING: market data are books and trades, not what the engine says of its feed.
    market.lastData = later(market.lastData, seq, wallNs);
    if (event === 'md.trade') {
      market.lastTrade = amount(fields['px']);
      return;
    }
    const book: Book = { seq, bids: levelsOf(fields['bids']), asks: levelsOf(fields['asks']) };
    if (market.book !== undefined && market.book.seq > seq) {
      // READING: a late book replaces neither the latest book nor a later usable one; one that is
      // later than the last usable one is the last usable one.
      if (market.usable === undefined || market.usable.seq > seq || !isUsable(book)) return;
    } else market.book = book;
    if (!isUsable(book)) return;
    market.usable = book;
    market.mids.push({ step: this.steps.length, mid: midOf(book) });
  }

  // -------------------------------------------------------------------------------------------
  // Orders and fills

  #order(line: Line, below: boolean): void {
    const { event, fields, venue, symbol, strategy } = line;
    const { engine } = this;
    if (event === 'order.filled') {
      this.#hasFilled = true;
      const execution = keyOf(venue, symbol, fields['side'] as string, fields['exec_id'] as string);
      if (this.#execIds.has(execution)) {
        this.log.count('sidecar_repeated_fills_total', { engine });
        return;
      }
      this.#execIds.add(execution);
    }
    const place = { strategy, venue, symbol };
    const position = this.position(place);
    const labels = { engine, ...place };
    const side = (): string => word(fields['side']);
    switch (event) {
      case 'order.submitted':
        this.log.count('trading_orders_submitted_total', {
          ...labels,
          side: side(),
          ord_type: word(fields['ord_type']),
        });
        position.submitted += 1;
        position.submittedQuantity = position.submittedQuantity.plus(amount(fields['qty']));
        this.#observe('trading_tick_to_trade_seconds', labels, fields['tick_to_trade_ns']);
        this.#observe('trading_decision_seconds', labels, fields['decision_ns']);
        break;
      case 'order.accepted':
        this.log.count('trading_orders_accepted_total', labels);
        this.#observe('trading_order_ack_seconds', labels, fields['ack_ns']);
        break;
      case 'order.canceled':
        this.log.count('trading_orders_canceled_total', labels);
        break;
      case 'order.expired':
        this.log.count('trading_orders_expired_total', labels);
        break;
      case 'order.rejected':
        this.log.count('trading_orders_rejected_total', {
          ...labels,
          code: fields['code'] as string,
        });
        break;
      case 'order.denied':
        this.log.count('trading_orders_denied_total', {
          ...labels,
          deny_code: fields['deny_code'] as string,
        });
        break;
      case 'order.replaced':
        position.replaced += 1;
        break;
      case 'order.cancel_requested':
        position.cancelRequests += 1;
        break;
      case 'order.filled':
        this.#filled(line, place, position, below);
        this.#observe('trading_order_fill_seconds', labels, fields['fill_ns']);
        break;
    }
    if (below) return;
    const id = keyOf(strategy, venue, symbol, fields['cl_ord_id'] as string);
    const order = this.orders.get(id) ?? { place, submitted: false, terminal: false };
    this.orders.set(id, order);
    if (event === 'order.submitted') order.submitted = true;
    // READING: an order that was ever terminal stays so; replies come in any order.
    if (TERMINAL.includes(fields['ord_status'] as string)) order.terminal = true;
  }

  #filled({ fields, engineNs }: Line, place: Place, position: Position, below: boolean): void {
    const fill = fillOf(fields);
    const market = this.market(place);
    const { instrument } = market;
    const liquidity = word(fields['last_liquidity']);
    const labels = { engine: this.engine, ...place, side: word(fields['side']), liquidity };
    this.log.count('trading_fills_total', labels);
    this.log.count('trading_filled_quantity_total', labels, fill.quantity);
    if (instrument !== undefined)
      this.log.count(
        'trading_filled_notional_total',
        labels,
        fill.quantity.times(fill.price).times(instrument.multiplier),
      );
    position.fills += 1;
    position.filledQuantity = position.filledQuantity.plus(fill.quantity);
    if (below) return;
    position.fill(fill, instrument);
    if (instrument !== undefined)
      this.strategy(place.strategy).filledCurrencies.add(instrument.quote);
    market.lastFill = fill.price;
    this.markoutFills.push({ step: this.steps.length, place, liquidity, engineNs, fill });
    this.#moveBalances(place.venue, fill, instrument);
  }

  #observe(name: string, labels: Readonly<Record<string, string>>, ns: Json | undefined): void {
    if (ns === undefined) return;
    const seconds = Fraction.of(BigInt(ns as number), 1_000_000_000n);
    for (const bound of BUCKETS)
      this.log.count(
        `${name}_bucket`,
        { ...labels, le: String(bound.toNumber()) },
        seconds.compare(bound) <= 0 ? 1n : 0n,
      );
    this.log.count(`${name}_bucket`, { ...labels, le: '+Inf' });
    this.log.count(`${name}_count`, labels);
    this.log.count(`${name}_sum`, labels, seconds);
  }

  // -------------------------------------------------------------------------------------------
  // Capital

  #strategyStarted({ strategy, seq, fields }: Line): void {
    const state = this.strategy(strategy);
    if (seq < state.startSeq) return;
    const capital = amount(fields['capital']);
    const before = state.started ? state.capital : capital;
    if (!state.started) state.peak = capital;
    state.started = true;
    state.startSeq = seq;
    state.peak = state.peak.plus(capital.minus(before));
    state.capital = capital;
    state.currency = fields['capital_ccy'] as string;
  }

  #cash({ strategy, fields }: Line): void {
    const state = this.strategies.get(strategy);
    if (state === undefined || !state.started || fields['ccy'] !== state.currency) return;
    const moved = amount(fields['amount']);
    const kind = fields['kind'] as string;
    if (kind === 'DEPOSIT' || kind === 'WITHDRAWAL') {
      state.capital = state.capital.plus(moved);
      state.peak = state.peak.plus(moved);
    } else if (['FUNDING', 'DIVIDEND', 'INTEREST'].includes(kind))
      state.cash = state.cash.plus(moved);
  }

  equity(name: string): Fraction | undefined {
    const state = this.strategies.get(name);
    if (state === undefined || !state.started) return undefined;
    if ([...state.filledCurrencies].some((currency) => currency !== state.currency))
      return undefined;
    let equity = state.capital.plus(state.cash);
    for (const [place, position] of this.positionsByPlace()) {
      if (place.strategy !== name) continue;
      const market = this.market(place);
      // READING: who holds something in a currency has filled in it, though a snapshot says so.
      const currency = market.instrument?.quote ?? state.currency;
      if (position.quantity.sign !== 0 && currency !== state.currency) return undefined;
      const net = position.net(market.mark, market.instrument?.multiplier);
      if (net === undefined) return undefined;
      equity = equity.plus(net);
    }
    return equity;
  }

  #lookAtEquity(): void {
    const equities = new Map<string, Fraction>();
    for (const [name, state] of this.strategies) {
      const equity = this.equity(name);
      if (equity === undefined) continue;
      equities.set(name, equity);
      if (equity.compare(state.peak) > 0) state.peak = equity;
      if (state.peak.sign <= 0) continue;
      const drawdown = Fraction.ONE.minus(equity.over(state.peak));
      if (drawdown.compare(state.maxDrawdown) > 0) state.maxDrawdown = drawdown;
    }
    this.steps.push({ clockNs: this.clockNs, equities });
  }

  // -------------------------------------------------------------------------------------------
  // Snapshots

  /** READING: parts count from 1 and stand one behind the other in the order of reading. */
  #snapshotPart({ fields, seq }: Line): void {
    const part = (fields['part'] ?? 1) as number;
    const parts = (fields['parts'] ?? 1) as number;
    if (part === 1) this.#parts = [];
    const follows =
      this.#parts.length === part - 1 && this.#parts.every((one) => (one['parts'] ?? 1) === parts);
    if (!follows) {
      this.#parts = [];
      return;
    }
    this.#parts.push(fields);
    if (part < parts) return;
    const all = (name: string): readonly JsonObject[] =>
      this.#parts.flatMap((one) => (one[name] ?? []) as readonly JsonObject[]);
    this.#snapshot(seq, all);
    this.#parts = [];
  }

  #snapshot(seq: number, all: (name: string) => readonly JsonObject[]): void {
    for (const instrument of all('instruments')) this.#define(instrument);
    for (const claim of all('positions')) this.position(placeOf(claim));
    if (this.incomplete) this.#replace(seq, all);
    else if (!this.#hasFilled)
      for (const claim of all('positions'))
        this.position(placeOf(claim)).set(
          amount(claim['qty']),
          claim['avg_px'] === undefined ? undefined : amount(claim['avg_px']),
        );
    for (const claim of all('positions')) this.#positionClaim(placeOf(claim), claim);
    for (const balance of all('balances')) this.#balanceClaim(balance['venue'] as string, balance);
    this.#orderClaim(all('orders'));
  }

  #replace(seq: number, all: (name: string) => readonly JsonObject[]): void {
    this.#replacedAt = seq;
    // READING: what was lost may have held the run's first fill, so no later snapshot is an opening.
    this.#hasFilled = true;
    this.#pruningUnhealed = false;
    this.#gaps = [];
    for (const order of this.orders.values()) order.terminal = true;
    for (const claim of all('orders')) {
      const place = placeOf(claim);
      const terminal = TERMINAL.includes(claim['ord_status'] as string);
      // READING: an open order of such a snapshot makes its key exist.
      if (!terminal) this.position(place);
      this.orders.set(
        keyOf(place.strategy, place.venue, place.symbol, claim['cl_ord_id'] as string),
        {
          place,
          submitted: true,
          terminal,
        },
      );
    }
    // READING: what it does not name is flat, without realized PnL and fees.
    const named = new Set(all('positions').map((claim) => this.position(placeOf(claim))));
    for (const position of this.positions.values())
      if (!named.has(position)) position.set(Fraction.ZERO, undefined);
    for (const claim of all('positions')) {
      const position = this.position(placeOf(claim));
      position.replace(
        amount(claim['qty']),
        claim['avg_px'] === undefined ? undefined : amount(claim['avg_px']),
        amount(claim['realized_pnl']),
        amount(claim['fees']),
      );
      for (const [currency, fee] of Object.entries((claim['fees_unconverted'] ?? {}) as JsonObject))
        position.unconverted.set(currency, amount(fee));
    }
    // READING: balances are set anew too, those that it names.
    for (const { venue, asset } of all('balances')) {
      this.ourBalances.delete(keyOf(venue as string, asset as string));
      this.marginBalances.delete(keyOf(venue as string, asset as string));
    }
    for (const claim of all('strategies')) {
      const state = this.strategy((claim['strategy'] ?? '') as string);
      state.started = true;
      state.startSeq = seq;
      state.capital = amount(claim['capital']);
      state.currency = claim['capital_ccy'] as string;
      state.cash = amount(claim['cash']);
      state.peak = amount(claim['equity_peak']);
      state.maxDrawdown = Fraction.double(claim['max_drawdown'] as number);
    }
  }

  #uncoveredGaps(): readonly (readonly [number, number])[] {
    let left: readonly (readonly [number, number])[] = this.#gaps;
    for (const [from, to] of this.#dropped)
      left = left.flatMap(([start, end]) =>
        (
          [
            [start, Math.min(end, from - 1)],
            [Math.max(start, to + 1), end],
          ] as const
        )
          .filter(([a, b]) => a <= b && !(from > end || to < start))
          .concat(from > end || to < start ? [[start, end]] : []),
      );
    return left;
  }

  // -------------------------------------------------------------------------------------------
  // The engine's claims

  #claim(kind: string, of: string, difference: Fraction): void {
    this.claims.set(keyOf(kind, of), difference.abs());
    if (difference.abs().compare(CLAIM_TOLERANCE) > 0)
      this.log.count('trading_reconciliation_mismatches_total', { engine: this.engine, kind });
  }

  #positionClaim(place: Place, claim: JsonObject): void {
    const key = keyOf(place.strategy, place.venue, place.symbol);
    const ours = this.positions.get(key) ?? new Position();
    this.#claim('position', key, amount(claim['qty']).minus(ours.quantity));
    if (!ours.blind)
      this.#claim('realized_pnl', key, amount(claim['realized_pnl']).minus(ours.realized));
    this.#claim('fees', key, amount(claim['fees']).minus(ours.fees));
  }

  /**
   * READING: our balance of an asset at a venue is the first one that is claimed, free and locked
   * together, moved by our fills since (of instruments with multiplier 1). Cash events say no
   * venue, so they move none.
   */
  #balanceClaim(venue: string, claim: JsonObject): void {
    const asset = claim['asset'] as string;
    const key = keyOf(venue, asset);
    const balance = { venue, asset, free: amount(claim['free']), locked: amount(claim['locked']) };
    this.balances.set(key, balance);
    if (this.marginBalances.has(key)) return;
    const total = balance.free.plus(balance.locked);
    const ours = this.ourBalances.get(key) ?? total;
    this.ourBalances.set(key, ours);
    this.#claim('balance', key, total.minus(ours));
  }

  #moveBalances(venue: string, fill: Fill, instrument: Instrument | undefined): void {
    if (instrument === undefined) return;
    if (!instrument.multiplier.equals(Fraction.ONE)) {
      // READING: what such a fill does to a known balance is the venue's margin rule: no longer
      // compared until a replacing snapshot.
      for (const asset of [instrument.quote, fill.feeCurrency])
        if (this.ourBalances.has(keyOf(venue, asset))) this.marginBalances.add(keyOf(venue, asset));
      return;
    }
    const moved = fill.direction.times(fill.quantity);
    this.#moveBalance(venue, instrument.base, moved);
    this.#moveBalance(venue, instrument.quote, moved.times(fill.price).negated());
    this.#moveBalance(venue, fill.feeCurrency, fill.fee.negated());
  }

  #moveBalance(venue: string, asset: string, by: Fraction): void {
    const key = keyOf(venue, asset);
    const ours = this.ourBalances.get(key);
    if (ours !== undefined) this.ourBalances.set(key, ours.plus(by));
  }

  /** READING: an order that is open with one and not with the other differs by one. */
  #orderClaim(orders: readonly JsonObject[]): void {
    const idOf = (claim: JsonObject): string => {
      const place = placeOf(claim);
      return keyOf(place.strategy, place.venue, place.symbol, claim['cl_ord_id'] as string);
    };
    const open = orders.filter((claim) => !TERMINAL.includes(claim['ord_status'] as string));
    const theirs = new Set(open.map(idOf));
    const ours = new Set([...this.orders].filter(([, order]) => isOpen(order)).map(([id]) => id));
    for (const key of [...this.claims.keys()])
      if (JSON.parse(key)[0] === 'order') this.claims.delete(key);
    this.claims.set(keyOf('order', ''), Fraction.ZERO);
    for (const id of new Set([...theirs, ...ours]))
      this.#claim('order', id, theirs.has(id) === ours.has(id) ? Fraction.ZERO : Fraction.ONE);
  }

  // -------------------------------------------------------------------------------------------

  market(at: { readonly venue?: Json; readonly symbol?: Json }): Market {
    return getOrMake(
      this.markets,
      keyOf(at.venue as string, at.symbol as string),
      () => new Market(),
    );
  }

  position({ strategy, venue, symbol }: Place): Position {
    return getOrMake(this.positions, keyOf(strategy, venue, symbol), () => new Position());
  }

  strategy(name: string): Strategy {
    return getOrMake(this.strategies, name, () => new Strategy());
  }

  *positionsByPlace(): Iterable<readonly [Place, Position]> {
    for (const [key, position] of this.positions) {
      const [strategy, venue, symbol] = JSON.parse(key) as [string, string, string];
      yield [{ strategy, venue, symbol }, position];
    }
  }
}

const CLAIM_TOLERANCE = Fraction.of(1n, 1_000_000_000n);
const BUCKETS: readonly Fraction[] = [
  ...[-6, -5, -4, -3, -2, -1, 0].flatMap((power) =>
    ['1', '2.5', '5'].map((first) =>
      Fraction.decimal(first).times(Fraction.of(10n ** BigInt(power + 6), 1_000_000n)),
    ),
  ),
  Fraction.of(10n),
];

const isOpen = (order: Order): boolean => order.submitted && !order.terminal;
const later = <T>(stands: Latest<T> | undefined, seq: number, value: T): Latest<T> =>
  stands !== undefined && stands.seq > seq ? stands : { seq, value };
const measured = (value: Json | undefined): Fraction =>
  typeof value === 'number' ? Fraction.double(value) : amount(value);
const placeOf = (claim: JsonObject): Place => ({
  strategy: (claim['strategy'] ?? '') as string,
  venue: claim['venue'] as string,
  symbol: claim['symbol'] as string,
});

function levelsOf(side: Json | undefined): Levels {
  const rows = (side ?? []) as readonly Json[];
  const bad = rows.findIndex((row) => !isLevel(row));
  return rows
    .slice(0, bad < 0 ? rows.length : bad)
    .map(
      (row) => [amount((row as readonly Json[])[0]), amount((row as readonly Json[])[1])] as const,
    );
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

// ---------------------------------------------------------------------------------------------
// What is shown of an engine's latest run

class Exposed {
  readonly readings = new Map<string, Reading>();

  /** A value that is undefined cannot be given: no series. */
  gauge(
    name: string,
    labels: Readonly<Record<string, string>>,
    value: Fraction | number | undefined,
  ): void {
    if (value !== undefined) this.put(canonicalSeries(name, labels), value);
  }

  put(series: string, value: Fraction | number): void {
    if (typeof value === 'number') this.readings.set(series, { value, exact: false });
    else {
      const digits = QUOTIENTS.test(series) ? undefined : value.significantDigits();
      this.readings.set(series, {
        value: value.toNumber(),
        exact: digits !== undefined && digits <= 18,
      });
    }
  }
}

/** Average, realized, unrealized, ratios, bps; sums of durations are doubles of ns. */
const QUOTIENTS =
  /^trading_(position_average_price|realized_pnl|unrealized_pnl|\w+_ratio|\w+_bps|profit_factor|reconciliation_residual|\w+_seconds_sum|\w+_timestamp_seconds)\b/;
const HORIZONS = [
  ['0.1s', 100_000_000n],
  ['1s', 1_000_000_000n],
  ['5s', 5_000_000_000n],
  ['30s', 30_000_000_000n],
  ['60s', 60_000_000_000n],
  ['300s', 300_000_000_000n],
] as const;
const SECOND_NS = 1_000_000_000n;
const RETURNS_MIN = 30;

function showRun(shown: Exposed, run: Run): void {
  const { engine } = run;
  shown.gauge('trading_engine_up', { engine }, run.stopped ? Fraction.ZERO : Fraction.ONE);
  shown.gauge(
    'trading_engine_last_event_timestamp_seconds',
    { engine },
    Fraction.of(run.lastWall.value, SECOND_NS),
  );
  // READING: absent before engine.started was read, as its labels cannot be given.
  if (run.started)
    shown.gauge('trading_run_info', { engine, run: run.name, ...run.started.value }, Fraction.ONE);
  shown.gauge('trading_run_incomplete', { engine }, run.incomplete ? Fraction.ONE : Fraction.ZERO);
  shown.gauge(
    'trading_kill_switch_active',
    { engine },
    run.killed?.value === true ? Fraction.ONE : Fraction.ZERO,
  );
  shown.gauge('sidecar_pruned_events', { engine }, Fraction.of(BigInt(run.pruned)));
  showStates(
    shown,
    'trading_engine_state',
    { engine },
    ['ACTIVE', 'REDUCING', 'HALTED'],
    run.engineState?.value,
  );
  for (const [strategy, { value }] of run.strategyStates)
    showStates(
      shown,
      'trading_strategy_state',
      { engine, strategy },
      ['QUOTING', 'WATCHING', 'PAUSED', 'STOPPED'],
      value,
    );
  for (const [key, { limit, value }] of run.limits) {
    const [strategy, name] = JSON.parse(key) as [string, string];
    shown.gauge('trading_risk_limit', { engine, strategy, name }, limit);
    shown.gauge(
      'trading_risk_limit_used_ratio',
      { engine, strategy, name },
      limit.sign === 0 ? undefined : value.over(limit),
    );
  }
  for (const { venue, asset, free, locked } of run.balances.values()) {
    shown.gauge('trading_balance', { engine, venue, asset, kind: 'free' }, free);
    shown.gauge('trading_balance', { engine, venue, asset, kind: 'locked' }, locked);
  }
  const residuals = new Map<string, Fraction>();
  for (const [key, difference] of run.claims) {
    const [kind] = JSON.parse(key) as [string];
    const largest = residuals.get(kind);
    if (largest === undefined || difference.compare(largest) > 0) residuals.set(kind, difference);
  }
  for (const [kind, residual] of residuals)
    shown.gauge('trading_reconciliation_residual', { engine, kind }, residual);
  for (const [key, market] of run.markets)
    showMarket(shown, run, JSON.parse(key) as [string, string], market);
  for (const [place, position] of run.positionsByPlace()) showPosition(shown, run, place, position);
  for (const strategy of new Set([
    ...run.strategies.keys(),
    ...[...run.positionsByPlace()].map(([p]) => p.strategy),
  ]))
    showStrategy(shown, run, strategy);
  showMarkouts(shown, run);
}

function showStates(
  shown: Exposed,
  name: string,
  labels: Readonly<Record<string, string>>,
  words: readonly string[],
  current: string | undefined,
): void {
  if (current === undefined) return;
  // READING: a word that is none of the contract's is shown beside them.
  for (const state of new Set([...words, current]))
    shown.gauge(name, { ...labels, state }, state === current ? Fraction.ONE : Fraction.ZERO);
}

function showMarket(
  shown: Exposed,
  run: Run,
  [venue, symbol]: readonly [string, string],
  market: Market,
): void {
  const labels = { engine: run.engine, venue, symbol };
  const { book, usable, mid, instrument } = market;
  if (instrument)
    shown.gauge(
      'trading_instrument_info',
      { ...labels, base: instrument.base, quote: instrument.quote },
      Fraction.ONE,
    );
  shown.gauge('trading_mark_price', labels, market.mark);
  shown.gauge('trading_mid_price', labels, mid);
  if (usable && mid)
    shown.gauge(
      'trading_spread_bps',
      labels,
      usable.asks[0]![0].minus(usable.bids[0]![0]).over(mid).times(BPS),
    );
  shown.gauge('trading_realized_volatility', labels, volatility(run, market));
  if (market.lastData)
    shown.gauge(
      'trading_market_data_last_timestamp_seconds',
      labels,
      Fraction.of(market.lastData.value, SECOND_NS),
    );
  if (!book) return;
  shown.gauge('trading_best_bid_price', labels, book.bids[0]?.[0]);
  shown.gauge('trading_best_ask_price', labels, book.asks[0]?.[0]);
  for (const [side, rows] of [
    ['bid', book.bids],
    ['ask', book.asks],
  ] as const) {
    for (const [index, [price, quantity]] of rows.slice(0, 10).entries()) {
      const level = String(index + 1);
      shown.gauge('trading_book_level_price', { ...labels, side, level }, price);
      shown.gauge('trading_book_level_quantity', { ...labels, side, level }, quantity);
    }
    // READING: all levels of the latest book, around the last usable mid; none within is 0.
    if (mid)
      for (const bps of [5n, 10n, 25n, 50n]) {
        const within = mid.times(Fraction.of(bps, 10_000n));
        const depth = rows
          .filter(([price]) => price.minus(mid).abs().compare(within) <= 0)
          .reduce((sum, [, quantity]) => sum.plus(quantity), Fraction.ZERO);
        shown.gauge('trading_book_depth', { ...labels, side, bps: String(bps) }, depth);
      }
  }
}

function showPosition(shown: Exposed, run: Run, place: Place, position: Position): void {
  const labels = { engine: run.engine, ...place };
  const market = run.market(place);
  const multiplier = market.instrument?.multiplier;
  const open = [...run.orders.values()].filter(
    (order) =>
      isOpen(order) &&
      order.place.strategy === place.strategy &&
      order.place.venue === place.venue &&
      order.place.symbol === place.symbol,
  );
  shown.gauge('trading_open_orders', labels, Fraction.of(BigInt(open.length)));
  shown.gauge('trading_position', labels, position.quantity);
  shown.gauge(
    'trading_position_average_price',
    labels,
    position.blind ? undefined : position.averagePrice,
  );
  shown.gauge('trading_exposure', labels, position.exposure(market.mark, multiplier));
  shown.gauge('trading_realized_pnl', labels, position.blind ? undefined : position.realized);
  shown.gauge('trading_unrealized_pnl', labels, position.unrealized(market.mark, multiplier));
  shown.gauge('trading_fees', labels, position.fees);
  shown.gauge('trading_net_pnl', labels, position.net(market.mark, multiplier));
  for (const [currency, fee] of position.unconverted)
    shown.gauge('trading_fees_unconverted', { ...labels, currency }, fee);
  const incomplete = run.incomplete || position.blind || position.unconverted.size > 0;
  shown.gauge('trading_pnl_incomplete', labels, incomplete ? Fraction.ONE : Fraction.ZERO);
  if (position.submittedQuantity.sign !== 0)
    shown.gauge(
      'trading_fill_ratio',
      labels,
      position.filledQuantity.over(position.submittedQuantity),
    );
  if (position.fills > 0)
    shown.gauge(
      'trading_order_to_trade_ratio',
      labels,
      Fraction.of(
        BigInt(position.submitted + position.replaced + position.cancelRequests),
        BigInt(position.fills),
      ),
    );
}

function showStrategy(shown: Exposed, run: Run, strategy: string): void {
  const labels = { engine: run.engine, strategy };
  const equity = run.equity(strategy);
  if (equity !== undefined) {
    const { peak, maxDrawdown } = run.strategies.get(strategy)!;
    shown.gauge('trading_equity', labels, equity);
    shown.gauge('trading_equity_peak', labels, peak);
    if (peak.sign > 0) {
      shown.gauge('trading_drawdown_ratio', labels, Fraction.ONE.minus(equity.over(peak)));
      shown.gauge('trading_max_drawdown_ratio', labels, maxDrawdown);
    }
  }
  // READING: returns of minutes that had an equity count, also when it has none any more.
  shown.gauge('trading_sharpe_ratio', labels, sharpe(run, strategy));
  const trips = [...run.positionsByPlace()]
    .filter(([place]) => place.strategy === strategy)
    .flatMap(([, position]) => position.roundTrips);
  if (trips.length === 0) return;
  const wins = trips.filter((pnl) => pnl.sign > 0);
  const losses = trips.filter((pnl) => pnl.sign < 0);
  shown.gauge('trading_win_ratio', labels, Fraction.of(BigInt(wins.length), BigInt(trips.length)));
  if (losses.length > 0)
    shown.gauge('trading_profit_factor', labels, sum(wins).over(sum(losses).abs()));
}

const sum = (terms: readonly Fraction[]): Fraction =>
  terms.reduce((total, one) => total.plus(one), Fraction.ZERO);

function sharpe(run: Run, strategy: string): number | undefined {
  const lastOfMinute = new Map<bigint, Fraction | undefined>();
  for (const { clockNs, equities } of run.steps)
    lastOfMinute.set(clockNs / (60n * SECOND_NS), equities.get(strategy));
  // READING: the minute that the clock stands in is not whole yet.
  const equities = [...lastOfMinute.values()].slice(0, -1);
  const returns: Fraction[] = [];
  for (const [index, equity] of equities.entries()) {
    const before = equities[index - 1];
    if (equity !== undefined && before !== undefined && before.sign !== 0)
      returns.push(equity.over(before).minus(Fraction.ONE));
  }
  if (returns.length < RETURNS_MIN) return undefined;
  const { mean, variance } = sampleMoments(returns);
  if (variance.sign === 0) return undefined;
  const minutes = [...run.positionsByPlace()]
    .filter(([place]) => place.strategy === strategy)
    .map(([place]) => run.market(place).instrument?.minutesPerYear ?? DEFAULT_MINUTES_PER_YEAR);
  const smallest = minutes.reduce(
    (least, one) => (one.compare(least) < 0 ? one : least),
    minutes[0] ?? DEFAULT_MINUTES_PER_YEAR,
  );
  return mean.sign * mean.times(mean).times(smallest).over(variance).squareRoot();
}

function sampleMoments(values: readonly Fraction[]): { mean: Fraction; variance: Fraction } {
  const count = Fraction.of(BigInt(values.length));
  const mean = sum(values).over(count);
  const squares = values
    .map((value) => value.minus(mean))
    .map((deviation) => deviation.times(deviation));
  return { mean, variance: sum(squares).over(count.minus(Fraction.ONE)) };
}

function volatility(run: Run, market: Market): number | undefined {
  const now = run.clockNs / SECOND_NS;
  const mids: Fraction[] = [];
  for (let second = now - 300n; second <= now; second += 1n) {
    // READING: the mid at a whole second is that of the last usable book whose line came when the
    // run's clock was not past that second.
    const lastStep = run.steps.findLastIndex(({ clockNs }) => clockNs <= second * SECOND_NS);
    const mid = market.mids.findLast(({ step }) => step <= lastStep)?.mid;
    if (mid !== undefined) mids.push(mid);
  }
  const returns = mids
    .slice(1)
    .map((mid, index) =>
      Fraction.double(Math.log1p(mid.minus(mids[index]!).over(mids[index]!).toNumber())),
    );
  if (returns.length < RETURNS_MIN) return undefined;
  const { variance } = sampleMoments(returns);
  const minutesPerYear = market.instrument?.minutesPerYear ?? DEFAULT_MINUTES_PER_YEAR;
  return variance.times(Fraction.of(60n)).times(minutesPerYear).squareRoot();
}

function showMarkouts(shown: Exposed, run: Run): void {
  const weighted = new Map<string, { total: Fraction; weight: Fraction }>();
  for (const { step, place, liquidity, engineNs, fill } of run.markoutFills) {
    const { mids } = run.market(place);
    const atFill = mids.findLast((one) => one.step < step)?.mid;
    if (atFill === undefined) continue;
    for (const [horizon, horizonNs] of HORIZONS) {
      const takenBefore = run.steps.findIndex(
        ({ clockNs }, index) => index > step && engineNs + horizonNs < clockNs,
      );
      if (takenBefore < 0) continue;
      const then = mids.findLast((one) => one.step < takenBefore)!.mid;
      const bps = fill.direction.times(then.minus(fill.price)).over(atFill).times(BPS);
      const key = canonicalSeries('trading_markout_bps', {
        engine: run.engine,
        ...place,
        liquidity,
        horizon,
      });
      const { total, weight } = weighted.get(key) ?? {
        total: Fraction.ZERO,
        weight: Fraction.ZERO,
      };
      weighted.set(key, {
        total: total.plus(bps.times(fill.quantity)),
        weight: weight.plus(fill.quantity),
      });
    }
  }
  for (const [key, { total, weight }] of weighted) shown.put(key, total.over(weight));
}
