import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRecordedMarket } from '../../src/market/recorded-market.ts';
import { BUY, SELL } from '../../src/market/side.ts';
import type { Input } from '../../src/step/input.ts';
import { paperConfig } from '../../src/venue/paper-config.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'recorded-'))));
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, lines: readonly string[], compress = false): Promise<string> {
  const text = `${lines.join('\n')}\n`;
  await writeFile(path.join(folder, name), compress ? gzipSync(text) : text);
  return path.join(folder, name);
}

const paper = paperConfig.parse({});
const DEPTH = (U: number, u: number, bid: string, qty: string): string =>
  `{"stream":"abcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000123,"s":"ABCUSDT","U":${U},"u":${u},"b":[["${bid}","${qty}"]],"a":[]}}`;
const SNAPSHOT =
  '{"lastUpdateId":11,"bids":[["1.20","3.5"],["1.10","2"]],"asks":[["1.30","1"],["1.45","8.5"]]}';

async function read(files: readonly string[]): Promise<string[]> {
  const { feed } = await openRecordedMarket({ files, seed: 1, paper });
  const lines: string[] = [];
  const { instruments } = feed;
  while (feed.nextNs() < Infinity) {
    const tNs = feed.nextNs();
    feed.advance((input: Input) => {
      if (input.kind === 'REPORT' || input.kind === 'TIMER') return;
      const book =
        input.kind === 'BOOK'
          ? ` ${[BUY, SELL].map((side) => `${input.book.px(side, 0)}:${input.book.qty(side, 0)}`).join(' ')}`
          : '';
      lines.push(`${tNs} ${instruments[input.instrument]!.symbol} ${input.kind}${book}`);
    });
  }
  return lines;
}

test('plain and gzipped files are one session in the order of their times; tick and lot are told by the snapshot', async () => {
  const first = await file(
    'b.gz',
    ['1700000000000000001 ' + DEPTH(10, 12, '1.25', '4'), '1700000000000000003 ' + SNAPSHOT],
    true,
  );
  const second = await file('a', ['1700000000000000007 ' + DEPTH(13, 13, '1.25', '0')]);
  const { feed } = await openRecordedMarket({ files: [second, first], seed: 1, paper });
  expect(feed.instruments).toMatchObject([
    {
      symbol: 'ABCUSDT',
      base: 'ABC',
      quote: 'USDT',
      tickSize: '0.05',
      lotSize: '0.5',
      minNotional: '5',
    },
  ]);
  expect(await read([second, first])).toEqual([
    '2 ABCUSDT RESYNC',
    '2 ABCUSDT BOOK 24:7 26:2',
    '2 ABCUSDT BOOK 25:8 26:2',
    '6 ABCUSDT BOOK 24:7 26:2',
  ]);
});

test('a missing update is a gap, and the next snapshot the end of it', async () => {
  const gap = await file('gap', [
    '1700000000000000001 ' + SNAPSHOT.replace('{', '{"symbol":"ABCUSDT",'),
    '1700000000000000002 ' + DEPTH(12, 12, '1.25', '4'),
    '1700000000000000003 ' + DEPTH(14, 14, '1.25', '5'),
    '1700000000000000004 ' + SNAPSHOT.replace('11', '14'),
  ]);
  expect(await read([gap])).toEqual([
    '0 ABCUSDT RESYNC',
    '0 ABCUSDT BOOK 24:7 26:2',
    '1 ABCUSDT BOOK 25:8 26:2',
    '2 ABCUSDT GAP',
    '3 ABCUSDT RESYNC',
    '3 ABCUSDT BOOK 24:7 26:2',
  ]);
});

test('where an exchangeInfo was recorded it says what is traded, and old orders off its grid are no levels', async () => {
  const filters = [
    { filterType: 'PRICE_FILTER', tickSize: '0.10000000' },
    { filterType: 'LOT_SIZE', minQty: '1.00000000', maxQty: '90.00000000', stepSize: '1.00000000' },
    { filterType: 'NOTIONAL', minNotional: '7.00000000' },
  ];
  const info = JSON.stringify({
    symbols: [{ symbol: 'ABCUSDT', baseAsset: 'ABC', quoteAsset: 'USDT', filters }],
  });
  const info1 = await file('info', [`https://api/exchangeInfo -> 1699999999.5: ${info}`]);
  const depth = await file('http', [
    `https://api/depth?symbol=ABCUSDT&limit=1000 -> 1700000000.25: ${SNAPSHOT}`,
  ]);
  const frames = await file('ws', [
    'wss://api/stream <-> 1699999999.9',
    '1700000000.5: ' + DEPTH(12, 12, '1.25', '4'),
  ]);
  const { feed } = await openRecordedMarket({ files: [info1, depth, frames], seed: 1, paper });
  expect(feed.instruments).toMatchObject([
    { tickSize: '0.1', lotSize: '1', minQty: 1, maxQty: 90, minNotional: '7' },
  ]);
  // 3.5 lots are 3 whole ones; 1.45 and 1.25 are no ticks.
  expect(await read([info1, depth, frames])).toEqual([
    '750000000 ABCUSDT RESYNC',
    '750000000 ABCUSDT BOOK 12:3 13:1',
    '1000000000 ABCUSDT BOOK 12:3 13:1',
  ]);
});

test.each([
  ['nothing in it', [''], /no line of recorded market data/],
  [
    'a symbol that nothing tells the tick of',
    ['1700000000000000001 ' + DEPTH(1, 1, '1', '1')],
    /ABCUSDT: wants an exchangeInfo, or a depth snapshot/,
  ],
])('a file with %s is refused', async (name, lines, message) => {
  await expect(read([await file(name, lines)])).rejects.toThrow(message);
});
