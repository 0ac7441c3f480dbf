/**
 * What is lost, counted twice or torn when a file rotates: ours, npm's `tail`, mtail and Promtail, each
 * alone on the same thing, twenty times in half a minute, at 20,000 lines a second.
 *
 *     npx tsx --conditions=source bench/rotations.ts [runs]
 *
 * Ours is the real sidecar, and counts as it shows it. Of the others counts what all their processes
 * have read, also those that were killed: as if each had been asked the moment before. `mtail` is a
 * package of Debian, `promtail` is looked for on the PATH; who is not there is left out and named.
 */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Tail } from 'tail';
import { seriesOf, Sidecar, untilRight } from '../test/faults/sidecar.ts';
import { extra } from '../test/setup/components.ts';
import { freePort } from '../test/setup/program.ts';

const TIMES = 20;
const LINES_PER_MS = 20;
const WRITE_MS = 5;
/** No multiple of what readers do by the clock: poll every quarter of a second, look anew after one. */
const EVERY_MS = 1_300;
/** Nothing more is read, so nothing more will be. */
const QUIET_LOOKS = 4;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!;

const LETTERS = 'é€🙂x';
const BEFORE = `{"level":"trace","time":"2026-01-01T00:00:00.000000000Z","v":1,"engine":"engine-1","run":"01K9ZZZZZZZZZZZZZZZZZZZZZZ","seq":`;
const AFTER = `,"event":"md.trade","venue":"v","symbol":"S","trade_id":"`;
const END = `","px":"1","qty":"1","aggressor_side":"BUY"}`;
const lineOf = (n: number): string =>
  `${BEFORE}${n},"mono_ns":${n}${AFTER}${LETTERS.repeat(12)}${END}`;

/** @returns the number of a line that is whole; undefined where it is not */
function numberOf(line: string): number | undefined {
  const n = Number(/"seq":(\d+),/.exec(line)?.[1]);
  return line === lineOf(n) ? n : undefined;
}

interface Counts {
  readonly read: number;
  readonly twice: number;
  readonly torn: number;
}

interface Reader {
  /** Also anew, after a kill. */
  start(): Promise<void>;
  kill(): Promise<void>;
  counts(): Promise<Counts>;
}

type MakeReader = (folder: string, path: string) => Reader;

function ours(folder: string, path: string): Reader {
  let sidecar: Sidecar | undefined;
  return {
    async start() {
      sidecar = await Sidecar.start(path, join(folder, 'state'));
    },
    async kill() {
      await sidecar?.end('SIGKILL');
    },
    async counts() {
      let [read, twice, torn] = [0, 0, 0];
      for (const [series, value] of seriesOf(await sidecar!.metrics())) {
        if (series.startsWith('sidecar_events_total{')) read += Number(value);
        if (series.startsWith('sidecar_duplicate_events_total{')) twice += Number(value);
        if (series.startsWith('sidecar_invalid_lines_total{')) torn += Number(value);
      }
      return { read, twice, torn };
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  // npm's tail may have given up by itself.
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

/** One that prints what it reads. */
function printing(start: () => ChildProcess, lineIn: (printed: string) => string): Reader {
  const seen = new Map<number, number>();
  let torn = 0;
  let child: ChildProcess;
  return {
    start() {
      child = start();
      const printed = createInterface(child.stdout as Readable);
      printed.on('line', (text) => {
        const line = lineIn(text);
        if (line === '') return;
        const n = numberOf(line);
        if (n === undefined) torn += 1;
        else seen.set(n, (seen.get(n) ?? 0) + 1);
      });
      return Promise.resolve();
    },
    kill: () => end(child),
    counts() {
      const twice = [...seen.values()].reduce((sum, count) => sum + count - 1, 0);
      return Promise.resolve({ read: seen.size, twice, torn });
    },
  };
}

const tail: MakeReader = (_, path) =>
  printing(
    () => fork(process.argv[1]!, ['tail', path], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] }),
    (line) => line,
  );

/** The reader that `tail` is, in a process of its own. */
function printTail(path: string): void {
  let printed = '';
  const print = (): void => {
    process.stdout.write(printed);
    printed = '';
  };
  const reader = new Tail(path, { fromBeginning: true });
  reader.on('line', (line: string) => {
    if (printed === '') setImmediate(print);
    printed += `${line}\n`;
  });
  reader.on('error', () => undefined);
  // It throws from a timer when the file is missing.
  process.on('uncaughtException', () => undefined);
  // A program has more to do than to follow a file.
  setInterval(() => undefined, 1_000);
}

const promtail: MakeReader = (folder, path) => {
  const config = join(folder, 'promtail.yaml');
  writeFileSync(
    config,
    `server: {disable: true}
clients: [{url: 'http://127.0.0.1:1/'}]
positions: {filename: ${join(folder, 'positions.yaml')}}
scrape_configs:
  - job_name: bench
    static_configs: [{targets: [localhost], labels: {job: bench, __path__: '${path}'}}]
`,
  );
  return printing(
    () =>
      spawn(extra('promtail')!, ['-config.file', config, '-dry-run'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    // Time and labels stand before it. What it says of its clients is no line.
    (printed) => /job="bench"[^}]*}\s*(.*)$/s.exec(printed)?.[1] ?? '',
  );
};

const mtail: MakeReader = (folder, path) => {
  const program = join(folder, 'bench.mtail');
  const literal = (text: string): string => text.replace(/[{}.]/g, '\\$&');
  writeFileSync(
    program,
    `counter seen by n
counter torn
/^${literal(BEFORE)}(?P<n>\\d+),"mono_ns":(?P<again>\\d+)${literal(AFTER)}(${LETTERS}){12}${literal(END)}$/ {
  seen[$n]++
  $n != $again {
    torn++
  }
} else {
  torn++
}
`,
  );
  const seen = new Map<string, number>();
  let torn = 0;
  let url = '';
  let child: ChildProcess;
  const take = async (into: Map<string, number>): Promise<number> => {
    const series = seriesOf(await (await fetch(url)).text());
    let tornNow = 0;
    for (const [name, value] of series) {
      const n = /^seen\{n="(\d+)"/.exec(name)?.[1];
      if (n !== undefined) into.set(n, (into.get(n) ?? 0) + Number(value));
      else if (name.startsWith('torn')) tornNow = Number(value);
    }
    return tornNow;
  };
  return {
    async start() {
      const port = String(await freePort());
      url = `http://127.0.0.1:${port}/metrics`;
      const flags = ['-progs', program, '-logs', path, '-address', '127.0.0.1', '-port', port];
      child = spawn(extra('mtail')!, [...flags, '-logtostderr'], { stdio: 'ignore' });
      await untilRight(() =>
        fetch(url).then(
          (answer) => answer.text().then(() => undefined),
          () => 'mtail does not answer',
        ),
      );
    },
    async kill() {
      torn += await take(seen);
      await end(child);
    },
    async counts() {
      const all = new Map(seen);
      const tornNow = await take(all);
      const twice = [...all.values()].reduce((sum, count) => sum + count - 1, 0);
      return { read: all.size, twice, torn: torn + tornNow };
    },
  };
};

const READERS: Readonly<Record<string, MakeReader>> = { ours, tail, mtail, promtail };

type Rotate = (path: string, k: number, reader: Reader) => Promise<void> | void;

let written = 0;

function lines(count: number): Buffer {
  let text = '';
  for (let one = 0; one < count; one += 1) text += `${lineOf((written += 1))}\n`;
  return Buffer.from(text);
}

/** Nothing is written meanwhile, but while a reader starts anew. */
const ROTATIONS: Readonly<Record<string, Rotate>> = {
  rename: (path, k) => renameSync(path, `${path}.${k}`),
  'rename, 50 ms gap': async (path, k) => {
    renameSync(path, `${path}.${k}`);
    await sleep(50);
  },
  'copy-truncate': async (path, k) => {
    copyFileSync(path, `${path}.${k}`);
    await sleep(50);
    truncateSync(path);
  },
  'delete and recreate': (path) => unlinkSync(path),
  // Every other time, or it would grow beyond what anybody reads between two cuts.
  'truncate, then larger at once': async (path, k) => {
    const { length } = readFileSync(path);
    await sleep(50);
    truncateSync(path);
    if (k % 2 === 0)
      appendFileSync(path, lines(Math.ceil(length / Buffer.byteLength(lineOf(written))) + 10));
  },
  'characters split between writes': () => undefined,
  'kill -9 and restart': (path, _k, reader) =>
    whileWriting(
      path,
      reader.kill().then(() => reader.start()),
    ),
};

async function rotated(kind: string, makeReader: MakeReader): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-rotations-'));
  const path = join(folder, 'a.jsonl');
  const rotate = ROTATIONS[kind]!;
  const splits = kind.includes('split');
  written = 0;
  writeFileSync(path, '');
  const reader = makeReader(folder, path);
  try {
    await reader.start();
    appendFileSync(path, lines(1));
    await untilRight(async () => {
      const { read } = await reader.counts();
      return read === 1 ? undefined : 'the first line is not read';
    });
    let startMs = performance.now();
    for (let k = 1; k <= TIMES; k += 1) {
      const nowMs = (): number => performance.now() - startMs;
      while (nowMs() < k * EVERY_MS) {
        const due = nowMs() * LINES_PER_MS - written;
        if (due >= LINES_PER_MS * WRITE_MS) {
          const bytes = lines(Math.floor(due));
          // In the middle of the first character of four bytes.
          const cut = splits ? bytes.indexOf('🙂') + 2 : bytes.length;
          appendFileSync(path, bytes.subarray(0, cut));
          if (splits) {
            await sleep(2);
            appendFileSync(path, bytes.subarray(cut));
          }
        }
        await sleep(WRITE_MS);
      }
      await rotate(path, k, reader);
      // A rotation that took long puts off the next.
      startMs = Math.max(startMs, performance.now() - k * EVERY_MS);
    }
    appendFileSync(path, lines(1));
    return await last(reader);
  } finally {
    await reader.kill().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function whileWriting(path: string, action: Promise<void>): Promise<void> {
  let isOver = false;
  const over = action.finally(() => (isOver = true));
  while (!isOver) {
    appendFileSync(path, lines(LINES_PER_MS * WRITE_MS));
    await Promise.race([over, sleep(WRITE_MS)]);
  }
  await over;
}

/** @returns what it has read once it reads nothing more */
async function last(reader: Reader): Promise<Counts> {
  let before = '';
  for (let quiet = 0; ;) {
    await sleep(1_000);
    const counts = await reader.counts();
    if (counts.read === written) return counts;
    quiet = JSON.stringify(counts) === before ? quiet + 1 : 0;
    before = JSON.stringify(counts);
    if (quiet === QUIET_LOOKS) return counts;
  }
}

async function table(runs: number): Promise<void> {
  const absent = ['mtail', 'promtail'].filter((program) => extra(program) === undefined);
  console.log(`| ${TIMES} times, at 20,000 lines/s | reader | lines | lost | twice | torn |`);
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const kind of Object.keys(ROTATIONS))
    for (const [name, makeReader] of Object.entries(READERS)) {
      if (absent.includes(name)) continue;
      const rows: { lost: number; twice: number; torn: number; of: number }[] = [];
      for (let run = 0; run < runs; run += 1) {
        const { read, twice, torn } = await rotated(kind, makeReader);
        rows.push({ lost: written - read, twice, torn, of: written });
        if (name === 'ours' && read - written + twice + torn !== 0) process.exitCode = 1;
      }
      const of = median(rows.map((row) => row.of));
      const shown = (['lost', 'twice', 'torn'] as const).map((what) => {
        const middle = median(rows.map((row) => row[what]));
        return middle === 0 ? '0' : `${middle} (${((100 * middle) / of).toFixed(1)} %)`;
      });
      console.log(`| ${kind} | ${name} | ${of} | ${shown.join(' | ')} |`);
    }
}

const [first = '1', second = ''] = process.argv.slice(2);
if (first === 'tail') printTail(second);
else await table(Number(first));
