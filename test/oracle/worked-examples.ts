/** The examples of docs/formulas.md as logs: what is written there is what these give. */
import { LogScript } from './log-script.ts';
import type { ReferenceCase } from './reference-cases.ts';
import { addBook, addFill, openingScript } from './reference-cases.ts';

const KEY = 'engine="engine-1",strategy="reference",symbol="AAABBB",venue="paper"';
const P = `{${KEY}}`;
const M = '{engine="engine-1",symbol="AAABBB",venue="paper"}';
const S = '{engine="engine-1",strategy="reference"}';

const buy = (
  script: LogScript,
  qty: string,
  price: string,
  fee = '0',
  more: object = {},
): LogScript => addFill(script, { side: 'BUY', qty, price, fee }, more);
const sell = (script: LogScript, qty: string, price: string, fee = '0'): LogScript =>
  addFill(script, { side: 'SELL', qty, price, fee });
const cash = (script: LogScript, kind: string, amount: string): LogScript =>
  script.add({
    event: 'account.cash',
    strategy: 'reference',
    fields: { kind, amount, ccy: 'BBB' },
  });
const order = (script: LogScript, event: string, more: object): LogScript =>
  script.add({
    event,
    venue: 'paper',
    symbol: 'AAABBB',
    strategy: 'reference',
    fields: {
      cl_ord_id: 'one',
      side: 'BUY',
      ord_type: 'LIMIT',
      qty: '4',
      ord_status: 'NEW',
      ...more,
    },
  });

function averageCost(): LogScript {
  // (2·100 + 2·110) / 4 = 105; then (111 − 105)·1 = 6.
  return sell(buy(buy(openingScript(), '2', '100'), '2', '110'), '1', '111');
}

function markout(): LogScript {
  const script = addBook(openingScript(), '99', '101');
  buy(script, '1', '100.05');
  addBook(script.wait(500), '100.4', '100.6');
  return addBook(script.wait(1_000), '99', '101');
}

/** Equity 1000, 1010, 1000, … at the end of the minutes 0, 1, 2, …, 30; minute 31 is not whole. */
function sharpe(): LogScript {
  const script = openingScript('1000');
  for (let minute = 1; minute <= 31; minute += 1)
    cash(script.wait(60_000), 'FUNDING', minute % 2 === 1 ? '10' : '-10');
  return script;
}

/** Mids 100, 101, 100, … from half past one second to half past the next. */
function volatility(): LogScript {
  const script = openingScript().wait(500);
  for (let second = 0; second <= 31; second += 1) {
    addBook(script, second % 2 === 0 ? '99' : '100', second % 2 === 0 ? '101' : '102');
    if (second < 31) script.wait(1_000);
  }
  return script;
}

/** Its first 100 lines are gone; the same snapshot twice. */
function pruned(): LogScript {
  const at = { strategy: 'reference', venue: 'paper', symbol: 'AAABBB' };
  const instrument = { base: 'AAA', quote: 'BBB', lot_size: '0.001', multiplier: '1' };
  const position = { ...at, qty: '1', avg_px: '100', realized_pnl: '7', fees: '2' };
  const fields = { instruments: [{ ...at, ...instrument }], positions: [position] };
  const script = new LogScript().skip(100);
  return script.add({ event: 'engine.snapshot', fields }).add({ event: 'engine.snapshot', fields });
}

const example = (
  name: string,
  script: LogScript,
  expected: Readonly<Record<string, string | undefined>>,
): ReferenceCase => ({ name, log: [script.file()], expected });

export const WORKED_EXAMPLES: readonly ReferenceCase[] = [
  example('average cost', averageCost(), {
    [`trading_position${P}`]: '3',
    [`trading_position_average_price${P}`]: '105',
    [`trading_realized_pnl${P}`]: '6',
  }),
  // Closes 3: (103 − 105)·3 = −6, with the 6 before 0; opens −2 at 103.
  example('average cost through zero', sell(averageCost(), '5', '103'), {
    [`trading_position${P}`]: '-2',
    [`trading_position_average_price${P}`]: '103',
    [`trading_realized_pnl${P}`]: '0',
  }),
  // q = 1 − 0.001; fees 0.001·100; (101 − 100)·0.999 − 0.1.
  example(
    'a fee in the base asset',
    addBook(buy(openingScript(), '1', '100', '0.001', { fee_ccy: 'AAA' }), '100', '102'),
    {
      [`trading_position${P}`]: '0.999',
      [`trading_fees${P}`]: '0.1',
      [`trading_unrealized_pnl${P}`]: '0.999',
      [`trading_net_pnl${P}`]: '0.899',
    },
  ),
  example(
    'a fee in a third asset without its value in quote',
    buy(openingScript(), '1', '100', '0.02', { fee_ccy: 'CCC' }),
    {
      [`trading_fees${P}`]: '0',
      [`trading_fees_unconverted{currency="CCC",${KEY}}`]: '0.02',
      [`trading_pnl_incomplete${P}`]: '1',
    },
  ),
  // (104 − 100)·2·50, 2·104·50, 2·100·50.
  example(
    'a linear contract with multiplier 50',
    addBook(buy(openingScript('100000', '50'), '2', '100'), '103', '105'),
    {
      [`trading_mark_price${M}`]: '104',
      [`trading_unrealized_pnl${P}`]: '400',
      [`trading_exposure${P}`]: '10400',
      [`trading_filled_notional_total{engine="engine-1",liquidity="maker",side="buy",strategy="reference",symbol="AAABBB",venue="paper"}`]:
        '10000',
    },
  ),
  // 1000 → 1100 → 880, then a deposit of 110 that moves the peak too: 1 − 990/1210.
  example(
    'equity and drawdown',
    cash(cash(cash(openingScript('1000'), 'FUNDING', '100'), 'FUNDING', '-220'), 'DEPOSIT', '110'),
    {
      [`trading_equity${S}`]: '990',
      [`trading_equity_peak${S}`]: '1210',
      [`trading_drawdown_ratio${S}`]: '0.181818181818',
      [`trading_max_drawdown_ratio${S}`]: '0.2',
    },
  ),
  // (100 − 100.05)/100·1e4 and (100.5 − 100.05)/100·1e4.
  example('markout', markout(), {
    [`trading_markout_bps{engine="engine-1",horizon="0.1s",liquidity="maker",strategy="reference",symbol="AAABBB",venue="paper"}`]:
      '-5',
    [`trading_markout_bps{engine="engine-1",horizon="1s",liquidity="maker",strategy="reference",symbol="AAABBB",venue="paper"}`]:
      '45',
    [`trading_markout_bps{engine="engine-1",horizon="5s",liquidity="maker",strategy="reference",symbol="AAABBB",venue="paper"}`]:
      undefined,
  }),
  // (110 − 100)·2 − 1 − 3·2/3 = 17; (110 − 112)·1 − 3·1/3 = −3.
  example(
    'round trips',
    buy(sell(buy(openingScript(), '2', '100', '1'), '3', '110', '3'), '1', '112'),
    {
      [`trading_win_ratio${S}`]: '0.5',
      [`trading_profit_factor${S}`]: '5.666666666667',
    },
  ),
  // Returns 1/100 and −1/101, fifteen of each.
  example('Sharpe ratio', sharpe(), { [`trading_sharpe_ratio${S}`]: '3.5462552557' }),
  // ln 1.01 up and down, fifteen of each.
  example('realized volatility', volatility(), {
    [`trading_realized_volatility${M}`]: '56.8332449678',
  }),
  // (101 − 99)/100·1e4.
  example('spread', addBook(openingScript(), '99', '101'), {
    [`trading_mid_price${M}`]: '100',
    [`trading_spread_bps${M}`]: '200',
  }),
  // 1/4; (1 submitted + 1 cancel request)/1 fill.
  example(
    'fill ratio and order-to-trade ratio',
    order(
      buy(order(openingScript(), 'order.submitted', { intent: 'QUOTE' }), '1', '100'),
      'order.cancel_requested',
      { reason: 'stale' },
    ),
    {
      [`trading_fill_ratio${P}`]: '0.25',
      [`trading_order_to_trade_ratio${P}`]: '2',
    },
  ),
  example('a snapshot after a replacing one is no opening', pruned(), {
    [`trading_realized_pnl${P}`]: '7',
    [`trading_fees${P}`]: '2',
  }),
];
