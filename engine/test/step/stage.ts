/**
 * A trader, a recorder in memory, and a venue that does what the test says: commands are kept for
 * the test to look at, reports come when it gives them. Time is the test's, in ms.
 */
import { MemoryRecorder, type Line } from '../../src/log/memory-recorder.ts';
import type { Instrument } from '../../src/market/instrument.ts';
import { BUY, SELL } from '../../src/market/side.ts';
import { riskConfig } from '../../src/risk/config.ts';
import { stepConfig } from '../../src/step/config.ts';
import type { Input } from '../../src/step/input.ts';
import { Trader, type TraderOptions } from '../../src/step/trader.ts';
import { strategiesConfig } from '../../src/strategy/config.ts';
import type { Command, Fill, NewOrder, Report } from '../../src/venue/venue.ts';
import { book } from '../setup/book.ts';
import { instrument } from '../setup/instrument.ts';

const MS = 1e6;
const START_NS = 1_700_000_000_000_000_000n;

export interface StageOptions {
  readonly instruments?: readonly Instrument[];
  readonly strategies?: Record<string, unknown>;
  readonly risk?: Record<string, unknown>;
  readonly step?: Record<string, unknown>;
  readonly mode?: TraderOptions['mode'];
  readonly balances?: TraderOptions['balances'];
}

export class Stage {
  readonly recorder = new MemoryRecorder();
  readonly trader: Trader;
  /** What the venue was sent since it was looked at last. */
  #commands: Command[] = [];
  readonly #timers: { tNs: number; id: number }[] = [];
  readonly #orders = new Map<string, NewOrder>();
  #tNs = 0;
  #monotonicNs = 0;
  #execs = 0;

  /** One strategy, clips of 0.01 BTC (10 lots), unless told otherwise. */
  constructor({
    instruments = [instrument()],
    strategies,
    risk,
    step,
    mode = 'PAPER',
    balances,
  }: StageOptions = {}) {
    const clip_qty = Object.fromEntries(instruments.map(({ symbol }) => [symbol, '0.01']));
    this.trader = new Trader({
      instruments,
      strategies: strategiesConfig.parse({
        enabled: ['market_maker'],
        market_maker: { mode: 'book', clip_qty, requote_interval_ms: 0 },
        liquidity_taker: {
          clip_qty,
          slippage_bps: 0,
          threshold_ratio: 2,
          take_profit_bps: 3,
          stop_loss_bps: 3,
          hold_ms_max: 10_000,
        },
        ...strategies,
      }),
      risk: riskConfig.parse({ stale_md_ms: 60_000, ...risk }),
      step: stepConfig.parse({ ack_timeout_ms: 1000, ...step }),
      mode,
      recorder: this.recorder,
      send: (command) => {
        this.#commands.push(command);
        if (command.kind === 'NEW') this.#orders.set(command.clOrdId, command);
      },
      schedule: (tNs, id) => this.#timers.push({ tNs, id }),
      monotonicNs: () => (this.#monotonicNs += 100),
      ...(balances !== undefined && { balances }),
    });
    this.recorder.names(instruments, this.trader.strategies);
    this.trader.start(0, START_NS);
    this.#commands = [];
  }

  get tNs(): number {
    return this.#tNs;
  }

  input(input: Input): this {
    this.recorder.at(this.#tNs);
    this.trader.step(input, this.#tNs);
    return this;
  }

  /** Lets time pass, and every timer that is due on the way. */
  pass(ms: number): this {
    const untilNs = this.#tNs + ms * MS;
    for (;;) {
      this.#timers.sort((a, b) => a.tNs - b.tNs);
      const next = this.#timers[0];
      if (next === undefined || next.tNs > untilNs) break;
      this.#timers.shift();
      this.#tNs = Math.max(this.#tNs, next.tNs);
      this.input({ kind: 'TIMER', id: next.id });
    }
    this.#tNs = untilNs;
    return this;
  }

  book(bids: string, asks: string, at = 0): this {
    return this.input({ kind: 'BOOK', instrument: at, book: book(bids, asks) });
  }
  trade(aggressor: 'BUY' | 'SELL', qty: number, px: number): this {
    const side = aggressor === 'BUY' ? BUY : SELL;
    return this.input({ kind: 'TRADE', instrument: 0, tradeId: '1', px, qty, aggressor: side });
  }
  gap(): this {
    return this.input({ kind: 'GAP', instrument: 0, expectedId: 5, gotId: 9 });
  }
  resync(): this {
    return this.input({ kind: 'RESYNC', instrument: 0, reason: 'GAP', tookMs: 12 });
  }

  report(report: Report): this {
    return this.input({ kind: 'REPORT', report });
  }
  accept(...clOrdIds: string[]): this {
    for (const clOrdId of clOrdIds)
      this.report({
        kind: 'ACCEPTED',
        clOrdId,
        instrument: this.order(clOrdId).instrument,
        orderId: `v-${clOrdId}`,
      });
    return this;
  }
  cancel(...clOrdIds: string[]): this {
    for (const clOrdId of clOrdIds)
      this.report({ kind: 'CANCELED', clOrdId, instrument: this.order(clOrdId).instrument });
    return this;
  }
  fill(clOrdId: string, qty: number, change: Partial<Fill> = {}): this {
    return this.report({
      kind: 'FILLED',
      clOrdId,
      instrument: this.order(clOrdId).instrument,
      ...this.exec(clOrdId, qty),
      ...change,
    });
  }
  exec(clOrdId: string, qty: number): Fill {
    this.#execs += 1;
    const { px } = this.order(clOrdId);
    return { execId: `e${this.#execs}`, px, qty, liquidity: 'MAKER', fee: '0.01', feeCcy: 'USDT' };
  }
  order(clOrdId: string): NewOrder {
    const order = this.#orders.get(clOrdId);
    if (order === undefined) throw new Error(`no order ${clOrdId} was sent`);
    return order;
  }

  /** What was sent since the last look, as words: `NEW mm-1 BUY 10@100`. */
  sent(): string[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands.map((command) => {
      switch (command.kind) {
        case 'NEW': {
          const { clOrdId, side, qty, px, ordType, tif } = command;
          const kind = tif === 'GTC' ? '' : ` ${ordType} ${tif}`;
          return `NEW ${clOrdId} ${side === BUY ? 'BUY' : 'SELL'} ${qty}@${px}${kind}`;
        }
        case 'REPLACE':
          return `REPLACE ${command.clOrdId} ${command.qty}@${command.px}`;
        case 'CANCEL':
        case 'QUERY':
          return `${command.kind} ${command.clOrdId}`;
        default:
          return command.kind;
      }
    });
  }

  lines(event: string): Line[] {
    return this.recorder.lines.filter((line) => line.event === event);
  }
  /** The latest line of an event. */
  last(event: string): Line {
    const line = this.lines(event).at(-1);
    if (line === undefined) throw new Error(`no ${event} was logged`);
    return line;
  }
  /** Events logged after a seq, without those that come by themselves. */
  eventsAfter(seq: number): string[] {
    return this.recorder.lines
      .filter((line) => line.seq > seq && !/^(?:md\.|risk\.limit|strategy\.state)/.test(line.event))
      .map((line) => line.event);
  }
}
