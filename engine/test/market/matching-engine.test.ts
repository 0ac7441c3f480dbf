import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  MatchingEngine,
  type Incoming,
  type MatchListener,
  type SelfTradePrevention,
} from '../../src/market/matching-engine.ts';
import { BUY, SELL, type Side } from '../../src/market/side.ts';

interface Happened {
  readonly kind: 'traded' | 'prevented';
  readonly maker: number;
  readonly taker: number;
  readonly px: number;
  readonly qty: number;
}

/** Keeps what it is told. */
class Tape implements MatchListener {
  readonly happened: Happened[] = [];
  traded(maker: { id: number; px: number }, taker: Incoming, qty: number): void {
    this.happened.push({ kind: 'traded', maker: maker.id, taker: taker.id, px: maker.px, qty });
  }
  prevented(maker: { id: number; px: number }, taker: Incoming, qty: number): void {
    this.happened.push({ kind: 'prevented', maker: maker.id, taker: taker.id, px: maker.px, qty });
  }
}

const order = (
  id: number,
  side: Side,
  px: number,
  qty: number,
  more: Partial<Incoming> = {},
): Incoming => ({
  id,
  owner: 0,
  side,
  px,
  qty,
  tif: 'GTC',
  postOnly: false,
  stp: 'NONE',
  ...more,
});

function engineWith(...orders: Incoming[]) {
  const tape = new Tape();
  const engine = new MatchingEngine(tape);
  for (const one of orders) engine.submit(one);
  return { engine, tape };
}

/** `BUY 101:5` best first, each level with its quantity. */
const sideText = (engine: MatchingEngine, side: Side): string =>
  Array.from(
    { length: engine.depth(side) },
    (_, level) => `${engine.px(side, level)}:${engine.qty(side, level)}`,
  ).join(' ');
const fills = (tape: Tape): string =>
  tape.happened.map(({ kind, maker, px, qty }) => `${kind} ${maker} ${qty}@${px}`).join(', ');

test('the better price trades first, and of one price the order that came first', () => {
  const { engine, tape } = engineWith(
    order(1, SELL, 102, 5),
    order(2, SELL, 101, 3),
    order(3, SELL, 101, 4),
  );
  expect(engine.submit(order(4, BUY, 102, 9))).toBe('FILLED');
  expect(fills(tape)).toBe('traded 2 3@101, traded 3 4@101, traded 1 2@102');
  expect(sideText(engine, SELL)).toBe('102:3');
});

test('what a limit order does not trade rests at its price', () => {
  const { engine } = engineWith(order(1, SELL, 101, 3));
  expect(engine.submit(order(2, BUY, 101, 5))).toBe('RESTING');
  expect(engine.leaves).toBe(2);
  expect([sideText(engine, BUY), sideText(engine, SELL)]).toEqual(['101:2', '']);
});

test('a post-only order that would cross is rejected', () => {
  const { engine, tape } = engineWith(order(1, SELL, 101, 3));
  expect(engine.submit(order(2, BUY, 101, 1, { postOnly: true }))).toBe('WOULD_TAKE');
  expect(engine.submit(order(3, BUY, 100, 1, { postOnly: true }))).toBe('RESTING');
  expect(tape.happened).toEqual([]);
});

test.each`
  tif      | px     | qty   | outcome           | traded
  ${'IOC'} | ${101} | ${5}  | ${'IOC_UNFILLED'} | ${'traded 1 3@101'}
  ${'IOC'} | ${100} | ${5}  | ${'IOC_UNFILLED'} | ${''}
  ${'IOC'} | ${102} | ${5}  | ${'FILLED'}       | ${'traded 1 3@101, traded 2 2@102'}
  ${'FOK'} | ${101} | ${5}  | ${'FOK_UNFILLED'} | ${''}
  ${'FOK'} | ${102} | ${5}  | ${'FILLED'}       | ${'traded 1 3@101, traded 2 2@102'}
  ${'IOC'} | ${NaN} | ${5}  | ${'FILLED'}       | ${'traded 1 3@101, traded 2 2@102'}
  ${'IOC'} | ${NaN} | ${50} | ${'NO_LIQUIDITY'} | ${'traded 1 3@101, traded 2 4@102'}
`(
  'a $tif order to buy $qty at $px against 3 at 101 and 4 at 102 is $outcome',
  ({ tif, px, qty, outcome, traded }) => {
    const { engine, tape } = engineWith(order(1, SELL, 101, 3), order(2, SELL, 102, 4));
    expect(engine.submit(order(3, BUY, px, qty, { tif }))).toBe(outcome);
    expect(fills(tape)).toBe(traded);
    expect(engine.depth(BUY)).toBe(0);
  },
);

test.each`
  change                      | px     | qty  | first
  ${'less at the same price'} | ${101} | ${2} | ${'1 2'}
  ${'more at the same price'} | ${101} | ${9} | ${'2 1'}
  ${'away and back'}          | ${100} | ${3} | ${'2 1'}
`('replaced by $change, an order trades in the order $first', ({ px, qty, first }) => {
  const { engine, tape } = engineWith(order(1, BUY, 101, 3), order(2, BUY, 101, 3));
  expect(engine.replace(order(1, BUY, px, qty))).toBe('RESTING');
  if (px !== 101) engine.replace(order(1, BUY, 101, qty));
  engine.submit(order(3, SELL, 101, 4));
  expect(tape.happened.map(({ maker }) => maker).join(' ')).toBe(first);
});

test('an order that is replaced through the other side trades', () => {
  const { engine, tape } = engineWith(order(1, BUY, 99, 3), order(2, SELL, 101, 3));
  expect(engine.replace(order(1, BUY, 101, 3, { postOnly: true }))).toBe('WOULD_TAKE');
  expect(sideText(engine, BUY)).toBe('99:3');
  expect(engine.replace(order(1, BUY, 101, 3))).toBe('FILLED');
  expect(fills(tape)).toBe('traded 2 3@101');
});

test.each`
  stp               | outcome         | happened                               | bids       | asks
  ${'NONE'}         | ${'FILLED'}     | ${'traded 1 3@101, traded 2 2@101'}    | ${''}      | ${'101:2'}
  ${'EXPIRE_TAKER'} | ${'SELF_TRADE'} | ${''}                                  | ${''}      | ${'101:7'}
  ${'EXPIRE_MAKER'} | ${'RESTING'}    | ${'prevented 1 3@101, traded 2 4@101'} | ${'101:1'} | ${''}
  ${'EXPIRE_BOTH'}  | ${'SELF_TRADE'} | ${'prevented 1 3@101'}                 | ${''}      | ${'101:4'}
  ${'DECREMENT'}    | ${'FILLED'}     | ${'prevented 1 3@101, traded 2 2@101'} | ${''}      | ${'101:2'}
`(
  '$stp: to buy 5 at 101 against our own 3 and 4 of another leaves bids "$bids" and asks "$asks"',
  ({ stp, outcome, happened, bids, asks }) => {
    const { engine, tape } = engineWith(
      order(1, SELL, 101, 3, { owner: 1 }),
      order(2, SELL, 101, 4),
    );
    expect(engine.submit(order(3, BUY, 101, 5, { owner: 1, stp }))).toBe(outcome);
    expect(fills(tape)).toBe(happened);
    expect([sideText(engine, BUY), sideText(engine, SELL)]).toEqual([bids, asks]);
  },
);

/** The same rules said slowly: a list of orders in the order of their arrival, searched each time. */
class Oracle {
  resting: { id: number; owner: number; side: Side; px: number; leaves: number }[] = [];
  happened: Happened[] = [];

  submit(taker: Incoming): string {
    let left = taker.qty;
    const within = (px: number): boolean =>
      Number.isNaN(taker.px) || taker.side * (taker.px - px) >= 0;
    const queue = this.resting
      .filter((one) => one.side !== taker.side && within(one.px))
      .sort((a, b) => taker.side * (a.px - b.px));
    if (queue.length > 0 && taker.postOnly) return 'WOULD_TAKE';
    const own = (one: { owner: number }): boolean =>
      one.owner !== 0 && one.owner === taker.owner && taker.stp !== 'NONE';
    if (taker.tif === 'FOK') {
      const reach =
        taker.stp === 'EXPIRE_MAKER'
          ? queue.filter((one) => !own(one))
          : queue.slice(0, queue.findIndex(own) < 0 ? undefined : queue.findIndex(own));
      if (reach.reduce((sum, one) => sum + one.leaves, 0) < taker.qty) return 'FOK_UNFILLED';
    }
    let over = false;
    for (const maker of queue) {
      if (left === 0 || over) break;
      const both = Math.min(left, maker.leaves);
      if (!own(maker)) {
        maker.leaves -= both;
        left -= both;
        this.happened.push({
          kind: 'traded',
          maker: maker.id,
          taker: taker.id,
          px: maker.px,
          qty: both,
        });
        continue;
      }
      over = taker.stp === 'EXPIRE_TAKER' || taker.stp === 'EXPIRE_BOTH';
      if (taker.stp === 'EXPIRE_TAKER') break;
      const qty = taker.stp === 'DECREMENT' ? both : maker.leaves;
      maker.leaves -= qty;
      this.happened.push({
        kind: 'prevented',
        maker: maker.id,
        taker: taker.id,
        px: maker.px,
        qty,
      });
      if (taker.stp === 'DECREMENT') {
        left -= both;
        over = left === 0;
      }
    }
    this.resting = this.resting.filter((one) => one.leaves > 0);
    if (over) return 'SELF_TRADE';
    if (left === 0) return 'FILLED';
    if (Number.isNaN(taker.px))
      return this.resting.some((one) => one.side !== taker.side) ? 'IOC_UNFILLED' : 'NO_LIQUIDITY';
    if (taker.tif !== 'GTC') return `${taker.tif}_UNFILLED`;
    this.resting.push({
      id: taker.id,
      owner: taker.owner,
      side: taker.side,
      px: taker.px,
      leaves: left,
    });
    return 'RESTING';
  }

  cancel(id: number): boolean {
    const before = this.resting.length;
    this.resting = this.resting.filter((one) => one.id !== id);
    return this.resting.length < before;
  }

  replace(changed: Incoming): string {
    const one = this.resting.find(({ id }) => id === changed.id)!;
    if (one.px === changed.px && changed.qty <= one.leaves) {
      one.leaves = changed.qty;
      return 'RESTING';
    }
    const crosses = this.resting.some(
      ({ side, px }) => side !== changed.side && changed.side * (changed.px - px) >= 0,
    );
    if (changed.postOnly && crosses) return 'WOULD_TAKE';
    this.cancel(changed.id);
    return this.submit(changed);
  }

  side(side: Side): string {
    const levels = new Map<number, number>();
    for (const one of this.resting)
      if (one.side === side) levels.set(one.px, (levels.get(one.px) ?? 0) + one.leaves);
    return [...levels]
      .sort(([a], [b]) => side * (b - a))
      .map(([px, qty]) => `${px}:${qty}`)
      .join(' ');
  }
}

const side = fc.constantFrom<Side>(BUY, SELL);
const px = fc.integer({ min: 95, max: 105 });
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      owner: fc.constantFrom(0, 0, 1, 2),
      side,
      px: fc.oneof({ weight: 9, arbitrary: px }, { weight: 1, arbitrary: fc.constant(NaN) }),
      qty: fc.integer({ min: 1, max: 20 }),
      tif: fc.constantFrom('GTC' as const, 'GTC' as const, 'IOC' as const, 'FOK' as const),
      postOnly: fc.boolean(),
      stp: fc.constantFrom<SelfTradePrevention>(
        'NONE',
        'EXPIRE_TAKER',
        'EXPIRE_MAKER',
        'EXPIRE_BOTH',
        'DECREMENT',
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      pick: fc.nat(40),
      px,
      qty: fc.integer({ min: 1, max: 20 }),
      postOnly: fc.boolean(),
    }),
  },
);

test('whatever is sent, it does what a slow and plain book does, never crosses, and loses no quantity', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const { engine, tape } = engineWith();
      const oracle = new Oracle();
      actions.forEach((one, at) => {
        const id = at + 1;
        if (one.kind === 'submit') {
          const { kind: _, ...rest } = one;
          // A market order never rests and is never post-only.
          const market = Number.isNaN(one.px);
          const sent: Incoming = {
            ...rest,
            id,
            tif: market && one.tif === 'GTC' ? 'IOC' : one.tif,
            postOnly: !market && one.tif === 'GTC' && one.postOnly,
          };
          if (market && sent.tif === 'FOK') return;
          const before = tape.happened.length;
          const outcome = engine.submit(sent);
          expect(outcome).toBe(oracle.submit(sent));
          const taken = tape.happened
            .slice(before)
            .filter(({ kind }) => kind === 'traded' || sent.stp === 'DECREMENT');
          if (outcome === 'RESTING' || outcome.endsWith('UNFILLED') || outcome === 'FILLED')
            expect(taken.reduce((sum, { qty }) => sum + qty, 0) + engine.leaves).toBe(sent.qty);
        } else if (one.kind === 'cancel') {
          expect(engine.cancel(one.pick) !== undefined).toBe(oracle.cancel(one.pick));
        } else {
          const resting = engine.order(one.pick);
          if (resting === undefined) return;
          const changed = order(resting.id, resting.side, one.px, one.qty, {
            owner: resting.owner,
            postOnly: one.postOnly,
            stp: 'EXPIRE_MAKER',
          });
          expect(engine.replace(changed)).toBe(oracle.replace(changed));
        }
        expect(tape.happened).toEqual(oracle.happened);
        expect([sideText(engine, BUY), sideText(engine, SELL)]).toEqual([
          oracle.side(BUY),
          oracle.side(SELL),
        ]);
        expect(engine.orders).toBe(oracle.resting.length);
        expect(engine.px(BUY, 0) >= engine.px(SELL, 0)).toBe(false);
      });
    }),
    { numRuns: 300 },
  );
});
