/** What a question may do, what is wrong with one, and how answers look. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogScript, RUNS } from '../../../test/oracle/log-script.ts';
import { DUCKDB_VERSION } from '../../src/query/database.ts';
import { logFolder } from '../follow/log-folder.ts';
import { deskScript, logsOf } from './desk-log.ts';
import { sidecar } from './sidecar-command.ts';

const desk = () => logsOf(deskScript());
const ask = (sql: string, ...more: string[]) => sidecar(['query', sql, '--logs', desk(), ...more]);

describe('nothing but the views can be reached', () => {
  test.each([
    "SELECT * FROM read_text('FILE')",
    "SELECT * FROM read_csv('FILE')",
    "SELECT * FROM 'FILE'",
    "SELECT * FROM glob('FILE')",
    "SELECT * FROM sniff_csv('FILE')",
    "SELECT * FROM query('SELECT * FROM read_csv(''FILE'')')",
    "SELECT * FROM read_csv('http://127.0.0.1:9/')",
    "SELECT * FROM 'https://127.0.0.1:9/x.parquet'",
    "SELECT getenv('HOME')",
    "SELECT * FROM sqlite_scan('x.db', 'y')",
    "COPY (SELECT 1) TO 'FILE2'",
    "ATTACH 'FILE2'",
    "EXPORT DATABASE 'FILE2'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'FILE2'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    'SET VARIABLE words = []',
    'PRAGMA enable_profiling',
    'CALL enable_logging()',
    'CREATE TABLE t (a INTEGER)',
    'DELETE FROM kept.fills',
    'SELECT 1; SELECT 2',
    '',
  ])('%s', async (sql) => {
    const secret = join(logFolder(), 'secret.csv');
    writeFileSync(secret, 'word\nsesame\n');
    const { code, out, err } = await ask(sql.replaceAll('FILE', secret));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^tradetail-sidecar: [^\n]+\n$/);
    expect(err).not.toContain('sesame');
    expect(readdirSync(join(secret, '..'))).toEqual(['secret.csv']);
  });
});

test.each`
  sql                              | says
  ${'SELECT nope FROM fills'}      | ${/Referenced column "nope" not found/}
  ${'SELECT * FROM fils'}          | ${/Did you mean "fills"/}
  ${'SELEC 1'}                     | ${/syntax error at or near "SELEC"/}
  ${'DELETE FROM kept.fills'}      | ${/only what reads is answered/}
  ${"SELECT '\u001b[2J'::INTEGER"} | ${/\\x1b\[2J/}
`('`$sql` ends with 1 and one line', async ({ sql, says }) => {
  const { code, err } = await ask(sql as string);
  expect(code).toBe(1);
  expect(err).toMatch(/^[^\n]+\n$/);
  expect(err).toMatch(says as RegExp);
});

test.each([[[]], [['SELECT 1', '--json', '--csv']], [['SELECT 1', '--nope']]])(
  '`query %j` ends with 2',
  async (args) => {
    expect(await sidecar(['query', ...args])).toMatchObject({ code: 2, out: '' });
  },
);

test('no file that matches ends with 1', async () => {
  expect(await sidecar(['query', 'SELECT 1', '--logs', '/nowhere/*.jsonl'])).toEqual({
    code: 1,
    out: '',
    err: 'tradetail-sidecar: logs: no file matches /nowhere/*.jsonl\n',
  });
});

test('`query --help` names the views', async () => {
  expect((await sidecar(['query', '--help'])).out).toContain('order_events, fills, books');
});

describe('an answer', () => {
  const SQL =
    "SELECT event, strategy, last_px AS px, seq, [last_px] AS list FROM fills UNION ALL SELECT '=1+1', NULL, -0.5, NULL, NULL ORDER BY seq";

  test('is a table', async () => {
    expect((await ask(SQL)).out).toBe(`event         strategy    px   seq  list
────────────  ────────  ────  ────  ───────
order.filled  mm          99     7  ["99"]
order.filled  lt         101    12  ["101"]
=1+1          NULL      -0.5  NULL  NULL
(3 rows)
`);
  });

  test('is cut to the terminal, texts before numbers', async () => {
    const { out } = await sidecar(['query', SQL, '--logs', desk()], 36);
    expect(out).toBe(`event   strate…    px   seq  list
──────  ───────  ────  ────  ───────
order…  mm         99     7  ["99"]
order…  lt        101    12  ["101"]
=1+1    NULL     -0.5  NULL  NULL
(3 rows)
`);
  });

  test('is JSON in which nothing is rounded', async () => {
    expect(JSON.parse((await ask(SQL, '--json')).out)).toEqual([
      { event: 'order.filled', strategy: 'mm', px: '99', seq: 7, list: ['99'] },
      { event: 'order.filled', strategy: 'lt', px: '101', seq: 12, list: ['101'] },
      { event: '=1+1', strategy: null, px: '-0.5', seq: null, list: null },
    ]);
    expect((await ask('SELECT 1 WHERE false', '--json')).out).toBe('[]\n');
  });

  test('is CSV without formulas', async () => {
    expect((await ask(SQL, '--csv')).out).toBe(`event,strategy,px,seq,list
order.filled,mm,99,7,"[""99""]"
order.filled,lt,101,12,"[""101""]"
'=1+1,,-0.5,,
`);
  });

  test.each`
    sql                                                         | json
    ${"SELECT ts AS x FROM fills WHERE exec_id = 'x-1'"}        | ${'"2026-01-02T00:00:00.502000000Z"'}
    ${'SELECT time::TIMESTAMP AS x FROM fills LIMIT 1'}         | ${'"2026-01-02T00:00:00.502000000Z"'}
    ${"SELECT DATE '2026-01-02' AS x"}                          | ${'"2026-01-02"'}
    ${'SELECT 9007199254740993 AS x'}                           | ${'"9007199254740993"'}
    ${'SELECT -9007199254740991 AS x'}                          | ${'-9007199254740991'}
    ${"SELECT 'NaN'::DOUBLE AS x"}                              | ${'null'}
    ${'SELECT bids AS x FROM books LIMIT 1'}                    | ${'[{"px":"99","qty":"4"},{"px":"98","qty":"9"}]'}
    ${"SELECT fields->>'state' AS x FROM events WHERE seq = 3"} | ${'"QUOTING"'}
    ${'SELECT true AS x'}                                       | ${'true'}
    ${"SELECT text AS x FROM orders WHERE code = '-2010'"}      | ${'"Would \\u001b[2Jtake."'}
    ${'SELECT sum(last_qty) AS x FROM fills'}                   | ${'"2"'}
  `('$sql gives $json', async ({ sql, json }) => {
    expect((await ask(sql as string, '--json')).out).toBe(`[\n{"x":${json as string}}\n]\n`);
  });
});

test('every digit of the longest decimals is kept', async () => {
  const script = new LogScript().add({
    event: 'position.updated',
    venue: 'sim',
    symbol: 'X',
    fields: {
      qty: '-999999999999999999.999999999999999999',
      realized_pnl: '0.000000000000000001',
      fees: '100000000000000000',
    },
  });
  const sql = 'SELECT qty, realized_pnl, fees, strategy FROM positions';
  const { out } = await sidecar(['query', sql, '--csv', '--logs', logsOf(script)]);
  expect(out.split('\n')[1]).toBe(
    '-999999999999999999.999999999999999999,0.000000000000000001,100000000000000000,""',
  );
});

test('what stands in a log twice or late, or is no line, is read as the metrics read it', async () => {
  const logs = logsOf(
    deskScript(),
    new LogScript('engine-1', RUNS[1]).skip(4).add({ event: 'x.unknown' }),
  );
  const [file] = readdirSync(join(logs, '..'));
  const lines = readFileSync(join(logs, '..', file!), 'utf8').split('\n');
  appendFileSync(join(logs, '..', file!), `${lines[6]}\n{"half\n${lines[7]}\n`);
  const { out } = await sidecar([
    'query',
    'SELECT count(*) AS n FROM fills',
    '--csv',
    '--logs',
    logs,
  ]);
  expect(out).toBe('n\n2\n');
});

test('the version that an install without DuckDB is told to add is that of the tests', () => {
  const manifest = new URL('../../package.json', import.meta.url);
  const { devDependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  expect(devDependencies['@duckdb/node-api']).toBe(DUCKDB_VERSION);
});
