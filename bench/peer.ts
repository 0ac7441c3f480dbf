/**
 * The readers that the sidecar is measured beside. They do only the simple job: count by event,
 * strategy and symbol, sum fills, keep the last position, fill one histogram.
 *
 *     npx tsx --conditions=source bench/peer.ts floor|readline|tail|duckdb FILE LINES
 */
import { createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Tail } from 'tail';

interface Line {
  readonly event: string;
  readonly strategy?: string;
  readonly symbol?: string;
  readonly last_qty?: string;
  readonly qty?: string;
  readonly ack_ns?: number;
}

/** JSON.parse on lines cut out of large reads, and plain counters: what no reader of JSON is faster than. */
function floor(file: string): void {
  const counts = new Map<string, number>();
  const filled = new Map<string, number>();
  const positions = new Map<string, number>();
  const buckets = new Array<number>(40).fill(0);
  const fd = openSync(file, 'r');
  const buffer = Buffer.alloc(1 << 20);
  for (let kept = 0; ;) {
    const got = readSync(fd, buffer, kept, buffer.length - kept, null);
    if (got === 0) return;
    const bytes = buffer.subarray(0, kept + got);
    let start = 0;
    for (let end; (end = bytes.indexOf(10, start)) >= 0; start = end + 1) {
      const line = JSON.parse(bytes.toString('utf8', start, end)) as Line;
      const key = `${line.strategy ?? ''}|${line.symbol ?? ''}`;
      const id = `${line.event}|${key}`;
      counts.set(id, (counts.get(id) ?? 0) + 1);
      if (line.event === 'order.filled')
        filled.set(key, (filled.get(key) ?? 0) + Number(line.last_qty));
      else if (line.event === 'position.updated') positions.set(key, Number(line.qty));
      else if (line.event === 'order.accepted')
        buckets[Math.floor(Math.log2(line.ack_ns ?? 1))]! += 1;
    }
    bytes.copyWithin(0, start);
    kept = bytes.length - start;
  }
}

/** @returns what a line does to prom-client's metrics */
function promClient(): (text: string) => void {
  const registers = [new Registry()];
  const labelNames = ['event', 'strategy', 'symbol'];
  const help = 'x';
  const events = new Counter({ name: 'events', help, labelNames, registers });
  const filled = new Counter({ name: 'filled', help, labelNames, registers });
  const position = new Gauge({ name: 'position', help, labelNames, registers });
  const ack = new Histogram({ name: 'ack', help, registers });
  return (text) => {
    const { event, strategy = '', symbol = '', ...line } = JSON.parse(text) as Line;
    const labels = { event, strategy, symbol };
    events.inc(labels);
    if (event === 'order.filled') filled.inc(labels, Number(line.last_qty));
    else if (event === 'position.updated') position.set(labels, Number(line.qty));
    else if (event === 'order.accepted') ack.observe((line.ack_ns ?? 0) / 1e9);
  };
}

async function readline(file: string): Promise<void> {
  const take = promClient();
  for await (const line of createInterface({ input: createReadStream(file) })) take(line);
}

function tail(file: string, lines: number): Promise<void> {
  const take = promClient();
  let left = lines;
  return new Promise((resolve, reject) => {
    const reader = new Tail(file, { fromBeginning: true });
    reader.on('error', reject);
    reader.on('line', (line: string) => {
      take(line);
      left -= 1;
      if (left > 0) return;
      reader.unwatch();
      resolve();
    });
  });
}

/** One thread; only the count and the sum of fills. */
async function duckdb(file: string): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const columns = "{event: 'VARCHAR', strategy: 'VARCHAR', symbol: 'VARCHAR', last_qty: 'DOUBLE'}";
  await connection.runAndReadAll(
    `SELECT event, strategy, symbol, count(*), sum(last_qty)
     FROM read_json('${file.replaceAll("'", "''")}', format = 'newline_delimited', columns = ${columns})
     GROUP BY ALL`,
  );
}

const [reader, file = '', lines = '0'] = process.argv.slice(2);
if (reader === 'floor') floor(file);
else if (reader === 'readline') await readline(file);
else if (reader === 'tail') await tail(file, Number(lines));
else if (reader === 'duckdb') await duckdb(file);
else throw new Error(`no reader: ${reader}`);
