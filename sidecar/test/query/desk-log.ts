/** A minute of trading by hand: small enough that every answer about it is known. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogScript, RUNS } from '../../../test/oracle/log-script.ts';
import { logFolder } from '../follow/log-folder.ts';

const MARKET = { venue: 'sim', symbol: 'BTCUSDT' };

/**
 * | ms | what |
 * |---|---|
 * | 0 | book 99 / 101; `mm` quotes a-1: buy 2 at 99 |
 * | 2 | accepted |
 * | 502 | 1 filled at 99 as maker, twice in the log |
 * | 602 | `lt` takes a-2: buy 1 at 101; accepted and filled at 606, fee in BTC |
 * | 1,106 | trade 5 at 99; book 101 / 103 |
 * | 1,206 | a-3 denied by MAX_POSITION, a breach; a-4 rejected |
 * | 2,002 | a-1 canceled |
 * | 3,002 | book 100 / 103 |
 */
export function deskScript(run: string = RUNS[0]): LogScript {
  const script = new LogScript('engine-1', run);
  const book = (bid: string, ask: string): LogScript =>
    script.add({
      event: 'md.book',
      ...MARKET,
      fields: {
        bids: [
          [bid, '4'],
          ['98', '9'],
        ],
        asks: [[ask, '5']],
      },
    });
  const order = (event: string, strategy: string, id: string, fields: object): number => {
    const seq = script.nextSeq;
    script.add({
      event: `order.${event}`,
      ...MARKET,
      strategy,
      fields: {
        cl_ord_id: id,
        side: 'BUY',
        ord_type: 'LIMIT',
        tif: 'GTC',
        post_only: false,
        ...fields,
      },
    });
    return seq;
  };
  const position = (strategy: string, cause: number, fees: string): void => {
    script.add({
      event: 'position.updated',
      ...MARKET,
      strategy,
      fields: { cause, qty: '1', avg_px: '99', realized_pnl: '0', fees },
    });
  };
  const ref = { ref_bid: '99', ref_ask: '101' };
  script.add({ event: 'log.segment', fields: { n: 1, first_seq: 1 } }).add({
    event: 'instrument.defined',
    ...MARKET,
    fields: { base: 'BTC', quote: 'USDT', tick_size: '1', lot_size: '0.001', multiplier: '1' },
  });
  script.add({
    event: 'strategy.state',
    ...MARKET,
    strategy: 'mm',
    fields: { state: 'QUOTING', position: '0' },
  });
  const cause = script.nextSeq;
  book('99', '101');
  const a1 = { px: '99', qty: '2' };
  const submitted = order('submitted', 'mm', 'a-1', {
    cause,
    ...a1,
    ord_status: 'PENDING_NEW',
    cum_qty: '0',
    leaves_qty: '2',
    intent: 'QUOTE',
    ...ref,
    tick_to_trade_ns: 30_000,
    decision_ns: 2_000,
    risk_ns: 1_000,
  });
  script.wait(2);
  const open = { ...a1, order_id: 'v-1', ord_status: 'NEW', cum_qty: '0', leaves_qty: '2' };
  order('accepted', 'mm', 'a-1', { cause: submitted, ...open, ack_ns: 2_000_000 });
  script.wait(500);
  const partly = { ...open, ord_status: 'PARTIALLY_FILLED', cum_qty: '1', leaves_qty: '1' };
  const fill = {
    cause: submitted,
    ...partly,
    exec_id: 'x-1',
    last_px: '99',
    last_qty: '1',
    last_liquidity: 'MAKER',
    fee: '0.01',
    fee_ccy: 'USDT',
    fill_ns: 502_000_000,
  };
  position('mm', order('filled', 'mm', 'a-1', fill), '0.01');
  order('filled', 'mm', 'a-1', fill);
  script.wait(100);
  const a2 = { px: '101', qty: '1', tif: 'IOC' };
  const taken = order('submitted', 'lt', 'a-2', {
    ...a2,
    ord_status: 'PENDING_NEW',
    cum_qty: '0',
    leaves_qty: '1',
    intent: 'TAKE',
    ...ref,
  });
  script.wait(4);
  const a2Open = { ...a2, order_id: 'v-2', ord_status: 'NEW', cum_qty: '0', leaves_qty: '1' };
  order('accepted', 'lt', 'a-2', { cause: taken, ...a2Open, ack_ns: 4_000_000 });
  const a2Fill = order('filled', 'lt', 'a-2', {
    cause: taken,
    ...a2Open,
    ord_status: 'FILLED',
    cum_qty: '1',
    leaves_qty: '0',
    exec_id: 'x-2',
    last_px: '101',
    last_qty: '1',
    last_liquidity: 'TAKER',
    fee: '0.001',
    fee_ccy: 'BTC',
  });
  position('lt', a2Fill, '0.101');
  script.wait(500);
  script.add({
    event: 'md.trade',
    ...MARKET,
    fields: { trade_id: 't-1', px: '99', qty: '3', aggressor_side: 'SELL' },
  });
  const moved = script.nextSeq;
  book('101', '103');
  script.wait(100);
  const a3 = { px: '101', qty: '9', ord_status: 'DENIED', cum_qty: '0', leaves_qty: '0' };
  const denied = order('denied', 'lt', 'a-3', {
    ...a3,
    deny_code: 'MAX_POSITION',
    limit: '5',
    value: '10',
  });
  script.add({
    event: 'risk.breach',
    strategy: 'lt',
    fields: { cause: denied, name: 'MAX_POSITION', value: '10', limit: '5', action: 'DENY' },
  });
  const a4 = { px: '103', qty: '1', cum_qty: '0' };
  order('submitted', 'mm', 'a-4', {
    ...a4,
    ord_status: 'PENDING_NEW',
    leaves_qty: '1',
    intent: 'QUOTE',
    ...ref,
  });
  order('rejected', 'mm', 'a-4', {
    ...a4,
    ord_status: 'REJECTED',
    leaves_qty: '0',
    code: '-2010',
    text: 'Would \u001b[2Jtake.',
  });
  script.wait(796);
  order('canceled', 'mm', 'a-1', {
    cause: moved,
    ...partly,
    ord_status: 'CANCELED',
    leaves_qty: '0',
  });
  script.wait(1000);
  book('100', '103');
  return script;
}

/** @returns the glob of a folder with the lines as a segment's file */
export function logsOf(...scripts: readonly LogScript[]): string {
  const folder = logFolder();
  for (const script of scripts) {
    const { name, bytes } = script.file();
    writeFileSync(join(folder, name), bytes);
  }
  return join(folder, '*.jsonl');
}
