/** What `explain` says of the orders of `query/desk-log.ts`. */
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogScript, RUNS } from '../../../test/oracle/log-script.ts';
import type { Explanation, OrderExplanation } from '../../src/explain/explanation.ts';
import { deskScript, logsOf } from '../query/desk-log.ts';
import { sidecar } from '../query/sidecar-command.ts';

async function explained(
  id: string,
  logs = logsOf(deskScript()),
): Promise<readonly OrderExplanation[]> {
  const { code, out, err } = await sidecar(['explain', id, '--json', '--logs', logs]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const explanation = JSON.parse(out) as Explanation;
  expect(explanation.id).toBe(id);
  return explanation.orders;
}

const events = ([order]: readonly OrderExplanation[]): string[] =>
  order!.events.map(({ seq, relation, event }) => `${seq} ${relation} ${event}`);

test('an order is told from what led to it to what came of it', async () => {
  expect(events(await explained('a-1'))).toEqual([
    '3 state strategy.state',
    '4 cause md.book',
    '5 order order.submitted',
    '6 order order.accepted',
    '7 order order.filled',
    '8 effect position.updated',
    '9 order order.filled',
    '15 cause md.book',
    '20 order order.canceled',
  ]);
});

test('the venue’s id finds the whole order, also what came before the venue gave it', async () => {
  expect(await explained('v-1')).toEqual(await explained('a-1'));
});

test('a denied order shows the verdict and the breach', async () => {
  const orders = await explained('a-3');
  expect(events(orders)).toEqual(['16 order order.denied', '17 effect risk.breach']);
  expect(orders[0]!.events[0]!.fields).toMatchObject({ deny_code: 'MAX_POSITION', value: '10' });
});

test('times between are those of the engine clock and of the monotonic one', async () => {
  const [order] = await explained('a-1');
  expect(order!.events.map(({ since_ns: since }) => since?.engine)).toEqual([
    undefined,
    0,
    0,
    2e6,
    500e6,
    0,
    0,
    604e6,
    896e6,
  ]);
});

test('markouts are the fold’s: by the mid before the clock passes the horizon, null where it does not', async () => {
  const [order] = await explained('a-1');
  const [fill, repetition] = order!.events.filter(({ event }) => event === 'order.filled');
  expect(fill!.markouts).toEqual([
    { horizon_s: 0.1, bps: 100 },
    // The book of 1,106 ms: (102 − 99) / 100.
    { horizon_s: 1, bps: 300 },
    { horizon_s: 5, bps: null },
    { horizon_s: 30, bps: null },
    { horizon_s: 60, bps: null },
    { horizon_s: 300, bps: null },
  ]);
  expect(repetition).toMatchObject({ repeated: true, markouts: null });
});

test('the book before each of its events, and what stood before it at its price', async () => {
  const [order] = await explained('a-1');
  const own = order!.events.filter(({ relation }) => relation === 'order');
  expect(own[0]!.book).toMatchObject({
    seq: 4,
    bids: [
      ['99', '4'],
      ['98', '9'],
    ],
    asks: [['101', '5']],
  });
  // 4 at 99 when it came to rest; at the end the book shows 101 and 98, and nobody between.
  expect(own.map(({ queue_ahead: ahead }) => ahead)).toEqual([null, '4', '4', '4', '0']);
});

test('an id that several runs had shows each of their orders', async () => {
  const orders = await explained('a-1', logsOf(deskScript(RUNS[1]), deskScript()));
  expect(orders.map(({ run }) => run)).toEqual([RUNS[0], RUNS[1]]);
});

test('a cause that no line carries is named', async () => {
  const script = new LogScript().skip(9).add({
    event: 'order.submitted',
    venue: 'sim',
    symbol: 'X',
    fields: {
      cause: 3,
      cl_ord_id: 'b',
      side: 'BUY',
      ord_type: 'LIMIT',
      qty: '1',
      ord_status: 'NEW',
    },
  });
  expect((await explained('b', logsOf(script)))[0]!.missing_causes).toEqual([3]);
});

test('a cause from long ago is found', async () => {
  const script = new LogScript();
  const signal = { name: 'x', value: 1, threshold: 1, side: 'BUY' };
  script.add({ event: 'strategy.signal', strategy: 'mm', fields: signal });
  for (let count = 0; count < 70_000; count += 1) script.add({ event: 'x.unknown' });
  script.add({
    event: 'order.submitted',
    venue: 'sim',
    symbol: 'X',
    fields: {
      cause: 1,
      cl_ord_id: 'b',
      side: 'BUY',
      ord_type: 'LIMIT',
      qty: '1',
      ord_status: 'NEW',
    },
  });
  const [order] = await explained('b', logsOf(script));
  expect(events([order!])).toEqual(['1 cause strategy.signal', '70002 order order.submitted']);
  expect(order!.missing_causes).toEqual([]);
});

test('lines that stand twice change nothing', async () => {
  const logs = logsOf(deskScript());
  const [name] = readdirSync(join(logs, '..'));
  appendFileSync(join(logs, '..', name!), deskScript().file().bytes);
  expect(await explained('a-1', logs)).toEqual(await explained('a-1'));
});

test.each`
  args                                     | code | says
  ${['nope\u001b[2J']}                     | ${1} | ${'no order in the logs has the id nope\\x1b[2J'}
  ${['a-1', '--logs', '/nowhere/*.jsonl']} | ${1} | ${'logs: no file matches /nowhere/*.jsonl'}
  ${[]}                                    | ${2} | ${"missing required argument 'id' (see --help)"}
`('`explain $args` ends with $code', async ({ args, code, says }) => {
  const logs = (args as string[]).includes('--logs') ? [] : ['--logs', logsOf(deskScript())];
  expect(await sidecar(['explain', ...(args as string[]), ...logs])).toEqual({
    code,
    out: '',
    err: `tradetail-sidecar: ${says as string}\n`,
  });
});

describe('the text', () => {
  const text = async (id: string, width?: number): Promise<string> =>
    (await sidecar(['explain', id, '--logs', logsOf(deskScript())], width)).out;

  test('reads in 80 columns', async () => {
    const out = await text('a-1');
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(out).toContain('a-1: BUY 2 at 99, CANCELED, filled 1\n');
    expect(out).toContain('risk check passed in 1.00\u00a0µs');
    expect(out).toContain('queue: at most 4 before it at its price (estimate from the books)');
    expect(out).toContain('markout, bps: 0.1s\u00a0+100.00, 1s\u00a0+300.00, 5s\u00a0–');
    expect(out).toContain('filled (repeated: counts once)');
    expect(out).toContain('position after: 1 at 99');
  });

  test('has colours on a terminal only, and shows what a log escapes', async () => {
    expect(await text('a-4')).not.toContain('\u001b');
    expect(await text('a-4')).toContain('Would \\x1b[2Jtake.');
    const coloured = await text('a-4', 80);
    expect(coloured).toContain('\u001b[31mrejected\u001b[0m');
    expect(coloured).not.toContain('\u001b[2J');
  });
});
