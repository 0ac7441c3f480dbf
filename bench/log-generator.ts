/**
 * A log as the engine writes it, made by seed, of any length: half of its lines are `md.book` with five
 * levels a side, a fifth trades, the rest order events, 8 % fills; 3 strategies, 10 symbols.
 *
 *     npx tsx --conditions=source bench/log-generator.ts 2000000 out.jsonl [seed]
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { formatTime } from '../core/src/time.ts';

const RUN = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';
const STRATEGIES = ['market_maker', 'liquidity_taker', 'stat_arb'];
const SYMBOLS = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'ADA', 'DOGE', 'AVAX', 'DOT', 'LTC'].map(
  (base, index) => ({
    base,
    symbol: `${base}USDT`,
    mid: 1_000_000 + index * 37_777,
  }),
);
const START_SECONDS = 1_767_225_600;

/** Mulberry32: small, seeded, good enough for a bench. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const px = (ticks: number): string =>
  `${Math.floor(ticks / 100)}.${String(ticks % 100).padStart(2, '0')}`;
const qty = (lots: number): string => {
  const text = String(Math.abs(lots)).padStart(6, '0');
  return `${lots < 0 ? '-' : ''}${text.slice(0, -5)}.${text.slice(-5)}`;
};

/** Yields so many lines, without newlines. */
export function* logLines(count: number, seed = 1): Generator<string> {
  const chance = random(seed);
  const below = (n: number): number => Math.floor(chance() * n);
  let seq = 0;
  let ns = 0;
  const positions = new Map<string, number>();
  let orders = 0;
  const head = (level: string, event: string, scope: string, cause = 0): string => {
    seq += 1;
    ns += 1 + below(200_000);
    const seconds = START_SECONDS + Math.floor(ns / 1e9);
    const time = formatTime({ seconds, nanos: ns % 1e9 });
    const causedBy = cause > 0 ? `,"cause":${cause}` : '';
    return `{"level":"${level}","time":"${time}","v":1,"engine":"engine-1","run":"${RUN}","seq":${seq},"mono_ns":${ns},"event":"${event}"${causedBy}${scope}`;
  };
  const market = (symbol: string): string => `,"venue":"sim","symbol":"${symbol}"`;
  yield `${head('debug', 'log.segment', '')},"n":1,"first_seq":1}`;
  yield `${head('info', 'engine.started', '')},"version":"0.1.0","mode":"PAPER","clock":"SIM","seed":${seed},"config":{},"config_sha256":"","strategies":["market_maker"],"venues":["sim"]}`;
  for (const { base, symbol } of SYMBOLS)
    yield `${head('info', 'instrument.defined', market(symbol))},"base":"${base}","quote":"USDT","tick_size":"0.01","lot_size":"0.00001","min_qty":"0.00001","multiplier":"1","maker_fee":"0.0001","taker_fee":"0.0004"}`;
  for (const strategy of STRATEGIES)
    yield `${head('info', 'strategy.started', `,"strategy":"${strategy}"`)},"algo":"${strategy}","params":{},"capital":"1000000","capital_ccy":"USDT"}`;
  while (seq < count) {
    const one = SYMBOLS[below(SYMBOLS.length)]!;
    const { symbol } = one;
    one.mid += below(5) - 2;
    const draw = chance();
    if (draw < 0.625) {
      const rows = (direction: number): string =>
        Array.from(
          { length: 5 },
          (_, level) => `["${px(one.mid + direction * (1 + level))}","${qty(1 + below(500_000))}"]`,
        ).join();
      yield `${head('trace', 'md.book', market(symbol))},"bids":[${rows(-1)}],"asks":[${rows(1)}],"update_id":${50_000_000_000 + seq}}`;
      continue;
    }
    if (draw < 0.875) {
      const side = below(2) === 0 ? 'BUY' : 'SELL';
      yield `${head('trace', 'md.trade', market(symbol))},"trade_id":"${seq}","px":"${px(one.mid)}","qty":"${qty(1 + below(100_000))}","aggressor_side":"${side}","venue_us":${START_SECONDS * 1e6 + Math.floor(ns / 1000)}}`;
      continue;
    }
    const strategy = STRATEGIES[below(STRATEGIES.length)]!;
    const key = `${strategy}|${symbol}`;
    const position = positions.get(key) ?? 0;
    const isBuy = position > 0 ? chance() < 0.4 : position < 0 ? chance() < 0.6 : chance() < 0.5;
    const lots = 1_000 + below(50_000);
    const price = one.mid + (isBuy ? -1 : 1);
    orders += 1;
    const scope = `${market(symbol)},"strategy":"${strategy}"`;
    const order = (status: string, filled: number): string =>
      `,"cl_ord_id":"o-${orders}","order_id":"${9_000_000 + orders}","side":"${isBuy ? 'BUY' : 'SELL'}","ord_type":"LIMIT","tif":"GTC","post_only":true,"px":"${px(price)}","qty":"${qty(lots)}","ord_status":"${status}","cum_qty":"${qty(filled)}","leaves_qty":"${qty(status === 'CANCELED' ? 0 : lots - filled)}"`;
    yield `${head('info', 'order.submitted', scope, seq)}${order('PENDING_NEW', 0)},"intent":"QUOTE","ref_bid":"${px(one.mid - 1)}","ref_ask":"${px(one.mid + 1)}","tick_to_trade_ns":${2_000 + below(30_000)},"decision_ns":${500 + below(5_000)},"risk_ns":${200 + below(1_000)}}`;
    const submitted = seq;
    yield `${head('info', 'order.accepted', scope, submitted)}${order('NEW', 0)},"ack_ns":${1_000_000 + below(5_000_000)}}`;
    if (chance() < 0.8) {
      yield `${head('info', 'order.filled', scope, submitted)}${order('FILLED', lots)},"exec_id":"x${orders}","trade_id":"t${orders}","last_px":"${px(price)}","last_qty":"${qty(lots)}","last_liquidity":"${chance() < 0.8 ? 'MAKER' : 'TAKER'}","fee":"0.0${1 + below(9)}","fee_ccy":"USDT","fill_ns":${2_000_000 + below(900_000_000)}}`;
      positions.set(key, position + (isBuy ? lots : -lots));
    } else
      yield `${head('info', 'order.canceled', scope, submitted)}${order('CANCELED', 0)},"reason":"REQUOTE"}`;
  }
}

/** Writes so many lines into a file. */
export function writeLog(
  file: string,
  count: number,
  seed = 1,
  shape: (line: string) => string = (line) => line,
): void {
  const out = openSync(file, 'w');
  let batch: string[] = [];
  for (const line of logLines(count, seed)) {
    batch.push(shape(line));
    if (batch.length < 5_000) continue;
    writeSync(out, `${batch.join('\n')}\n`);
    batch = [];
  }
  if (batch.length > 0) writeSync(out, `${batch.join('\n')}\n`);
  closeSync(out);
}

/** The same log as another engine might write it: the keys of each line in the opposite order. */
export function writeForeignLog(file: string, count: number, seed = 1): void {
  writeLog(file, count, seed, (line) =>
    JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line) as object).reverse())),
  );
}

function main(): void {
  const [count = '2000000', file = 'bench.jsonl', seed = '1'] = process.argv.slice(2);
  writeLog(file, Number(count), Number(seed));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
