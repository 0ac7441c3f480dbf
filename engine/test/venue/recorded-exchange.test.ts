import { expect, test } from 'vitest';
import { Book } from '../../src/market/book.ts';
import { BUY, SELL, type Side } from '../../src/market/side.ts';
import type { ExchangeListener, ExchangeOrder } from '../../src/venue/exchange.ts';
import { RecordedExchange } from '../../src/venue/recorded-exchange.ts';

/** A record that is told by hand: bids 100:10 99:20, asks 101:5 102:7, unless told otherwise. */
class Tape implements ExchangeListener {
  readonly book = new Book();
  readonly exchange = new RecordedExchange([this.book], 'RISK_AVERSE');
  lines: string[] = [];
  #updateId = 0;
  #orderId = 0;

  constructor() {
    this.exchange.listen(this);
    this.set([BUY, 100, 10], [BUY, 99, 20], [SELL, 101, 5], [SELL, 102, 7]);
  }

  filled(
    id: number,
    px: number,
    qty: number,
    liquidity: string,
    tradeId: string | undefined,
  ): void {
    this.lines.push(
      `${id} ${liquidity} ${qty}@${px}${tradeId === undefined ? '' : ` in ${tradeId}`}`,
    );
  }

  prevented(id: number, qty: number): void {
    this.lines.push(`${id} prevented ${qty}`);
  }

  set(...levels: [Side, number, number][]): void {
    for (const [side, px, qty] of levels) this.book.set(side, px, qty);
    this.exchange.observe(
      { kind: 'BOOK', instrument: 0, book: this.book, updateId: (this.#updateId += 10) },
      0,
    );
  }

  /** @param newer than the book, or older */
  top(bidPx: number, bidQty: number, askPx: number, askQty: number, newer = true): void {
    const updateId = this.#updateId + (newer ? 1 : -1);
    this.exchange.observe(
      { kind: 'TOP', instrument: 0, bidPx, bidQty, askPx, askQty, updateId },
      0,
    );
  }

  trade(aggressor: Side, px: number, qty: number): void {
    this.exchange.observe({ kind: 'TRADE', instrument: 0, tradeId: 't', px, qty, aggressor }, 0);
  }

  order(side: Side, px: number, qty: number, more: Partial<ExchangeOrder> = {}): string {
    return this.exchange.submit(
      0,
      {
        id: ++this.#orderId,
        side,
        px,
        qty,
        tif: 'GTC',
        postOnly: false,
        stp: 'EXPIRE_MAKER',
        ...more,
      },
      0,
    );
  }

  /** What happened since the last call. */
  get told(): string {
    return this.lines.splice(0).join(', ');
  }
}

test('a taker walks what is displayed, and what it took is not there again until the level changes', () => {
  const tape = new Tape();
  expect(tape.order(BUY, 101, 3, { tif: 'IOC' })).toBe('FILLED');
  expect(tape.order(BUY, 101, 3, { tif: 'IOC' })).toBe('IOC_UNFILLED');
  expect(tape.told).toBe('1 TAKER 3@101, 2 TAKER 2@101');
  tape.set([BUY, 98, 1]);
  expect(tape.order(BUY, 101, 3, { tif: 'IOC' })).toBe('IOC_UNFILLED');
  tape.set([SELL, 101, 6]);
  expect(tape.order(BUY, 101, 3, { tif: 'IOC' })).toBe('FILLED');
  expect(tape.told).toBe('4 TAKER 3@101');
});

test.each`
  px     | qty   | tif      | outcome           | told
  ${102} | ${12} | ${'FOK'} | ${'FILLED'}       | ${'1 TAKER 5@101, 1 TAKER 7@102'}
  ${102} | ${13} | ${'FOK'} | ${'FOK_UNFILLED'} | ${''}
  ${NaN} | ${13} | ${'IOC'} | ${'IOC_UNFILLED'} | ${'1 TAKER 5@101, 1 TAKER 7@102'}
  ${101} | ${9}  | ${'GTC'} | ${'RESTING'}      | ${'1 TAKER 5@101'}
  ${100} | ${9}  | ${'IOC'} | ${'IOC_UNFILLED'} | ${''}
`('$tif, to buy $qty at $px is $outcome', ({ px, qty, tif, outcome, told }) => {
  const tape = new Tape();
  expect(tape.order(BUY, px, qty, { tif })).toBe(outcome);
  expect(tape.told).toBe(told);
});

test('a post-only order that would cross is rejected, by the newest best price', () => {
  const tape = new Tape();
  expect(tape.order(BUY, 101, 1, { postOnly: true })).toBe('WOULD_TAKE');
  tape.top(101, 4, 102, 7);
  expect(tape.order(BUY, 101, 1, { postOnly: true })).toBe('RESTING');
  expect(tape.order(SELL, 101, 1, { postOnly: true })).toBe('WOULD_TAKE');
});

test('a best price that is older than the book is not looked at', () => {
  const tape = new Tape();
  tape.top(101, 4, 102, 7, false);
  expect(tape.order(BUY, 101, 1, { postOnly: true })).toBe('WOULD_TAKE');
});

test('a resting order trades when the queue that was there before it is gone', () => {
  const tape = new Tape();
  tape.order(BUY, 100, 5);
  tape.trade(SELL, 100, 8);
  expect(tape.told).toBe('');
  tape.trade(SELL, 100, 4);
  expect(tape.told).toBe('1 MAKER 2@100 in t');
  tape.trade(SELL, 100, 9);
  expect(tape.told).toBe('1 MAKER 3@100 in t');
});

test('trades of buyers are none of a bid’s business', () => {
  const tape = new Tape();
  tape.order(BUY, 100, 5);
  tape.trade(BUY, 100, 50);
  expect(tape.told).toBe('');
});

test('a trade below our bid went through it, at most for what was traded', () => {
  const tape = new Tape();
  tape.order(BUY, 100, 5);
  tape.order(BUY, 100, 5);
  tape.trade(SELL, 99, 7);
  expect(tape.told).toBe('1 MAKER 5@100 in t, 2 MAKER 2@100 in t');
});

test('asks displayed at our bid fill it, for as much as there is, once', () => {
  const tape = new Tape();
  tape.order(BUY, 100, 5);
  tape.set([BUY, 100, 0], [SELL, 100, 2]);
  tape.set([BUY, 98, 3]);
  expect(tape.told).toBe('1 MAKER 2@100');
  tape.top(99, 20, 100, 1);
  expect(tape.told).toBe('1 MAKER 1@100');
});

test('an order that is made smaller keeps its place; a larger one goes to the end', () => {
  const tape = new Tape();
  tape.order(BUY, 100, 5);
  tape.trade(SELL, 100, 9);
  const changed = {
    id: 1,
    side: BUY,
    px: 100,
    tif: 'GTC' as const,
    postOnly: false,
    stp: 'NONE' as const,
  };
  expect(tape.exchange.replace(0, { ...changed, qty: 3 }, 0)).toBe('RESTING');
  tape.trade(SELL, 100, 2);
  expect(tape.told).toBe('1 MAKER 1@100 in t');
  expect(tape.exchange.replace(0, { ...changed, qty: 8 }, 0)).toBe('RESTING');
  tape.trade(SELL, 100, 9);
  expect(tape.told).toBe('');
});

test('a cancelled order is gone', () => {
  const tape = new Tape();
  tape.order(BUY, 100, 5);
  expect(tape.exchange.cancel(0, 1)).toBe(true);
  expect(tape.exchange.cancel(0, 1)).toBe(false);
  tape.trade(SELL, 99, 50);
  expect(tape.told).toBe('');
});

test.each`
  stp               | outcome         | told
  ${'NONE'}         | ${'FILLED'}     | ${'2 TAKER 4@101'}
  ${'EXPIRE_TAKER'} | ${'SELF_TRADE'} | ${''}
  ${'EXPIRE_MAKER'} | ${'FILLED'}     | ${'1 prevented 3, 2 TAKER 4@101'}
  ${'EXPIRE_BOTH'}  | ${'SELF_TRADE'} | ${'1 prevented 3'}
  ${'DECREMENT'}    | ${'FILLED'}     | ${'1 prevented 3, 2 TAKER 1@101'}
`('$stp: a taker that meets our own order is $outcome', ({ stp, outcome, told }) => {
  const tape = new Tape();
  tape.order(SELL, 101, 3);
  expect(tape.order(BUY, 101, 4, { tif: 'IOC', stp })).toBe(outcome);
  expect(tape.told).toBe(told);
});
