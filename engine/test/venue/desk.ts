import { simConfig } from '../../src/feed/sim-config.ts';
import { openSimulatedMarket } from '../../src/market/simulated-market.ts';
import { BUY, type Side } from '../../src/market/side.ts';
import type { Input } from '../../src/step/input.ts';
import { paperConfig } from '../../src/venue/paper-config.ts';
import type { Command, NewOrder, Report } from '../../src/venue/venue.ts';

export const MS = 1e6;
/** 1 ms to the venue and 2 ms back, always. */
export const LATENCY = {
  entry_latency: { constant_us: 1000, median_us: 0, sigma: 0 },
  response_latency: { constant_us: 2000, median_us: 0, sigma: 0 },
};
/** Nothing ever happens but what we do: 10 levels a side from 60000 and 60001. */
export const QUIET = 1e-9;

/** A trader at a simulated market of one symbol (BTC-USDT, tick 1, lot 0.00001), for tests. */
export class Desk {
  readonly market;
  readonly reports: { readonly tNs: number; readonly report: Report }[] = [];
  nowNs = 0;
  bid = NaN;
  ask = NaN;
  #orders = 0;
  readonly #sides = new Map<string, Side>();

  constructor(
    paper: Record<string, unknown> = {},
    intensity = QUIET,
    seed = 1,
    symbol: Record<string, unknown> = {},
  ) {
    const sim = simConfig.parse({});
    const symbols = [
      { ...sim.symbols[0]!, tick_size: '1', start_px_ticks: 60_000, intensity, ...symbol },
    ];
    const config = paperConfig.parse({ ...LATENCY, ...paper });
    this.market = openSimulatedMarket({
      seed,
      sim: { ...sim, symbols },
      paper: config,
      startEpochNs: 1_000_000_000n,
    });
    this.run(0);
  }

  send(command: Command): void {
    this.market.venue.send(command, this.nowNs);
  }

  /** Sends a limit order, good till cancelled, unless told otherwise. @returns its id */
  order(side: Side, px: number, qty: number, more: Partial<NewOrder> = {}): string {
    const clOrdId = more.clOrdId ?? `c${++this.#orders}`;
    this.#sides.set(clOrdId, side);
    this.send({
      kind: 'NEW',
      clOrdId,
      instrument: 0,
      side,
      ordType: 'LIMIT',
      tif: 'GTC',
      postOnly: false,
      px,
      qty,
      ...more,
    });
    return clOrdId;
  }

  side(clOrdId: string): Side {
    return this.#sides.get(clOrdId)!;
  }

  cancel(clOrdId: string): void {
    this.send({ kind: 'CANCEL', clOrdId, instrument: 0 });
  }

  /** Lets time pass. @returns what was reported in it, balances aside */
  run(ms: number): Report[] {
    const from = this.reports.length;
    const { feed, venue } = this.market;
    const untilNs = this.nowNs + ms * MS;
    for (;;) {
      const next = feed.nextNs() <= venue.nextNs() ? feed : venue;
      if (next.nextNs() > untilNs) break;
      this.nowNs = next.nextNs();
      next.advance((input) => this.#take(input));
    }
    this.nowNs = untilNs;
    return this.reports
      .slice(from)
      .flatMap(({ report }) => (report.kind === 'BALANCES' ? [] : [report]));
  }

  #take(input: Input): void {
    if (input.kind === 'REPORT') this.reports.push({ tNs: this.nowNs, report: input.report });
    if (input.kind !== 'BOOK') return;
    this.bid = input.book.px(BUY, 0);
    this.ask = input.book.px(-BUY as Side, 0);
  }

  /** Asks for the balances. @returns `asset free locked`, by asset */
  balances(): Record<string, string> {
    this.send({ kind: 'QUERY_BALANCES' });
    this.run(10);
    const last = this.reports
      .map(({ report }) => report)
      .findLast((report) => report.kind === 'BALANCES')!;
    return Object.fromEntries(
      last.balances.map(({ asset, free, locked }) => [asset, `${free} ${locked}`]),
    );
  }
}

/** `ACCEPTED c1` and what is worth knowing of it. */
export function line(report: Report): string {
  const words: unknown[] = [report.kind];
  if ('clOrdId' in report) words.push(report.clOrdId);
  if ('code' in report) words.push(report.code, report.text);
  if ('px' in report) words.push(`${report.qty}@${report.px}`);
  if ('liquidity' in report) words.push(report.liquidity, report.execId);
  if ('reason' in report) words.push(report.reason);
  return words.join(' ');
}
