import { describe, expect, test } from 'vitest';
import { instrument } from '../setup/instrument.ts';
import { Stage } from './stage.ts';

const TAKER = {
  strategies: {
    enabled: ['liquidity_taker'],
    liquidity_taker: {
      clip_qty: { BTCUSDT: '0.01' },
      slippage_bps: 0,
      threshold_ratio: 2,
      take_profit_bps: 3,
      stop_loss_bps: 3,
      hold_ms_max: 10_000,
    },
  },
};

const BOTH = {
  strategies: {
    enabled: ['market_maker', 'liquidity_taker'],
    market_maker: { mode: 'book', clip_qty: { BTCUSDT: '0.01' }, requote_interval_ms: 0 },
    liquidity_taker: TAKER.strategies.liquidity_taker,
  },
};

/** A maker with both its quotes accepted: mm-1 buys 10 at 100,000, mm-2 sells 10 at 100,003. */
function quoting(options = {}): Stage {
  const stage = new Stage(options);
  stage.book('100000x50', '100003x50').accept('mm-1', 'mm-2');
  stage.sent();
  return stage;
}

describe('the start', () => {
  const { recorder } = new Stage({ balances: [{ asset: 'USDT', free: '1000', locked: '0' }] });
  test('says what there is, then gives a snapshot of it', () => {
    expect(recorder.lines.map((line) => line.event)).toEqual([
      'instrument.defined',
      'strategy.started',
      'engine.state',
      'account.balance',
      'strategy.state',
      'engine.snapshot',
    ]);
    expect(recorder.lines.at(-1)).toMatchObject({
      instruments: [
        {
          venue: 'test',
          symbol: 'BTCUSDT',
          base: 'BTC',
          tick_size: '0.01',
          min_qty: '0.001',
          multiplier: '1',
        },
      ],
      strategies: [
        {
          strategy: 'market_maker',
          capital: '100000',
          capital_ccy: 'USDT',
          cash: '0',
          equity_peak: '100000',
          max_drawdown: 0,
        },
      ],
      balances: [{ venue: 'test', asset: 'USDT', free: '1000', locked: '0' }],
    });
  });
});

describe('quotes', () => {
  test('go out at the first book, and each line says what caused it', () => {
    const stage = new Stage().book('100000x50', '100003x50');
    expect(stage.sent()).toEqual(['NEW mm-1 BUY 10@100000', 'NEW mm-2 SELL 10@100003']);
    const [bid] = stage.lines('order.submitted');
    expect(bid).toMatchObject({
      cause: stage.last('md.book').seq,
      strategy: 'market_maker',
      cl_ord_id: 'mm-1',
      side: 'BUY',
      post_only: true,
      px: '1000.00',
      qty: '0.010',
      ord_status: 'PENDING_NEW',
      leaves_qty: '0.010',
      intent: 'QUOTE',
      ref_bid: '1000.00',
      ref_ask: '1000.03',
    });
    for (const field of ['tick_to_trade_ns', 'decision_ns', 'risk_ns'])
      expect(bid![field]).toBeGreaterThan(0);
    stage.pass(3).accept('mm-1');
    expect(stage.last('order.accepted')).toMatchObject({
      cause: bid!.seq,
      ord_status: 'NEW',
      ack_ns: 3e6,
      order_id: 'v-mm-1',
    });
  });

  test('move by a cancel and, once that is confirmed, a new order', () => {
    const stage = quoting().book('100001x50', '100004x50');
    expect(stage.sent()).toEqual(['CANCEL mm-1', 'CANCEL mm-2']);
    stage.book('100002x50', '100005x50');
    expect(stage.sent()).toEqual([]);
    stage.cancel('mm-1');
    expect(stage.sent()).toEqual(['NEW mm-3 BUY 10@100002']);
    const canceled = stage.last('order.canceled');
    expect(canceled['cause']).toBe(stage.lines('order.cancel_requested')[0]!.seq);
    expect(stage.last('order.submitted')['cause']).toBe(canceled.seq);
  });

  test('are made up after a part fill that leaves too little', () => {
    const stage = quoting().fill('mm-1', 6);
    expect(stage.sent()).toEqual(['CANCEL mm-1']);
    stage.cancel('mm-1');
    expect(stage.sent()).toEqual(['NEW mm-3 BUY 10@100000']);
  });

  test('that the venue refuses are not sent again at once at the same price', () => {
    const stage = new Stage().book('100000x50', '100003x50').accept('mm-2');
    stage.sent();
    stage.report({
      kind: 'REJECTED',
      clOrdId: 'mm-1',
      instrument: 0,
      code: '-2010',
      text: 'would match',
    });
    expect(stage.last('order.rejected')).toMatchObject({
      code: '-2010',
      text: 'would match',
      ord_status: 'REJECTED',
    });
    stage.book('100000x51', '100003x50');
    expect(stage.sent()).toEqual([]);
    stage.pass(1000).book('100000x50', '100003x50');
    expect(stage.sent()).toEqual(['NEW mm-3 BUY 10@100000']);
  });

  test('in mode READ_ONLY never go out', () => {
    const stage = new Stage({ mode: 'READ_ONLY' }).book('100000x50', '100003x50').pass(5000);
    expect(stage.sent()).toEqual([]);
    expect(stage.last('strategy.state')).toMatchObject({
      state: 'WATCHING',
      target_bid: '1000.00',
    });
    stage.trader.kill('TEST', 'me', stage.tNs);
    expect(stage.sent()).toEqual([]);
  });
});

describe('market data', () => {
  test('logs a changing book once in an interval, and its last change when the interval is over', () => {
    const stage = new Stage();
    for (let n = 0; n < 10; n += 1) stage.book(`100000x${50 + n}`, '100003x50').pass(5);
    expect(stage.lines('md.book')).toHaveLength(1);
    stage.pass(100);
    expect(stage.lines('md.book').map((line) => (line['bids'] as string[][])[0])).toEqual([
      ['1000.00', '0.050'],
      ['1000.00', '0.059'],
    ]);
    expect(stage.last('md.book')['t_ns']).toBe(100e6);
    stage.pass(5000).book('100000x59', '100003x50');
    expect(stage.lines('md.book')).toHaveLength(2);
  });

  test('lays faster best prices over the book until the book has caught up', () => {
    const stage = new Stage();
    const top = {
      kind: 'TOP',
      instrument: 0,
      bidPx: 100001,
      bidQty: 7,
      askPx: 100003,
      askQty: 2,
      updateId: 12,
    } as const;
    const bids = (): unknown => stage.pass(100).last('md.book')['bids'];
    stage.book('100000x50 99999x1', '100002x9 100003x50').input(top);
    expect(bids()).toEqual([
      ['1000.01', '0.007'],
      ['1000.00', '0.050'],
      ['999.99', '0.001'],
    ]);
    expect(stage.last('md.book')['asks']).toEqual([['1000.03', '0.002']]);
  });

  test.each([
    ['a gap', (stage: Stage) => stage.gap(), 'GAP', 'md.gap'],
    [
      'a crossed book',
      (stage: Stage) => stage.book('100003x1', '100003x1'),
      'CROSSED',
      'md.crossed',
    ],
    ['a book with one side', (stage: Stage) => stage.book('100000x1', ''), 'ONE_SIDED', 'md.book'],
    ['silence', (stage: Stage) => stage.pass(60_000), 'STALE', 'md.stale'],
  ])('%s cancels the quotes and pauses the strategy', (_what, happens, reason, event) => {
    const stage = quoting();
    happens(stage);
    expect(stage.sent()).toEqual(['CANCEL mm-1', 'CANCEL mm-2']);
    expect(stage.last('order.cancel_requested')['reason']).toBe(reason);
    expect(
      stage
        .lines('strategy.state')
        .filter((line) => line['state'] === 'PAUSED')
        .at(-1)!['reason'],
    ).toBe(reason);
    expect(stage.lines(event).length).toBeGreaterThan(0);
  });

  test('after a gap nothing is quoted until the book is whole again', () => {
    const stage = quoting().gap().cancel('mm-1', 'mm-2');
    stage.sent();
    stage.book('100000x50', '100003x50');
    expect(stage.sent()).toEqual([]);
    stage.resync();
    expect(stage.sent()).toEqual([]);
    stage.book('100000x50', '100003x50');
    expect(stage.sent()).toEqual(['NEW mm-3 BUY 10@100000', 'NEW mm-4 SELL 10@100003']);
    expect(stage.last('strategy.state')).toMatchObject({ state: 'QUOTING' });
  });

  test('data after silence is fresh, and quotes come back', () => {
    const stage = quoting().pass(60_000).cancel('mm-1', 'mm-2');
    expect(stage.last('md.stale')['age_ms']).toBe(60_000);
    stage.sent();
    stage.book('100000x51', '100003x50');
    expect(stage.lines('md.fresh')).toHaveLength(1);
    expect(stage.sent()).toHaveLength(2);
  });
});

describe('fills', () => {
  test('move the position, each claim caused by its fill', () => {
    const stage = quoting().fill('mm-1', 4, { fee: '0.02' });
    expect(stage.last('order.filled')).toMatchObject({
      cause: stage.lines('order.submitted')[0]!.seq,
      ord_status: 'PARTIALLY_FILLED',
      cum_qty: '0.004',
      leaves_qty: '0.006',
      last_px: '1000.00',
      last_qty: '0.004',
      last_liquidity: 'MAKER',
      fee: '0.02',
    });
    expect(stage.last('position.updated')).toMatchObject({
      cause: stage.last('order.filled').seq,
      qty: '0.004',
      avg_px: '1000',
      realized_pnl: '0',
      fees: '0.02',
    });
  });

  test('reported twice count once', () => {
    const stage = quoting();
    stage.fill('mm-1', 4, { execId: 'x' }).fill('mm-1', 4, { execId: 'x' });
    expect(stage.lines('order.filled')).toHaveLength(1);
    expect(stage.last('position.updated')['qty']).toBe('0.004');
  });

  test('after the cancel are late and count', () => {
    const stage = quoting().gap().cancel('mm-1').fill('mm-1', 10);
    expect(stage.last('order.filled')).toMatchObject({
      late: true,
      ord_status: 'FILLED',
      cum_qty: '0.010',
    });
    expect(stage.last('position.updated')['qty']).toBe('0.01');
  });

  test('before the acceptance count, and the acceptance is still told', () => {
    const stage = new Stage().book('100000x50', '100003x50').fill('mm-1', 10).accept('mm-1');
    expect(stage.last('order.accepted')['ord_status']).toBe('FILLED');
  });
});

describe('an order without an answer', () => {
  const unanswered = (): Stage => {
    const stage = new Stage().book('100000x50', '100003x50').accept('mm-2');
    stage.sent();
    return stage.pass(1000);
  };
  const status = { kind: 'STATUS', clOrdId: 'mm-1', instrument: 0 } as const;

  test('is unknown after the time, still open, left alone, and asked about until there is an answer', () => {
    const stage = unanswered();
    expect(stage.last('order.unknown')).toMatchObject({
      cl_ord_id: 'mm-1',
      ord_status: 'UNKNOWN',
      why: 'no answer to NEW',
    });
    expect(stage.sent()).toEqual(['QUERY mm-1']);
    stage.book('100020x50', '100023x50');
    expect(stage.sent()).toEqual(['CANCEL mm-2']);
    expect(stage.trader.openOrders).toBe(2);
    stage.pass(1000);
    expect(stage.sent()).toContain('QUERY mm-1');
    expect(
      stage.lines('order.unknown').filter((line) => line['cl_ord_id'] === 'mm-1'),
    ).toHaveLength(1);
  });

  test('that is found alive is resolved and goes on', () => {
    const stage = unanswered().report({ ...status, found: true, ordStatus: 'NEW', orderId: '9' });
    expect(stage.last('order.resolved')).toMatchObject({
      ord_status: 'NEW',
      by: 'QUERY',
      order_id: '9',
    });
    expect(stage.last('recon.diff')).toMatchObject({
      kind: 'ORDER',
      ours: 'UNKNOWN',
      theirs: 'NEW',
    });
    expect(stage.last('recon.completed')).toMatchObject({ venue: 'test', diffs: 1 });
  });

  test('that was never there is rejected, and quoted again', () => {
    const stage = unanswered();
    stage.sent();
    stage.report({ ...status, found: false });
    expect(stage.last('order.rejected')['code']).toBe('NOT_FOUND');
    expect(stage.last('order.resolved')['ord_status']).toBe('REJECTED');
    expect(stage.sent()).toEqual(['NEW mm-3 BUY 10@100000']);
  });

  test('that has filled brings the fills that were missed, each once', () => {
    const stage = unanswered();
    const fills = [stage.exec('mm-1', 4), stage.exec('mm-1', 6)];
    stage.report({ ...status, found: true, ordStatus: 'FILLED', orderId: '9', fills });
    expect(stage.lines('order.filled')).toHaveLength(2);
    stage.fill('mm-1', 6, fills[1]);
    expect(stage.lines('order.filled')).toHaveLength(2);
    expect(stage.last('position.updated')['qty']).toBe('0.01');
  });

  test('that turns out alive after it was taken for absent is canceled', () => {
    const stage = unanswered().report({ ...status, found: false });
    stage.sent();
    stage.accept('mm-1');
    expect(stage.sent()).toEqual(['CANCEL mm-1']);
  });

  test('a late acknowledgement resolves as well', () => {
    const stage = unanswered().accept('mm-1');
    expect(stage.last('order.resolved')).toMatchObject({ by: 'REPORT', ord_status: 'NEW' });
  });

  test('nor to a cancel is asked about, and canceled again when it is alive', () => {
    const stage = quoting().book('100020x50', '100023x50');
    stage.sent();
    stage.pass(1000);
    expect(stage.sent()).toEqual(['QUERY mm-1', 'QUERY mm-2']);
    stage.report({ ...status, found: true, ordStatus: 'NEW', orderId: '9' });
    expect(stage.sent()).toEqual(['CANCEL mm-1']);
  });
});

describe('the way to the venue', () => {
  test('when it is down quotes pause, and when it is back every open order is asked about', () => {
    const stage = quoting().report({ kind: 'DISCONNECTED', channel: 'ORDER', reason: 'reset' });
    expect(stage.last('strategy.state')).toMatchObject({ state: 'PAUSED', reason: 'DISCONNECTED' });
    stage.sent();
    stage.report({ kind: 'CONNECTED', channel: 'ORDER' });
    expect(stage.sent()).toEqual(['QUERY mm-1', 'QUERY mm-2']);
  });
});

describe('the liquidity taker', () => {
  const entered = (options = {}): Stage => {
    const stage = new Stage({ ...TAKER, ...options })
      .book('100000x5', '100001x5')
      .trade('BUY', 10, 100001);
    return stage;
  };
  test('takes after a signal, which is logged and is the cause', () => {
    const stage = entered();
    expect(stage.sent()).toEqual(['NEW lt-1 BUY 10@100001 LIMIT IOC']);
    expect(stage.last('strategy.signal')).toMatchObject({
      cause: stage.last('md.trade').seq,
      name: 'aggressive_ratio',
      value: 2,
      threshold: 2,
      side: 'BUY',
    });
    expect(stage.last('order.submitted')).toMatchObject({
      intent: 'TAKE',
      cause: stage.last('strategy.signal').seq,
    });
  });

  test('leaves at its gain, again and again until it is out', () => {
    const stage = entered().accept('lt-1').fill('lt-1', 10);
    stage.sent();
    stage.book('100040x5', '100041x5');
    expect(stage.sent()).toEqual(['NEW lt-2 SELL 10@100040 LIMIT IOC']);
    stage.accept('lt-2').fill('lt-2', 5);
    stage.report({
      kind: 'EXPIRED',
      clOrdId: 'lt-2',
      instrument: 0,
      reason: 'UNFILLED_IOC_QUANTITY_EXPIRED',
    });
    expect(stage.sent()).toEqual(['NEW lt-3 SELL 5@100040 LIMIT IOC']);
  });

  test('has our own quotes taken out of its way first', () => {
    const stage = quoting(BOTH).trade('BUY', 100, 100003);
    expect(stage.sent()).toEqual(['CANCEL mm-2']);
    stage.cancel('mm-2');
    expect(stage.sent()).toEqual(['NEW lt-1 BUY 10@100003 LIMIT IOC']);
    expect(stage.lines('order.denied')).toHaveLength(0);
  });

  test('gives up when they do not go in time', () => {
    const stage = quoting(BOTH).trade('BUY', 100, 100003).pass(101);
    stage.sent();
    stage.cancel('mm-2');
    expect(stage.sent()).toEqual(['NEW mm-3 SELL 10@100003']);
  });
});

describe('risk', () => {
  test('a denied order is logged, never sent, and not tried again at once', () => {
    const stage = new Stage({ risk: { max_order_notional: '9' } }).book('100000x50', '100003x50');
    expect(stage.sent()).toEqual([]);
    expect(stage.lines('order.denied')[0]).toMatchObject({
      deny_code: 'MAX_ORDER_NOTIONAL',
      limit: 9,
      ord_status: 'DENIED',
      leaves_qty: '0.000',
      cause: stage.last('risk.breach').seq,
    });
    for (let n = 0; n < 50; n += 1) stage.book(`100000x${n + 1}`, '100003x50').pass(10);
    expect(stage.lines('order.denied')).toHaveLength(2);
    expect(stage.lines('risk.breach')).toHaveLength(1);
  });

  test('in LIVE_LIMITED what may be at stake is the part of it that is set', () => {
    const limits = (mode: 'LIVE' | 'LIVE_LIMITED'): Record<string, unknown> => {
      const stage = quoting({ mode, risk: { live_limited_factor: 0.2 } }).pass(5000);
      return Object.fromEntries(
        stage.lines('risk.limit').map(({ name, limit }) => [name as string, limit]),
      );
    };
    const full = limits('LIVE');
    const times = (name: string): number => (full[name] as number) * 0.2;
    expect(limits('LIVE_LIMITED')).toEqual({
      ...full,
      MAX_ORDER_NOTIONAL: times('MAX_ORDER_NOTIONAL'),
      MAX_POSITION: times('MAX_POSITION'),
      MAX_DAILY_LOSS: times('MAX_DAILY_LOSS'),
      MAX_DRAWDOWN: expect.closeTo(times('MAX_DRAWDOWN'), 12) as number,
    });
  });

  test('every limit that has a distance is reported for each strategy every five seconds', () => {
    const stage = quoting().pass(5000);
    expect(
      stage
        .lines('risk.limit')
        .map((line) => line['name'])
        .sort(),
    ).toEqual([
      'CANCEL_RATE',
      'MAX_DAILY_LOSS',
      'MAX_DRAWDOWN',
      'MAX_OPEN_ORDERS',
      'MAX_ORDER_NOTIONAL',
      'MAX_POSITION',
      'ORDER_RATE',
      'PRICE_BAND',
      'STALE_MD',
    ]);
    expect(
      stage.lines('risk.limit').find((line) => line['name'] === 'MAX_OPEN_ORDERS'),
    ).toMatchObject({ limit: 20, value: 2 });
  });

  /** Long 10 lots at 1000.00, all else canceled; the price then falls by `ticks`. */
  const losing = (ticks: number, risk: object): Stage => {
    const stage = quoting({ risk: { max_daily_loss: '1', ...risk } });
    stage.fill('mm-1', 10);
    stage.sent();
    return stage.pass(200).book(`${100000 - ticks}x50`, `${100003 - ticks}x50`);
  };

  test('a loss at its limit lets only the reducing side be quoted', () => {
    const stage = losing(12_000, {});
    expect(stage.last('risk.breach')).toMatchObject({
      name: 'MAX_DAILY_LOSS',
      action: 'REDUCE',
      limit: 1,
    });
    expect(stage.last('engine.state')).toMatchObject({
      from: 'ACTIVE',
      to: 'REDUCING',
      reason: 'MAX_DAILY_LOSS',
    });
    stage.cancel('mm-2', 'mm-3');
    expect(stage.sent().filter((one) => one.startsWith('NEW'))).toEqual(['NEW mm-4 SELL 10@88003']);
  });

  test('a quote larger than the position shrinks by a replace, which keeps its place in the queue', () => {
    const market_maker = {
      mode: 'book',
      clip_qty: { BTCUSDT: '0.01' },
      requote_ticks: 99_999,
      requote_qty_ratio: 0,
    };
    const stage = quoting({ strategies: { market_maker }, risk: { max_daily_loss: '1' } });
    stage.fill('mm-1', 4).pass(200).book('70000x50', '70003x50');
    expect(stage.sent()).toEqual(['CANCEL mm-1', 'REPLACE mm-2 4@100003']);
    stage.report({ kind: 'REPLACED', clOrdId: 'mm-2', instrument: 0, px: 100003, qty: 4 });
    expect(stage.last('order.replaced')).toMatchObject({
      old_qty: '0.010',
      qty: '0.004',
      ord_status: 'NEW',
    });
  });

  test('with flatten the position is closed at market', () => {
    const stage = losing(12_000, { flatten: true });
    expect(stage.last('risk.breach')['action']).toBe('FLATTEN');
    stage.cancel('mm-2', 'mm-3');
    expect(stage.sent().filter((one) => one.includes('MARKET'))).toEqual([
      'NEW mm-4 SELL 10@NaN MARKET IOC',
    ]);
    expect(stage.last('order.submitted')).toMatchObject({ intent: 'FLATTEN', ord_type: 'MARKET' });
  });

  test('a loss beyond it by the halt factor halts and cancels everything', () => {
    const stage = losing(16_000, {});
    expect(stage.last('engine.state')).toMatchObject({ to: 'HALTED', reason: 'MAX_DAILY_LOSS' });
    expect(stage.sent()).toContain('CANCEL_ALL');
    stage.cancel('mm-2', 'mm-3').book('84000x51', '84003x50');
    expect(stage.sent()).toEqual([]);
    expect(stage.trader.quiescent).toBe(true);
  });

  test('only a person makes it active again, and losses count from there', () => {
    const stage = losing(16_000, {}).cancel('mm-2', 'mm-3');
    stage.sent();
    stage.trader.rearm('anna', stage.tNs);
    expect(stage.last('risk.rearmed')['by']).toBe('anna');
    expect(stage.last('engine.state')).toMatchObject({ from: 'HALTED', to: 'ACTIVE' });
    expect(stage.sent().length).toBe(2);
    stage.pass(200).book('84001x50', '84004x50');
    expect(stage.last('engine.state')['to']).toBe('ACTIVE');
  });
});

describe('the kill switch', () => {
  test('latches, cancels everything, and says when all is canceled', () => {
    const stage = quoting();
    const before = stage.recorder.seq;
    stage.trader.kill('SIGNAL', 'SIGUSR2', stage.tNs);
    expect(stage.eventsAfter(before)).toEqual([
      'risk.kill',
      'engine.state',
      'order.cancel_requested',
      'order.cancel_requested',
    ]);
    expect(stage.sent()).toEqual(['CANCEL_ALL']);
    stage.cancel('mm-1');
    expect(stage.last('engine.state')['reason']).toBe('KILL');
    stage.cancel('mm-2');
    expect(stage.last('engine.state')).toMatchObject({
      from: 'HALTED',
      to: 'HALTED',
      reason: 'ALL_CANCELED',
    });
    stage.book('100000x51', '100003x50').pass(10_000);
    expect(stage.sent()).toEqual([]);
  });

  test('asks about what does not answer, and cancels it again when it is alive', () => {
    const stage = quoting();
    stage.trader.kill('SIGNAL', 'SIGUSR2', stage.tNs);
    stage.cancel('mm-2').pass(1000);
    expect(stage.sent()).toEqual(['CANCEL_ALL', 'QUERY mm-1']);
    stage.report({
      kind: 'STATUS',
      clOrdId: 'mm-1',
      instrument: 0,
      found: true,
      ordStatus: 'NEW',
      orderId: '9',
    });
    expect(stage.sent()).toEqual(['CANCEL mm-1']);
    expect(stage.last('engine.state')['reason']).toBe('KILL');
    stage.cancel('mm-1');
    expect(stage.last('engine.state')['reason']).toBe('ALL_CANCELED');
  });
});

describe('the stop', () => {
  test('ends the strategies, cancels everything and is quiet once all has ended', () => {
    const stage = quoting();
    stage.trader.stop('DURATION', stage.tNs);
    expect(stage.sent()).toEqual(['CANCEL_ALL']);
    expect(stage.lines('strategy.stopped')).toHaveLength(1);
    expect(stage.last('strategy.state')).toMatchObject({ state: 'STOPPED', reason: 'DURATION' });
    expect(stage.trader.quiescent).toBe(false);
    stage.cancel('mm-1', 'mm-2').book('100000x51', '100003x50');
    expect(stage.trader.quiescent).toBe(true);
    expect(stage.sent()).toEqual([]);
  });
});

describe('after an exception', () => {
  test('the venue is asked to cancel everything, each order says so, and nothing more is sent', () => {
    const stage = quoting();
    stage.trader.abort('EXCEPTION', 7);
    expect(stage.sent()).toEqual(['CANCEL_ALL']);
    const halted = stage.last('engine.state');
    expect(halted).toMatchObject({
      from: 'ACTIVE',
      to: 'HALTED',
      reason: 'EXCEPTION',
      cause: 7,
    });
    expect(
      stage.lines('order.cancel_requested').map((line) => [line['cl_ord_id'], line['cause']]),
    ).toEqual([
      ['mm-1', halted.seq],
      ['mm-2', halted.seq],
    ]);
    stage.book('100001x50', '100003x50').pass(900);
    expect(stage.sent()).toEqual([]);
  });
});

describe('the state of a strategy on two instruments', () => {
  const stage = new Stage({
    instruments: [instrument(), instrument({ index: 1, symbol: 'ETHUSDT', base: 'ETH' })],
    risk: { stale_md_ms: 3_000 },
  });
  const latest = (): unknown[] => {
    const { symbol, state, reason } = stage.last('strategy.state');
    return [symbol, state, reason];
  };

  test('is that of the whole, whichever instrument the line is about', () => {
    expect(latest()).toEqual(['ETHUSDT', 'PAUSED', 'NO_BOOK']);
    stage.book('100000x50', '100003x50');
    expect(latest()).toEqual(['BTCUSDT', 'QUOTING', undefined]);
    stage.pass(2_900).book('100000x51', '100003x50').pass(2_200);
    expect(latest()).toEqual(['ETHUSDT', 'QUOTING', 'NO_BOOK']);
    stage.pass(1_000);
    expect(latest()).toEqual(['BTCUSDT', 'PAUSED', 'STALE']);
  });

  test('is STOPPED on all once it stops', () => {
    stage.trader.stop('DURATION', stage.tNs);
    expect(
      stage
        .lines('strategy.state')
        .slice(-2)
        .map(({ state }) => state),
    ).toEqual(['STOPPED', 'STOPPED']);
  });
});

describe('balances', () => {
  const opening = [
    { asset: 'USDT', free: '1000', locked: '0' },
    { asset: 'BTC', free: '1', locked: '0' },
  ];
  const told = (stage: Stage, usdt: string, btc: string): Stage =>
    stage.report({
      kind: 'BALANCES',
      balances: [
        { asset: 'USDT', free: usdt, locked: '0' },
        { asset: 'BTC', free: btc, locked: '0' },
      ],
    });

  test('that are what the fills make of the opening ones are no drift', () => {
    const stage = quoting({ balances: opening }).fill('mm-1', 10);
    told(stage, '989.99', '1.01').pass(3000);
    told(stage, '989.99', '1.01');
    expect(stage.lines('account.drift')).toHaveLength(0);
  });

  test('that differ for longer than reports may take are drift, said once', () => {
    const stage = quoting({ balances: opening });
    told(stage, '990', '1').pass(1000);
    told(stage, '990', '1');
    expect(stage.lines('account.drift')).toHaveLength(0);
    stage.sent();
    stage.pass(1000);
    expect(stage.sent()).toContain('QUERY_BALANCES');
    told(stage, '990', '1');
    told(stage, '990', '1');
    expect(stage.lines('account.drift')).toHaveLength(1);
    expect(stage.last('account.drift')).toMatchObject({
      asset: 'USDT',
      ledger: '1000',
      venue: '990',
      diff: '-10',
    });
  });
});

describe('a snapshot', () => {
  test('comes every minute, with the orders and every position there ever was', () => {
    const stage = quoting().fill('mm-1', 10).fill('mm-2', 10).pass(60_000);
    const snapshot = stage.last('engine.snapshot');
    expect(snapshot['positions']).toEqual([
      {
        strategy: 'market_maker',
        venue: 'test',
        symbol: 'BTCUSDT',
        qty: '0',
        realized_pnl: '0.0003',
        fees: '0.02',
      },
    ]);
    expect((snapshot['orders'] as { cl_ord_id: string }[]).map((one) => one.cl_ord_id)).toEqual([
      'mm-3',
      'mm-4',
    ]);
  });

  test('of many things comes in parts, none of them near the length of a line', () => {
    const instruments = Array.from({ length: 400 }, (_, index) =>
      instrument({ index, symbol: `S${index}`, base: `B${index}` }),
    );
    const { recorder } = new Stage({ instruments });
    const parts = recorder.lines.filter((line) => line.event === 'engine.snapshot');
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((line) => [line['part'], line['parts']])).toEqual(
      parts.map((_, n) => [n + 1, parts.length]),
    );
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(40_000);
    expect(parts.flatMap((line) => line['instruments'] ?? [])).toHaveLength(400);
  });
});

test('a size that is no whole number of lots is refused: which field, what it got, what it wants', () => {
  const strategies = { market_maker: { mode: 'book', clip_qty: { BTCUSDT: '0.0105' } } };
  expect(() => new Stage({ strategies })).toThrow(
    'strategies.market_maker.clip_qty.BTCUSDT: got 0.0105, wants a multiple of 0.001',
  );
});
