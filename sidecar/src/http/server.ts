/**
 * The sidecar's HTTP side (contract, section 5). It reads and shows; nothing is writable.
 *
 * | path | what |
 * |---|---|
 * | `/metrics` | Prometheus text 0.0.4, OpenMetrics when asked for |
 * | `/healthz` | 200 while the process lives |
 * | `/readyz` | 200 once caught up with the files; 503 and why before |
 * | `/` and its assets | the live page |
 * | `/api/state` | everything the page shows, JSON |
 * | `/api/stream` | its changes, server-sent events (`state-stream.ts`) |
 * | `/reports/` | the finished reports |
 *
 * Anything else is 404, other methods than GET and HEAD 405.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { NextFunction, Request, Response } from 'express';
import type { StateView } from '../view/state-view.ts';
import { hostCheck, isLoopback, isSameOrigin, tokenCheck } from './access.ts';
import { reportPages } from './report-pages.ts';
import { stateStream } from './state-stream.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Required for everything but `/healthz` where it is given; has to be given beyond loopback. */
  readonly token?: string;
  /** Names in the Host header that are answered, beside loopback's and the bound one. */
  readonly allowedHosts?: readonly string[];
  /** The folder with the page's `index.html` and assets. */
  readonly pageDir: string;
  /** The state of now, as a value that does not change afterwards (but its curves may go on). */
  readonly state: () => StateView;
  readonly metrics: (openMetrics: boolean) => Promise<Rendered>;
  /** Empty when ready, else why not. */
  readonly ready: () => string;
  /** Calls the listener whenever the state may have changed. @returns ends that */
  readonly changed: (listener: () => void) => () => void;
  readonly reportsDir?: string;
  readonly log: ServerLog;
}

export interface Rendered {
  readonly contentType: string;
  readonly body: string | Buffer;
}

/** What it needs of pino's logger. */
export interface ServerLog {
  error(fields: object, message: string): void;
}

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
};

/**
 * @throws Error beyond loopback without a token
 * @throws Error of the system where it cannot listen there
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, token } = options;
  if (token === undefined && !isLoopback(host))
    throw new Error(`host ${host} is beyond loopback: a token is required`);

  const stream = stateStream(options.state);
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 10_000 },
    application(options, stream),
  );
  server.maxConnections = 512;
  server.listen(port, host);
  await once(server, 'listening');
  const unsubscribe = options.changed(() => stream.changed());

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      unsubscribe();
      stream.close();
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      // Whoever has not taken his answer by then does not get it.
      const late = setTimeout(() => server.closeAllConnections(), 500);
      await closed;
      clearTimeout(late);
    },
  };
}

function application(
  options: ServerOptions,
  stream: ReturnType<typeof stateStream>,
): express.Express {
  const { pageDir, state, metrics, ready, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('strict routing', true);
  app.set('case sensitive routing', true);

  app.use(admission(options));
  app.get('/healthz', (_request, response) => plain(response, 200, 'ok'));
  app.use(authorization(options.token));

  app.get('/readyz', (_request, response) => {
    const reason = ready();
    plain(response, reason === '' ? 200 : 503, reason === '' ? 'ready' : reason);
  });
  const render = shared(metrics);
  app.get('/metrics', async (request, response) => {
    const { contentType, body } = await render(prefersOpenMetrics(request.get('accept') ?? ''));
    response.setHeader('Content-Type', contentType);
    response.setHeader('Cache-Control', 'no-store');
    response.end(body);
  });
  app.get('/api/state', (_request, response) => {
    response.set('Cache-Control', 'no-store').json(state());
  });
  app.get('/api/stream', (request, response) => {
    if (request.method === 'HEAD') response.type('text/event-stream').end();
    else if (!stream.add(response)) {
      response.set('Retry-After', '10');
      plain(response, 503, 'too many streams');
    }
  });
  app.get('/reports', (_request, response) => response.redirect(308, '/reports/'));
  app.use('/reports/', reportPages(options.reportsDir));
  app.use(
    express.static(pageDir, {
      dotfiles: 'ignore',
      redirect: false,
      setHeaders: (response) => response.setHeader('Cache-Control', 'no-cache'),
    }),
  );

  app.use((_request: Request, response: Response) => plain(response, 404, 'not found'));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    const status = statusOf(error);
    if (status >= 500) log.error({ err: error, path: request.path }, 'request failed');
    if (response.headersSent) next(error);
    else plain(response, status, status >= 500 ? 'failed' : 'bad request');
  });
  return app;
}

/** What is refused whoever asks: foreign hosts and origins, writing, bodies. */
function admission({ host, allowedHosts = [] }: ServerOptions): express.RequestHandler {
  const isOurHost = hostCheck(host, allowedHosts);
  return (request, response, next) => {
    response.set(HEADERS);
    if (!isOurHost(request)) return plain(response, 403, 'host not allowed');
    if (!isSameOrigin(request)) return plain(response, 403, 'origin not allowed');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.set({ Allow: 'GET, HEAD', Connection: 'close' });
      return plain(response, 405, 'method not allowed');
    }
    const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
    if (length !== '0' || coding !== undefined) {
      response.set('Connection', 'close');
      return plain(response, 413, 'no body expected');
    }
    next();
  };
}

/**
 * A program sends `Authorization: Bearer`. A person opens the page with `?token=` once, gets a
 * cookie, and is sent to the address without it, so that it stays in no history.
 */
function authorization(token: string | undefined): express.RequestHandler {
  if (token === undefined) return (_request, _response, next) => next();
  const check = tokenCheck(token);
  return (request, response, next) => {
    const given = request.query['token'];
    const cookie = typeof given === 'string' ? check.cookieFor(given) : undefined;
    if (cookie !== undefined) {
      response.set({ 'Set-Cookie': cookie, 'Cache-Control': 'no-store' });
      // One slash: an address that starts with two is another host's.
      return response.redirect(303, request.path.replace(/^[/\\]+/, '/'));
    }
    if (check.accepts(request)) return next();
    response.set('WWW-Authenticate', 'Bearer');
    plain(response, 401, 'token required');
  };
}

/** Callers that come while one is being answered get the same answer. */
function shared(metrics: ServerOptions['metrics']): ServerOptions['metrics'] {
  const running = new Map<boolean, Promise<Rendered>>();
  return (openMetrics) => {
    let rendered = running.get(openMetrics);
    if (rendered === undefined) {
      rendered = metrics(openMetrics).finally(() => running.delete(openMetrics));
      running.set(openMetrics, rendered);
    }
    return rendered;
  };
}

/** @returns whether the Accept header asks for OpenMetrics at least as much as for plain text */
function prefersOpenMetrics(accept: string): boolean {
  let open = 0;
  let text = 0;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1);
    if (type === 'application/openmetrics-text') open = Math.max(open, quality);
    if (type === 'text/plain') text = Math.max(text, quality);
  }
  return open > 0 && open >= text;
}

function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

function plain(response: Response, status: number, text: string): void {
  response.status(status).type('text').set('Cache-Control', 'no-store').send(`${text}\n`);
}
