/** The recipes of docs/query.md on the log of `desk-log.ts`, and the columns that it lists. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { viewsMarkdown } from '../../src/query/view-column.ts';
import { deskScript, logsOf } from './desk-log.ts';
import { sidecar } from './sidecar-command.ts';

const docs = readFileSync(new URL('../../../docs/query.md', import.meta.url), 'utf8');
const recipes = new Map(
  [...docs.matchAll(/### (.+\?)\n[^]*?```sql\n([^]*?)```/g)].map((match) => [match[1]!, match[2]!]),
);

const ANSWERS: Readonly<Record<string, string>> = {
  // 1 at 99 and 1 at 101; 0.001 BTC at 101 are 0.101 USDT.
  'What did each strategy trade, and what did it pay?': `
    strategy,symbol,fills,notional,fees
    lt,BTCUSDT,1,101,0.101
    mm,BTCUSDT,1,99,0.01`,
  // a-1 fills 1 of 2, a-4 none of 1, a-2 all; a-3 was never sent.
  'How much of what is quoted gets filled?': `
    strategy,side,orders,filled,submitted,fill_ratio
    lt,BUY,1,1,1,1
    mm,BUY,2,1,3,0.3333`,
  'How much is done as maker?': `
    strategy,maker_percent
    lt,
    mm,100`,
  // One unit of a mid of 100 is 100 bps.
  'What did fills cost against the mid at the decision?': `
    strategy,last_liquidity,slippage_bps
    lt,TAKER,100
    mm,MAKER,-100`,
  // A second after both fills the mid is 102, before them it was 100.
  'Were fills good a second later?': `
    strategy,last_liquidity,fills,markout_bps
    lt,TAKER,1,100
    mm,MAKER,1,300`,
  // 2 and 4 ms.
  'How fast does the venue answer?': `
    venue,orders,p50_ms,p99_ms
    sim,2,3,3.98`,
  'What was refused, by whom, and why?': `
    ord_status,code,text,orders
    REJECTED,-2010,Would \\x1b[2Jtake.,1
    DENIED,MAX_POSITION,,1`,
  // From 2 to 2,002 ms.
  'How long do quotes rest?': `
    strategy,ord_status,orders,median_s
    mm,CANCELED,1,2`,
  // (1,106 ms · 200 bps + 1,896 ms · 196.078 bps) / 3,002 ms
  'How wide is the market?': `
    symbol,spread_bps
    BTCUSDT,197.523`,
  'Where does each position stand, and what has it made?': `
    strategy,symbol,qty,realized,fees
    lt,BTCUSDT,1,0,0.101
    mm,BTCUSDT,1,0,0.01`,
  'What happened around the worst moment?': `
    seq,event,strategy,name,action
    16,order.denied,lt,,
    17,risk.breach,lt,MAX_POSITION,DENY
    18,order.submitted,mm,,
    19,order.rejected,mm,,`,
};

test('every recipe has an answer here', () => {
  expect([...recipes.keys()]).toEqual(Object.keys(ANSWERS));
});

test.each([...recipes])('%s', async (title, sql) => {
  const { code, out, err } = await sidecar(['query', sql, '--csv', '--logs', logsOf(deskScript())]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.trim()).toBe(ANSWERS[title]!.trim().replace(/^ +/gm, ''));
});

test('the question that the README asks has an answer', async () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const sql = /tradetail-sidecar query "([^"]+)"/.exec(readme)![1]!;
  const { out, err } = await sidecar(['query', sql, '--csv', '--logs', logsOf(deskScript())]);
  expect(err).toBe('');
  expect(out.trim().split('\n').sort()).toEqual([
    'lt,1,101',
    'mm,1,99',
    'strategy,count_star(),sum(notional)',
  ]);
});

test('the columns in the document are those of the views', () => {
  const squeezed = (text: string): string =>
    text.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---').trim();
  const [, listed] = docs.split(/\n(?=### `orders`)/);
  expect(squeezed(listed!)).toBe(squeezed(viewsMarkdown()));
});
