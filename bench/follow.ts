/**
 * What following costs. Each a command:
 *
 *     npx tsx --conditions=source bench/follow.ts delay [runs]
 *     npx tsx --conditions=source bench/follow.ts cpu [runs]
 *     npx tsx --conditions=source bench/follow.ts start [runs]
 */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../sidecar/src/clock.ts';
import { seriesOf, Sidecar, untilRight } from '../test/faults/sidecar.ts';
import { logLines } from './log-generator.ts';

const [command = '', runs = '5'] = process.argv.slice(2);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!;
const spread = (values: readonly number[], digits = 1): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

async function inFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-follow-'));
  try {
    return await action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const BENCH_RUN = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';

/** Lines of a log as the engine writes it, stamped with the wall clock as they are written. */
class LiveLog {
  readonly path: string;
  readonly #lines = logLines(100_000_000);
  readonly #clock = systemClock();

  constructor(folder: string) {
    this.path = join(folder, `engine-1-${BENCH_RUN}.1.jsonl`);
    this.write(20);
  }

  write(count: number): void {
    const nowMs = this.#clock.wallMs();
    const whole = new Date(Math.floor(nowMs / 1000) * 1000).toISOString().slice(0, 19);
    const nanos = Math.floor((nowMs % 1000) * 1e6);
    const time = `"time":"${whole}.${String(nanos).padStart(9, '0')}Z"`;
    let text = '';
    for (let one = 0; one < count; one += 1)
      text += `${(this.#lines.next().value as string).replace(/"time":"[^"]*"/, time)}\n`;
    appendFileSync(this.path, text);
  }

  /** So many lines a second, in portions of a few ms. */
  async stream(perSecond: number, seconds: number): Promise<void> {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < seconds * 1000) {
      const due = Math.floor(((performance.now() - start) * perSecond) / 1000) - count;
      if (due > 0) this.write(due);
      count += Math.max(0, due);
      await sleep(1);
    }
  }
}

const isReady = async ({ url }: Sidecar): Promise<string | undefined> =>
  (await fetch(`${url}readyz`)).ok ? undefined : 'not ready';

async function withSidecar<T>(
  action: (sidecar: Sidecar, log: LiveLog, folder: string) => Promise<T>,
): Promise<T> {
  return inFolder(async (folder) => {
    const log = new LiveLog(folder);
    const sidecar = await Sidecar.start(join(folder, '*.jsonl'), join(folder, 'state'));
    try {
      await untilRight(() => isReady(sidecar));
      return await action(sidecar, log, folder);
    } finally {
      await sidecar.end('SIGTERM');
    }
  });
}

/** @returns the upper edges, in ms, of the buckets in which the quantiles of what came since lie */
function quantiles(before: Map<string, string>, after: Map<string, string>): [string, string] {
  const buckets = [...after]
    .filter(([name]) => name.startsWith('sidecar_ingest_delay_seconds_bucket'))
    .map(([name, value]) => ({
      edge: /le="([^"]+)"/.exec(name)![1]!,
      count: Number(value) - Number(before.get(name) ?? 0),
    }));
  const total = buckets.at(-1)!.count;
  const edge = (quantile: number): string => {
    const found = buckets.find(({ count }) => count >= quantile * total)!.edge;
    return found === '+Inf' ? found : String(Number(found) * 1000);
  };
  return [edge(0.5), edge(0.99)];
}

async function delay(runs: number): Promise<void> {
  console.log('line written → folded, so in the next scrape, at 10,000 lines/s for 5 s:');
  for (let run = 0; run < runs; run += 1) {
    const [p50, p99] = await withSidecar(async (sidecar, log) => {
      await log.stream(10_000, 1);
      const before = seriesOf(await sidecar.metrics());
      await log.stream(10_000, 5);
      return quantiles(before, seriesOf(await sidecar.metrics()));
    });
    console.log(`  p50 ≤ ${p50} ms, p99 ≤ ${p99} ms`);
  }
  console.log('line written after a quiet moment → on the stream:');
  const delays = await withSidecar(async (sidecar, log) => {
    const { body } = await fetch(`${sidecar.url}api/stream`);
    const events = body!.getReader();
    await events.read();
    const times: number[] = [];
    let next = events.read();
    for (let one = 0; one < 20 * runs; one += 1) {
      await sleep(150);
      const start = performance.now();
      log.write(1);
      await next;
      times.push(performance.now() - start);
      next = events.read();
    }
    return times.sort((a, b) => a - b);
  });
  const at = (quantile: number): string => delays[Math.floor(delays.length * quantile)]!.toFixed(2);
  console.log(`  p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${delays.length} lines)`);
}

/** @returns CPU time of a process so far, in seconds */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function cpu(runs: number): Promise<void> {
  const idle: number[] = [];
  const busy: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    await withSidecar(async (sidecar, log, folder) => {
      for (let file = 0; file < 49; file += 1)
        copyFileSync(log.path, join(folder, `engine-${file + 2}-${BENCH_RUN}.1.jsonl`));
      await sleep(4_000);
      const start = cpuOf(sidecar.pid);
      await sleep(10_000);
      idle.push((cpuOf(sidecar.pid) - start) * 10);
    });
    await withSidecar(async (sidecar, log) => {
      await log.stream(20_000, 2);
      const start = cpuOf(sidecar.pid);
      const scrapes = setInterval(() => void sidecar.metrics(), 1_000);
      await log.stream(20_000, 10);
      clearInterval(scrapes);
      busy.push((cpuOf(sidecar.pid) - start) * 10);
    });
  }
  console.log(`idle on 50 files: ${spread(idle, 2)} % of a core`);
  console.log(`20,000 lines/s and a scrape a second: ${spread(busy)} % of a core`);
}

async function start(runs: number): Promise<void> {
  const count = 500_000;
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'logs'));
    const path = join(folder, 'logs', `engine-1-${BENCH_RUN}.1.jsonl`);
    const batch: string[] = [];
    for (const line of logLines(count)) {
      batch.push(line);
      if (batch.length === 5_000) appendFileSync(path, `${batch.splice(0).join('\n')}\n`);
    }
    const once = async (): Promise<number> => {
      const startMs = performance.now();
      const sidecar = await Sidecar.start(join(folder, 'logs/*.jsonl'), join(folder, 'state'));
      await untilRight(() => isReady(sidecar), 120);
      const tookMs = performance.now() - startMs;
      await sidecar.end('SIGTERM');
      return tookMs;
    };
    const anew: number[] = [];
    const resumed: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      rmSync(join(folder, 'state'), { recursive: true, force: true });
      anew.push(await once());
      resumed.push(await once());
    }
    console.log(`${count} lines, from the program's start to ready:`);
    console.log(`  without a checkpoint ${spread(anew, 0)} ms`);
    console.log(`  from a checkpoint ${spread(resumed, 0)} ms`);
  });
}

const BENCHES = { delay, cpu, start } as const;
if (command in BENCHES) await BENCHES[command as keyof typeof BENCHES](Number(runs));
else throw new Error(`wants one of ${Object.keys(BENCHES).join(', ')}`);
