/**
 * `npm run bench`: the sidecar's `scan` beside other readers of the same log, in turns, and whether it
 * is as far ahead of them as it has to be. Ours does the whole fold of the contract, the others the
 * simple job of `peer.ts`.
 *
 *     npm run bench -- [--lines 2000000] [--runs 5] [--seed 1]
 *
 * Speed is lines per second of CPU time, all threads of the process together: what a core could do,
 * and steadier than the clock on the wall where a machine has other things to do. Readers that are
 * not on the machine are left out and named.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { entry } from '../build/bundle.js';
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

const log = path.join(folder, 'bench.jsonl');
const foreign = path.join(folder, 'foreign.jsonl');
writeLog(log, lines, Number(values.seed));
writeForeignLog(foreign, lines, Number(values.seed));

interface Reader {
  readonly name: string;
  readonly command: readonly string[] | undefined;
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
  { name: MTAIL, command: mtail() },
  { name: PROMTAIL, command: promtail() },
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

function isThere(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function mtail(): readonly string[] | undefined {
  if (!isThere('mtail')) return undefined;
  const program = path.join(folder, 'bench.mtail');
  writeFileSync(
    program,
    `counter events by event
counter filled
/"event":"(?P<event>[a-z._]+)"/ { events[$event]++ }
/"last_qty":"(?P<qty>[0-9]+\\.[0-9]+)"/ { filled += $qty }
`,
  );
  return ['mtail', '-one_shot', '-logs', log, '-progs', program];
}

function promtail(): readonly string[] | undefined {
  if (!isThere('promtail')) return undefined;
  const config = path.join(folder, 'promtail.yaml');
  writeFileSync(
    config,
    `server: {disable: true}
clients: [{url: 'http://127.0.0.1:1/'}]
positions: {filename: ${path.join(folder, 'positions.yaml')}}
scrape_configs:
  - job_name: bench
    pipeline_stages:
      - json: {expressions: {event: event, symbol: symbol, strategy: strategy, last_qty: last_qty}}
      - metrics:
          events: {type: Counter, source: event, config: {action: inc}}
          filled: {type: Counter, source: last_qty, config: {action: add}}
      - drop: {expression: '.*'}
    static_configs: [{labels: {job: bench}}]
`,
  );
  return ['bash', '-c', `promtail -config.file '${config}' -stdin -dry-run < '${log}'`];
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Lines per second of CPU time: median and, of all runs, least and most. */
function speedOf(name: string): readonly [number, number, number] | undefined {
  const speeds = measures.get(name)?.map(({ cpuSeconds }) => lines / cpuSeconds);
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
    const wall = median(list.map(({ wallSeconds }) => wallSeconds)).toFixed(2);
    const peak = Math.max(...list.map(({ peakMb }) => peakMb)).toFixed(0);
    const [middle, least, most] = speed;
    const ratio = (middle / floorSpeed).toFixed(2);
    console.log(
      `| ${name} | ${k(middle)} | ${k(least)}–${k(most)} | ${ratio} | ${wall} | ${peak} |`,
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
      .map(({ cpuSeconds }, run) => cpuSeconds / measures.get(ours)![run]!.cpuSeconds);
    const ratio = median(ratios);
    const isMet = ratio >= least;
    console.log(
      `${isMet ? 'met   ' : 'missed'} ${ours} / ${other}: ${ratio.toFixed(2)}, at least ${least}`,
    );
    if (!isMet) process.exitCode = 1;
  }
}
