/**
 * `/metrics` at 2,000, 20,000 and 100,000 series: how long a scrape takes, and how long it holds up
 * whoever shares its thread; beside prom-client writing the same series from samples. Before each
 * scrape but the quiet ones every market has had a book and a trade, and every key a whole order, so
 * nearly every series has another value.
 *
 *     npx tsx --conditions=source bench/exposition.ts [runs]
 */
import { Registry } from 'prom-client';
import { formatTime } from '../core/src/time.ts';
import { totalToDouble } from '../core/src/total.ts';
import { Replica } from '../sidecar/src/fold/replica.ts';
import { METRICS } from '../sidecar/src/metrics/catalogue.ts';
import { Exposition } from '../sidecar/src/metrics/registry.ts';
import { collectSamples } from '../sidecar/src/metrics/samples.ts';

const RUNS = Number(process.argv[2] ?? 15);
const FOLLOWER = { files: 1, lagBytes: 0, rotations: 0, truncations: 0, errors: 0 };
const RUN = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';
const START_SECONDS = 1_767_225_600;

/** A maker and a taker in so many symbols: books, orders, fills, everything that has series. */
class Session {
  readonly replica = new Replica();
  readonly #symbols: number;
  #seq = 0;
  #round = 0;

  constructor(symbols: number) {
    this.#symbols = symbols;
    this.#add('log.segment', {}, { n: 1, first_seq: 1 });
    for (const strategy of ['market_maker', 'liquidity_taker'])
      this.#add('strategy.started', { strategy }, { capital: '1000000', capital_ccy: 'USDT' });
    for (let index = 0; index < symbols; index += 1)
      this.#add('instrument.defined', marketOf(index), {
        base: `COIN${index}`,
        quote: 'USDT',
        tick_size: '0.01',
        lot_size: '0.00001',
        min_qty: '0.00001',
        multiplier: '1',
        maker_fee: '0.0001',
        taker_fee: '0.0004',
      });
    this.move();
  }

  /** Every market has a book and a trade, every key an order. */
  move(): void {
    this.#round += 1;
    for (let index = 0; index < this.#symbols; index += 1) this.#moveMarket(index);
  }

  #moveMarket(index: number): void {
    const market = marketOf(index);
    const mid = 10_000 + 100 * index + ((7 * index + 13 * this.#round) % 90);
    const px = (ticks: number): string => ((mid + ticks) / 100).toFixed(2);
    const rows = (way: number): string[][] =>
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((level) => [
        px(way * level),
        `${level}.${12345 + ((index + 31 * this.#round * level) % 80_000)}`,
      ]);
    this.#add('md.book', market, { bids: rows(-1), asks: rows(1) });
    for (const [aggressor_side, qty] of [
      ['BUY', '1.23456'],
      ['SELL', '0.34567'],
    ])
      this.#add('md.trade', market, { trade_id: `${this.#seq}`, px: px(0), qty, aggressor_side });
    for (const [strategy, side, last_liquidity] of [
      ['market_maker', 'BUY', 'MAKER'],
      ['liquidity_taker', 'SELL', 'TAKER'],
    ]) {
      const scope = { ...market, strategy };
      const order = {
        cl_ord_id: `o-${this.#seq}`,
        side,
        ord_type: 'LIMIT',
        tif: 'GTC',
        post_only: true,
        px: px(1),
        qty: '1.77777',
        ord_status: 'NEW',
        cum_qty: '0',
        leaves_qty: '1.77777',
      };
      const scatter = (index + 1) * (1 + ((this.#round * 17) % 101));
      this.#add('order.submitted', scope, {
        ...order,
        intent: 'QUOTE',
        tick_to_trade_ns: 2_000 + scatter,
        decision_ns: 500 + scatter,
      });
      this.#add('order.accepted', scope, { ...order, ack_ns: 1_000_000 + 100 * scatter });
      this.#add('order.filled', scope, {
        ...order,
        ord_status: 'FILLED',
        exec_id: `x${this.#seq}`,
        last_px: px(1),
        last_qty: '1.22222',
        last_liquidity,
        fee: '0.01234',
        fee_ccy: 'USDT',
        fill_ns: 2_000_000 + 1_000 * scatter,
      });
    }
  }

  #add(event: string, scope: object, fields: object): void {
    const seq = (this.#seq += 1);
    const time = formatTime({ seconds: START_SECONDS + Math.floor(seq / 1000), nanos: seq % 1000 });
    const line = Buffer.from(
      JSON.stringify({
        level: 'info',
        time,
        v: 1,
        engine: 'engine-1',
        run: RUN,
        seq,
        mono_ns: seq,
        event,
        ...scope,
        ...fields,
      }),
    );
    this.replica.line(line, 0, line.length, undefined);
  }
}

const marketOf = (index: number): object => ({ venue: 'binance', symbol: `COIN${index}USDT` });

/** The same samples as objects that prom-client writes. */
async function promClient(replica: Replica): Promise<string> {
  const registry = new Registry();
  const samples = collectSamples(replica.state, FOLLOWER);
  for (const metric of METRICS) {
    const values = (samples.get(metric.name) ?? []).flatMap(({ labels, value }): object[] => {
      const named = Object.fromEntries(metric.labels.map((name, index) => [name, labels[index]]));
      if (typeof value === 'number') return [{ labels: named, value }];
      return [...value.counts, value.count, totalToDouble(value.sum)].map((count, index) => ({
        labels: { ...named, le: index },
        value: count,
      }));
    });
    if (values.length > 0)
      registry.registerMetric({ ...metric, get: () => ({ ...metric, values }) } as never);
  }
  return registry.metrics();
}

/** As `serve` does it: others run after 8 ms. @returns the longest time that they did not, in ms */
async function longestHold(exposition: Exposition, replica: Replica): Promise<number> {
  let longest = 0;
  let startMs = performance.now();
  const turn = (): Promise<void> =>
    new Promise((resolve) =>
      setImmediate(() => {
        longest = Math.max(longest, performance.now() - startMs);
        startMs = performance.now();
        resolve();
      }),
    );
  const rest = (): Promise<void> | undefined =>
    performance.now() - startMs < 8 ? undefined : turn();
  await exposition.bytes(replica.state, FOLLOWER, { rest });
  await turn();
  return longest;
}

async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1]!;

const shown = (times: readonly number[]): string =>
  `${median(times).toFixed(1)} (${Math.min(...times).toFixed(1)}–${Math.max(...times).toFixed(1)})`;

async function main(): Promise<void> {
  console.log(`node ${process.version}, ${RUNS} runs each; ms: median (least–most)\n`);
  console.log('| series | MB | first | scrape | quiet | longest hold | prom-client | ratio |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const symbols of [7, 68, 340]) {
    const session = new Session(symbols);
    const { replica } = session;
    const exposition = new Exposition();
    let text = '';
    const first = await timeOf(async () => {
      text = (await exposition.bytes(replica.state, FOLLOWER)).toString();
    });
    const series = text.split('\n').filter((line) => line !== '' && line[0] !== '#').length;
    const ours: number[] = [];
    const quiet: number[] = [];
    const theirs: number[] = [];
    const holds: number[] = [];
    // By turns, so that what else the machine does meets both.
    for (let run = 0; run < RUNS; run += 1) {
      session.move();
      ours.push(await timeOf(() => exposition.bytes(replica.state, FOLLOWER)));
      quiet.push(await timeOf(() => exposition.bytes(replica.state, FOLLOWER)));
      theirs.push(await timeOf(() => promClient(replica)));
      session.move();
      holds.push(await longestHold(exposition, replica));
    }
    const cells = [
      series,
      (text.length / 1e6).toFixed(1),
      first.toFixed(1),
      shown(ours),
      shown(quiet),
      shown(holds),
      shown(theirs),
      (median(theirs) / median(ours)).toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

await main();
