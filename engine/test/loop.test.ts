/** The loop between a feed, a venue and a log, where each is what the test needs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { entry } from '../../build/bundle.js';
import { now, openClock } from '../src/clock.ts';
import { readConfig } from '../src/config.ts';
import type { Feed } from '../src/feed/feed.ts';
import { openLog } from '../src/log/ring-recorder.ts';
import { openSimulatedMarket } from '../src/market/simulated-market.ts';
import { Loop } from '../src/run.ts';
import type { Input } from '../src/step/input.ts';
import type { Venue } from '../src/venue/venue.ts';
import { book } from './setup/book.ts';
import { instrument } from './setup/instrument.ts';

type Line = Record<string, unknown> & { event: string; seq: number };

const RUN = '01JABCDEFGHJKMNPQRSTVWXYZ0';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tradetail-loop-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const settings = () =>
  readConfig(undefined, { speed: 'max', seed: '1', duration: '60s', log_dir: folder });

/** Runs to the end, or to the exception. */
async function play(market: { readonly feed: Feed; readonly venue: Venue }): Promise<Line[]> {
  const config = settings();
  const { log } = config;
  const origin = now();
  const recorder = await openLog(
    {
      folder,
      engine: 'engine-1',
      run: RUN,
      origin,
      startEpochNs: market.feed.startEpochNs,
      segmentBytes: log.segment_bytes,
      budgetBytes: log.budget_bytes,
      ringBytes: 4 << 20,
    },
    await entry('log-worker'),
  );
  const loop = new Loop(config, market, recorder, openClock(origin));
  try {
    await loop.run(false);
  } catch (error) {
    loop.failed(error);
  }
  expect(await recorder.close(10_000)).toBe(true);
  return readFileSync(path.join(folder, `engine-1-${RUN}.1.jsonl`), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

test('a step’s lines say what was so in that step, also when the next comes at the same moment', async () => {
  const inputs: Input[] = [
    { kind: 'BOOK', instrument: 0, book: book('100000x50', '100003x50'), updateId: 1 },
    {
      kind: 'TOP',
      instrument: 0,
      bidPx: 100_001,
      bidQty: 7,
      askPx: 100_003,
      askQty: 50,
      updateId: 2,
    },
  ];
  const feed: Feed = {
    instruments: [instrument()],
    startEpochNs: 0n,
    nextNs: () => (inputs.length > 0 ? 1e6 : Infinity),
    advance: (sink) => {
      for (const input of inputs.splice(0)) sink(input);
    },
  };
  const venue: Venue = {
    name: 'test',
    nextNs: () => Infinity,
    advance: () => undefined,
    send: () => undefined,
  };
  const lines = await play({ feed, venue });
  const books = lines.filter(({ event }) => event === 'md.book');
  expect(books.map(({ bids, update_id }) => [bids, update_id])).toEqual([
    [[['1000.00', '0.050']], 1],
    [
      [
        ['1000.01', '0.007'],
        ['1000.00', '0.050'],
      ],
      2,
    ],
  ]);
});

test('no order goes out without its line, also when the step fails once it is sent', async () => {
  const { sim, paper } = settings();
  const market = openSimulatedMarket({ seed: 1, sim, paper, startEpochNs: 0n });
  const sent: string[] = [];
  const venue: Venue = {
    name: market.venue.name,
    nextNs: () => market.venue.nextNs(),
    advance: (sink) => market.venue.advance(sink),
    send(command, tNs) {
      market.venue.send(command, tNs);
      if (command.kind === 'CANCEL_ALL') sent.push('CANCEL_ALL');
      if (command.kind !== 'NEW') return;
      sent.push(command.clOrdId);
      if (sent.length === 20) throw new Error('the socket is gone');
    },
  };
  const lines = await play({ feed: market.feed, venue });
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
  const submitted = lines.filter(({ event }) => event === 'order.submitted');
  expect([...submitted.map((line) => line['cl_ord_id']), 'CANCEL_ALL']).toEqual(sent);
  const error = lines.find(({ event }) => event === 'engine.error')!;
  expect(error['error_message']).toBe('the socket is gone');
  const canceled = lines.slice(error.seq).filter(({ event }) => event === 'order.cancel_requested');
  expect(canceled.map((line) => line['cl_ord_id'])).toContain(sent[19]);
  expect(lines.at(-1)).toMatchObject({ event: 'engine.stopped', reason: 'EXCEPTION' });
});
