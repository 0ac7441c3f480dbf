/**
 * The report beside the JSON.parse floor on the same log, in turns: CPU time, memory, and the size of the
 * page; and whether it is as fast and small as it has to be (target P12).
 *
 *     npx tsx --conditions=source bench/report.ts [--lines 1000000] [--runs 3] [--seed 1]
 *
 * The target is a time on a machine whose floor takes 2.6 s of CPU for 1 M lines, so it is compared as a
 * multiple of the floor, which holds on any machine and beside other work.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { entry } from '../build/bundle.js';
import { writeLog } from './log-generator.ts';

const FLOOR_SECONDS = 2.6;
const REPORT_SECONDS_MAX = 5;
const HTML_MB_MAX = 3;
const PEAK_MB_MAX = 400;

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});
const lines = Number(values.lines);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'tradetail-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const log = path.join(folder, 'bench.jsonl');
const out = path.join(folder, 'report');
writeLog(log, lines, Number(values.seed));

const sidecar = fileURLToPath(await entry('sidecar'));
const peer = ['--import', 'tsx', '--conditions=source', path.join(root, 'bench/peer.ts')];
const reports: Measure[] = [];
const floors: Measure[] = [];
for (let run = 0; run < Number(values.runs); run += 1) {
  reports.push(measure([sidecar, 'report', '--logs', log, '--out', out]));
  floors.push(measure([...peer, 'floor', log]));
}

const cpuSeconds = median(reports.map((one) => one.cpuSeconds));
const ratio = median(reports.map((one, run) => one.cpuSeconds / floors[run]!.cpuSeconds));
const peakMb = Math.max(...reports.map((one) => one.peakMb));
const htmlMb = statSync(path.join(out, 'report.html')).size / 1e6;
const limit = REPORT_SECONDS_MAX / FLOOR_SECONDS;
console.log(`report of ${lines} lines, ${(statSync(log).size / 1e6).toFixed(0)} MB`);
row('CPU time', cpuSeconds, 's', undefined);
row('× the floor', ratio, '', limit);
row('memory at its peak', peakMb, 'MB', PEAK_MB_MAX);
row('report.html', htmlMb, 'MB', HTML_MB_MAX);

interface Measure {
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** Runs Node on it; the figures are the kernel's of the process that ended. */
function measure(args: readonly string[]): Measure {
  const told = `process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    process.stderr.write(JSON.stringify([userCPUTime + systemCPUTime, maxRSS]));
  });`;
  const teller = `data:text/javascript,${encodeURIComponent(told)}`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', teller, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`exit ${status}: ${args.join(' ')}: ${stderr}`);
  const [microseconds, kilobytes] = JSON.parse(stderr) as [number, number];
  return { cpuSeconds: microseconds / 1e6, peakMb: kilobytes / 1024 };
}

function median(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function row(name: string, value: number, unit: string, most: number | undefined): void {
  const verdict =
    most === undefined ? '' : `at most ${most.toFixed(2)}: ${value <= most ? 'met' : 'missed'}`;
  if (most !== undefined && !(value <= most)) process.exitCode = 1;
  console.log(`${name.padEnd(20)} ${value.toFixed(2).padStart(8)} ${unit.padEnd(2)} ${verdict}`);
}
