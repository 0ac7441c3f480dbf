/**
 * `/metrics` at 2,000, 20,000 and 100,000 series: how long a scrape takes, and how long it holds up
 * whoever shares its thread; beside prom-client writing the same series from samples.
 *
 *     npx tsx --conditions=source bench/exposition.ts [runs]
 */
import { Registry } from 'prom-client';
import { moneyToDouble } from '../core/src/decimal.ts';
import { moneyIn } from '../core/src/total.ts';
import { Replica } from '../sidecar/src/fold/replica.ts';
import { METRICS } from '../sidecar/src/metrics/catalogue.ts';
import { metricsBytes } from '../sidecar/src/metrics/registry.ts';
import { collectSamples } from '../sidecar/src/metrics/samples.ts';

const RUNS = Number(process.argv[2] ?? 15);
const FOLLOWER = { files: 1, lagBytes: 0, rotations: 0, truncations: 0, errors: 0 };
const RUN = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';

/** A maker and a taker in so many symbols: books, orders, fills, everything that has series. */
function replicaOf(symbols: number): Replica {
  const replica = new Replica();
  let seq = 0;
  const add = (event: string, scope: object, fields: object): void => {
    seq += 1;
    const seconds = String(Math.floor(seq / 1000) % 60).padStart(2, '0');
    const time = `2026-01-01T00:00:${seconds}.${String(seq % 1000).padStart(3, '0')}000000Z`;
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
    replica.line(line, 0, line.length, undefined);
  };
  add('log.segment', {}, { n: 1, first_seq: 1 });
  for (const strategy of ['market_maker', 'liquidity_taker'])
    add('strategy.started', { strategy }, { capital: '1000000', capital_ccy: 'USDT' });
  for (let index = 0; index < symbols; index += 1) {
    const market = { venue: 'binance', symbol: `COIN${index}USDT` };
    const px = (ticks: number): string => `${100 + index}.${String(50 + ticks).padStart(2, '0')}`;
    add('instrument.defined', market, {
      base: `COIN${index}`,
      quote: 'USDT',
      tick_size: '0.01',
      lot_size: '0.00001',
      min_qty: '0.00001',
      multiplier: '1',
      maker_fee: '0.0001',
      taker_fee: '0.0004',
    });
    const rows = (way: number): string[][] =>
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((level) => [
        px(way * level),
        `${level}.${12345 + index}`,
      ]);
    add('md.book', market, { bids: rows(-1), asks: rows(1) });
    for (const [aggressor_side, qty] of [
      ['BUY', '1.23456'],
      ['SELL', '0.34567'],
    ])
      add('md.trade', market, { trade_id: `${seq}`, px: px(0), qty, aggressor_side });
    for (const [strategy, side, last_liquidity] of [
      ['market_maker', 'BUY', 'MAKER'],
      ['liquidity_taker', 'SELL', 'TAKER'],
    ]) {
      const scope = { ...market, strategy };
      const order = {
        cl_ord_id: `o-${seq}`,
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
      add('order.submitted', scope, {
        ...order,
        intent: 'QUOTE',
        tick_to_trade_ns: 2_000 + index,
        decision_ns: 500 + index,
      });
      add('order.accepted', scope, { ...order, ack_ns: 1_000_000 + index });
      add('order.filled', scope, {
        ...order,
        exec_id: `x${seq}`,
        last_px: px(1),
        last_qty: '1.22222',
        last_liquidity,
        fee: '0.01234',
        fee_ccy: 'USDT',
        fill_ns: 2_000_000 + index,
      });
    }
  }
  return replica;
}

/** The same samples as objects that prom-client writes. */
async function promClient(replica: Replica): Promise<string> {
  const registry = new Registry();
  const samples = collectSamples(replica.state, FOLLOWER);
  for (const metric of METRICS) {
    const values = (samples.get(metric.name) ?? []).flatMap(({ labels, value }): object[] => {
      const named = Object.fromEntries(metric.labels.map((name, index) => [name, labels[index]]));
      if (typeof value === 'number') return [{ labels: named, value }];
      return [...value.counts, value.count, moneyToDouble(moneyIn(value.sum))].map(
        (count, index) => ({
          labels: { ...named, le: index },
          value: count,
        }),
      );
    });
    if (values.length > 0)
      registry.registerMetric({ ...metric, get: () => ({ ...metric, values }) } as never);
  }
  return registry.metrics();
}

/** As `serve` does it: others run after 8 ms. @returns the longest time that they did not, in ms */
async function longestHold(replica: Replica): Promise<number> {
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
  await metricsBytes(replica.state, FOLLOWER, { rest });
  await turn();
  return longest;
}

async function timesOf(action: () => Promise<unknown>, runs: number): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

const shown = (times: readonly number[]): string =>
  `${times[times.length >> 1]!.toFixed(1)} (${times[0]!.toFixed(1)}–${times.at(-1)!.toFixed(1)})`;

async function main(): Promise<void> {
  console.log(`node ${process.version}, ${RUNS} runs each; ms: median (least–most)\n`);
  console.log('| series | MB | scrape | longest hold | prom-client | ratio |');
  console.log('|---|---|---|---|---|---|');
  for (const symbols of [7, 68, 340]) {
    const replica = replicaOf(symbols);
    const text = (await metricsBytes(replica.state, FOLLOWER)).toString();
    const series = text.split('\n').filter((line) => line !== '' && line[0] !== '#').length;
    const ours: number[] = [];
    const theirs: number[] = [];
    const holds: number[] = [];
    // By turns, so that what else the machine does meets both.
    for (let run = 0; run < RUNS; run += 1) {
      ours.push(...(await timesOf(() => metricsBytes(replica.state, FOLLOWER), 1)));
      theirs.push(...(await timesOf(() => promClient(replica), 1)));
      holds.push(await longestHold(replica));
    }
    for (const list of [ours, theirs, holds]) list.sort((a, b) => a - b);
    const ratio = theirs[RUNS >> 1]! / ours[RUNS >> 1]!;
    console.log(
      `| ${series} | ${(text.length / 1e6).toFixed(1)} | ${shown(ours)} | ${shown(holds)} | ${shown(theirs)} | ${ratio.toFixed(1)} |`,
    );
  }
}

await main();
