import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { applyPatch } from '../src/page/patch.js';
import type { RunningServer, ServerOptions } from '../src/http/server.ts';
import { startServer } from '../src/http/server.ts';
import { patchOf } from '../src/http/state-patch.ts';
import { STREAMS_MAX } from '../src/http/state-stream.ts';
import type { StateView } from '../src/view/state-view.ts';
import { exampleState } from './http-state-example.ts';

const pageDir = fileURLToPath(new URL('../src/page', import.meta.url));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A server whose state a test moves. */
async function serve(options: Partial<ServerOptions> = {}) {
  let view = exampleState(100);
  const listeners = new Set<() => void>();
  const server: RunningServer = await startServer({
    host: '127.0.0.1',
    port: 0,
    pageDir,
    state: () => view,
    metrics: (open) =>
      Promise.resolve({
        contentType: open ? 'application/openmetrics-text' : 'text/plain',
        body: 'x 1\n',
      }),
    ready: () => '',
    changed: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    log: { error: () => undefined },
    ...options,
  });
  ends.push(() => server.close());
  return {
    ...server,
    listeners,
    become(next: StateView) {
      view = next;
      for (const listener of listeners) listener();
    },
  };
}

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

function ask(port: number, target: string, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path: target, agent: false, ...options },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body }),
        );
      },
    );
    request.on('error', reject).end();
  });
}

/** A reader of `/api/stream`, message by message. */
async function listen(port: number) {
  const request = http.get({ host: '127.0.0.1', port, path: '/api/stream', agent: false });
  ends.push(() => request.destroy());
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const messages: { event: string; data: unknown; atMs: number }[] = [];
  const arrived = new Set<() => void>();
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: ([^\n]*)$/.exec(block) ?? [];
      if (event !== undefined)
        messages.push({ event, data: JSON.parse(data!), atMs: performance.now() });
    }
    for (const check of arrived) check();
  });
  response.on('error', () => undefined);
  return {
    response,
    messages,
    until: (done: () => boolean) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!done()) return;
          arrived.delete(check);
          resolve();
        };
        arrived.add(check);
        check();
      }),
  };
}

/** The state that a page has after these messages. */
function stateAfter(messages: readonly { event: string; data: unknown }[]): unknown {
  return messages.reduce<unknown>(
    (state, { event, data }) => (event === 'state' ? data : applyPatch(state, data)),
    undefined,
  );
}

const withoutCurves = (view: unknown): unknown =>
  JSON.parse(
    JSON.stringify(view, (name, value: unknown) => (name === 'curve' ? undefined : value)),
  );

describe('the routes', () => {
  it.each([
    ['/healthz', 200, /^text\/plain/, 'ok\n'],
    ['/readyz', 200, /^text\/plain/, 'ready\n'],
    ['/metrics', 200, /^text\/plain/, 'x 1\n'],
    ['/', 200, /^text\/html/, /^<!doctype html>/i],
    ['/patch.js', 200, /^text\/javascript/, /applyPatch/],
    ['/reports/', 200, /^text\/html/, /No report is finished yet/],
    ['/nothing', 404, /^text\/plain/, 'not found\n'],
    ['/api', 404, /^text\/plain/, 'not found\n'],
    ['/api/state/', 404, /^text\/plain/, 'not found\n'],
    ['/%E0%A4%A', 404, /^text\/plain/, 'not found\n'],
    ['/../package.json', 404, /^text\/plain/, 'not found\n'],
    ['/%2e%2e/package.json', 404, /^text\/plain/, 'not found\n'],
    ['/..%2fhttp/server.ts', 404, /^text\/plain/, 'not found\n'],
    ['/reports/..%2f..%2fetc/passwd', 404, /^text\/plain/, 'not found\n'],
  ])('%s answers %i', async (target, status, type, body) => {
    const { port } = await serve();
    const answer = await ask(port, target);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(type);
    expect(answer.body).toMatch(body);
  });

  it('/api/state gives the whole state', async () => {
    const { port } = await serve();
    const { status, headers, body } = await ask(port, '/api/state');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(body)).toEqual(exampleState(100));
  });

  it('/readyz says why it is not ready', async () => {
    const { port } = await serve({ ready: () => '3 files to go' });
    expect(await ask(port, '/readyz')).toMatchObject({ status: 503, body: '3 files to go\n' });
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
  });

  it.each([
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      true,
    ],
    ['application/openmetrics-text', true],
    ['text/plain;version=0.0.4;q=0.5,application/openmetrics-text;q=0.1', false],
    ['application/openmetrics-text;q=0', false],
    ['*/*', false],
    ['', false],
  ])('/metrics for Accept "%s": OpenMetrics %s', async (accept, open) => {
    const { port } = await serve();
    const { headers } = await ask(port, '/metrics', { headers: { accept } });
    expect(headers['content-type'] === 'application/openmetrics-text').toBe(open);
  });

  it('scrapes at the same time share one render', async () => {
    let renders = 0;
    const finish: (() => void)[] = [];
    const { port } = await serve({
      metrics: () =>
        new Promise((resolve) => {
          renders++;
          finish.push(() => resolve({ contentType: 'text/plain', body: 'x 1\n' }));
        }),
    });
    const answers = [1, 2, 3].map(() => ask(port, '/metrics'));
    await expect.poll(() => renders).toBe(1);
    // A later request of the same kind arrives behind the earlier ones.
    await ask(port, '/healthz');
    for (const resolve of finish) resolve();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(renders).toBe(1);
  });

  it('a failure is said without its stack, and logged with it', async () => {
    const logged: object[] = [];
    const { port } = await serve({
      metrics: () => Promise.reject(new Error('secret place')),
      log: { error: (fields) => logged.push(fields) },
    });
    expect(await ask(port, '/metrics')).toMatchObject({ status: 500, body: 'failed\n' });
    expect(logged).toMatchObject([{ path: '/metrics', err: { message: 'secret place' } }]);
  });
});

describe('what is refused', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('%s is 405', async (method) => {
    const { port } = await serve();
    const answer = await ask(port, '/api/state', { method });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
  });

  it.each(['/', '/metrics', '/api/state', '/api/stream', '/healthz'])(
    'HEAD %s is 200 without a body',
    async (target) => {
      const { port } = await serve();
      expect(await ask(port, target, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    },
  );

  it('a request with a body is 413', async () => {
    const { port } = await serve();
    expect(await ask(port, '/', { headers: { 'content-length': '5' } })).toMatchObject({
      status: 413,
    });
  });

  it.each([
    ['localhost:9464', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1', 200],
    ['[::1]:9464', 200],
    ['tradetail.internal:9464', 200],
    ['evil.example', 403],
    ['evil.example:9464', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['169.254.169.254', 403],
  ])('Host "%s" is %i', async (host, status) => {
    const { port } = await serve({ allowedHosts: ['tradetail.internal'] });
    for (const target of ['/', '/metrics', '/api/state', '/healthz'])
      expect((await ask(port, target, { headers: { host } })).status).toBe(status);
  });

  it('a page of another origin gets nothing, a page of ours does', async () => {
    const { port } = await serve();
    const own = `127.0.0.1:${String(port)}`;
    for (const [origin, status] of [
      [`http://${own}`, 200],
      ['http://evil.example', 403],
      [`http://${own}.evil.example`, 403],
      ['http://127.0.0.1:1', 403],
      ['null', 403],
    ] as const) {
      const answer = await ask(port, '/api/state', { headers: { origin, host: own } });
      expect([origin, answer.status]).toEqual([origin, status]);
    }
  });

  it('every answer carries the protective headers and none that opens it', async () => {
    const { port } = await serve();
    for (const target of ['/', '/live.css', '/metrics', '/api/state', '/reports/', '/nothing']) {
      const { headers } = await ask(port, target);
      const policy = headers['content-security-policy'] as string;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('headers over 16 KiB are refused', async () => {
    const { port } = await serve();
    expect(await ask(port, '/', { headers: { padding: 'x'.repeat(20_000) } })).toMatchObject({
      status: 431,
    });
  });
});

describe('the token', () => {
  const token = 'a-token-of-some-length';

  it('has to be given beyond loopback', async () => {
    await expect(serve({ host: '0.0.0.0' })).rejects.toThrow('a token is required');
  });

  it.each([
    ['none', {}, 401],
    ['a wrong one', { authorization: 'Bearer a-token-of-some-lengtH' }, 401],
    ['another scheme', { authorization: `Basic ${token}` }, 401],
    ['the right one', { authorization: `Bearer ${token}` }, 200],
    ['the token as the cookie', { cookie: `tradetail_session=${token}` }, 401],
  ])('with %s', async (_, headers, status) => {
    const { port } = await serve({ host: '0.0.0.0', token });
    for (const target of ['/', '/metrics', '/readyz', '/api/state', '/api/stream', '/reports/']) {
      const method = target === '/api/stream' ? 'HEAD' : 'GET';
      expect([target, (await ask(port, target, { headers, method })).status]).toEqual([
        target,
        status,
      ]);
    }
    expect((await ask(port, '/healthz')).status).toBe(200);
  });

  it('in the address is exchanged for a cookie that a script cannot read', async () => {
    const { port } = await serve({ token });
    const first = await ask(port, `/?token=${token}`);
    expect(first.status).toBe(303);
    expect(first.headers['location']).toBe('/');
    const [cookie] = first.headers['set-cookie']!;
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(token);
    const session = cookie!.split(';')[0]!;
    expect((await ask(port, '/', { headers: { cookie: `a=b; ${session}` } })).status).toBe(200);
    expect((await ask(port, '/?token=wrong')).status).toBe(401);
    expect((await ask(port, '/?token=a&token=b')).status).toBe(401);
    for (const target of ['//evil.example', '/\\evil.example'])
      expect((await ask(port, `${target}?token=${token}`)).headers['location'] ?? '/').toMatch(
        /^\/(?![/\\])/,
      );
  });
});

describe('the stream', () => {
  it('begins with the whole state and goes on with what changed', async () => {
    const server = await serve();
    const page = await listen(server.port);
    expect(page.response.headers['content-type']).toBe('text/event-stream');
    await page.until(() => page.messages.length === 1);
    expect(page.messages[0]).toMatchObject({ event: 'state', data: exampleState(100) });
    server.become(exampleState(101));
    await page.until(() => page.messages.length === 2);
    expect(page.messages[1]!.event).toBe('patch');
    expect(JSON.stringify(page.messages[1]!.data)).not.toContain('curve');
    expect(withoutCurves(stateAfter(page.messages))).toEqual(withoutCurves(exampleState(101)));
  });

  it('gives a client that comes later the same state', async () => {
    const server = await serve();
    const early = await listen(server.port);
    await early.until(() => early.messages.length === 1);
    server.become(exampleState(101));
    server.become(exampleState(102));
    const late = await listen(server.port);
    server.become(exampleState(103));
    const end = exampleState(103).time;
    for (const page of [early, late]) {
      await page.until(() => (stateAfter(page.messages) as StateView | undefined)?.time === end);
      expect(withoutCurves(stateAfter(page.messages))).toEqual(withoutCurves(exampleState(103)));
    }
  });

  it('sends at most ten patches a second, and the last change always', async () => {
    const server = await serve();
    const page = await listen(server.port);
    await page.until(() => page.messages.length === 1);
    const began = performance.now();
    let step = 101;
    while (performance.now() - began < 450) {
      server.become(exampleState(step++));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const end = exampleState(step - 1).time;
    await page.until(() => (stateAfter(page.messages) as StateView).time === end);
    const patches = page.messages.length - 1;
    expect(patches).toBeGreaterThanOrEqual(3);
    expect(patches).toBeLessThanOrEqual(Math.ceil((performance.now() - began) / 100) + 1);
  });

  it('sends everything again when a run or a strategy comes or goes', async () => {
    const server = await serve();
    const page = await listen(server.port);
    const next = exampleState(101, { strategies: ['market_maker', 'liquidity_taker', 'third'] });
    server.become(next);
    await page.until(() => page.messages.length === 2);
    expect(page.messages[1]).toMatchObject({ event: 'state', data: next });
  });

  it(`refuses the ${String(STREAMS_MAX + 1)}th client until one goes`, async () => {
    const { port } = await serve();
    const pages = await Promise.all(Array.from({ length: STREAMS_MAX }, () => listen(port)));
    expect(await ask(port, '/api/stream')).toMatchObject({
      status: 503,
      body: 'too many streams\n',
    });
    pages[0]!.response.destroy();
    await expect
      .poll(async () => {
        return (await listen(port)).response.statusCode;
      })
      .toBe(200);
  });

  it('a client that does not read costs a bounded buffer, and catches up when it reads again', async () => {
    const server = await serve();
    const socket = net.connect(server.port, '127.0.0.1');
    ends.push(() => socket.destroy());
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const other = await listen(server.port);
    const filler = 'x'.repeat(400_000);
    const heapBefore = process.memoryUsage().external + process.memoryUsage().heapUsed;
    for (let step = 1; step <= 25; step++) {
      const seen = other.messages.length;
      const reason = String(step) + filler;
      server.become({ ...exampleState(100), reason });
      await other.until(() => other.messages.length > seen);
      other.messages.splice(0);
    }
    const grown = process.memoryUsage().external + process.memoryUsage().heapUsed - heapBefore;
    expect(grown).toBeLessThan(64 * 1024 * 1024);
    let text = '';
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text = (text + chunk).slice(-900_000)));
    socket.resume();
    await expect
      .poll(() => text.includes(`"reason":"25${filler}"`), { timeout: 10_000 })
      .toBe(true);
  });

  it('ends with the server', async () => {
    const server = await serve();
    const page = await listen(server.port);
    const ended = once(page.response, 'close');
    await server.close();
    await ended;
    expect(server.listeners.size).toBe(0);
    ends.splice(0, 1);
  });
});

describe('a patch', () => {
  const text = fc.constantFrom(
    'a',
    '</script><img onerror=alert(1)>',
    '\u001b[2J',
    '\u2028\n',
    '__proto__',
  );
  const number = fc.oneof(fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const row = fc.record({
    name: text,
    value: number,
    levels: fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 3 }),
  });
  const state = fc.record({
    time: text,
    engines: fc.array(fc.record({ engine: text, rows: fc.array(row, { maxLength: 3 }) }), {
      maxLength: 3,
    }),
    sidecar: fc.record({ invalidLines: fc.record({ json: fc.nat(3) }), delay: number }),
  });
  const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('applied to the state before gives the state after', () => {
    fc.assert(
      fc.property(state, state, (before, after) => {
        const patch = patchOf(copy(before), copy(after), new Set());
        const patched = patch === undefined ? copy(before) : applyPatch(copy(before), copy(patch));
        expect(patched).toEqual(copy(after));
      }),
      { numRuns: 300 },
    );
  });

  it('is absent when nothing changed', () => {
    fc.assert(
      fc.property(state, (one) => patchOf(copy(one), copy(one), new Set()) === undefined),
      { numRuns: 100 },
    );
  });

  it('is small when little changed', () => {
    const before = exampleState(100);
    const after = { ...before, time: 'later' };
    expect(patchOf(before, after, new Set())).toEqual({ time: 'later' });
  });
});

describe('hostile text', () => {
  it('stays text in the stream: one message a line, whatever is in it', async () => {
    const server = await serve();
    const page = await listen(server.port);
    await page.until(() => page.messages.length === 1);
    const reason = '\n\nevent: state\ndata: {}\n\n</script><img onerror=alert(1)>\u001b[2J\u2028';
    server.become({ ...exampleState(100), reason });
    await page.until(() => page.messages.length === 2);
    expect(page.messages[1]!.data).toEqual({ reason });
  });

  it('stays text as the name of a report', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tradetail-reports-'));
    ends.push(() => rm(folder, { recursive: true }));
    const name = '"><img onerror=alert(1)>&\u001b';
    await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, name, 'report.html'), '<!doctype html><p>figures');
    await mkdir(path.join(folder, 'unfinished'));
    await mkdir(path.join(folder, 'leak'));
    await writeFile(path.join(folder, 'leak', 'report.html'), '');
    await symlink('/etc/passwd', path.join(folder, 'leak', 'passwd'));
    const { port } = await serve({ reportsDir: folder });
    const { body } = await ask(port, '/reports/');
    expect(body).not.toContain('<img');
    expect(body).not.toContain('unfinished');
    const link = /href="([^"]*%3Cimg[^"]*)"/.exec(body)?.[1];
    const report = await ask(port, `/reports/${link!}`);
    expect(report).toMatchObject({ status: 200, body: '<!doctype html><p>figures' });
    expect(report.headers['content-security-policy']).toMatch(/^sandbox allow-scripts/);
    expect((await ask(port, '/reports/leak/passwd')).status).toBe(404);
    expect((await ask(port, '/reports')).headers['location']).toBe('/reports/');
  });
});
