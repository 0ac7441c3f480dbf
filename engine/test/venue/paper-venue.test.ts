import { formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';
import { expect, test } from 'vitest';
import { BUY, SELL } from '../../src/market/side.ts';
import type { Report } from '../../src/venue/venue.ts';
import { Desk, line, MS, QUIET } from './desk.ts';

const lines = (reports: readonly Report[]): string[] => reports.map(line);
const after = (desk: Desk, ms = 10): string[] => lines(desk.run(ms));

test('an order is acknowledged after the way there and the way back, with the time at the venue', () => {
  const desk = new Desk();
  desk.run(5);
  const sentNs = desk.nowNs;
  desk.order(BUY, 59_000, 100);
  desk.run(10);
  const { tNs, report } = desk.reports.at(-1)!;
  expect(tNs - sentNs).toBe(3 * MS);
  // The run began one second after the epoch.
  expect(report).toEqual({
    kind: 'ACCEPTED',
    clOrdId: 'c1',
    instrument: 0,
    orderId: '1',
    transactUs: 1_000_000 + 6_000,
  });
});

test('an order that takes is acknowledged first, then filled at the prices that it met', () => {
  const desk = new Desk();
  desk.order(BUY, 60_100, 400_000, { tif: 'IOC' });
  const reports = desk.run(10);
  expect(reports[0]).toMatchObject({ kind: 'ACCEPTED' });
  const fills = reports.flatMap((report) => (report.kind === 'FILLED' ? [report] : []));
  expect(fills.map(({ px }) => px)).toEqual(fills.map(({ px }) => px).toSorted((a, b) => a - b));
  expect(fills.every(({ liquidity }) => liquidity === 'TAKER')).toBe(true);
  expect(new Set(fills.map(({ execId }) => execId)).size).toBe(fills.length);
  expect(reports.at(-1)).toMatchObject({
    kind: 'EXPIRED',
    reason: 'UNFILLED_IOC_QUANTITY_EXPIRED',
  });
});

test.each`
  what                              | order                                                 | code       | text
  ${'below the smallest lot'}       | ${{ qty: 0 }}                                         | ${'-1013'} | ${'Filter failure: LOT_SIZE'}
  ${'above the largest'}            | ${{ qty: 10_000_001 }}                                | ${'-1013'} | ${'Filter failure: LOT_SIZE'}
  ${'of a fraction of a lot'}       | ${{ qty: 1.5 }}                                       | ${'-1013'} | ${'Filter failure: LOT_SIZE'}
  ${'at no price'}                  | ${{ px: 0 }}                                          | ${'-1013'} | ${'Filter failure: PRICE_FILTER'}
  ${'far above the market'}         | ${{ px: 300_003 }}                                    | ${'-1013'} | ${'Filter failure: PERCENT_PRICE_BY_SIDE'}
  ${'far below the market'}         | ${{ px: 12_000 }}                                     | ${'-1013'} | ${'Filter failure: PERCENT_PRICE_BY_SIDE'}
  ${'worth too little'}             | ${{ px: 49_999, qty: 10 }}                            | ${'-1013'} | ${'Filter failure: NOTIONAL'}
  ${'to buy at market too little'}  | ${{ ordType: 'MARKET', tif: 'IOC', px: NaN, qty: 8 }} | ${'-1013'} | ${'Filter failure: NOTIONAL'}
  ${'that costs more than we have'} | ${{ px: 50_000, qty: 2_000_001 }}                     | ${'-2010'} | ${'Account has insufficient balance for requested action.'}
  ${'to sell more than we have'}    | ${{ side: SELL, px: 70_000, qty: 1_000_001 }}         | ${'-2010'} | ${'Account has insufficient balance for requested action.'}
  ${'post-only that would cross'}   | ${{ px: 60_001, postOnly: true }}                     | ${'-2010'} | ${'Order would immediately match and take.'}
  ${'with an id in use'}            | ${{ clOrdId: 'first' }}                               | ${'-2010'} | ${'Duplicate order sent.'}
`('an order $what is rejected with $code $text', ({ order, code, text }) => {
  const desk = new Desk({}, QUIET, 1, { max_qty_lots: 10_000_000 });
  desk.order(BUY, 50_000, 100, { clOrdId: 'first' });
  desk.run(10);
  desk.cancel('first');
  desk.run(10);
  desk.order(BUY, 50_000, 100, order);
  expect(after(desk)).toEqual([`REJECTED ${order.clOrdId ?? 'c1'} ${code} ${text}`]);
  expect(desk.balances()).toMatchObject({ USDT: '1000000 0', BTC: '10 0' });
});

test.each`
  tif      | qty           | reason
  ${'FOK'} | ${10_000_000} | ${'UNFILLED_FOK_ORDER_EXPIRED'}
  ${'IOC'} | ${10_000_000} | ${'UNFILLED_IOC_QUANTITY_EXPIRED'}
`('a $tif order for more than there is expires: $reason', ({ tif, qty, reason }) => {
  const desk = new Desk({ balances: {} });
  desk.order(BUY, 60_003, qty, { tif });
  expect(after(desk).at(-1)).toBe(`EXPIRED c1 ${reason}`);
});

test('a market order for more than there is expires: INSUFFICIENT_LIQUIDITY', () => {
  const desk = new Desk({ balances: {} });
  desk.order(SELL, NaN, 10_000_000, { ordType: 'MARKET', tif: 'IOC' });
  expect(after(desk).at(-1)).toBe('EXPIRED c1 INSUFFICIENT_LIQUIDITY');
});

test('a resting order is cancelled once; what it locked is free again', () => {
  const desk = new Desk();
  const id = desk.order(BUY, 50_000, 100_000);
  desk.run(10);
  expect(desk.balances()['USDT']).toBe('950000 50000');
  desk.cancel(id);
  expect(after(desk)).toEqual(['CANCELED c1']);
  expect(desk.balances()['USDT']).toBe('1000000 0');
  desk.cancel(id);
  desk.cancel('never sent');
  expect(after(desk)).toEqual([
    'CANCEL_REJECTED c1 -2011 Unknown order sent.',
    'CANCEL_REJECTED never sent -2011 Unknown order sent.',
  ]);
});

test('all orders are cancelled at once', () => {
  const desk = new Desk();
  desk.order(BUY, 50_000, 1000);
  desk.order(SELL, 70_000, 1000);
  desk.run(10);
  desk.send({ kind: 'CANCEL_ALL' });
  expect(after(desk)).toEqual(['CANCELED c1', 'CANCELED c2']);
  expect(desk.balances()).toMatchObject({ USDT: '1000000 0', BTC: '10 0' });
});

test('an order is replaced, and what it locks with it', () => {
  const desk = new Desk();
  const id = desk.order(BUY, 50_000, 100_000);
  const replace = (px: number, qty: number): void =>
    desk.send({ kind: 'REPLACE', clOrdId: id, instrument: 0, px, qty });
  desk.run(10);
  replace(40_000, 200_000);
  expect(after(desk)).toEqual(['REPLACED c1 200000@40000']);
  expect(desk.balances()['USDT']).toBe('920000 80000');
  replace(50_000, 2_000_001);
  expect(after(desk)).toEqual([
    'CANCEL_REJECTED c1 -2010 Account has insufficient balance for requested action.',
  ]);
  expect(desk.balances()['USDT']).toBe('920000 80000');
  replace(60_001, 100);
  expect(after(desk).slice(0, 2)).toEqual([
    'REPLACED c1 100@60001',
    'FILLED c1 100@60001 TAKER sim-1',
  ]);
  expect(desk.balances()['USDT']).toMatch(/ 0$/);
});

test('a question is answered with all that happened to the order', () => {
  const desk = new Desk();
  const id = desk.order(BUY, 60_001, 100);
  desk.run(10);
  desk.send({ kind: 'QUERY', clOrdId: id, instrument: 0 });
  desk.send({ kind: 'QUERY', clOrdId: 'never sent', instrument: 0 });
  const [found, unknown] = desk.run(10);
  expect(found).toMatchObject({
    kind: 'STATUS',
    found: true,
    ordStatus: 'FILLED',
    orderId: '1',
    fills: [{ execId: 'sim-1', px: 60_001, qty: 100 }],
  });
  expect(unknown).toMatchObject({ kind: 'STATUS', clOrdId: 'never sent', found: false });
});

const BNB = { asset: 'BNB', rates: { USDT: '599' } };
test.each`
  feeAsset      | bnb    | side    | fee             | feeCcy    | feeQuote
  ${'QUOTE'}    | ${'0'} | ${BUY}  | ${'0.060001'}   | ${'USDT'} | ${undefined}
  ${'RECEIVED'} | ${'0'} | ${BUY}  | ${'0.000001'}   | ${'BTC'}  | ${undefined}
  ${'RECEIVED'} | ${'0'} | ${SELL} | ${'0.06'}       | ${'USDT'} | ${undefined}
  ${BNB}        | ${'1'} | ${BUY}  | ${'0.00010017'} | ${'BNB'}  | ${'0.06000183'}
  ${BNB}        | ${'0'} | ${BUY}  | ${'0.000001'}   | ${'BTC'}  | ${undefined}
`(
  'a fee in $feeAsset with $bnb BNB there costs $fee $feeCcy (side $side)',
  ({ feeAsset, bnb, side, fee, feeCcy, feeQuote }) => {
    const desk = new Desk({
      fee_asset: feeAsset,
      taker_fee: '0.001',
      balances: { USDT: '1000', BTC: '1', BNB: bnb },
    });
    desk.order(side, NaN, 100, { ordType: 'MARKET', tif: 'IOC' });
    const fill = desk.run(10).find(({ kind }) => kind === 'FILLED')!;
    expect(fill).toMatchObject({ fee, feeCcy });
    expect('feeQuote' in fill ? fill.feeQuote : undefined).toBe(feeQuote);
  },
);

test('two orders of ours do not trade: the resting one expires', () => {
  const desk = new Desk();
  // The only order at its price, between bid and ask, once the best ask is bought away.
  desk.order(SELL, 60_000, 1000, { tif: 'IOC' });
  desk.run(10);
  const resting = desk.order(SELL, desk.ask, 1000);
  desk.run(10);
  desk.order(BUY, desk.ask, 1_000_000, { tif: 'IOC' });
  expect(after(desk)).toContain(`EXPIRED ${resting} EXPIRED_IN_MATCH`);
});

/** Quotes both sides of a busy market for a minute, at random with takers in between. */
function trade(paper: Record<string, unknown>, seed: number): Desk {
  const desk = new Desk(paper, 5, seed);
  const live: string[] = [];
  for (let i = 0; i < 300; i++) {
    for (const clOrdId of live.splice(0)) desk.cancel(clOrdId);
    live.push(desk.order(BUY, desk.bid, 1000), desk.order(SELL, desk.ask, 1000));
    if (i % 10 === 0)
      desk.order(i % 20 === 0 ? BUY : SELL, NaN, 3000, { ordType: 'MARKET', tif: 'IOC' });
    desk.run(200);
  }
  desk.send({ kind: 'CANCEL_ALL' });
  desk.run(2000);
  return desk;
}

test('balances are the opening ones, plus the fills, minus the fees, to the last digit', () => {
  const desk = trade({ maker_fee: '-0.0000333', taker_fee: '0.00123', fee_asset: 'RECEIVED' }, 3);
  const fills = desk.reports.flatMap(({ report }) => (report.kind === 'FILLED' ? [report] : []));
  expect(fills.filter(({ liquidity }) => liquidity === 'MAKER').length).toBeGreaterThan(20);
  expect(fills.filter(({ liquidity }) => liquidity === 'TAKER').length).toBeGreaterThan(20);
  const holdings: Record<string, bigint> = { USDT: parseAtoms('1000000'), BTC: parseAtoms('10') };
  for (const fill of fills) {
    const side = desk.side(fill.clOrdId);
    const qty = BigInt(fill.qty) * parseAtoms('0.00001');
    holdings['BTC']! += BigInt(side) * qty;
    holdings['USDT']! -= BigInt(side * fill.px) * qty;
    holdings[fill.feeCcy]! -= parseAtoms(fill.fee);
  }
  const text = (asset: string): string => `${formatScaled(holdings[asset]!, 18)} 0`;
  expect(desk.balances()).toMatchObject({ USDT: text('USDT'), BTC: text('BTC') });
});

test('without faults each fill is reported once, after its acknowledgement', () => {
  const { reports } = trade({}, 4);
  const acknowledged = new Set<string>();
  const seen = new Set<string>();
  for (const { report } of reports) {
    if (report.kind === 'ACCEPTED') acknowledged.add(report.clOrdId);
    if (report.kind !== 'FILLED') continue;
    expect(acknowledged.has(report.clOrdId)).toBe(true);
    expect(seen.has(report.execId)).toBe(false);
    seen.add(report.execId);
  }
});

test('fault reject: a new order is refused for no reason of its own', () => {
  const desk = new Desk({ faults: { reject: 1 } });
  desk.order(BUY, 59_000, 100);
  expect(after(desk)).toEqual(['REJECTED c1 -1015 Too many new orders; please try again later.']);
});

test('fault late_ack: the fill comes before the acknowledgement', () => {
  const desk = new Desk({ faults: { late_ack: 1 } });
  desk.order(BUY, 60_001, 100);
  expect(after(desk, 1000)).toEqual(['FILLED c1 100@60001 TAKER sim-1', 'ACCEPTED c1']);
});

test('fault lost_ack: no word of the order, which may or may not be there', () => {
  const desk = new Desk({ faults: { lost_ack: 1 } });
  for (let i = 0; i < 40; i++) desk.order(BUY, 59_000, 100);
  expect(after(desk, 1000)).toEqual([]);
  for (let i = 1; i <= 40; i++) desk.send({ kind: 'QUERY', clOrdId: `c${i}`, instrument: 0 });
  const found = desk.run(10).map((report) => (report.kind === 'STATUS' ? report.found : undefined));
  expect(found).toHaveLength(40);
  expect(new Set(found)).toEqual(new Set([true, false]));
});

test('fault duplicate_fill: the same fill is reported twice', () => {
  const desk = new Desk({ faults: { duplicate_fill: 1 } });
  desk.order(BUY, 60_001, 100);
  expect(after(desk, 1000)).toEqual([
    'ACCEPTED c1',
    'FILLED c1 100@60001 TAKER sim-1',
    'FILLED c1 100@60001 TAKER sim-1',
  ]);
});

test('fault fill_after_cancel: a fill that came first is reported after the cancel', () => {
  const { reports } = trade({ faults: { fill_after_cancel: 1, delay_ms: 5000 } }, 6);
  const over = new Set<string>();
  let late = 0;
  for (const { report } of reports) {
    if (report.kind === 'CANCELED' || report.kind === 'CANCEL_REJECTED') over.add(report.clOrdId);
    if (report.kind === 'FILLED' && report.liquidity === 'MAKER')
      late += Number(over.has(report.clOrdId));
  }
  expect(late).toBeGreaterThan(20);
});

test('fault disconnect: the order channel goes down, and what happens meanwhile is told when it is up again', () => {
  const desk = new Desk({ faults: { disconnect: 1, delay_ms: 100 } });
  desk.order(BUY, 60_001, 100);
  desk.run(2);
  desk.order(BUY, 59_000, 100);
  expect(after(desk, 98)).toEqual([]);
  expect(lines(desk.reports.slice(2).map(({ report }) => report))).toEqual([
    'DISCONNECTED fault injected',
  ]);
  expect(after(desk, 10)).toEqual(['CONNECTED', 'ACCEPTED c1', 'FILLED c1 100@60001 TAKER sim-1']);
  // The order sent while it was down never arrived.
  desk.send({ kind: 'QUERY', clOrdId: 'c2', instrument: 0 });
  expect(desk.run(200).at(-1)).toMatchObject({ kind: 'STATUS', clOrdId: 'c2', found: false });
});
