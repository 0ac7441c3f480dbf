/** The report by real programs: of a real run, published by a real sidecar, opened and printed by a real browser. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../sidecar/src/report/report.ts';
import { RUN, RunLog } from '../sidecar/test/report/run-log.ts';
import { component } from './setup/components.ts';
import { ENGINE, node, SIDECAR, until } from './setup/program.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tradetail-report-'));
const logs = path.join(folder, 'logs');
const out = path.join(folder, 'out');
const all = path.join(logs, '*.jsonl');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sidecar = async (...args: readonly string[]) => {
  const program = node(SIDECAR, args);
  const code = await program.ended();
  return { code, stdout: program.stdout, stderr: program.stderr };
};
const readReport = (where: string): Report =>
  JSON.parse(readFileSync(path.join(where, 'report.json'), 'utf8')) as Report;
const FILES = [
  'equity.csv',
  'fills.csv',
  'markouts.csv',
  'orders.csv',
  'report.html',
  'report.json',
  'round_trips.csv',
];

beforeAll(async () => {
  const engine = node(ENGINE, [
    'run',
    '--market',
    'sim',
    '--speed',
    'max',
    '--duration',
    '4m',
    '--seed',
    '11',
    '--log-dir',
    logs,
  ]);
  expect(await engine.ended()).toBe(0);
  expect(await sidecar('report', '--logs', all, '--out', out)).toMatchObject({ code: 0 });
}, 120_000);

describe('the report of a simulated run', () => {
  test('says that the log is complete, with its hash, and that all agree', () => {
    const { log, run, config } = readReport(out);
    const [file] = readdirSync(logs);
    const sum = execFileSync('sha256sum', [path.join(logs, file!)], { encoding: 'utf8' });
    expect(log).toMatchObject({
      complete: true,
      findings: [],
      sha256: sum.slice(0, 64),
      files: [{ name: file }],
    });
    expect(log.lines).toBe(
      readFileSync(path.join(logs, file!), 'utf8').trimEnd().split('\n').length,
    );
    for (const { mismatches } of log.reconciliation) expect(mismatches.value).toBe(0);
    expect(run).toMatchObject({
      engine: 'engine-1',
      mode: 'PAPER',
      seed: 11,
      stop_reason: 'DURATION',
    });
    expect(config.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('agrees with the metrics of the same log, figure by figure', async () => {
    const { strategies } = readReport(out);
    const { stdout: metrics } = await sidecar('scan', '--logs', all);
    const gauge = (name: string, labels: string): number => {
      const line = metrics
        .split('\n')
        .find((one) => one.startsWith(`${name}{`) && one.includes(labels));
      return Number(line?.split(' ').at(-1));
    };
    const names = Object.keys(strategies);
    expect(names).toEqual(['liquidity_taker', 'market_maker']);
    for (const name of names) {
      const { pnl, risk, trades, execution, attribution } = strategies[name]!;
      const strategy = `strategy="${name}"`;
      expect(pnl.equity.value).toBe(gauge('trading_equity', strategy));
      expect(risk.max_drawdown.value).toBeCloseTo(
        -gauge('trading_max_drawdown_ratio', strategy),
        12,
      );
      expect(trades.win_ratio.value).toBe(gauge('trading_win_ratio', strategy));
      expect(trades.profit_factor.value).toBeCloseTo(gauge('trading_profit_factor', strategy), 9);
      expect(attribution.total.residual).toMatchObject({ exact: '0' });
      for (const one of pnl.by_symbol) {
        const key = `${strategy},venue="sim",symbol="${one.symbol}"`;
        expect(one.net.value).toBe(gauge('trading_net_pnl', key));
        expect(one.fees.value).toBe(gauge('trading_fees', key));
        expect(one.realized.value).toBeCloseTo(gauge('trading_realized_pnl', key), 9);
      }
      for (const market of execution.markets)
        for (const { liquidity, horizons } of market.markouts)
          for (const { horizon, markout } of horizons)
            if (markout.value !== null)
              expect(markout.value).toBeCloseTo(
                gauge(
                  'trading_markout_bps',
                  `${strategy},venue="sim",symbol="${market.symbol}",liquidity="${liquidity}",horizon="${horizon}"`,
                ),
                9,
              );
    }
  });

  test('is the same bytes for the same log, whatever the machine believes of time and place', async () => {
    const again = path.join(folder, 'again');
    const elsewhere = node(SIDECAR, ['report', '--logs', all, '--out', again], {
      TZ: 'Asia/Kolkata',
      LC_ALL: 'de_DE.UTF-8',
      LANG: 'de_DE.UTF-8',
    });
    expect(await elsewhere.ended()).toBe(0);
    expect(readdirSync(again).sort()).toEqual(FILES);
    for (const file of FILES)
      expect(
        readFileSync(path.join(again, file)).equals(readFileSync(path.join(out, file))),
        file,
      ).toBe(true);
  });

  test('has tables that read without options: a header, as many cells a row, CRLF', () => {
    for (const file of FILES.filter((name) => name.endsWith('.csv'))) {
      const text = readFileSync(path.join(out, file), 'utf8');
      expect(text.endsWith('\r\n'), file).toBe(true);
      const [header, ...rows] = text
        .trimEnd()
        .split('\r\n')
        .map((row) => row.split(','));
      expect(rows.length, file).toBeGreaterThan(0);
      expect(new Set(rows.map((row) => row.length)), file).toEqual(new Set([header!.length]));
    }
    const { execution } = readReport(out).strategies['market_maker']!;
    const fills = readFileSync(path.join(out, 'fills.csv'), 'utf8')
      .split('\r\n')
      .filter((row) => row.includes(',market_maker,'));
    expect(fills.length).toBe(execution.fills.value);
  });

  test('stays small', () => {
    expect(readFileSync(path.join(out, 'report.html')).length).toBeLessThan(3e6);
  });

  test('compares with another run', async () => {
    const compared = path.join(folder, 'compared');
    expect(
      await sidecar('report', '--logs', all, '--out', compared, '--compare', all),
    ).toMatchObject({ code: 0 });
    const { comparison, strategies } = readReport(compared);
    expect(comparison.runs).toMatchObject([{ engine: 'engine-1', complete: true }]);
    expect(comparison.runs[0]!.strategies[0]!.net).toEqual(strategies['liquidity_taker']!.pnl.net);
  });
});

test('logs that hold a live run and one on paper are compared without being asked', async () => {
  const both = path.join(folder, 'both');
  mkdirSync(both);
  const run = (id: string, mode: string, px: string): void => {
    const fill = { side: 'BUY', px, qty: '1', order: 'a' } as const;
    const log = new RunLog().start().book('99', '101').submit(fill).accept(fill).fill(fill).stop();
    const lines = log.lines.map((line) =>
      line.replaceAll(RUN, id).replace('"mode":"PAPER"', `"mode":"${mode}"`),
    );
    writeFileSync(path.join(both, `engine-1-${id}.1.jsonl`), `${lines.join('\n')}\n`);
  };
  run('01K9ZZZZZZZZZZZZZZZZZZZZZ1', 'LIVE_LIMITED', '98');
  run('01K9ZZZZZZZZZZZZZZZZZZZZZ2', 'PAPER', '97');
  run('01K9ZZZZZZZZZZZZZZZZZZZZZ3', 'PAPER', '99');
  run('01K9ZZZZZZZZZZZZZZZZZZZZZ4', 'LIVE', '100');
  run('01K9ZZZZZZZZZZZZZZZZZZZZZ5', 'READ_ONLY', '100');
  const compared = async (...args: readonly string[]) => {
    const where = path.join(folder, 'both-out');
    const files = path.join(both, '*.jsonl');
    expect(await sidecar('report', '--logs', files, '--out', where, ...args)).toMatchObject({
      code: 0,
    });
    return readReport(where).comparison.runs.map(({ run: id, mode, strategies }) => [
      id?.at(-1),
      mode,
      strategies[0]!.fill_ratio.value,
    ]);
  };
  expect(await compared('--run', '01K9ZZZZZZZZZZZZZZZZZZZZZ4')).toEqual([['3', 'PAPER', 1]]);
  expect(await compared('--run', '01K9ZZZZZZZZZZZZZZZZZZZZZ2')).toEqual([['4', 'LIVE', 1]]);
  // It has no fills of its own.
  expect(await compared()).toEqual([]);
});

describe('what cannot be done is said', () => {
  test.each([
    [['--logs', path.join(folder, 'none', '*')], 1, /no file matches/],
    [['--logs', all, '--run', 'nobody'], 1, /run: the logs have no run "nobody"/],
    [['--logs', all, '--out', ''], 2, /out: got "", wants a folder/],
    [['--logs', all, '--compare', path.join(folder, 'none')], 1, /compare: no file matches/],
  ] as const)('%j', async (args, code, message) => {
    const where = path.join(folder, 'refused');
    const result = await sidecar('report', '--out', where, ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(existsSync(path.join(where, 'report.html'))).toBe(false);
  });

  test('there is no Chromium', async () => {
    const program = node(
      SIDECAR,
      ['report', '--logs', all, '--out', path.join(folder, 'no-pdf'), '--pdf'],
      { PATH: '/nowhere' },
    );
    expect(await program.ended()).toBe(1);
    expect(program.stderr).toMatch(/pdf: no Chromium on the PATH/);
  });
});

test('a sidecar that serves publishes the report of a run that has ended', async () => {
  const stateDir = path.join(folder, 'state');
  const live = path.join(folder, 'live');
  const program = node(SIDECAR, [
    'serve',
    '--logs',
    path.join(live, '*.jsonl'),
    '--port',
    '0',
    '--state-dir',
    stateDir,
  ]);
  const [, url] = await program.says(/serves (\S+)/);
  mkdirSync(live);
  const [file] = readdirSync(logs);
  copyFileSync(path.join(logs, file!), path.join(live, file!));
  const name = file!.replace('.1.jsonl', '');
  const page = await until(async () => {
    const response = await fetch(new URL(`reports/${name}/`, url));
    return response.ok ? response : undefined;
  }, 'the report is there');
  expect(await page.text()).toBe(readFileSync(path.join(out, 'report.html'), 'utf8'));
  expect(page.headers.get('content-security-policy')).toContain('sandbox');
  expect(await (await fetch(new URL('reports/', url))).text()).toContain(name);
  expect(await program.stop()).toBe(0);
});

const executablePath = component('chromium', 'chromium-browser', 'google-chrome');

describe.skipIf(executablePath === undefined)('in a browser', () => {
  const open = async (file: string, width: number, scheme: 'light' | 'dark') => {
    const browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox'],
    });
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      offline: true,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) complaints.push(request.url());
    });
    await page.goto(`file://${file}`);
    return { browser, page, complaints };
  };

  test.each([
    [1440, 'light'],
    [390, 'dark'],
  ] as const)(
    'it opens offline at %i in %s: nothing is asked for, nothing complains, nothing sticks out',
    async (width, scheme) => {
      const { browser, page, complaints } = await open(
        path.join(out, 'report.html'),
        width,
        scheme,
      );
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await page.locator('.quality strong').textContent()).toBe('The log is complete');
      expect(await page.locator('figure.plot svg path.line').count()).toBeGreaterThan(10);
      expect(await page.getByText('NaN').count()).toBe(0);
      expect(complaints).toEqual([]);
      await browser.close();
    },
  );

  test('its plots tell values, and zoom', async () => {
    const { browser, page } = await open(path.join(out, 'report.html'), 1440, 'light');
    const frame = page.locator('#strategy-1-equity .frame');
    await frame.scrollIntoViewIfNeeded();
    const box = (await frame.boundingBox())!;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, y);
    expect(await frame.locator('.read').textContent()).toMatch(/2026-01-01 00:0[12]:\d\d.*USDT/);
    const before = await frame.locator('.xs').textContent();
    await page.mouse.down();
    await page.mouse.move(box.x + (box.width * 3) / 4, y);
    await page.mouse.up();
    expect(await frame.locator('.xs').textContent()).not.toBe(before);
    await frame.dblclick();
    expect(await frame.locator('.xs').textContent()).toBe(before);
    await browser.close();
  });

  test('what a log says is text, also where it looks like markup', async () => {
    const hostile = '</script><script>document.title="taken"</script><img src=x onerror=alert(1)>';
    const log = new RunLog().start('1000', hostile, [hostile]).book('99', '101', hostile);
    const fill = {
      side: 'BUY',
      px: '99',
      qty: '1',
      symbol: hostile,
      strategy: hostile,
      order: '=1+1',
    } as const;
    log.submit({ ...fill, refBid: '99', refAsk: '101' }).fill(fill);
    log
      .at(5_000)
      .book('98', '100', hostile)
      .event('engine.error', {
        error_type: hostile,
        error_message: hostile,
        error_stack: '',
        fatal: false,
      })
      .stop();
    const file = path.join(folder, 'hostile.jsonl');
    writeFileSync(file, `${log.lines.join('\n')}\n`);
    const where = path.join(folder, 'hostile');
    expect(await sidecar('report', '--logs', file, '--out', where)).toMatchObject({ code: 0 });
    const { browser, page, complaints } = await open(
      path.join(where, 'report.html'),
      1440,
      'light',
    );
    expect(await page.title()).toContain('tradetail report');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('h2', { hasText: 'onerror' }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await browser.close();
    expect(readFileSync(path.join(where, 'orders.csv'), 'utf8')).toContain(",'=1+1,");
  });

  test('it prints as PDF, without a network', async () => {
    const where = path.join(folder, 'printed');
    expect(await sidecar('report', '--logs', all, '--out', where, '--pdf')).toMatchObject({
      code: 0,
    });
    const pdf = readFileSync(path.join(where, 'report.pdf'));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(50_000);
  });
});
