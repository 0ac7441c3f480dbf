/** Section by section, what a line may look like and what it does; the numbers are the oracle's business. */
import { describe, expect, test } from 'vitest';
import { LogScript, RUNS } from '../../../test/oracle/log-script.ts';
import { Replica } from '../../src/fold/replica.ts';
import { collectSamples } from '../../src/metrics/samples.ts';
import { metricsText } from '../../src/metrics/registry.ts';

const FOLLOWER = { files: 1, lagBytes: 0, rotations: 0, truncations: 0, errors: 0 };
const MARKET = { venue: 'sim', symbol: 'BTCUSDT' };
const KEY = { ...MARKET, strategy: 'mm' };
const ORDER = {
  cl_ord_id: 'a-1',
  side: 'BUY',
  ord_type: 'LIMIT',
  tif: 'GTC',
  post_only: true,
  px: '100',
  qty: '2',
};
const INSTRUMENT = {
  base: 'BTC',
  quote: 'USDT',
  tick_size: '0.01',
  lot_size: '0.001',
  multiplier: '1',
};

function fed(lines: readonly (string | Buffer)[], replica = new Replica()): Replica {
  for (const line of lines) {
    const bytes = Buffer.from(line as string);
    replica.line(bytes, 0, bytes.length, undefined);
  }
  return replica;
}

/** The value of a series, its labels in the catalogue's order. */
function value(replica: Replica, name: string, ...labels: readonly string[]): unknown {
  const list = collectSamples(replica.state, FOLLOWER).get(name) ?? [];
  return list.find((sample) => sample.labels.join() === labels.join())?.value;
}

const started = (): LogScript =>
  new LogScript()
    .add({ event: 'log.segment', fields: { n: 1, first_seq: 1 } })
    .add({ event: 'instrument.defined', ...MARKET, fields: INSTRUMENT })
    .add({
      event: 'strategy.started',
      strategy: 'mm',
      fields: { capital: '1000', capital_ccy: 'USDT' },
    });

const line = (over: object): string =>
  JSON.stringify({ ...(JSON.parse(started().lines[0]!) as object), ...over });

describe('a line is refused', () => {
  const invalid = (text: string | Buffer): string[] =>
    Object.entries(fed([text]).state.invalidLines).flatMap(([reason, count]) =>
      count > 0 ? [reason] : [],
    );

  test.each([
    ['blank', '', 'json'],
    ['not JSON', '{"level":', 'json'],
    ['not an object', '[1]', 'json'],
    ['null', 'null', 'json'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'utf8'],
    ['of another version', '{"v":2}', 'version'],
    ['of a version that is no integer', line({ v: 1.5 }), 'schema'],
    ['without a version', line({ v: undefined }), 'schema'],
    ['with seq 0', line({ seq: 0 }), 'schema'],
    ['with a run that is no ULID', line({ run: 'run-1' }), 'schema'],
    ['with an engine of other letters', line({ engine: 'a b' }), 'schema'],
    ['of a day that does not exist', line({ time: '2026-02-30T00:00:00.000000000Z' }), 'schema'],
    ['of an engine time after 2199', line({ ts: '2200-01-01T00:00:00.000000000Z' }), 'schema'],
    ['with null for a field that is used', line({ n: null }), 'schema'],
    ['with a number too large for one', line({}).replace('"n":1', '"n":1e400'), 'schema'],
  ])('%s', (_, text, reason) => {
    expect(invalid(text)).toEqual([reason]);
  });

  test('but not where only a field is wrong that no number uses', () => {
    expect(
      invalid(line({ first: null, msg: 'x', event: 'engine.heartbeat', loop_p50_ns: 'fast' })),
    ).toEqual([]);
  });

  test('with its sequence left missing, unless a good line brings it', () => {
    const { lines } = started();
    const replica = fed([
      lines[0]!,
      lines[1]!.replace('"lot_size":"0.001"', '"lot_size":"-1"'),
      lines[2]!,
    ]);
    expect(value(replica, 'sidecar_missing_events_total', 'engine-1')).toBe(1);
    fed([lines[1]!], replica);
    expect(
      value(replica, 'trading_instrument_info', 'engine-1', 'sim', 'BTCUSDT', 'BTC', 'USDT'),
    ).toBe(1);
    expect(value(replica, 'sidecar_missing_events_total', 'engine-1')).toBe(1);
  });

  test('when it gives an instrument another multiplier', () => {
    const script = started().add({
      event: 'instrument.defined',
      ...MARKET,
      fields: { ...INSTRUMENT, multiplier: '2' },
    });
    expect(fed(script.lines).state.invalidLines.schema).toBe(1);
  });
});

describe('keys as an attacker would name them', () => {
  test.each([
    '__proto__',
    'constructor',
    '</script><script>',
    '"}\n# TYPE x',
    '\u001b[31m',
    '\ud800',
  ])('%j are only names', async (strategy) => {
    const script = started().add({
      event: 'order.submitted',
      ...MARKET,
      strategy,
      fields: { ...ORDER, ord_status: 'PENDING_NEW' },
    });
    const replica = fed(script.lines);
    expect(replica.state.invalidLines.schema).toBe(0);
    expect(
      value(replica, 'trading_open_orders', 'engine-1', strategy.toWellFormed(), 'sim', 'BTCUSDT'),
    ).toBe(1);
    const text = await metricsText(replica.state, FOLLOWER);
    for (const one of text.trim().split('\n'))
      expect(one).toMatch(
        /^(|# (HELP|TYPE) \w+ .*|\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)*\})? [-+.\dInfe]+)$/,
      );
  });
});

describe('caps', () => {
  test('let counters of further symbols go to `other` and drop their gauges, and count both', () => {
    const script = new LogScript();
    for (let index = 0; index < 2_010; index += 1)
      script.add({
        event: 'md.trade',
        venue: 'sim',
        symbol: `S${index}`,
        fields: { trade_id: '1', px: '1', qty: '1', aggressor_side: 'BUY' },
      });
    const replica = fed(script.lines);
    expect(value(replica, 'trading_market_trades_total', 'engine-1', 'other', 'other', 'buy')).toBe(
      10,
    );
    expect(value(replica, 'trading_mark_price', 'engine-1', 'sim', 'S1999')).toBe(1);
    expect(value(replica, 'trading_mark_price', 'engine-1', 'sim', 'S2000')).toBeUndefined();
    expect(value(replica, 'sidecar_series_dropped_total', 'trading_mark_price')).toBe(10);
  });

  test('let codes past 64 go to `other`', () => {
    const script = started();
    for (let index = 0; index < 70; index += 1)
      script.add({
        event: 'order.rejected',
        ...KEY,
        fields: { ...ORDER, cl_ord_id: `r${index}`, ord_status: 'REJECTED', code: `C${index}` },
      });
    expect(
      value(
        fed(script.lines),
        'trading_orders_rejected_total',
        'engine-1',
        'mm',
        'sim',
        'BTCUSDT',
        'other',
      ),
    ).toBe(6);
  });
});

describe('runs of an engine', () => {
  const fill = (script: LogScript, id: string): LogScript =>
    script.add({
      event: 'order.filled',
      ...KEY,
      fields: {
        ...ORDER,
        ord_status: 'PARTIALLY_FILLED',
        exec_id: id,
        last_px: '100',
        last_qty: '1',
        last_liquidity: 'MAKER',
        fee: '0',
        fee_ccy: 'USDT',
      },
    });
  const position = (replica: Replica): unknown =>
    value(replica, 'trading_position', 'engine-1', 'mm', 'sim', 'BTCUSDT');
  const fills = (replica: Replica): unknown =>
    value(replica, 'trading_fills_total', 'engine-1', 'mm', 'sim', 'BTCUSDT', 'buy', 'maker');

  test('go on with counters and begin gauges anew; the greatest run by bytes is the latest, whichever is read last', () => {
    const first = fill(fill(started(), 'x1'), 'x2').lines;
    const second = fill(started(), 'x1').lines.map((text) => text.replace(RUNS[0], RUNS[1]));
    for (const lines of [
      [...first, ...second],
      [...second, ...first],
    ]) {
      const replica = fed(lines);
      expect(position(replica)).toBe(1);
      expect(fills(replica)).toBe(3);
    }
  });

  test('count a repeated fill and change nothing', () => {
    const replica = fed(fill(fill(started(), 'x1'), 'x1').lines);
    expect(position(replica)).toBe(1);
    expect(fills(replica)).toBe(1);
    expect(value(replica, 'sidecar_repeated_fills_total', 'engine-1')).toBe(1);
  });

  test('whose first segments are gone are incomplete until a snapshot', () => {
    const script = new LogScript()
      .skip(5_000)
      .add({ event: 'log.segment', fields: { n: 3, first_seq: 5_001 } });
    const replica = fed(script.lines);
    expect(value(replica, 'sidecar_pruned_events', 'engine-1')).toBe(5_000);
    expect(value(replica, 'trading_run_incomplete', 'engine-1')).toBe(1);
    expect(value(replica, 'sidecar_missing_events_total', 'engine-1')).toBe(0);
    const row = { ...KEY, qty: '-2.5', avg_px: '90', realized_pnl: '7', fees: '1' };
    const account = {
      strategy: 'mm',
      capital: '1000',
      capital_ccy: 'USDT',
      cash: '0',
      equity_peak: '1100',
      max_drawdown: 0.2,
    };
    script.add({
      event: 'engine.snapshot',
      fields: {
        instruments: [{ ...MARKET, ...INSTRUMENT }],
        strategies: [account],
        orders: [],
        positions: [row],
        balances: [],
      },
    });
    fed(script.lines.slice(1), replica);
    expect(value(replica, 'trading_run_incomplete', 'engine-1')).toBe(0);
    expect(position(replica)).toBe(-2.5);
    expect(value(replica, 'trading_realized_pnl', 'engine-1', 'mm', 'sim', 'BTCUSDT')).toBe(7);
    expect(value(replica, 'trading_max_drawdown_ratio', 'engine-1', 'mm')).toBeUndefined();
    script.add({
      event: 'md.book',
      ...MARKET,
      fields: { bids: [['99', '1']], asks: [['101', '1']] },
    });
    fed(script.lines.slice(2), replica);
    // 1000 + 7 + (100 − 90)·(−2.5) − 1
    expect(value(replica, 'trading_equity', 'engine-1', 'mm')).toBe(981);
    expect(value(replica, 'trading_max_drawdown_ratio', 'engine-1', 'mm')).toBe(0.2);
  });
});
