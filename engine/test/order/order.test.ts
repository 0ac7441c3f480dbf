import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUY } from '../../src/market/side.ts';
import {
  applyReport,
  createOrder,
  leavesQty,
  ordStatus,
  type Order,
  type OrderReport,
} from '../../src/order/order.ts';

/** An order for 10 lots at 100, sent. */
function sent(): Order {
  const order = createOrder({
    clOrdId: 'mm-1',
    strategy: 0,
    instrument: 0,
    side: BUY,
    ordType: 'LIMIT',
    tif: 'GTC',
    postOnly: true,
    intent: 'QUOTE',
    px: 100,
    qty: 10,
  });
  order.sent = true;
  return order;
}

const about = { clOrdId: 'mm-1', instrument: 0 } as const;
const fill = (execId: string, qty: number) =>
  ({ execId, px: 100, qty, liquidity: 'MAKER', fee: '0', feeCcy: 'USDT' }) as const;

/** The words of the tables below. */
const DO: Record<string, (order: Order) => OrderReport | undefined> = {
  cancel: (order) => void (order.cancelPending = true),
  reduce: (order) => void (order.replacePending = { px: 100, qty: 6 }),
  unknown: (order) => void (order.unknown = true),
  accepted: () => ({ ...about, kind: 'ACCEPTED', orderId: '7' }),
  rejected: () => ({ ...about, kind: 'REJECTED', code: '-2010', text: 'no' }),
  canceled: () => ({ ...about, kind: 'CANCELED' }),
  expired: () => ({ ...about, kind: 'EXPIRED', reason: 'EXCHANGE_CANCELED' }),
  'not-canceled': () => ({ ...about, kind: 'CANCEL_REJECTED', code: '-2011', text: 'unknown' }),
  replaced: () => ({ ...about, kind: 'REPLACED', px: 100, qty: 6 }),
  'fill-4': () => ({ ...about, kind: 'FILLED', ...fill('a', 4) }),
  'fill-6': () => ({ ...about, kind: 'FILLED', ...fill('b', 6) }),
  'is-absent': () => ({ ...about, kind: 'STATUS', found: false }),
  'is-new': () => ({ ...about, kind: 'STATUS', found: true, ordStatus: 'NEW', orderId: '7' }),
  'is-filled': () => ({
    ...about,
    kind: 'STATUS',
    found: true,
    ordStatus: 'FILLED',
    orderId: '7',
    fills: [fill('a', 4), fill('b', 6)],
  }),
  'is-canceled-4': () => ({
    ...about,
    kind: 'STATUS',
    found: true,
    ordStatus: 'CANCELED',
    orderId: '7',
    fills: [fill('a', 4)],
  }),
};

function play(order: Order, words: string): string[] {
  const changes: string[] = [];
  for (const word of words.trim().split(/\s+/)) {
    const report = DO[word]!(order);
    if (report !== undefined)
      applyReport(order, report, (change, _fill, late) =>
        changes.push(late === true ? `${change}(late)` : change),
      );
  }
  return changes;
}

test.each(
  `
accepted                            -> NEW                                    | ACCEPTED
rejected                            -> REJECTED                               | REJECTED
accepted fill-4                     -> PARTIALLY_FILLED                       | ACCEPTED FILLED
accepted fill-4 fill-6              -> FILLED                                 | ACCEPTED FILLED FILLED
fill-4                              -> PARTIALLY_FILLED                       | FILLED
fill-4 accepted                     -> PARTIALLY_FILLED                       | FILLED ACCEPTED
accepted fill-4 fill-4              -> PARTIALLY_FILLED                       | ACCEPTED FILLED
accepted cancel                     -> PENDING_CANCEL                         | ACCEPTED
accepted cancel canceled            -> CANCELED                               | ACCEPTED CANCELED
accepted cancel canceled canceled   -> CANCELED                               | ACCEPTED CANCELED
cancel canceled accepted            -> CANCELED                               | CANCELED ACCEPTED
accepted cancel not-canceled        -> NEW                                    | ACCEPTED CANCEL_REJECTED
accepted not-canceled               -> NEW                                    | ACCEPTED
accepted cancel fill-4              -> PENDING_CANCEL                         | ACCEPTED FILLED
accepted cancel canceled fill-4     -> CANCELED                               | ACCEPTED CANCELED FILLED(late)
accepted canceled fill-4 fill-6     -> FILLED                                 | ACCEPTED CANCELED FILLED(late) FILLED(late)
accepted fill-4 fill-6 canceled     -> FILLED                                 | ACCEPTED FILLED FILLED
accepted expired                    -> EXPIRED                                | ACCEPTED EXPIRED
expired canceled                    -> EXPIRED                                | EXPIRED
accepted reduce                     -> PENDING_REPLACE                        | ACCEPTED
accepted reduce replaced            -> NEW                                    | ACCEPTED REPLACED
accepted reduce replaced replaced   -> NEW                                    | ACCEPTED REPLACED
accepted replaced                   -> NEW                                    | ACCEPTED
accepted reduce fill-6 replaced     -> FILLED                                 | ACCEPTED FILLED REPLACED
accepted reduce not-canceled        -> NEW                                    | ACCEPTED CANCEL_REJECTED
unknown accepted                    -> NEW                                    | ACCEPTED RESOLVED
unknown fill-4                      -> UNKNOWN                                | FILLED
unknown is-new                      -> NEW                                    | ACCEPTED RESOLVED
unknown is-absent                   -> REJECTED                               | REJECTED RESOLVED
unknown is-filled                   -> FILLED                                 | ACCEPTED FILLED FILLED RESOLVED
unknown is-canceled-4               -> CANCELED                               | ACCEPTED FILLED CANCELED RESOLVED
accepted cancel unknown is-new      -> NEW                                    | ACCEPTED RESOLVED
accepted cancel unknown is-absent   -> CANCELED                               | ACCEPTED CANCELED RESOLVED
accepted fill-4 cancel unknown is-absent -> CANCELED                          | ACCEPTED FILLED CANCELED RESOLVED
unknown is-absent accepted          -> REJECTED                               | REJECTED RESOLVED ACCEPTED REVIVED
unknown is-new is-new accepted      -> NEW                                    | ACCEPTED RESOLVED
`
    .trim()
    .split('\n')
    .map((line) => line.split(/\s*(?:->|\|)\s*/) as [string, string, string]),
)('%s leads to %s', (words, status, changes) => {
  const order = sent();
  expect([ordStatus(createOrder(order)), ordStatus(order)]).toEqual(['CREATED', 'PENDING_NEW']);
  expect(play(order, words).join(' ')).toBe(changes);
  expect(ordStatus(order)).toBe(status);
});

test('leaves and fills make up the quantity until the order ends, then nothing is left', () => {
  const order = sent();
  play(order, 'accepted fill-4');
  expect([order.cumQty, leavesQty(order)]).toEqual([4, 6]);
  play(order, 'canceled');
  expect([order.cumQty, leavesQty(order)]).toEqual([4, 0]);
});

/** What a venue can say of one order: accepted or not, some fills, one end. */
const history = fc
  .record({
    fills: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
    end: fc.constantFrom('CANCELED', 'EXPIRED', undefined),
    asked: fc.boolean(),
  })
  .map(({ fills, end, asked }) => {
    const list = fills.map((qty, index) => fill(`e${index}`, qty));
    const reports: OrderReport[] = [{ ...about, kind: 'ACCEPTED', orderId: '7' }];
    for (const one of list) reports.push({ ...about, kind: 'FILLED', ...one });
    if (end === 'CANCELED') reports.push({ ...about, kind: 'CANCELED' });
    if (end === 'EXPIRED') reports.push({ ...about, kind: 'EXPIRED', reason: 'x' });
    if (asked)
      reports.push({
        ...about,
        kind: 'STATUS',
        found: true,
        ordStatus: end ?? 'NEW',
        orderId: '7',
        fills: list,
      });
    return reports;
  });

test('reports in any order, each any number of times, lead to the same order', () => {
  fc.assert(
    fc.property(
      history.chain((reports) =>
        fc.tuple(
          fc.constant(reports),
          fc
            .shuffledSubarray([...reports, ...reports, ...reports], { minLength: 0 })
            .chain((extra) =>
              fc.shuffledSubarray([...reports, ...extra], {
                minLength: reports.length + extra.length,
              }),
            ),
          fc.boolean(),
        ),
      ),
      ([reports, shuffled, cancelAsked]) => {
        const seen = (list: readonly OrderReport[]) => {
          const order = sent();
          order.cancelPending = cancelAsked;
          let fills = 0;
          for (const report of list)
            applyReport(order, report, (change) => (fills += change === 'FILLED' ? 1 : 0));
          const { cumQty, accepted, orderId, cancelPending } = order;
          return { status: ordStatus(order), cumQty, accepted, orderId, cancelPending, fills };
        };
        expect(seen(shuffled)).toEqual(seen(reports));
      },
    ),
    { numRuns: 300 },
  );
});
