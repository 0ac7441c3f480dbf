/**
 * The trading engine as a deterministic step: an input goes in, and log lines, commands and timers
 * come out. The same inputs at the same engine times give the same, but for measured durations.
 *
 * | state | entered | left |
 * |---|---|---|
 * | ACTIVE | at the start | |
 * | REDUCING | a strategy passes its daily loss or drawdown | `rearm` |
 * | HALTED | a strategy passes that times the halt factor, or the kill switch latches | `rearm` |
 *
 * States only get worse by themselves; back to ACTIVE takes a person.
 */
import { ATOM_DIGITS, atomsToDouble, formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';
import { Inventory } from '../inventory.ts';
import { NONE, type Recorder } from '../log/recorder.ts';
import type { Instrument } from '../market/instrument.ts';
import { tickLotValue, wholeLots } from '../market/lots.ts';
import { BUY, SELL, sideWord } from '../market/side.ts';
import { leavesQty, ordStatus } from '../order/order.ts';
import { Orders, type LiveOrder } from '../order/orders.ts';
import type { RiskWorld } from '../risk/check.ts';
import { riskChecks } from '../risk/checks.ts';
import { reduced, type RiskConfig } from '../risk/config.ts';
import { LossMonitor } from '../risk/loss-monitor.ts';
import { RateWindow } from '../risk/rate-window.ts';
import { Risk } from '../risk/risk.ts';
import type {
  LiquidityTakerConfig,
  MarketMakerConfig,
  StrategiesConfig,
} from '../strategy/config.ts';
import { LiquidityTaker } from '../strategy/liquidity-taker.ts';
import { MarketMaker } from '../strategy/market-maker.ts';
import type { Balance, Command, Fill, Report } from '../venue/venue.ts';
import { BalanceLedger } from './balance-ledger.ts';
import type { StepConfig } from './config.ts';
import { Desk, type EngineState, type Floor, type StrategyState } from './desk.ts';
import type { Input } from './input.ts';
import { MarketState } from './market-state.ts';
import { recordSnapshot } from './snapshot.ts';

export type Mode = 'READ_ONLY' | 'PAPER' | 'LIVE_LIMITED' | 'LIVE';

export interface TraderOptions {
  readonly instruments: readonly Instrument[];
  readonly strategies: StrategiesConfig;
  readonly risk: RiskConfig;
  readonly step: StepConfig;
  readonly mode: Mode;
  readonly recorder: Recorder;
  /** Sends a command to the venue at engine time `tNs`. */
  readonly send: (command: Command, tNs: number) => void;
  /** Asks for a TIMER input with that id at engine time `tNs`. */
  readonly schedule: (tNs: number, timerId: number) => void;
  /** The clock of measured durations, ns; nothing that is decided depends on it. */
  readonly monotonicNs: () => number;
  /** Opening balances at the venue; without them the first BALANCES report is taken as the opening one. */
  readonly balances?: readonly Balance[];
}

/** Ids of timers: those of the engine, then two for each instrument. */
const STATE_TIMER = 0;
const SNAPSHOT_TIMER = 1;
const DEADLINE_TIMER = 2;
const BALANCE_TIMER = 3;
const FIRST_INSTRUMENT_TIMER = 10;

/** A difference of balances counts when it is still there after this time: reports may be on their way. */
const DRIFT_CONFIRM_NS = 2e9;
const DAY_NS = 86_400e9;

/** A strategy and its desks, one an instrument. */
interface Team {
  readonly name: 'market_maker' | 'liquidity_taker';
  readonly tag: string;
  readonly config: MarketMakerConfig | LiquidityTakerConfig;
  readonly ccy: string;
  readonly losses: LossMonitor;
  orders: number;
}

const TAGS = { market_maker: 'mm', liquidity_taker: 'lt' } as const;

export class Trader {
  readonly #options: TraderOptions;
  readonly #recorder: Recorder;
  readonly #instruments: readonly Instrument[];
  readonly #markets: readonly MarketState[];
  readonly #teams: readonly Team[];
  /** By instrument: those that take come first, so that an exit is not held up by a quote of the same step. */
  readonly #desks: readonly (readonly Desk[])[];
  readonly #inventory: Inventory;
  readonly #orders: Orders;
  readonly #balances: BalanceLedger;
  readonly #risk: Risk;
  readonly #floor: { -readonly [K in keyof Floor]: Floor[K] };
  readonly #world: { -readonly [K in keyof RiskWorld]: RiskWorld[K] };
  /** Strategy × instrument that have had an order. */
  readonly #keys = new Set<number>();
  #startEpochNs = 0;
  #tNs = 0;
  #killed = false;
  /** The kill switch has latched and not all orders are known to be gone. */
  #killUnconfirmed = false;
  #stopping = false;
  #down = false;
  #drift: { readonly diffs: string; readonly sinceNs: number; said: boolean } | undefined;

  /** @throws RangeError when a quantity of the settings does not fit an instrument */
  constructor(options: TraderOptions) {
    const { instruments, recorder, step, strategies, schedule } = options;
    const risk = options.mode === 'LIVE_LIMITED' ? reduced(options.risk) : options.risk;
    this.#options = options;
    this.#recorder = recorder;
    this.#instruments = instruments;
    this.#teams = strategies.enabled.map((name) => {
      const config = strategies[name];
      return {
        name,
        tag: TAGS[name],
        config,
        ccy: config.capital_ccy ?? instruments[0]!.quote,
        losses: new LossMonitor(
          {
            dailyLoss: double(risk.max_daily_loss),
            drawdown: risk.max_drawdown_ratio,
            haltFactor: risk.halt_factor,
          },
          double(config.capital),
        ),
        orders: 0,
      };
    });
    this.#inventory = new Inventory(
      instruments,
      this.#teams.map(({ config, ccy }) => ({ capital: config.capital, ccy })),
    );
    const orderRate = new RateWindow(risk.order_rate_max, risk.rate_window_ms);
    const cancelRate = new RateWindow(risk.cancel_rate_max, risk.rate_window_ms);
    this.#orders = new Orders({
      instruments,
      recorder,
      send: options.send,
      monotonicNs: options.monotonicNs,
      ackTimeoutMs: step.ack_timeout_ms,
      orderRate,
      cancelRate,
      arm: (tNs) => schedule(tNs, DEADLINE_TIMER),
      filled: (order, fill, seq) => this.#filled(order, fill, seq),
    });
    this.#balances = new BalanceLedger(instruments, this.#orders);
    this.#markets = instruments.map(
      (instrument) =>
        new MarketState(instrument, {
          recorder,
          intervalMs: step.md_interval_ms,
          staleMs: risk.stale_md_ms,
          calibrationWindowS: strategies.market_maker.calibration_window_s,
          armFlush: (tNs) => schedule(tNs, FIRST_INSTRUMENT_TIMER + 2 * instrument.index),
          armStale: (tNs) => schedule(tNs, FIRST_INSTRUMENT_TIMER + 2 * instrument.index + 1),
          logged: (state, event, px) => this.#marked(state, event, px),
        }),
    );
    const tickLotValues = instruments.map(tickLotValue);
    this.#world = {
      nowNs: 0,
      instruments,
      orderRate,
      cancelRate,
      tickLotValue: (instrument) => tickLotValues[instrument]!,
      mid: (instrument) => this.#markets[instrument]!.features.mid,
      marketAgeNs: (instrument) => this.#tNs - this.#markets[instrument]!.heardNs,
      position: (strategy, instrument) => this.#inventory.position(strategy, instrument).lots,
      openOrders: (strategy) => this.#orders.openCount(strategy),
      openQty: (strategy, instrument, side) => this.#orders.openQty(strategy, instrument, side),
      ownBest: (instrument, side) => this.#orders.ownBest(instrument, side),
      isRepetition: (order) => this.#orders.isRepetition(order),
      free: (asset) => this.#balances.free(asset),
      dailyLoss: (strategy) => this.#teams[strategy]!.losses.dailyLoss,
      drawdown: (strategy) => this.#teams[strategy]!.losses.drawdown,
    };
    this.#risk = new Risk(riskChecks(risk, instruments), this.#world, this.#teams.length, recorder);
    this.#floor = {
      recorder,
      orders: this.#orders,
      risk: this.#risk,
      monotonicNs: options.monotonicNs,
      engineState: 'ACTIVE',
      flattens: risk.flatten,
      obstacle: '',
      readOnly: options.mode === 'READ_ONLY',
      takenNs: 0,
      stateOf: (strategy) => this.#stateOf(strategy),
      nextOrderNumber: (strategy, instrument) => {
        this.#keys.add(strategy * instruments.length + instrument);
        return (this.#teams[strategy]!.orders += 1);
      },
    };
    this.#desks = this.#markets.map((market) =>
      this.#teams
        .map((team, strategy) => this.#openDesk(team, strategy, market))
        .sort((a, b) => Number(b.takes) - Number(a.takes)),
    );
  }

  #openDesk({ name, tag, config }: Team, strategy: number, market: MarketState): Desk {
    const { market_maker, liquidity_taker } = this.#options.strategies;
    const { instrument } = market;
    const { symbol, lotSize, minQty, minNotional = '0' } = instrument;
    const clipText = config.clip_qty[symbol];
    const clipLots =
      clipText === undefined
        ? undefined
        : wholeLots(`strategies.${name}.clip_qty.${symbol}`, clipText, lotSize);
    return new Desk({
      floor: this.#floor,
      strategy,
      tag,
      takes: name === 'liquidity_taker',
      algorithm:
        name === 'market_maker'
          ? new MarketMaker(market_maker)
          : new LiquidityTaker(liquidity_taker),
      market,
      position: this.#inventory.position(strategy, instrument.index),
      rules: {
        requoteTicks: market_maker.requote_ticks,
        requoteQtyRatio: market_maker.requote_qty_ratio,
        requoteIntervalNs: market_maker.requote_interval_ms * 1e6,
      },
      sizesAt: (mid) => {
        const lotValue = mid * this.#world.tickLotValue(instrument.index);
        // A tenth more than the least, so that the price may fall before an order becomes too small.
        const smallest = Math.max(1, minQty, Math.ceil((1.1 * double(minNotional)) / lotValue));
        const clip = clipLots ?? Math.floor(double(config.clip_notional) / lotValue);
        return { clip: Math.max(clip, smallest), minQty: smallest };
      },
    });
  }

  /** @param startEpochNs engine clock zero, ns since the epoch */
  start(tNs: number, startEpochNs: bigint): void {
    this.#startEpochNs = Number(startEpochNs);
    this.#enter(tNs);
    const { step, balances } = this.#options;
    for (const { index } of this.#instruments)
      this.#recorder.event('instrument.defined', this.#definition(index), { instrument: index });
    for (const [strategy, team] of this.#teams.entries()) {
      const { capital, ...params } = team.config;
      this.#recorder.event(
        'strategy.started',
        { algo: team.name, params, capital, capital_ccy: team.ccy },
        { strategy },
      );
    }
    this.#recorder.event('engine.state', { from: 'HALTED', to: 'ACTIVE', reason: 'STARTED' });
    if (balances !== undefined) {
      this.#balances.open(balances);
      this.#recordBalances('LEDGER', balances);
    }
    for (const desk of this.#desks.flat()) desk.recordState();
    this.snapshot();
    for (const market of this.#markets) market.watch(tNs);
    this.#schedule(STATE_TIMER, step.state_interval_ms);
    this.#schedule(SNAPSHOT_TIMER, step.snapshot_interval_ms);
    if (!this.#floor.readOnly) this.#options.send({ kind: 'QUERY_BALANCES' }, tNs);
  }

  step(input: Input, tNs: number): void {
    this.#floor.takenNs = this.#options.monotonicNs();
    this.#enter(tNs, this.#floor.takenNs);
    switch (input.kind) {
      case 'BOOK':
        this.#markets[input.instrument]!.onBook(input, tNs);
        this.#decide(input.instrument, NONE);
        break;
      case 'TOP':
        this.#markets[input.instrument]!.onTop(input, tNs);
        this.#decide(input.instrument, NONE);
        break;
      case 'TRADE':
        this.#markets[input.instrument]!.onTrade(input, tNs);
        for (const desk of this.#desks[input.instrument]!)
          desk.onTrade(input, desk.market.seq, tNs);
        break;
      case 'GAP':
        this.#markets[input.instrument]!.onGap(input, tNs);
        this.#decide(input.instrument, NONE);
        break;
      case 'RESYNC':
        this.#markets[input.instrument]!.onResync(input, tNs);
        this.#decide(input.instrument, NONE);
        break;
      case 'TIMER':
        this.#onTimer(input.id);
        break;
      case 'REPORT':
        this.#onReport(input.report);
        break;
    }
    if (this.#killUnconfirmed && this.#orders.live.length === 0) this.#confirmKill();
  }

  #enter(tNs: number, monoNs = this.#options.monotonicNs()): void {
    this.#tNs = tNs;
    this.#world.nowNs = tNs;
    this.#recorder.at(tNs, monoNs);
  }

  #schedule(timer: number, afterMs: number): void {
    this.#options.schedule(this.#tNs + afterMs * 1e6, timer);
  }

  /** @param cause NONE for the latest market data of the instrument */
  #decide(instrument: number, cause: number): void {
    const { seq } = this.#markets[instrument]!;
    for (const desk of this.#desks[instrument]!)
      desk.onBook(cause === NONE ? seq : cause, this.#tNs);
  }

  #decideAll(cause: number): void {
    for (const { index } of this.#instruments) this.#decide(index, cause);
  }

  #onTimer(id: number): void {
    const { step } = this.#options;
    switch (id) {
      case STATE_TIMER:
        if (this.#stopping) return;
        for (const desk of this.#desks.flat()) desk.recordState();
        this.#risk.report();
        this.#schedule(STATE_TIMER, step.state_interval_ms);
        return;
      case SNAPSHOT_TIMER:
        if (this.#stopping) return;
        this.snapshot();
        this.#schedule(SNAPSHOT_TIMER, step.snapshot_interval_ms);
        return;
      case DEADLINE_TIMER:
        this.#orders.onDeadline(this.#tNs);
        return;
      case BALANCE_TIMER:
        this.#options.send({ kind: 'QUERY_BALANCES' }, this.#tNs);
        return;
    }
    const market = this.#markets[(id - FIRST_INSTRUMENT_TIMER) >> 1]!;
    if ((id - FIRST_INSTRUMENT_TIMER) % 2 === 0) market.onFlush(this.#tNs);
    else {
      market.onStaleTimer(this.#tNs);
      this.#decide(market.instrument.index, NONE);
    }
  }

  #onReport(report: Report): void {
    switch (report.kind) {
      case 'BALANCES':
        this.#onBalances(report.balances);
        return;
      case 'CONNECTED':
      case 'DISCONNECTED':
        this.#onChannel(report);
        return;
      default: {
        const order = this.#orders.onReport(report, this.#tNs);
        if (order === undefined) return;
        // What turns out to be alive after the end is canceled then.
        if (this.#stopping || this.#floor.engineState === 'HALTED')
          this.#orders.cancel(order, 'STOPPED', order.lastSeq, this.#tNs);
        this.#decide(order.instrument, order.lastSeq);
      }
    }
  }

  /** Without the way to the venue nothing is sent; what reports were missed is asked for when it is back. */
  #onChannel(report: Report & { readonly kind: 'CONNECTED' | 'DISCONNECTED' }): void {
    const { venue } = this.#instruments[0]!;
    const { channel } = report;
    if (report.kind === 'DISCONNECTED') {
      const cause = this.#recorder.event(
        'venue.disconnected',
        { channel, reason: report.reason },
        { venue },
      );
      if (channel === 'MD') return;
      this.#down = true;
      this.#setObstacle();
      this.#decideAll(cause);
      return;
    }
    const cause = this.#recorder.event('venue.connected', { channel }, { venue });
    if (channel === 'MD' || !this.#down) return;
    this.#down = false;
    this.#setObstacle();
    this.#orders.askAll('RECONNECTED', this.#tNs);
    this.#decideAll(cause);
  }

  #setObstacle(): void {
    if (this.#floor.engineState === 'HALTED') this.#floor.obstacle = 'HALTED';
    else this.#floor.obstacle = this.#down ? 'DISCONNECTED' : '';
  }

  #filled(order: LiveOrder, fill: Fill, seq: number): void {
    const { strategy, instrument, side } = order;
    const wasFlat = this.#inventory.position(strategy, instrument).lots === 0;
    const position = this.#inventory.fill(strategy, instrument, side, fill);
    this.#balances.fill(instrument, side, fill);
    const { qty, avg_px, realized_pnl, fees } = this.#inventory.claim(position);
    const claim = this.#recorder.event(
      'position.updated',
      { qty, avg_px, realized_pnl, fees },
      { instrument, strategy, cause: seq },
    );
    for (const desk of this.#desks[instrument]!)
      if (desk.strategy === strategy) desk.onFill(wasFlat, this.#tNs);
    this.#watchLosses(claim);
  }

  #marked({ instrument, book, seq }: MarketState, event: 'BOOK' | 'TRADE', px: number): void {
    if (event === 'TRADE') this.#inventory.markByTrade(instrument.index, px);
    else {
      const bid = book.px(BUY, 0);
      const ask = book.px(SELL, 0);
      if (bid < ask) this.#inventory.markByBook(instrument.index, bid, ask);
    }
    this.#watchLosses(seq);
  }

  #watchLosses(cause: number): void {
    const day = Math.floor((this.#startEpochNs + this.#tNs) / DAY_NS);
    for (const [strategy, { losses }] of this.#teams.entries()) {
      losses.onEquity(this.#inventory.equity(strategy), day);
      const passed = losses.passed;
      if (passed === undefined) continue;
      const to = passed.action === 'HALT' ? 'HALTED' : 'REDUCING';
      if (SEVERITY[this.#floor.engineState] >= SEVERITY[to]) continue;
      const action = to === 'REDUCING' && this.#floor.flattens ? 'FLATTEN' : passed.action;
      const breach = this.#risk.breach(passed.name, passed, action, strategy, NONE, cause);
      this.#changeState(to, passed.name, breach);
    }
  }

  #changeState(to: EngineState, reason: string, cause: number): void {
    const from = this.#floor.engineState;
    const seq = this.#recorder.event('engine.state', { from, to, reason }, { cause });
    this.#floor.engineState = to;
    this.#setObstacle();
    if (to === 'HALTED' && !this.#floor.readOnly) this.#orders.cancelAll(reason, seq, this.#tNs);
    this.#decideAll(seq);
  }

  /** Latches the kill switch: HALTED, everything canceled, until `rearm`. Says so once nothing is open any more. */
  kill(trigger: string, by: string, tNs: number): void {
    this.#enter(tNs);
    const cause = this.#recorder.event('risk.kill', { trigger, by });
    if (this.#killed) return;
    this.#killed = true;
    this.#killUnconfirmed = true;
    this.#changeState('HALTED', 'KILL', cause);
    if (this.#orders.live.length === 0) this.#confirmKill();
  }

  #confirmKill(): void {
    this.#killUnconfirmed = false;
    const { engineState } = this.#floor;
    this.#recorder.event('engine.state', {
      from: engineState,
      to: engineState,
      reason: 'ALL_CANCELED',
    });
  }

  /** Back to ACTIVE; losses count from here. */
  rearm(by: string, tNs: number): void {
    this.#enter(tNs);
    const cause = this.#recorder.event('risk.rearmed', { by });
    this.#killed = false;
    this.#killUnconfirmed = false;
    for (const { losses } of this.#teams) losses.rearm();
    if (this.#floor.engineState !== 'ACTIVE') this.#changeState('ACTIVE', 'REARMED', cause);
  }

  /** Ends the strategies and cancels everything; done once `quiescent`. */
  stop(reason: string, tNs: number): void {
    this.#enter(tNs);
    if (this.#stopping) return;
    this.#stopping = true;
    for (const market of this.#markets) market.flush(tNs);
    for (const desk of this.#desks.flat()) {
      desk.stopped = true;
      desk.reason = reason;
    }
    for (const desk of this.#desks.flat()) desk.recordState();
    for (const strategy of this.#teams.keys())
      this.#recorder.event('strategy.stopped', {}, { strategy });
    if (this.#orders.live.length > 0) this.#orders.cancelAll('STOPPED', NONE, tNs);
  }

  /** A strategy works as long as one of its desks does. */
  #stateOf(strategy: number): StrategyState {
    for (const desks of this.#desks)
      for (const desk of desks)
        if (desk.strategy === strategy && desk.state !== 'PAUSED') return desk.state;
    return 'PAUSED';
  }

  /**
   * After an exception, when nothing that is known of the orders can be relied on: the venue is
   * asked to cancel everything, nothing more is decided. The answers are not waited for.
   *
   * @param cause the line that says why
   */
  abort(reason: string, cause: number): void {
    const { engineState: from, readOnly } = this.#floor;
    this.#stopping = true;
    this.#floor.engineState = 'HALTED';
    this.#enter(this.#tNs);
    const event = { from, to: 'HALTED', reason };
    const seq = this.#recorder.event('engine.state', event, { cause });
    if (!readOnly) this.#orders.cancelAll(reason, seq, this.#tNs);
  }

  /** Says the trading state again, for a reader that starts at a new segment. */
  restate(): void {
    const { engineState } = this.#floor;
    this.#recorder.event('engine.state', { from: engineState, to: engineState, reason: 'SEGMENT' });
  }

  /** The names of the strategies, in the order of their indices in the log. */
  get strategies(): readonly string[] {
    return this.#teams.map((team) => team.name);
  }

  /** Orders sent whose end is not known. */
  get openOrders(): number {
    return this.#orders.live.length;
  }

  /** No order is open and no answer is awaited. */
  get quiescent(): boolean {
    return this.#orders.live.length === 0;
  }

  #onBalances(balances: readonly Balance[]): void {
    const first = !this.#balances.known;
    if (first) this.#balances.open(balances);
    const cause = this.#recordBalances('STREAM', balances);
    if (first) return;
    const drifts = this.#balances.drift(balances);
    const diffs = drifts.map(({ asset, diff }) => `${asset} ${diff}`).join(', ');
    if (diffs === '') {
      this.#drift = undefined;
      return;
    }
    if (this.#drift?.diffs !== diffs) {
      this.#drift = { diffs, sinceNs: this.#tNs, said: false };
      this.#options.schedule(this.#tNs + DRIFT_CONFIRM_NS, BALANCE_TIMER);
      return;
    }
    if (this.#drift.said || this.#tNs - this.#drift.sinceNs < DRIFT_CONFIRM_NS) return;
    this.#drift.said = true;
    for (const drift of drifts) this.#recorder.event('account.drift', drift, { cause });
  }

  #recordBalances(source: 'STREAM' | 'LEDGER', balances: readonly Balance[]): number {
    const { venue } = this.#instruments[0]!;
    return this.#recorder.event('account.balance', { source, balances }, { venue });
  }

  /** Records engine.snapshot, in as many parts as it needs. */
  snapshot(): void {
    const name = (strategy: number): string => this.#teams[strategy]!.name;
    const where = (instrument: number): { venue: string; symbol: string } => {
      const { venue, symbol } = this.#instruments[instrument]!;
      return { venue, symbol };
    };
    recordSnapshot(this.#recorder, {
      instruments: this.#instruments.map(({ index }) => ({
        ...where(index),
        ...this.#definition(index),
      })),
      strategies: this.#teams.map((team, strategy) => ({
        strategy: team.name,
        capital: team.config.capital,
        capital_ccy: team.ccy,
        cash: '0',
        equity_peak: this.#inventory.equityPeak(strategy),
        max_drawdown: this.#inventory.maxDrawdown(strategy),
      })),
      orders: this.#orders.live.map((order) => ({
        strategy: name(order.strategy),
        ...where(order.instrument),
        ...this.#common(order),
      })),
      positions: [...this.#inventory.positions]
        .filter(({ strategy, instrument }) =>
          this.#keys.has(strategy * this.#instruments.length + instrument),
        )
        .map((position) => ({
          strategy: name(position.strategy),
          ...where(position.instrument),
          ...this.#inventory.claim(position),
        })),
      balances: this.#balances.balances.map((balance) => ({
        venue: this.#instruments[0]!.venue,
        ...balance,
      })),
    });
  }

  #definition(index: number): Record<string, unknown> {
    const one = this.#instruments[index]!;
    return {
      base: one.base,
      quote: one.quote,
      tick_size: one.tickSize,
      lot_size: one.lotSize,
      min_qty: times(one.minQty, one.lotSize),
      max_qty: one.maxQty === undefined ? undefined : times(one.maxQty, one.lotSize),
      min_notional: one.minNotional,
      multiplier: one.multiplier,
      maker_fee: one.makerFee,
      taker_fee: one.takerFee,
      minutes_per_year: one.minutesPerYear,
    };
  }

  #common(order: LiveOrder): object {
    const { tickSize, lotSize } = this.#instruments[order.instrument]!;
    return {
      cl_ord_id: order.clOrdId,
      order_id: order.orderId,
      side: sideWord(order.side),
      ord_type: order.ordType,
      tif: order.tif,
      post_only: order.postOnly,
      px: Number.isNaN(order.px) ? undefined : times(order.px, tickSize),
      qty: times(order.qty, lotSize),
      ord_status: ordStatus(order),
      cum_qty: times(order.cumQty, lotSize),
      leaves_qty: times(leavesQty(order), lotSize),
    };
  }
}

const SEVERITY = { ACTIVE: 0, REDUCING: 1, HALTED: 2 } as const;

const double = (text: string): number => atomsToDouble(parseAtoms(text));
const times = (count: number, step: string): string =>
  formatScaled(BigInt(count) * parseAtoms(step), ATOM_DIGITS);
