/**
 * How fast the engine goes (target P10).
 *
 *     npx tsx --conditions=source bench/engine.ts
 *
 * Real engine processes at full speed, with both strategies and their log. The wall time of the
 * recorded session counts from the start of the run to its end, from the log itself: `mono_ns` of
 * its last line. Steps are what the loop lets happen: changes of the feed, commands and reports of
 * the venue, timers. Tick → decision is `decision_ns` of the orders.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { entry } from '../build/bundle.js';

const RUNS = 5;
const session = fileURLToPath(
  new URL('../../shared/data/binance-spot-btcusdt-20240808', import.meta.url),
);

interface Figures {
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly linesPerSecond: number;
  readonly decisionP50Us: number;
  readonly decisionP99Us: number;
}

async function figures(args: readonly string[]): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tradetail-bench-'));
  const file = fileURLToPath(await entry('engine'));
  const run = spawnSync(
    process.execPath,
    [file, 'run', '--speed', 'max', '--seed', '1', '--log-dir', folder, ...args],
    {
      encoding: 'utf8',
    },
  );
  if (run.status !== 0) throw new Error(run.stderr);
  const text = readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('');
  rmSync(folder, { recursive: true });
  const decisions = Float64Array.from(
    text.matchAll(/"decision_ns":(\d+)/g),
    (match) => Number(match[1]) / 1e3,
  ).sort();
  const lines = text.split('\n');
  const last = JSON.parse(lines.at(-2)!) as { mono_ns: number; totals: { steps: number } };
  const seconds = last.mono_ns / 1e9;
  return {
    seconds,
    stepsPerSecond: last.totals.steps / seconds,
    linesPerSecond: lines.length / seconds,
    decisionP50Us: decisions[Math.floor(decisions.length * 0.5)]!,
    decisionP99Us: decisions[Math.floor(decisions.length * 0.99)]!,
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!;

const cases: Record<string, readonly string[]> = {
  'simulated market, 60 min': ['--duration', '60m'],
};
if (existsSync(session))
  cases['recorded 650 s session'] = [
    '--market',
    'replay',
    '--data',
    ...['btcusdt_20240808.gz', 'btcusdt_20240809.gz'].map((name) => path.join(session, name)),
  ];

const all = new Map<string, Figures[]>(Object.keys(cases).map((name) => [name, []]));
for (let run = 0; run < RUNS; run++)
  for (const [name, args] of Object.entries(cases)) all.get(name)!.push(await figures(args));

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}, medians of ${RUNS} alternating runs\n`,
);
console.log(
  `${''.padEnd(26)} seconds (least–most)    steps/s    lines/s   tick → decision p50    p99`,
);
for (const [name, runs] of all) {
  const of = (key: keyof Figures): number => median(runs.map((one) => one[key]));
  const seconds = runs.map((one) => one.seconds);
  const spread = `${of('seconds').toFixed(2)} (${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)})`;
  console.log(
    `${name.padEnd(26)} ${spread.padStart(20)} ${of('stepsPerSecond').toFixed(0).padStart(10)} ${of('linesPerSecond').toFixed(0).padStart(10)} ` +
      `${`${of('decisionP50Us').toFixed(1)} µs`.padStart(21)} ${`${of('decisionP99Us').toFixed(1)} µs`.padStart(7)}`,
  );
}
