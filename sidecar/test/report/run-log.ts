/** Logs for the report's tests, an event a call, and the report that comes of them. */
import { formatTime } from '@tradetail/core/time.ts';
import type { Cell } from '../../src/report/csv.ts';
import { ReportReader } from '../../src/report/reader.ts';
import { reportOf, type Report } from '../../src/report/report.ts';

export const RUN = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';
const START_SECONDS = 1_767_225_600;

export interface FillTerms {
  readonly side: 'BUY' | 'SELL';
  readonly px: string;
  readonly qty: string;
  readonly liquidity?: 'MAKER' | 'TAKER';
  readonly fee?: string;
  readonly feeCcy?: string;
  readonly order?: string;
  readonly symbol?: string;
  readonly strategy?: string;
}

export class RunLog {
  readonly lines: string[] = [];
  #seq = 0;
  #fills = 0;
  #ms: number;
  readonly #offsetMs: number;

  /** @param offsetMs later than 2026 begins */
  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs;
    this.#ms = offsetMs;
  }

  /** Milliseconds since the run began. */
  at(ms: number): this {
    this.#ms = this.#offsetMs + ms;
    return this;
  }

  event(event: string, fields: Readonly<Record<string, unknown>> = {}): this {
    this.#seq += 1;
    const time = formatTime({
      seconds: START_SECONDS + Math.floor(this.#ms / 1000),
      nanos: Math.round((this.#ms % 1000) * 1e6),
    });
    const head = {
      level: 'info',
      time,
      v: 1,
      engine: 'engine-1',
      run: RUN,
      seq: this.#seq,
      mono_ns: this.#seq,
      event,
    };
    this.lines.push(JSON.stringify({ ...head, ...fields }));
    return this;
  }

  /** Lines that were written and are not in the log. */
  lose(count: number): this {
    this.#seq += count;
    return this;
  }

  start(capital = '1000', strategy = 'mm', symbols: readonly string[] = ['BTC-USDT']): this {
    this.event('log.segment', { n: 1, first_seq: 1 });
    this.event('engine.started', {
      version: '1.2.3',
      mode: 'PAPER',
      clock: 'WALL',
      seed: 7,
      config: { market: 'sim' },
      config_sha256: 'abc',
      strategies: [strategy],
      venues: ['sim'],
    });
    for (const symbol of symbols)
      this.event('instrument.defined', {
        venue: 'sim',
        symbol,
        base: symbol.split('-')[0],
        quote: 'USDT',
        tick_size: '0.01',
        lot_size: '0.001',
        min_qty: '0.001',
        multiplier: '1',
        maker_fee: '0',
        taker_fee: '0',
      });
    return this.event('strategy.started', {
      strategy,
      algo: 'market_maker',
      params: {},
      capital,
      capital_ccy: 'USDT',
    });
  }

  book(bid: string, ask: string, symbol = 'BTC-USDT'): this {
    return this.event('md.book', {
      venue: 'sim',
      symbol,
      bids: [[bid, '5']],
      asks: [[ask, '5']],
    });
  }

  #order(terms: FillTerms, status: string, filled: string) {
    return {
      venue: 'sim',
      symbol: terms.symbol ?? 'BTC-USDT',
      strategy: terms.strategy ?? 'mm',
      cl_ord_id: terms.order ?? `o-${this.#fills}`,
      side: terms.side,
      ord_type: 'LIMIT',
      tif: 'GTC',
      post_only: true,
      px: terms.px,
      qty: terms.qty,
      ord_status: status,
      cum_qty: filled,
      leaves_qty: '0',
    };
  }

  submit(terms: FillTerms & { intent?: string; refBid?: string; refAsk?: string }): this {
    return this.event('order.submitted', {
      ...this.#order(terms, 'PENDING_NEW', '0'),
      intent: terms.intent ?? 'QUOTE',
      ref_bid: terms.refBid,
      ref_ask: terms.refAsk,
      decision_ns: 1_000,
    });
  }

  accept(terms: FillTerms): this {
    return this.event('order.accepted', { ...this.#order(terms, 'NEW', '0'), ack_ns: 1_000_000 });
  }

  cancel(terms: FillTerms, reason = 'REQUOTE'): this {
    return this.event('order.canceled', { ...this.#order(terms, 'CANCELED', '0'), reason });
  }

  fill(terms: FillTerms, status = 'FILLED'): this {
    this.#fills += 1;
    return this.event('order.filled', {
      ...this.#order(terms, status, terms.qty),
      exec_id: `x-${this.#fills}`,
      last_px: terms.px,
      last_qty: terms.qty,
      last_liquidity: terms.liquidity ?? 'MAKER',
      fee: terms.fee ?? '0',
      fee_ccy: terms.feeCcy ?? 'USDT',
    });
  }

  stop(): this {
    return this.event('engine.stopped', { reason: 'DURATION', exit_code: 0, totals: {} });
  }
}

export interface Reading {
  readonly report: Report;
  readonly reader: ReportReader;
  readonly rows: Record<'orders' | 'fills' | 'round_trips', (readonly Cell[])[]>;
}

const NO_LOG = { files: [], sha256: '' };

export function read(lines: readonly string[], run?: string): Reading {
  const rows: Reading['rows'] = { orders: [], fills: [], round_trips: [] };
  const reader = new ReportReader(() => {
    for (const table of Object.values(rows)) table.length = 0;
    return {
      row: (table, cells) => void rows[table].push(cells),
      text: (table, row) => void rows[table].push(row.trimEnd().split(',')),
    };
  }, run);
  for (const line of lines) {
    const bytes = Buffer.from(line);
    reader.line(bytes, 0, bytes.length, undefined);
  }
  reader.collector?.end();
  return { report: reportOf(reader.collector, reader.replica.state, NO_LOG), reader, rows };
}

export const readLog = (log: RunLog): Reading => read(log.lines);
