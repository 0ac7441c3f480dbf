import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readFrame, readParsed, streamOf, type Data } from '../../src/feed/binance-frame.ts';
import { DecimalGrid } from '../../src/feed/decimal-grid.ts';
import { openSession } from '../../src/feed/recorded-session.ts';
import { openRecordedMarket } from '../../src/market/recorded-market.ts';
import { BUY, SELL, type Side } from '../../src/market/side.ts';
import type { BookView } from '../../src/market/book-view.ts';
import type { Input } from '../../src/step/input.ts';
import { paperConfig } from '../../src/venue/paper-config.ts';
import { recordedData } from '../../../test/setup/components.ts';

const paper = paperConfig.parse({});

const btcusdt = recordedData('binance-spot-btcusdt-20240808');
test.skipIf(btcusdt === undefined)(
  'the recorded BTCUSDT session gives the book that the exchange had',
  async () => {
    const expected = JSON.parse(readFileSync(path.join(btcusdt!, 'expected.json'), 'utf8'));
    const files = expected.files.map((one: { file: string }) => path.join(btcusdt!, one.file));
    // The order of the files is found, not given.
    const { feed } = await openRecordedMarket({ files: files.reverse(), seed: 1, paper });
    expect(feed.startEpochNs).toBe(
      BigInt(
        readFileSync(path.join(btcusdt!, 'expected.json'), 'utf8').match(
          /"first_local": (\d+)/,
        )![1]!,
      ),
    );
    expect(feed.instruments).toMatchObject([
      { symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.00001' },
    ]);
    const [px, qty] = [new DecimalGrid('0.01'), new DecimalGrid('0.00001')];
    const best = (book: BookView) => ({
      bid: book.px(BUY, 0),
      bidQty: book.qty(BUY, 0),
      ask: book.px(SELL, 0),
      askQty: book.qty(SELL, 0),
    });
    const top5 = (book: BookView, side: Side) =>
      [0, 1, 2, 3, 4].map((level) => [book.px(side, level), book.qty(side, level)]);

    const checkpoints = new Map<number, ReturnType<typeof best>>(
      expected.checkpoints_from_recorded_bookTicker.map(
        (one: {
          depth_u: number;
          bookTicker: Record<'bid' | 'bidQty' | 'ask' | 'askQty', string>;
        }) => [
          one.depth_u,
          {
            bid: px.steps(one.bookTicker.bid),
            bidQty: qty.steps(one.bookTicker.bidQty),
            ask: px.steps(one.bookTicker.ask),
            askQty: qty.steps(one.bookTicker.askQty),
          },
        ],
      ),
    );
    const count: Record<string, number> = {};
    const tops = new Map<number, ReturnType<typeof best>>();
    const trades = {
      sum: 0,
      notional: 0n,
      low: Infinity,
      high: 0,
      sells: 0,
      first: 0,
      last: 0,
      breaks: 0,
    };
    let checked = 0;
    let sameId = 0;
    let crossed = 0;
    let book: BookView | undefined;
    let lastId = 0;
    const sink = (input: Input): void => {
      count[input.kind] = (count[input.kind] ?? 0) + 1;
      if (input.kind === 'BOOK') {
        book = input.book;
        lastId = input.updateId!;
        const now = best(book);
        if (!(now.bid < now.ask)) crossed += 1;
        const checkpoint = checkpoints.get(lastId);
        if (checkpoint !== undefined) expect(now, `book at ${lastId}`).toEqual(checkpoint);
        if (checkpoint !== undefined) checked += 1;
        const top = tops.get(lastId);
        if (top !== undefined) expect(now, `book at ${lastId}`).toEqual(top);
        if (top !== undefined) sameId += 1;
      } else if (input.kind === 'TOP') {
        const top = {
          bid: input.bidPx,
          bidQty: input.bidQty,
          ask: input.askPx,
          askQty: input.askQty,
        };
        tops.set(input.updateId!, top);
        if (input.updateId === lastId) {
          expect(best(book!), `book at ${lastId}`).toEqual(top);
          sameId += 1;
        }
      } else if (input.kind === 'TRADE') {
        trades.sum += input.qty;
        trades.notional += BigInt(input.px) * BigInt(input.qty);
        trades.low = Math.min(trades.low, input.px);
        trades.high = Math.max(trades.high, input.px);
        if (input.aggressor === SELL) trades.sells += 1;
        trades.first ||= Number(input.tradeId);
        if (trades.last > 0 && Number(input.tradeId) !== trades.last + 1) trades.breaks += 1;
        trades.last = Number(input.tradeId);
      }
    };
    let lines = 0;
    let lastNs = 0;
    for (; feed.nextNs() < Infinity; lines++) {
      lastNs = feed.nextNs();
      feed.advance(sink);
    }

    expect(lines).toBe(expected.frames_total);
    expect(lastNs / 1e9).toBeCloseTo(expected.span_seconds, 6);
    // A book for the snapshot and one for each update after it.
    expect(count).toEqual({
      REPORT: 1,
      RESYNC: 1,
      BOOK: 1 + expected.book_replay.diffs_applied,
      TOP: expected.frames_per_stream['btcusdt@bookTicker'],
      TRADE: expected.trades.count,
    });
    expect(checked).toBe(expected.checkpoints_from_recorded_bookTicker.length);
    expect(sameId).toBe(expected.book_replay.depth_states_having_a_bookTicker_with_same_u);
    expect(crossed).toBe(0);
    expect(lastId).toBe(expected.book_replay.last_u);
    expect({ bids: book!.depth(BUY), asks: book!.depth(SELL) }).toEqual(
      expected.book_replay.final_levels,
    );
    const levels = (rows: [string, string][]) => rows.map(([p, q]) => [px.steps(p), qty.steps(q)]);
    expect(top5(book!, BUY)).toEqual(levels(expected.book_replay.final_top5_bids));
    expect(top5(book!, SELL)).toEqual(levels(expected.book_replay.final_top5_asks));
    expect(trades).toEqual({
      sum: qty.steps(expected.trades.sum_qty),
      notional: BigInt(expected.trades.sum_notional.replace('.', '')) / 10n ** 9n,
      low: px.steps(expected.trades.low),
      high: px.steps(expected.trades.high),
      sells: expected.trades.buyer_is_maker_true,
      first: expected.trades.first_id,
      last: expected.trades.last_id,
      breaks: 0,
    });
  },
);

test.skipIf(btcusdt === undefined)(
  'the scanner reads every recorded frame as JSON.parse does',
  async () => {
    const session = await openSession([path.join(btcusdt!, 'btcusdt_20240808.gz')]);
    const grids = { instrument: 0, px: new DecimalGrid('0.01'), qty: new DecimalGrid('0.00001') };
    let compared = 0;
    while (session.nextNs < Infinity) {
      const { text, stream } = session.take();
      // Every seventh is enough, and all three kinds are among them.
      if (stream === undefined || compared++ % 7 !== 0) continue;
      expect(readFrame(text, stream, grids)).toEqual(
        readParsed((JSON.parse(text) as { data: Data }).data, grids),
      );
    }
    expect(compared).toBe(41_248);
  },
);

test('a frame with its keys in another order is read all the same', () => {
  const text =
    '{"stream":"btcusdt@bookTicker","data":{"s":"BTCUSDT","u":7,"a":"1.02","A":"3","b":"1.01","B":"2"}}';
  const grids = { instrument: 4, px: new DecimalGrid('0.01'), qty: new DecimalGrid('0.5') };
  expect(readFrame(text, streamOf(text)!, grids)).toEqual({
    kind: 'TOP',
    instrument: 4,
    bidPx: 101,
    bidQty: 4,
    askPx: 102,
    askQty: 6,
    updateId: 7,
  });
});

const four = recordedData('binance-spot-4symbols-20211012');
test.skipIf(four === undefined)(
  'the recorded four symbols synchronise each by its own snapshot',
  async () => {
    const expected = JSON.parse(readFileSync(path.join(four!, 'expected.json'), 'utf8'));
    const files = ['BINANCE.0.gz', 'BINANCE.http.0.0.gz', 'BINANCE.ws.1.0.gz'].map((file) =>
      path.join(four!, file),
    );
    const { feed } = await openRecordedMarket({ files, seed: 1, paper });
    const count: Record<string, number> = {};
    const books = feed.instruments.map(() => 0);
    const sink = (input: Input): void => {
      count[input.kind] = (count[input.kind] ?? 0) + 1;
      if (input.kind === 'BOOK') books[input.instrument]! += 1;
      if (input.kind === 'RESYNC') expect(input.reason).toBe('INITIAL');
    };
    while (feed.nextNs() < Infinity) feed.advance(sink);
    expect(count).toEqual({
      REPORT: 1,
      RESYNC: 4,
      BOOK: expected.L2_BOOK,
      TOP: expected.TICKER,
      TRADE: expected.TRADES,
    });
    const applied = Object.fromEntries(
      feed.instruments.map(({ symbol, index }) => [symbol, books[index]! - 1]),
    );
    const sync: Record<string, { applied: number }> = expected.checked_here.sync;
    expect(applied).toEqual(
      Object.fromEntries(Object.entries(sync).map(([symbol, one]) => [symbol, one.applied])),
    );
    expect(feed.instruments.find(({ symbol }) => symbol === 'RUNEEUR')).toMatchObject({
      base: 'RUNE',
      quote: 'EUR',
      tickSize: '0.001',
      lotSize: '0.1',
      minQty: 1,
      minNotional: '10',
    });
  },
);

test.skipIf(four === undefined)(
  'the same seed gives the same replies to the same orders over a recorded market',
  async () => {
    const files = ['BINANCE.0.gz', 'BINANCE.http.0.0.gz', 'BINANCE.ws.1.0.gz'].map((file) =>
      path.join(four!, file),
    );
    async function replies(seed: number): Promise<string[]> {
      const { feed, venue } = await openRecordedMarket({
        files,
        seed,
        paper: paperConfig.parse({ faults: { duplicate_fill: 0.3, late_ack: 0.3 } }),
      });
      const lines: string[] = [];
      let orders = 0;
      const sink = (input: Input): void => {
        if (input.kind === 'REPORT') lines.push(JSON.stringify(input.report));
        if (input.kind !== 'BOOK' || input.instrument !== 0) return;
        const side = orders % 2 === 0 ? BUY : SELL;
        const [px, tif] =
          orders % 3 === 0
            ? [input.book.px(-side as Side, 0), 'IOC' as const]
            : [input.book.px(side, 0), 'GTC' as const];
        venue.send(
          {
            kind: 'NEW',
            clOrdId: `c${++orders}`,
            instrument: 0,
            side,
            ordType: 'LIMIT',
            tif,
            postOnly: false,
            px,
            qty: 50,
          },
          feedNs,
        );
      };
      let feedNs = 0;
      while (feed.nextNs() < Infinity) {
        const next = feed.nextNs() <= venue.nextNs() ? feed : venue;
        feedNs = next.nextNs();
        next.advance(sink);
      }
      return lines;
    }
    const [once, again, other] = [await replies(1), await replies(1), await replies(2)];
    expect(once.filter((line) => line.includes('"FILLED"')).length).toBeGreaterThan(20);
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  },
);
