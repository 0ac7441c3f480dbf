import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../sidecar/src/http/server.ts';
import { startServer } from '../sidecar/src/http/server.ts';
import type { StateView } from '../sidecar/src/view/state-view.ts';
import { emptyEngine, exampleState } from '../sidecar/test/http-state-example.ts';
import { component } from './setup/components.ts';
import { ENGINE, node, SIDECAR } from './setup/program.ts';

const executablePath = component('chromium', 'chromium-browser', 'google-chrome');
const screenshots = fileURLToPath(new URL('../test-results/live-page/', import.meta.url));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A sidecar's HTTP side whose state a test moves. */
async function serve(first: StateView, port = 0) {
  let view = first;
  const listeners = new Set<() => void>();
  const server: RunningServer = await startServer({
    host: '127.0.0.1',
    port,
    pageDir: fileURLToPath(new URL('../sidecar/src/page', import.meta.url)),
    state: () => view,
    metrics: () => Promise.resolve({ contentType: 'text/plain', body: '' }),
    ready: () => '',
    changed: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    log: { error: (fields, message) => console.error(message, fields) },
  });
  ends.push(() => server.close());
  return {
    ...server,
    url: `http://127.0.0.1:${String(server.port)}/`,
    become(next: StateView) {
      view = next;
      for (const listener of listeners) listener();
    },
  };
}

/** What the page says of a member of the state, unrounded; undefined where it does not show it. */
function valueOf(page: Page, field: string): Promise<string | undefined> {
  return page.evaluate(
    (name) => document.querySelector<HTMLElement>(`[data-field="${name}"]`)?.dataset['value'],
    field,
  );
}

/** Waits until the page shows this state, all of it. */
async function shows(page: Page, { time }: StateView): Promise<void> {
  await page.waitForFunction((wanted) => document.body.dataset['time'] === wanted, time);
}

interface Shown {
  readonly field: string;
  readonly value: string;
  readonly text: string;
}

/** Every figure that the page takes from the state. */
function figuresOf(page: Page): Promise<Shown[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[data-field]')].map(({ dataset, textContent }) => ({
      field: dataset['field']!,
      value: dataset['value']!,
      text: textContent,
    })),
  );
}

function memberOf(state: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], state);
}

describe.skipIf(executablePath === undefined)('the live page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
  });
  afterAll(() => browser.close());

  /** Opens the page; `complaints` gets what the console says, violations of the policy included. */
  async function open(url: string, options: Parameters<Browser['newPage']>[0] = {}) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
    ends.push(() => page.close());
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('requestfailed', (request) => complaints.push(request.url()));
    await page.goto(url);
    return { page, complaints };
  }

  it('shows the figures of /api/state, unrounded beside what a person reads, and they move', async () => {
    const server = await serve(exampleState(700));
    const { page, complaints } = await open(server.url);
    const field = 'engines.0.strategies.0.equity';
    for (let step = 700; step <= 703; step++) {
      server.become(exampleState(step));
      await shows(page, exampleState(step));
      expect(await valueOf(page, field)).toBe(String(memberOf(exampleState(step), field)));
    }
    const state: unknown = await (await fetch(`${server.url}api/state`)).json();
    const shown = await figuresOf(page);
    expect(shown.length).toBeGreaterThan(400);
    for (const { field: name, value, text } of shown) {
      expect([name, value]).toEqual([name, String(memberOf(state, name))]);
      expect(text).not.toBe('');
    }
    expect(complaints).toEqual([]);
  });

  it('shows a real engine at work, and at its end what /api/state says, to the last digit', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tradetail-page-'));
    ends.push(() => rm(folder, { recursive: true }));
    const logs = path.join(folder, '*.jsonl');
    const stateDir = path.join(folder, 'state');
    const sidecar = node(SIDECAR, [
      'serve',
      '--logs',
      logs,
      '--port',
      '0',
      '--state-dir',
      stateDir,
    ]);
    ends.push(() => sidecar.stop());
    const [, url = ''] = await sidecar.says(/serves (http\S+)/);
    const { page, complaints } = await open(url);
    await page.getByText('No engine has written a line yet.').waitFor();

    const flags = ['--market', 'sim', '--seed', '7', '--speed', '20', '--log-dir', folder];
    const engine = node(ENGINE, ['run', ...flags]);
    ends.push(() => engine.stop());
    const equity = new Set<string | undefined>();
    await expect
      .poll(
        async () => {
          equity.add(await valueOf(page, 'engines.0.strategies.1.equity'));
          const fills = await valueOf(page, 'engines.0.strategies.1.fills');
          return equity.size > 5 && Number(fills ?? 0) > 5;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    expect(await page.locator('#book tr.ask').count()).toBeGreaterThan(3);
    await mkdir(screenshots, { recursive: true });
    await page.screenshot({ path: `${screenshots}real-1440.png`, fullPage: true });

    expect(await engine.stop()).toBe(0);
    await expect.poll(() => valueOf(page, 'engines.0.up')).toBe('false');
    await expect.poll(() => page.locator('#agreement').textContent()).toBe('✓ agrees to 1e-9');
    const differing = async () => {
      const state: unknown = await (await fetch(`${url}api/state`)).json();
      const shown = await figuresOf(page);
      expect(shown.length).toBeGreaterThan(200);
      // How long the sidecar has run moves on between the two.
      return shown
        .filter(({ field }) => field !== 'sidecar.uptimeSeconds')
        .filter(({ field, value }) => value !== String(memberOf(state, field)));
    };
    await expect.poll(differing).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('paints within a second, and says nothing on the console', async () => {
    const server = await serve(exampleState(3_000));
    const { page, complaints } = await open(server.url);
    await page.waitForFunction(() => document.querySelector('[data-field$=".equity"]') !== null);
    const { painted, shownAfter } = await page.evaluate(() => ({
      painted: performance.getEntriesByName('first-contentful-paint')[0]!.startTime,
      shownAfter: performance.now(),
    }));
    console.log(`first paint ${painted.toFixed(0)} ms, figures within ${shownAfter.toFixed(0)} ms`);
    expect(painted).toBeLessThan(1_000);
    expect(complaints).toEqual([]);
  });

  it('says since when its numbers are old while the sidecar is away, and goes on when it is back', async () => {
    const server = await serve(exampleState(100));
    const { page } = await open(server.url);
    await page.waitForFunction(() => document.getElementById('connection')!.textContent === 'live');
    expect(await page.locator('#stale').isVisible()).toBe(false);
    await server.close();
    ends.splice(0, 1);
    await page.locator('#stale').waitFor({ state: 'visible' });
    expect(await page.locator('#stale').textContent()).toMatch(/^Stale since \d/);
    expect(await page.locator('#connection').textContent()).toBe('stale');
    const again = await serve(exampleState(200), server.port);
    await page.locator('#stale').waitFor({ state: 'hidden' });
    expect(await valueOf(page, 'engines.0.strategies.0.fills')).toBe('200');
    again.become({
      ...exampleState(201),
      engines: [{ ...exampleState(201).engines[0]!, up: false }],
    });
    await page.waitForFunction(() =>
      document.getElementById('trouble')!.textContent.includes('engine-1 is down'),
    );
  });

  it('takes every text of a log as text', async () => {
    const attack = `"'></script><img src=x onerror="window.attacked=1"><b>\u001b[2J\u202e`;
    const hostile = (view: StateView): StateView =>
      JSON.parse(
        JSON.stringify(view, (name, value: unknown) =>
          typeof value === 'string' && !/^(time|lastEventTime|stage|side|horizon)$/.test(name)
            ? attack + value
            : value,
        ),
      ) as StateView;
    const server = await serve(hostile(exampleState(200)));
    const { page, complaints } = await open(server.url);
    await shows(page, exampleState(200));
    server.become(hostile(exampleState(201)));
    await shows(page, exampleState(201));
    expect(
      await page.evaluate(() => ({
        images: document.querySelectorAll('main img, main b b, main script').length,
        attacked: 'attacked' in window,
        shown: document.querySelector('#positions tbody td')!.textContent,
        wide: document.documentElement.scrollWidth > innerWidth,
      })),
    ).toEqual({ images: 0, attacked: false, shown: `${attack}market_maker`, wide: false });
    expect(complaints).toEqual([]);
  });

  it('says what is not there yet, and why', async () => {
    const server = await serve({ ...exampleState(0), engines: [] });
    const { page, complaints } = await open(server.url);
    await page.getByText('No engine has written a line yet.').waitFor();
    server.become({ ...exampleState(0), engines: [emptyEngine()] });
    await page.getByText('No fill yet').waitFor();
    server.become(exampleState(5));
    await shows(page, exampleState(5));
    const sharpe = page.locator('[data-field="engines.0.strategies.0.sharpeRatio"]');
    expect(await sharpe.textContent()).toBe('—');
    expect(await sharpe.getAttribute('title')).toMatch(/^absent: /);
    expect(complaints).toEqual([]);
  });

  it('does not grow with the length of a session', async () => {
    const server = await serve(exampleState(1_000));
    const { page } = await open(server.url);
    const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
    await shows(page, exampleState(1_000));
    const before = await elements();
    for (let step = 1_001; step <= 1_020; step++) {
      server.become(exampleState(step));
      await shows(page, exampleState(step));
    }
    expect(await elements()).toBe(before);
  });

  describe.each([
    [1440, 900],
    [390, 844],
  ])('at %i pixels', (width, height) => {
    it.each(['light', 'dark'] as const)('fits and is legible in %s', async (colorScheme) => {
      await mkdir(screenshots, { recursive: true });
      const server = await serve(exampleState(3_000));
      const { page, complaints } = await open(server.url, {
        viewport: { width, height },
        colorScheme,
      });
      await shows(page, exampleState(3_000));
      await page.screenshot({
        path: `${screenshots}${String(width)}-${colorScheme}.png`,
        fullPage: true,
      });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await page.evaluate(faintTexts)).toEqual([]);
      expect(complaints).toEqual([]);
      const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.locator('#theme').click();
      const after = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(after).not.toBe(before);
      await page.reload();
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
        after,
      );
      await shows(page, exampleState(3_000));
      expect(await page.evaluate(faintTexts)).toEqual([]);
    });
  });
});

/** Runs in the page. @returns texts whose contrast with what is behind them is below WCAG AA's 4.5 */
function faintTexts(): string[] {
  const parse = (colour: string): number[] => {
    const numbers = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return colour.startsWith('color(')
      ? [...numbers.slice(0, 3).map((part) => part * 255), numbers[3] ?? 1]
      : [...numbers.slice(0, 3), numbers[3] ?? 1];
  };
  const luminance = (rgb: readonly number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.map((part) => {
      const s = part / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint: string[] = [];
  for (const element of document.querySelectorAll<HTMLElement>('body *')) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === 3 && node.nodeValue!.trim() !== '',
    );
    if (!own || !element.checkVisibility() || element.closest('noscript') !== null) continue;
    let behind: Element | null = element;
    while (behind !== null && parse(getComputedStyle(behind).backgroundColor)[3] === 0)
      behind = behind.parentElement;
    const background = parse(getComputedStyle(behind ?? document.body).backgroundColor).slice(0, 3);
    const style = getComputedStyle(element);
    const text = parse(element instanceof SVGElement ? style.fill : style.color).slice(0, 3);
    const [high = 0, low = 0] = [luminance(text), luminance(background)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) faint.push(`${element.textContent.slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}
