/**
 * Logs by seed: first what an engine may write by the contract (`EngineModel`), then what may
 * happen to a log on its way (`log-mutator.ts`). The engine's claims come from the oracle's own
 * position, so that they are right unless they are meant to be wrong.
 */
import { Fraction } from './fraction.ts';
import type { JsonObject } from './line.ts';
import { LogScript, RUNS, START_NS, logFile } from './log-script.ts';
import type { ScriptEvent } from './log-script.ts';
import { mutateSegments } from './log-mutator.ts';
import type { LogFile } from './oracle.ts';
import { Position, fillOf } from './oracle.ts';
import { Random } from './random.ts';

export interface GeneratorOptions {
  /** About how many lines a run has. */
  readonly lines?: number;
  /** How roughly the log is treated: 0 leaves it as the engine wrote it. */
  readonly mutations?: number;
}

/** The lines of one segment, in order. */
export interface SegmentLines {
  readonly engine: string;
  readonly run: string;
  readonly n: number;
  readonly lines: Buffer[];
  /** Stands behind the last newline. */
  torn: Buffer;
}

export function generateLog(seed: number, options: GeneratorOptions = {}): readonly LogFile[] {
  const random = new Random(seed);
  const { lines = 250, mutations = random.chance(0.3) ? 0 : random.integer(1, 6) } = options;
  const segments: SegmentLines[] = [];
  for (const engine of random.chance(0.3) ? ['engine-1', 'b.2_x'] : ['engine-1'])
    for (const run of RUNS.slice(
      0,
      random.weighted([
        [5, 1],
        [3, 2],
        [1, 3],
      ]),
    ))
      segments.push(
        ...new EngineModel(random, engine, run).write(random.integer(lines >> 1, lines)),
      );
  mutateSegments(random, segments, mutations);
  return segments.map(({ engine, run, n, lines: all, torn }) => {
    const { name } = logFile(engine, run, n, []);
    return { name, bytes: Buffer.concat([...all.flatMap((line) => [line, NEWLINE]), torn]) };
  });
}

const NEWLINE = Buffer.from('\n');

interface ModelInstrument {
  readonly venue: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: number;
  readonly places: number;
  readonly lot: string;
  readonly lotPlaces: number;
  readonly multiplier: string;
  readonly minutesPerYear?: number;
  /** In ticks. */
  price: number;
  defined: boolean;
}

const INSTRUMENTS = [
  {
    venue: 'binance',
    symbol: 'BTCUSDT',
    base: 'BTC',
    quote: 'USDT',
    tick: 1,
    places: 2,
    lot: '0.00001',
    lotPlaces: 5,
    multiplier: '1',
    price: 6_000_000,
  },
  {
    venue: 'binance',
    symbol: 'ETHUSDT',
    base: 'ETH',
    quote: 'USDT',
    tick: 5,
    places: 2,
    lot: '0.0001',
    lotPlaces: 4,
    multiplier: '1',
    price: 50_000,
  },
  {
    venue: 'paper',
    symbol: 'ETHUSDT',
    base: 'ETH',
    quote: 'USDT',
    tick: 1,
    places: 1,
    lot: '0.01',
    lotPlaces: 2,
    multiplier: '1.0',
    price: 25_000,
  },
  {
    venue: 'kite',
    symbol: 'NIFTY26JANFUT',
    base: 'NIFTY',
    quote: 'USDT',
    tick: 5,
    places: 2,
    lot: '25',
    lotPlaces: 0,
    multiplier: '0.5',
    minutesPerYear: 94_500,
    price: 450_000,
  },
  {
    venue: 'binance',
    symbol: 'ETHBTC',
    base: 'ETH',
    quote: 'BTC',
    tick: 1,
    places: 5,
    lot: '0.1',
    lotPlaces: 1,
    multiplier: '1',
    price: 4_200,
  },
] as const;
const STRATEGIES = ['market_maker', 'liquidity_taker', 'odd "one"\\\n'] as const;
const TERMINAL = ['DENIED', 'FILLED', 'CANCELED', 'REJECTED', 'EXPIRED'];
const RISK_NAMES = ['MAX_POSITION', 'MAX_DRAWDOWN', 'ORDER_RATE', 'STALE_MD'] as const;

interface ModelOrder {
  readonly id: string;
  readonly strategy: string;
  readonly instrument: ModelInstrument;
  readonly side: 'BUY' | 'SELL';
  readonly type: string;
  readonly price: number;
  /** In lots' last place. */
  readonly quantity: number;
  filled: number;
  status: string;
}

/** An engine that does by chance what an engine may do. */
class EngineModel {
  readonly #random: Random;
  readonly #script: LogScript;
  readonly #instruments: readonly ModelInstrument[];
  readonly #strategies: readonly string[];
  readonly #segmentStarts: number[] = [];
  readonly #positions = new Map<string, Position>();
  readonly #capital = new Map<string, Fraction>();
  /** By venue and asset, free and locked together. */
  readonly #balances = new Map<string, Fraction>();
  #orders: ModelOrder[] = [];
  #lastFill: ScriptEvent | undefined;
  #ids = 0;
  /** How long a step is: from milliseconds to most of a minute. */
  readonly #pace: number;

  constructor(random: Random, engine: string, run: string) {
    this.#random = random;
    this.#script = new LogScript(engine, run, random.chance(0.4));
    this.#script.nowNs =
      START_NS + BigInt(RUNS.indexOf(run as (typeof RUNS)[number])) * 86_400_000_000_000n;
    this.#instruments = random
      .shuffled(INSTRUMENTS)
      .slice(0, random.integer(1, 3))
      .map((one) => ({ ...one, defined: false }));
    this.#strategies = random.shuffled(STRATEGIES).slice(0, random.integer(1, 3));
    this.#pace = random.pick([20, 1_000, 20_000, 200_000]);
  }

  write(lines: number): SegmentLines[] {
    this.#start();
    while (this.#script.lines.length < lines) this.#step();
    if (this.#random.chance(0.5)) {
      this.#snapshot();
      this.#add('engine.stopped', { reason: 'signal', exit_code: 0, totals: {} });
    }
    const { engine, run, lines: all } = this.#script;
    return this.#segmentStarts.map((start, index) => ({
      engine,
      run,
      n: index + 1,
      lines: all.slice(start, this.#segmentStarts[index + 1]).map((line) => Buffer.from(line)),
      torn: Buffer.alloc(0),
    }));
  }

  #add(
    event: string,
    fields: object = {},
    scope: Omit<ScriptEvent, 'event' | 'fields'> = {},
  ): void {
    this.#script.add({ event, ...scope, fields });
  }

  #start(): void {
    const random = this.#random;
    this.#segment();
    this.#add('engine.started', {
      version: '0.1.0',
      mode: random.pick(['PAPER', 'LIVE']),
      clock: this.#script.simulated ? 'SIM' : 'WALL',
      config: {},
      config_sha256: '0',
      strategies: this.#strategies,
      venues: [],
    });
    if (random.chance(0.8))
      this.#add('engine.state', { from: 'HALTED', to: 'ACTIVE', reason: 'started' });
    // A few instruments are known only after something was filled in them.
    for (const instrument of this.#instruments) if (random.chance(0.95)) this.#define(instrument);
    for (const strategy of this.#strategies) if (random.chance(0.95)) this.#startStrategy(strategy);
    if (random.chance(0.4)) this.#opening();
  }

  #segment(): void {
    this.#segmentStarts.push(this.#script.lines.length);
    this.#add('log.segment', { n: this.#segmentStarts.length, first_seq: this.#script.nextSeq });
    if (this.#segmentStarts.length > 1) this.#snapshot();
  }

  #define(instrument: ModelInstrument): void {
    instrument.defined = true;
    this.#add('instrument.defined', instrumentFields(instrument), at(instrument));
  }

  #startStrategy(strategy: string): void {
    const capital = Fraction.of(BigInt(this.#random.pick([1_000, 25_000, 100_000])));
    this.#capital.set(strategy, capital);
    const fields = { algo: 'any', params: {}, capital: capital.toDecimal(), capital_ccy: 'USDT' };
    this.#add('strategy.started', fields, { strategy });
  }

  #opening(): void {
    for (const strategy of this.#strategies)
      for (const instrument of this.#instruments.filter(
        ({ defined, quote }) => defined && quote === 'USDT',
      )) {
        if (this.#random.chance(0.5)) continue;
        const quantity = this.#quantityText(instrument, this.#random.integer(-300, 300));
        this.#position(strategy, instrument).set(
          Fraction.decimal(quantity),
          Fraction.decimal(this.#priceText(instrument, instrument.price)),
        );
      }
    this.#snapshot();
  }

  #step(): void {
    const random = this.#random;
    const back = random.chance(0.04);
    this.#script.wait(
      back
        ? -random.integer(1, 300)
        : random.pick([0, 1, 100, 1_000, random.integer(1, this.#pace)]),
    );
    if (random.chance(0.3)) this.#script.nowNs += BigInt(random.integer(-999_999, 999_999));
    random.weighted<() => void>([
      [40, () => this.#book()],
      [8, () => this.#trade()],
      [12, () => this.#submit()],
      [25, () => this.#reply()],
      [3, () => this.#cash()],
      [4, () => this.#snapshot()],
      [1, () => this.#segment()],
      [12, () => this.#other()],
    ])();
  }

  #priceText({ places }: ModelInstrument, ticks: number): string {
    return Fraction.of(BigInt(ticks), 10n ** BigInt(places)).toDecimal();
  }

  #quantityText({ lot, lotPlaces }: ModelInstrument, lots: number): string {
    if (lotPlaces === 0) return String(lots * Number(lot));
    return Fraction.of(BigInt(lots), 10n ** BigInt(lotPlaces)).toDecimal();
  }

  #book(): void {
    const random = this.#random;
    const instrument = random.pick(this.#instruments);
    instrument.price = Math.max(50, instrument.price + random.integer(-20, 20) * instrument.tick);
    const spread = random.weighted([
      [90, random.integer(1, 20)],
      [3, 0],
      [3, -2],
    ]);
    const levels = random.weighted([
      [8, 5],
      [1, 12],
      [1, 1],
    ]);
    const side = (sign: number): unknown[] =>
      Array.from({ length: levels }, (_, index) => [
        this.#priceText(
          instrument,
          instrument.price +
            sign * index * random.integer(1, 3) * instrument.tick +
            (sign > 0 ? spread * instrument.tick : 0),
        ),
        this.#quantityText(instrument, random.integer(0, 500)),
      ]);
    const bids = side(-1);
    const asks = side(1);
    if (levels > 1 && random.chance(0.03))
      bids.splice(
        random.integer(1, levels - 1),
        1,
        random.pick<unknown>([5, [], ['1'], ['0', '1'], ['-1', '1'], [1, 2], null, ['1', '2e3']]),
      );
    const shape = random.weighted([
      [90, { bids, asks }],
      [2, { bids: [], asks }],
      [2, { bids, asks: [] }],
      [2, { bids }],
      [1, { asks }],
      [1, {}],
    ]);
    this.#add('md.book', shape, at(instrument));
  }

  #trade(): void {
    const random = this.#random;
    const instrument = random.pick(this.#instruments);
    this.#add(
      'md.trade',
      {
        trade_id: String(random.integer(1, 1e9)),
        px: this.#priceText(instrument, instrument.price),
        qty: this.#quantityText(instrument, random.integer(1, 1_000)),
        aggressor_side: random.pick(['BUY', 'SELL']),
        ...(random.chance(0.2) ? { inferred: true } : {}),
      },
      at(instrument),
    );
  }

  #submit(): void {
    const random = this.#random;
    const instrument = random.pick(this.#instruments);
    const order: ModelOrder = {
      id: `c-${++this.#ids}`,
      strategy: random.chance(0.03) ? '' : random.pick(this.#strategies),
      instrument,
      side: random.pick(['BUY', 'SELL']),
      type: random.pick(['LIMIT', 'LIMIT', 'MARKET']),
      price: instrument.price,
      quantity: random.integer(1, 200),
      filled: 0,
      status: 'PENDING_NEW',
    };
    if (random.chance(0.08)) {
      order.status = 'DENIED';
      this.#orderEvent('order.denied', order, {
        deny_code: random.pick(RISK_NAMES),
        limit: '10',
        value: '11',
      });
      return;
    }
    this.#orders.push(order);
    this.#orderEvent('order.submitted', order, {
      intent: 'QUOTE',
      ...(random.chance(0.8)
        ? { tick_to_trade_ns: this.#duration(), decision_ns: this.#duration() }
        : {}),
    });
  }

  /** On a bucket's edge, just past it, or anywhere. */
  #duration(): number {
    const random = this.#random;
    const edge = random.pick([1, 2.5, 5]) * 10 ** random.integer(3, 10);
    return random.pick([edge, edge + 1, random.integer(1, 20_000_000_000), 0]);
  }

  #orderEvent(event: string, order: ModelOrder, fields: object): ScriptEvent {
    const { instrument, strategy } = order;
    const whole: ScriptEvent = {
      event,
      ...at(instrument),
      ...(strategy === '' ? {} : { strategy }),
      fields: { ...this.#orderFields(order), ...fields },
    };
    this.#script.add(whole);
    return whole;
  }

  #orderFields(order: ModelOrder): object {
    const { instrument } = order;
    return {
      cl_ord_id: order.id,
      side: order.side,
      ord_type: order.type,
      tif: 'GTC',
      post_only: false,
      ...(order.type === 'LIMIT' ? { px: this.#priceText(instrument, order.price) } : {}),
      qty: this.#quantityText(instrument, order.quantity),
      ord_status: order.status,
      cum_qty: this.#quantityText(instrument, order.filled),
      leaves_qty: this.#quantityText(
        instrument,
        TERMINAL.includes(order.status) ? 0 : order.quantity - order.filled,
      ),
    };
  }

  #reply(): void {
    const random = this.#random;
    if (this.#orders.length === 0) return;
    const order = random.pick(this.#orders);
    const closed = TERMINAL.includes(order.status);
    // A reply that comes after the order's end leaves its status as it is.
    const becomes = (status: string): void => {
      if (!closed) order.status = status;
    };
    random.weighted<() => void>([
      [
        4,
        () => {
          becomes('NEW');
          this.#orderEvent('order.accepted', order, { ack_ns: this.#duration() });
        },
      ],
      [
        9,
        () => {
          this.#fill(order);
        },
      ],
      [
        2,
        () => {
          becomes('PENDING_CANCEL');
          this.#orderEvent('order.cancel_requested', order, { reason: 'stale' });
        },
      ],
      [
        2,
        () => {
          becomes('CANCELED');
          this.#orderEvent('order.canceled', order, {});
        },
      ],
      [
        0.5,
        () => {
          becomes('REJECTED');
          this.#orderEvent('order.rejected', order, {
            code: random.pick(['-2010', '429']),
            text: 'no',
          });
        },
      ],
      [
        0.5,
        () => {
          becomes('EXPIRED');
          this.#orderEvent('order.expired', order, { expiry_reason: 'IOC' });
        },
      ],
      [
        1,
        () => {
          this.#orderEvent('order.cancel_rejected', order, { code: '-2011', text: 'unknown' });
        },
      ],
      [
        1,
        () => {
          this.#orderEvent('order.replaced', order, { old_px: '1', old_qty: '1' });
        },
      ],
      [
        0.5,
        () => {
          becomes('UNKNOWN');
          this.#orderEvent('order.unknown', order, { why: 'timeout' });
        },
      ],
      [
        0.5,
        () => {
          becomes(random.pick(['NEW', 'CANCELED']));
          this.#orderEvent('order.resolved', order, { by: 'recon' });
        },
      ],
    ])();
    if (TERMINAL.includes(order.status) && random.chance(0.5))
      this.#orders = this.#orders.filter((one) => one !== order);
  }

  #fill(order: ModelOrder): void {
    const random = this.#random;
    if (this.#lastFill !== undefined && random.chance(0.06)) {
      this.#script.add(this.#lastFill);
      return;
    }
    const { instrument } = order;
    if (order.filled >= order.quantity) return;
    const late = TERMINAL.includes(order.status);
    const quantity = random.chance(0.5)
      ? order.quantity - order.filled
      : random.integer(1, order.quantity - order.filled);
    order.filled += quantity;
    if (order.filled === order.quantity) order.status = 'FILLED';
    else if (!late) order.status = 'PARTIALLY_FILLED';
    this.#lastFill = this.#orderEvent('order.filled', order, {
      exec_id: `x-${++this.#ids}`,
      trade_id: `t-${this.#ids}`,
      last_px: this.#priceText(
        instrument,
        instrument.price + random.integer(-5, 5) * instrument.tick,
      ),
      last_qty: this.#quantityText(instrument, quantity),
      last_liquidity: random.pick(['MAKER', 'TAKER']),
      ...this.#fee(instrument, quantity),
      ...(random.chance(0.7) ? { fill_ns: this.#duration() } : {}),
      ...(late ? { late: true } : {}),
    });
    this.#position(order.strategy, instrument).fill(
      fillOf(this.#lastFill.fields as JsonObject),
      modelledInstrument(instrument),
    );
    this.#moveBalances(instrument, fillOf(this.#lastFill.fields as JsonObject));
    if (random.chance(0.8)) this.#positionClaim(order.strategy, instrument);
  }

  #fee(instrument: ModelInstrument, quantity: number): object {
    const random = this.#random;
    const sign = random.chance(0.2) ? '-' : '';
    const small = `${sign}0.${String(random.integer(1, 99_999)).padStart(5, '0')}`;
    const inBase = Fraction.decimal(this.#quantityText(instrument, quantity)).times(
      Fraction.of(1n, 1_000n),
    );
    return random.weighted<object>([
      [6, { fee: small, fee_ccy: instrument.quote }],
      [3, { fee: sign + inBase.toDecimal(), fee_ccy: instrument.base }],
      [1, { fee: inBase.toDecimal(), fee_ccy: instrument.base, fee_quote: '0.031' }],
      [1, { fee: small, fee_ccy: 'BNB', fee_quote: '0.5' }],
      [0.3, { fee: small, fee_ccy: 'BNB' }],
      [1, { fee: '0', fee_ccy: instrument.quote }],
    ]);
  }

  #moveBalances(instrument: ModelInstrument, fill: ReturnType<typeof fillOf>): void {
    if (Number(instrument.multiplier) !== 1) return;
    const bought = fill.direction.times(fill.quantity);
    for (const [asset, by] of [
      [instrument.base, bought],
      [instrument.quote, bought.times(fill.price).negated()],
      [fill.feeCurrency, fill.fee.negated()],
    ] as const) {
      const key = JSON.stringify([instrument.venue, asset]);
      this.#balances.set(key, (this.#balances.get(key) ?? OPENING_BALANCE).plus(by));
    }
  }

  #balanceClaims(venue?: string): (JsonObject & { readonly venue: string })[] {
    const random = this.#random;
    const assets = ['USDT', 'BTC', 'ETH', 'BNB'].filter(() => random.chance(0.7));
    return this.#instruments
      .map((one) => one.venue)
      .filter((one, index, all) => all.indexOf(one) === index && (venue ?? one) === one)
      .flatMap((one) =>
        assets.map((asset) => {
          const total = this.#balances.get(JSON.stringify([one, asset])) ?? OPENING_BALANCE;
          const locked = Fraction.of(BigInt(random.integer(0, 9)));
          const wrong = random.chance(0.05) ? Fraction.of(1n, 7n * 10n ** 3n) : Fraction.ZERO;
          return {
            venue: one,
            asset,
            free: total.minus(locked).plus(wrong).toDecimal(),
            locked: locked.toDecimal(),
          };
        }),
      );
  }

  #position(strategy: string, instrument: ModelInstrument): Position {
    const key = JSON.stringify([strategy, instrument.venue, instrument.symbol]);
    const position = this.#positions.get(key) ?? new Position();
    this.#positions.set(key, position);
    return position;
  }

  #positionClaim(strategy: string, instrument: ModelInstrument): void {
    this.#add('position.updated', this.#claimOf(this.#position(strategy, instrument)), {
      ...at(instrument),
      ...(strategy === '' ? {} : { strategy }),
    });
  }

  #claimOf({ quantity, averagePrice, realized, fees }: Position): object {
    const off = (): Fraction =>
      this.#random.chance(0.05)
        ? Fraction.of(1n, this.#random.pick([1_000n, 10n ** 9n, 10n ** 12n]))
        : Fraction.ZERO;
    return {
      qty: quantity.plus(off()).toDecimal(),
      ...(averagePrice === undefined ? {} : { avg_px: averagePrice.toDecimal() }),
      realized_pnl: realized.plus(off()).toDecimal(),
      fees: fees.plus(off()).toDecimal(),
    };
  }

  #cash(): void {
    const strategy = this.#random.pick(this.#strategies);
    const kind = this.#random.pick([
      'DEPOSIT',
      'WITHDRAWAL',
      'FUNDING',
      'DIVIDEND',
      'INTEREST',
      'BRIBE',
    ]);
    const size = `${this.#random.integer(1, 99)}.5`;
    this.#add(
      'account.cash',
      {
        kind,
        amount: kind === 'WITHDRAWAL' || this.#random.chance(0.2) ? `-${size}` : size,
        ccy: this.#random.chance(0.9) ? 'USDT' : 'EUR',
      },
      this.#random.chance(0.9) ? { strategy } : {},
    );
  }

  #snapshot(): void {
    const random = this.#random;
    const positions = [...this.#positions].map(([key, position]) => {
      const [strategy, venue, symbol] = JSON.parse(key) as [string, string, string];
      const unconverted = [...position.unconverted].map(
        ([ccy, fee]) => [ccy, fee.toDecimal()] as const,
      );
      return {
        strategy,
        venue,
        symbol,
        ...this.#claimOf(position),
        ...(unconverted.length === 0 ? {} : { fees_unconverted: Object.fromEntries(unconverted) }),
      };
    });
    const whole = {
      instruments: this.#instruments.map((one) => ({ ...at(one), ...instrumentFields(one) })),
      strategies: [...this.#capital].map(([strategy, capital]) => ({
        strategy,
        capital: capital.toDecimal(),
        capital_ccy: 'USDT',
        cash: `${random.integer(-3, 3)}.25`,
        equity_peak: capital.plus(Fraction.of(BigInt(random.integer(0, 500)), 8n)).toDecimal(),
        max_drawdown: random.integer(0, 500) / 1_024,
      })),
      orders: this.#orders
        .filter(({ status }) => !TERMINAL.includes(status))
        .map((order) => ({
          strategy: order.strategy,
          ...at(order.instrument),
          ...this.#orderFields(order),
        })),
      positions,
      balances: this.#random.chance(0.5) ? [] : this.#balanceClaims(),
    };
    if (random.chance(0.6)) {
      this.#add('engine.snapshot', whole);
      return;
    }
    const parts = [
      { instruments: whole.instruments, strategies: whole.strategies },
      { orders: whole.orders, positions: positions.slice(0, 2) },
      { positions: positions.slice(2), balances: whole.balances },
    ];
    for (const [index, part] of parts.entries())
      this.#add('engine.snapshot', { ...part, part: index + 1, parts: parts.length });
  }

  #other(): void {
    const random = this.#random;
    const instrument = random.pick(this.#instruments);
    const strategy = random.pick(this.#strategies);
    const name = random.pick(RISK_NAMES);
    random.weighted<() => void>([
      [
        1,
        () => {
          this.#add(
            random.pick(['md.gap', 'md.resync', 'md.stale', 'md.fresh', 'md.crossed']),
            {},
            at(instrument),
          );
        },
      ],
      [
        1,
        () => {
          this.#add(
            'strategy.state',
            { state: random.pick(['QUOTING', 'WATCHING', 'PAUSED', 'STOPPED']), position: '0' },
            { strategy },
          );
        },
      ],
      [
        0.5,
        () => {
          this.#add('engine.state', {
            from: 'ACTIVE',
            to: random.pick(['ACTIVE', 'REDUCING', 'HALTED']),
            reason: 'x',
          });
        },
      ],
      [
        1,
        () => {
          this.#add(
            'risk.limit',
            {
              name,
              limit: random.pick<unknown>(['10', '0', 0.25, '2.50']),
              value: random.pick<unknown>(['1', '0.3', 0.1]),
            },
            random.chance(0.5) ? { strategy } : {},
          );
        },
      ],
      [
        1,
        () => {
          this.#add(
            'risk.breach',
            { name, value: '2', limit: '1', action: random.pick(['DENY', 'HALT']) },
            random.chance(0.5) ? { strategy } : {},
          );
        },
      ],
      [
        0.3,
        () => {
          this.#add(random.pick(['risk.kill', 'risk.rearmed']), { trigger: 'x', by: 'me' });
        },
      ],
      [
        1,
        () => {
          this.#add('engine.heartbeat', { uptime_s: 1 });
        },
      ],
      [
        1,
        () => {
          this.#add('quantum.entangled', { anything: [null, { a: 1 }] });
        },
      ],
      [
        0.5,
        () => {
          this.#add('recon.completed', { diffs: 0, took_ms: 5 }, { venue: instrument.venue });
        },
      ],
      [
        0.5,
        () => {
          this.#startStrategy(strategy);
        },
      ],
      [
        0.5,
        () => {
          if (!instrument.defined || random.chance(0.3)) this.#define(instrument);
        },
      ],
      [
        1,
        () => {
          this.#add(
            'account.balance',
            { source: 'REST', balances: this.#balanceClaims(instrument.venue) },
            { venue: instrument.venue },
          );
        },
      ],
      [
        1,
        () => {
          this.#dropMarketData();
        },
      ],
    ])();
  }

  /** The log could not take some market data: their seqs are used up, and it says so. */
  #dropMarketData(): void {
    const from = this.#script.nextSeq;
    const count = this.#random.integer(1, 5);
    this.#script.skip(count);
    if (this.#random.chance(0.3)) this.#book();
    this.#add('log.dropped', { count, from_seq: from, to_seq: from + count - 1 });
  }
}

const OPENING_BALANCE = Fraction.of(1_000_000n);

const at = ({ venue, symbol }: ModelInstrument): { venue: string; symbol: string } => ({
  venue,
  symbol,
});

function instrumentFields({
  base,
  quote,
  lot,
  multiplier,
  minutesPerYear,
}: ModelInstrument): object {
  return {
    base,
    quote,
    tick_size: '0.01',
    lot_size: lot,
    min_qty: lot,
    multiplier,
    maker_fee: '-0.0001',
    taker_fee: '0.0004',
    ...(minutesPerYear === undefined ? {} : { minutes_per_year: minutesPerYear }),
  };
}

function modelledInstrument({
  base,
  quote,
  lot,
  multiplier,
}: ModelInstrument): Parameters<Position['fill']>[1] {
  return {
    base,
    quote,
    lotSize: Fraction.decimal(lot),
    multiplier: Fraction.decimal(multiplier),
    minutesPerYear: Fraction.ONE,
  };
}
