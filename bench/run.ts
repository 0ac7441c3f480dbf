/**
 * `npm run bench`: the sidecar's `scan` beside other readers of the same log, in turns, and whether it
 * is as far ahead of them as it has to be. Ours does the whole fold of the contract, the others the
 * simple job of `peer.ts`.
 *
 *     npm run bench -- [--lines 2000000] [--runs 5] [--seed 1]
 *
 * Speed is lines per second of CPU time, all threads of the process together: what a core could do,
 * and steadier than the clock on the wall where a machine has other things to do. Slow readers get the
 * log's beginning only. Readers that are not on the machine are left out and named: `mtail` is a package
 * of Debian, `promtail` is looked for on the PATH.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { entry } from '../build/bundle.js';
import { extra } from '../test/setup/components.ts';
import { writeForeignLog, writeLog } from './log-generator.ts';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});
const lines = Number(values.lines);
const runs = Number(values.runs);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'tradetail-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Of the log, for readers that take more than a second for as many. */
const linesOfSlow = Math.min(lines, 100_000);

const log = path.join(folder, 'bench.jsonl');
const beginning = path.join(folder, 'beginning.jsonl');
const foreign = path.join(folder, 'foreign.jsonl');
writeLog(log, lines, Number(values.seed));
writeLog(beginning, linesOfSlow, Number(values.seed));
writeForeignLog(foreign, lines, Number(values.seed));

interface Reader {
  readonly name: string;
  readonly command: readonly string[] | undefined;
  readonly lines?: number;
}

const peer = path.join(root, 'dist', 'bench-peer.js');
buildSync({
  absWorkingDir: root,
  entryPoints: ['bench/peer.ts'],
  outfile: peer,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
});
const sidecar = fileURLToPath(await entry('sidecar'));
const node = (...args: readonly string[]): readonly string[] => [process.execPath, ...args];
const SCAN = 'sidecar scan, the full fold';
const SCAN_FOREIGN = 'sidecar scan, keys in foreign order';
const FLOOR = '1 MiB reads, JSON.parse, plain counters: the floor';
const FLOOR_FOREIGN = 'the floor, keys in foreign order';
const MTAIL = 'mtail';
const PROMTAIL = 'Promtail, json and metrics stages';
const DUCKDB = 'DuckDB, one thread, count and sum only';
const readers: readonly Reader[] = [
  { name: SCAN, command: node(sidecar, 'scan', '--logs', log) },
  { name: SCAN_FOREIGN, command: node(sidecar, 'scan', '--logs', foreign) },
  { name: FLOOR, command: node(peer, 'floor', log) },
  { name: FLOOR_FOREIGN, command: node(peer, 'floor', foreign) },
  { name: 'readline, JSON.parse, prom-client', command: node(peer, 'readline', log) },
  { name: 'npm tail, JSON.parse, prom-client', command: node(peer, 'tail', log, String(lines)) },
  { name: DUCKDB, command: node(peer, 'duckdb', log) },
  { name: MTAIL, command: mtailCommand(), lines: linesOfSlow },
  { name: PROMTAIL, command: promtailCommand(), lines: linesOfSlow },
];

interface Measure {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMb: number;
}

const measures = new Map<string, Measure[]>();
for (let run = 0; run < runs; run += 1)
  for (const { name, command } of readers) {
    if (command === undefined) continue;
    const list = measures.get(name) ?? [];
    measures.set(name, list);
    list.push(await measure(command));
  }

report();

/** Runs it; its times are the shell's, its memory the kernel's high-water mark. */
function measure(command: readonly string[]): Promise<Measure> {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const times = path.join(folder, 'times');
  const script = `${quoted} >/dev/null 2>&1 & echo $!; wait $!; code=$?; times >'${times}'; exit $code`;
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let peakMb = 0;
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on('data', (text: Buffer) => {
      const pid = Number(text.toString());
      timer = setInterval(() => (peakMb = Math.max(peakMb, peakMbOf(pid))), 20);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code !== 0) reject(new Error(`exit ${code}: ${command.join(' ')}`));
      const wallSeconds = (performance.now() - startMs) / 1000;
      // The second line is the children's: 1m2.345s 0m6.789s.
      const [, children = ''] = readFileSync(times, 'utf8').split('\n');
      const cpuSeconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
        (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
        0,
      );
      resolve({ cpuSeconds, wallSeconds, peakMb });
    });
  });
}

function peakMbOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    // It has ended.
    return 0;
  }
}

/** On one core, as the others are: it would collect its garbage on the second. */
function onOneCore(...command: readonly string[]): readonly string[] {
  return ['env', 'GOMAXPROCS=1', ...command];
}

/** The simple job the way its manual does it: a pattern a kind of line, a more exact one within. */
function mtailCommand(): readonly string[] | undefined {
  const mtail = extra('mtail');
  if (mtail === undefined) return undefined;
  const program = path.join(folder, 'bench.mtail');
  writeFileSync(
    program,
    String.raw`counter events by event, strategy, symbol
counter filled by strategy, symbol
gauge position by strategy, symbol
histogram ack_ns buckets 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000

/"event":"(?P<event>[a-z_.]+)"(?:,"cause":\d+)?(?:,"venue":"[^"]*")?(?:,"symbol":"(?P<symbol>[^"]*)")?(?:,"strategy":"(?P<strategy>[^"]*)")?/ {
  events[$event][$strategy][$symbol]++
  $event == "order.filled" {
    /"last_qty":"(?P<last_qty>\d+\.\d+)"/ {
      filled[$strategy][$symbol] += $last_qty
    }
  }
  $event == "position.updated" {
    /"qty":"(?P<qty>-?\d+\.\d+)"/ {
      position[$strategy][$symbol] = $qty
    }
  }
  $event == "order.accepted" {
    /"ack_ns":(?P<ack>\d+)/ {
      ack_ns = $ack
    }
  }
}
`,
  );
  return onOneCore(mtail, '-one_shot', '-logs', beginning, '-progs', program);
}

/** The same with its json, labels and metrics stages; what it would ship is dropped at the end. */
function promtailCommand(): readonly string[] | undefined {
  const promtail = extra('promtail');
  if (promtail === undefined) return undefined;
  const config = path.join(folder, 'promtail.yaml');
  const only = (event: string, metrics: string): string =>
    `{match: {selector: '{event="${event}"}', stages: [{metrics: {${metrics}}}]}}`;
  writeFileSync(
    config,
    `server: {disable: true}
clients: [{url: 'http://127.0.0.1:1/'}]
positions: {filename: ${path.join(folder, 'positions.yaml')}}
scrape_configs:
  - job_name: bench
    static_configs: [{labels: {job: bench}}]
    pipeline_stages:
      - json: {expressions: {event: , symbol: , strategy: , last_qty: , qty: , ack_ns: }}
      - labels: {event: , symbol: , strategy: }
      - metrics: {events: {type: Counter, source: event, config: {action: inc}}}
      - ${only('order.filled', 'filled: {type: Counter, source: last_qty, config: {action: add}}')}
      - ${only('position.updated', 'position: {type: Gauge, source: qty, config: {action: set}}')}
      - ${only('order.accepted', 'ack_ns: {type: Histogram, source: ack_ns, config: {buckets: [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]}}')}
      - drop: {expression: '.*'}
`,
  );
  const command = `exec '${promtail}' -config.file '${config}' -stdin -dry-run < '${beginning}'`;
  return onOneCore('bash', '-c', command);
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function linesOf(name: string): number {
  return readers.find((reader) => reader.name === name)?.lines ?? lines;
}

/** Lines per second of CPU time: median and, of all runs, least and most. */
function speedOf(name: string): readonly [number, number, number] | undefined {
  const speeds = measures.get(name)?.map(({ cpuSeconds }) => linesOf(name) / cpuSeconds);
  return speeds && [median(speeds), Math.min(...speeds), Math.max(...speeds)];
}

function report(): void {
  const megabytes = (statSync(log).size / 1e6).toFixed(0);
  const [floorSpeed] = speedOf(FLOOR)!;
  const k = (speed: number): string => (speed / 1000).toFixed(0);
  console.log(`${lines} lines, ${megabytes} MB, ${runs} runs in turns; Node ${process.version}`);
  console.log(`${cpus().length} × ${cpus()[0]!.model}\n`);
  console.log(
    '| reader | k lines per CPU second | least–most | × the floor | s on the wall | peak MB |',
  );
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { name } of readers) {
    const speed = speedOf(name);
    if (speed === undefined) {
      console.log(`| ${name} | not on this machine | | | | |`);
      continue;
    }
    const list = measures.get(name)!;
    const read = linesOf(name) < lines ? `, ${linesOf(name)} lines` : '';
    const wall = median(list.map(({ wallSeconds }) => wallSeconds)).toFixed(2);
    const peak = Math.max(...list.map(({ peakMb }) => peakMb)).toFixed(0);
    const [middle, least, most] = speed;
    const ratio = (middle / floorSpeed).toFixed(2);
    console.log(
      `| ${name}${read} | ${k(middle)} | ${k(least)}–${k(most)} | ${ratio} | ${wall} | ${peak} |`,
    );
  }
  console.log('');
  const targets: readonly (readonly [string, string, number])[] = [
    [SCAN, FLOOR, 4],
    [SCAN_FOREIGN, FLOOR_FOREIGN, 0.7],
    [SCAN, DUCKDB, 1],
    [SCAN, MTAIL, 12],
    [SCAN, PROMTAIL, 20],
  ];
  for (const [ours, other, least] of targets) {
    const speed = speedOf(other);
    if (speed === undefined) continue;
    // Of the same turn, so that what else the machine does is in both.
    const ratios = measures
      .get(other)!
      .map(
        ({ cpuSeconds }, run) =>
          linesOf(ours) / measures.get(ours)![run]!.cpuSeconds / (linesOf(other) / cpuSeconds),
      );
    const ratio = median(ratios);
    const isMet = ratio >= least;
    console.log(
      `${isMet ? 'met   ' : 'missed'} ${ours} / ${other}: ${ratio.toFixed(2)}, at least ${least}`,
    );
    if (!isMet) process.exitCode = 1;
  }
}
