/**
 * Where Alertmanager and Grafana send alerts out of the box: each is one JSON line on stdout, and the
 * latest stand under GET /alerts. What an alert says comes in part from a log, so it stays data.
 */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const KEPT_MAX = 200;
const BODY_BYTES_MAX = 1 << 20;

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9465' },
  },
});

/** Newest last. */
const kept = [];

const server = createServer((request, response) => {
  const { method, url } = request;
  if (url === '/healthz') return answer(response, 200, 'ok\n');
  if (url !== '/alerts') return answer(response, 404, 'not found\n');
  if (method === 'GET') return answer(response, 200, `${safeJson(kept)}\n`, 'application/json');
  if (method !== 'POST') return answer(response, 405, 'method not allowed\n');
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
    if (body.length > BODY_BYTES_MAX) request.destroy();
  });
  request.on('end', () => {
    try {
      const { alerts } = JSON.parse(body);
      if (!Array.isArray(alerts)) throw new Error('no alerts in it');
      for (const alert of alerts) take(alert);
      answer(response, 200, 'ok\n');
    } catch (error) {
      answer(response, 400, `${error.message}\n`);
    }
  });
});

server.listen(Number(values.port), values.host, () => {
  const { address, port } = server.address();
  process.stdout.write(`receiver: takes alerts at http://${address}:${port}/alerts\n`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));

function take({ status, labels, annotations, startsAt, endsAt }) {
  const alert = { status, labels, annotations, startsAt, endsAt };
  kept.push(alert);
  if (kept.length > KEPT_MAX) kept.shift();
  process.stdout.write(`${safeJson(alert)}\n`);
}

/** JSON in ASCII: a terminal finds no control character in it. */
function safeJson(value) {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function answer(response, status, text, type = 'text/plain; charset=utf-8') {
  response
    .writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' })
    .end(text);
}
