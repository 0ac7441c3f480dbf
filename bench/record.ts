/**
 * What recording costs the trading loop (targets P8, P9), in one process beside a direct pino call.
 *
 *     npx tsx --conditions=source bench/record.ts
 *
 * Each figure is the median of RUNS alternating runs. A single call is shorter than the clock's own
 * reading, so a percentile is that of batches of 16 lines, each divided by 16.
 */
import {
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { entry } from '../build/bundle.js';
import { now, openClock } from '../engine/src/clock.ts';
import { readConfig } from '../engine/src/config.ts';
import { NONE, type Recorder } from '../engine/src/log/recorder.ts';
import { openLog, type RingRecorder } from '../engine/src/log/ring-recorder.ts';
import type { BookView } from '../engine/src/market/book-view.ts';
import type { Instrument } from '../engine/src/market/instrument.ts';
import { BUY, SELL } from '../engine/src/market/side.ts';
import { openSimulatedMarket } from '../engine/src/market/simulated-market.ts';
import type { Input } from '../engine/src/step/input.ts';
import { Trader } from '../engine/src/step/trader.ts';
import { TimerHeap } from '../engine/src/timer-heap.ts';

const RUNS = 7;
const clock = openClock(now());
const BATCH = 16;
const INSTRUMENT: Instrument = {
  index: 0,
  venue: 'sim',
  symbol: 'BTC-USDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  minQty: 1,
  multiplier: '1',
  makerFee: '0.0001',
  takerFee: '0.0002',
};
const book: BookView = {
  depth: () => 5,
  px: (side, level) => 6_123_450 - side * level,
  qty: (_side, level) => 1_000 + level * 37,
};

/** Made beforehand: the trading core has them as texts. */
const IDS = Array.from({ length: 1_024 }, (_, i) => `mm-${100_000 + i}`);

function recordBook(to: RingRecorder, i: number): void {
  to.begin('md.book', 0, NONE, NONE);
  to.levels(book, BUY, 5);
  to.levels(book, SELL, 5);
  to.int(i);
  to.int(1_700_000_000_000_000 + i);
  to.end();
}

function recordTrade(to: RingRecorder, i: number): void {
  to.begin('md.trade', 0, NONE, NONE);
  to.text(IDS[i & 1_023]!);
  to.ticks(6_123_450 + (i % 50));
  to.lots(1 + (i % 1_000));
  to.side(BUY);
  to.absent();
  to.int(1_700_000_000_000_000 + i);
  to.end();
}

function recordOrder(to: RingRecorder, i: number): void {
  to.begin('order.submitted', 0, 0, i);
  to.text(IDS[i & 1_023]!);
  to.absent();
  to.side(SELL);
  to.text('LIMIT');
  to.text('GTC');
  to.flag(true);
  to.ticks(6_123_450 + (i % 50));
  to.lots(100);
  to.text('PENDING_NEW');
  to.lots(0);
  to.lots(100);
  to.text('QUOTE');
  to.ticks(6_123_449);
  to.ticks(6_123_450);
  to.int(12_345);
  to.int(2_345);
  to.int(345);
  to.end();
}

/** Half books, as in the bench log, the rest trades and orders. */
function recordMixed(to: RingRecorder, i: number): void {
  if (i % 2 === 0) recordBook(to, i);
  else if (i % 4 === 1) recordTrade(to, i);
  else recordOrder(to, i);
}

const order = (i: number) => ({
  seq: i,
  mono_ns: i * 1_000,
  event: 'order.submitted',
  cause: i,
  venue: 'sim',
  symbol: 'BTC-USDT',
  strategy: 'market_maker',
  cl_ord_id: IDS[i & 1_023]!,
  side: 'SELL',
  ord_type: 'LIMIT',
  tif: 'GTC',
  post_only: true,
  px: '61234.50',
  qty: '0.00100',
  ord_status: 'PENDING_NEW',
  cum_qty: '0.00000',
  leaves_qty: '0.00100',
  intent: 'QUOTE',
  ref_bid: '61234.49',
  ref_ask: '61234.50',
  tick_to_trade_ns: 12_345,
  decision_ns: 2_345,
  risk_ns: 345,
});

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const quantile = (values: Float64Array, q: number): number =>
  values[Math.floor(values.length * q)]!;
const us = (value: number): string => `${value.toFixed(3)} µs`;

/**
 * Time of single calls: p50, p99 in µs; the recorder has room all the time.
 *
 * @param between what is done between the batches and does not count
 */
async function single(
  record: (i: number) => void,
  rest: () => Promise<void>,
  between: () => void = () => undefined,
): Promise<{ p50: number; p99: number }> {
  const times = new Float64Array(4_000);
  for (let at = 0, i = 0; at < times.length; at++) {
    const start = performance.now();
    for (let j = 0; j < BATCH; j++) record(i++);
    times[at] = ((performance.now() - start) * 1e3) / BATCH;
    between();
    if (at % 500 === 0) await rest();
  }
  times.sort();
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

async function withLog<T>(use: (recorder: RingRecorder, folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tradetail-bench-'));
  const recorder = await openLog(
    {
      folder,
      engine: 'bench',
      run: '01JABCDEFGHJKMNPQRSTVWXYZ0',
      origin: now(),
      startEpochNs: 1_700_000_000_000_000_000n,
      segmentBytes: 2 ** 40,
      budgetBytes: 2 ** 41,
      ringBytes: 32 << 20,
    },
    await entry('log-worker'),
  );
  recorder.names([INSTRUMENT], ['market_maker']);
  try {
    return await use(recorder, folder);
  } finally {
    await recorder.close(30_000);
    rmSync(folder, { recursive: true });
  }
}

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}, ${RUNS} runs, medians\n`,
);

const said: { p50: number; p99: number }[] = [];
const ring: { p50: number; p99: number }[] = [];
const direct: { p50: number; p99: number }[] = [];
for (let run = 0; run < RUNS; run++) {
  said.push(
    await withLog((recorder) =>
      single(
        (i) => recordOrder(recorder, i),
        () => recorder.giveWay(),
        () => recorder.settle(),
      ),
    ),
  );
  ring.push(
    await withLog((recorder) =>
      single(
        (i) => {
          recordOrder(recorder, i);
          recorder.settle();
        },
        () => recorder.giveWay(),
      ),
    ),
  );
  const folder = mkdtempSync(path.join(tmpdir(), 'tradetail-bench-'));
  const fd = openSync(path.join(folder, 'direct.jsonl'), 'ax');
  const logger = pino(
    { base: { v: 1, engine: 'bench' } },
    { write: (line: string) => void writeSync(fd, line) },
  );
  direct.push(
    await single(
      (i) => logger.info(order(i)),
      async () => undefined,
    ),
  );
  rmSync(folder, { recursive: true });
}
console.log('one order.submitted, on the loop’s thread          p50          p99');
for (const [name, runs] of [
  ['said in the step, before an order leaves', said],
  ['said, and stored when the step is over', ring],
  ['pino, written at once', direct],
] as const)
  console.log(
    `  ${name.padEnd(42)} ${us(median(runs.map((one) => one.p50)))}     ${us(median(runs.map((one) => one.p99)))}`,
  );
const ofPino = (q: 'p50' | 'p99'): string =>
  median(ring.map((one, run) => one[q] / direct[run]![q])).toFixed(3);
console.log(
  `  ${'stored / pino, median of the pairs'.padEnd(42)} ${ofPino('p50')}        ${ofPino('p99')}`,
);

/** A log that is off: takes the same calls, keeps nothing. */
class NoRecorder implements Recorder {
  seq = 0;
  names(): void {}
  at(): void {}
  begin(): number {
    return (this.seq += 1);
  }
  int(): void {}
  number(): void {}
  flag(): void {}
  text(): void {}
  decimal(): void {}
  side(): void {}
  ticks(): void {}
  lots(): void {}
  levels(): void {}
  absent(): void {}
  end(): void {}
  event(): number {
    return (this.seq += 1);
  }
}

/** One engine on the simulated market, without the loop that waits. */
class Session {
  /** From the tick to its first order handed to the venue, of each step in which one goes out; ns. */
  toOrder: number[] = [];
  /** Those whole steps, with everything that is recorded; ns. */
  steps: number[] = [];
  readonly #market;
  readonly #trader: Trader;
  readonly #timers = new TimerHeap();
  readonly #settle: () => void;
  #tNs = 0;
  #sentNs = 0;

  /** @param settle what the loop does when a step is over */
  constructor(recorder: Recorder, settle: () => void) {
    const config = readConfig(undefined, { seed: '1' });
    const { sim, paper } = config;
    this.#settle = settle;
    this.#market = openSimulatedMarket({ seed: 1, sim, paper, startEpochNs: 0n });
    const { feed, venue } = this.#market;
    this.#trader = new Trader({
      ...config,
      instruments: feed.instruments,
      recorder,
      send: (command, tNs) => {
        if (command.kind === 'NEW' && this.#sentNs === 0) this.#sentNs = clock.monoNs();
        venue.send(command, tNs);
      },
      schedule: (tNs, id) => this.#timers.push(tNs, id),
      monotonicNs: () => clock.monoNs(),
    });
    recorder.names(feed.instruments, this.#trader.strategies);
    this.#trader.start(0, 0n);
  }

  readonly #sink = (input: Input): void => {
    this.#sentNs = 0;
    const startNs = clock.monoNs();
    this.#trader.step(input, this.#tNs);
    this.#settle();
    if (this.#sentNs === 0) return;
    this.steps.push(clock.monoNs() - startNs);
    this.toOrder.push(this.#sentNs - startNs);
  };

  advance(untilNs: number): void {
    const { feed, venue } = this.#market;
    const timers = this.#timers;
    for (;;) {
      const nextNs = Math.min(feed.nextNs(), venue.nextNs(), timers.nextNs());
      if (nextNs > untilNs) return;
      this.#tNs = Math.max(this.#tNs, nextNs);
      if (feed.nextNs() <= nextNs) feed.advance(this.#sink);
      else if (venue.nextNs() <= nextNs) venue.advance(this.#sink);
      else this.#sink({ kind: 'TIMER', id: timers.pop() });
    }
  }
}

const TURN_NS = 1e9;
const BLOCK_NS = 1_800e9;

/**
 * Two engines on the same market take turns by the second of engine time, so that compiler, caches
 * and neighbours are the same for both. Seven half hours are looked at, after one for the compiler.
 *
 * @param isPaced the worker has written when the next turn comes, as in a market that moves at its
 *   own speed; else it works beside the loop all the time
 */
async function compare(isPaced: boolean): Promise<void> {
  const blocks: Record<'off' | 'on', { toOrder: Float64Array; steps: Float64Array }>[] = [];
  await withLog(async (recorder) => {
    const off = new Session(new NoRecorder(), () => undefined);
    const on = new Session(recorder, () => recorder.settle());
    for (let block = 0; block <= RUNS; block++) {
      for (let tNs = block * BLOCK_NS; tNs < (block + 1) * BLOCK_NS; tNs += TURN_NS) {
        off.advance(tNs + TURN_NS);
        on.advance(tNs + TURN_NS);
        if (isPaced) recorder.drain(60_000);
        else while (recorder.crowded) await recorder.giveWay();
      }
      const taken = (session: Session): { toOrder: Float64Array; steps: Float64Array } => {
        const toOrder = Float64Array.from(session.toOrder).sort();
        const steps = Float64Array.from(session.steps).sort();
        session.toOrder = [];
        session.steps = [];
        return { toOrder, steps };
      };
      const both = { off: taken(off), on: taken(on) };
      if (block > 0) blocks.push(both);
    }
  });
  console.log(
    `\n${isPaced ? 'the market at its own speed' : 'the market at full speed, the worker beside it'}, ` +
      `steps in which an order goes out: ${blocks[0]!.on.steps.length} a block`.padEnd(56) +
      'p50          p99',
  );
  for (const [title, part] of [
    ['tick until its order is with the venue', 'toOrder'],
    ['whole step, with what it records', 'steps'],
  ] as const) {
    const of = (log: 'off' | 'on', q: number): number[] =>
      blocks.map((block) => quantile(block[log][part], q) / 1e3);
    for (const log of ['off', 'on'] as const)
      console.log(
        `  ${`${title}, log ${log}`.padEnd(54)} ${us(median(of(log, 0.5)))}     ${us(median(of(log, 0.99)))}`,
      );
    const ratio = (q: number): string => {
      const ratios = of('on', q).map((one, block) => one / of('off', q)[block]!);
      const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
      return `${median(ratios).toFixed(3)} (${spread})`;
    };
    console.log(`  ${'on / off, median of the pairs'.padEnd(52)} ${ratio(0.5)}  ${ratio(0.99)}`);
  }
}

await compare(true);
await compare(false);

console.log(
  '\nsustained, half md.book with five levels a side: events/s into the file, none dropped',
);
const sustained: number[] = [];
const EVENTS = 600_000;
for (let run = 0; run < RUNS; run++)
  await withLog(async (recorder, folder) => {
    const start = performance.now();
    for (let i = 0; i < EVENTS; i++) {
      recordMixed(recorder, i);
      recorder.settle();
      while (i % 64 === 0 && recorder.crowded) await recorder.giveWay();
    }
    if (!recorder.drain(60_000) || recorder.dropped > 0) throw new Error('not all lines are out');
    sustained.push(EVENTS / ((performance.now() - start) / 1e3));
    if (run === 0) {
      const file = path.join(folder, readdirSync(folder)[0]!);
      const lines = readFileSync(file).reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
      if (lines !== EVENTS + 1) throw new Error(`${lines} lines`);
      console.log(`  ${Math.round(statSync(file).size / lines)} bytes a line`);
    }
  });
console.log(
  `  ${Math.round(median(sustained)).toLocaleString('en')} (${sustained.map((one) => Math.round(one / 1e3)).join(' ')} k)`,
);
