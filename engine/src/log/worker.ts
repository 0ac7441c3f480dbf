/**
 * The log's worker: takes records out of the ring, has pino make lines of them, writes the lines.
 *
 * It looks at the ring every 4 ms, or at once when the bell rings, and writes what it has made in
 * one piece, so a line is in the file within 10 ms. A kill -9 loses what the loop has recorded in
 * that time and nothing else: lines that were written are with the kernel. (A power cut loses more;
 * nothing here waits for the platter.) A write may be cut short at any byte, so the last line of a
 * file can be torn.
 *
 * A disk that fails is tried again every 50 ms with the same bytes, for ever; meanwhile the ring
 * fills, and the recorder decides what becomes of that.
 */
import * as fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import pino from 'pino';
import { openClock } from '../clock.ts';
import type { WorkerOptions } from './ring-recorder.ts';
import { RingReader } from './ring-reader.ts';
import { openRing, WORD } from './ring.ts';
import { pruneSegments, segmentPath } from './segment-file.ts';
import { TimeText } from './time-text.ts';

const TURN_MS = 4;
const RETRY_MS = 50;
const LINE_BYTES_MAX = 65_536;
/** One write. Larger ones are not faster. */
const BATCH_BYTES = 1 << 19;

const options = workerData as WorkerOptions;
const { folder, engine, run, startEpochNs, budgetBytes } = options;
const disk: Pick<typeof fs, 'writeSync' | 'openSync'> =
  options.disk === undefined ? fs : { ...fs, ...((await import(options.disk)) as object) };
const clock = openClock(options.origin);
const ring = openRing(options.ring);
const reader = new RingReader(ring);

/** Nobody rings here. */
const sleep = new Int32Array(new SharedArrayBuffer(4));
let file = -1;
let segment = 0;
const batch = Buffer.allocUnsafe(BATCH_BYTES + LINE_BYTES_MAX * 4);
let batchBytes = 0;

const wall = new TimeText(0n);
const engineTime = new TimeText(startEpochNs ?? 0n);
/** Of the line that pino is making. */
let times = '';
let text = '';

const NOTHING = {};
const logger = pino(
  {
    level: 'trace',
    base: { v: 1, engine, run },
    timestamp: () => times,
    formatters: { level: (level) => ({ level }) },
    // The line's own text goes between what pino has made of it and its end, `}\n`.
    hooks: { streamWrite: (line) => `${line.slice(0, -2)}${text}}\n` },
  },
  {
    write(line: string) {
      batchBytes += batch.write(line, batchBytes, 'utf8');
    },
  },
);

for (;;) {
  setWall();
  const written = Atomics.load(ring.words, WORD.written);
  for (let line = reader.next(written); line; line = reader.next(written)) {
    if (line.event === 'log.segment') {
      flush();
      nextSegment();
    }
    times = `,"time":"${wall.at(line.monoNs)}"`;
    if (startEpochNs !== undefined) times += `,"ts":"${engineTime.at(line.tNs)}"`;
    text = line.text;
    logger[line.level](NOTHING);
    if (batchBytes >= BATCH_BYTES) store();
  }
  store();
  Atomics.wait(ring.words, WORD.bell, 0, TURN_MS);
  Atomics.store(ring.words, WORD.bell, 0);
}

/** Writes the batch and frees the ring up to there. */
function store(): void {
  flush();
  if (Atomics.load(ring.words, WORD.stored) === reader.position) return;
  Atomics.store(ring.words, WORD.stored, reader.position);
  Atomics.notify(ring.words, WORD.stored);
}

function flush(): void {
  for (let done = 0; done < batchBytes;)
    done += untilItWorks(() => disk.writeSync(file, batch, done, batchBytes - done));
  batchBytes = 0;
}

function nextSegment(): void {
  segment += 1;
  const path = segmentPath(folder, engine, run, segment);
  const open = (): number => disk.openSync(path, 'ax', 0o600);
  if (segment === 1) {
    file = open();
    parentPort!.postMessage('open');
  } else {
    fs.closeSync(file);
    file = untilItWorks(open);
  }
  pruneSegments(folder, engine, path, budgetBytes);
}

function untilItWorks<T>(attempt: () => T): T {
  for (;;) {
    try {
      const result = attempt();
      Atomics.store(ring.words, WORD.errno, 0);
      return result;
    } catch (error) {
      Atomics.store(ring.words, WORD.errno, Math.abs((error as NodeJS.ErrnoException).errno ?? 5));
      Atomics.wait(sleep, 0, 0, RETRY_MS);
    }
  }
}

/**
 * Sets the wall clock at run start from what it says now. It says ms, so the greatest difference
 * seen is the best one; a smaller one by more than 2 ms is a clock that was set back.
 */
function setWall(): void {
  const zeroNs = BigInt(clock.wallMs()) * 1_000_000n - BigInt(clock.monoNs());
  if (zeroNs > wall.zeroNs || zeroNs < wall.zeroNs - 2_000_000n) wall.zeroNs = zeroNs;
}
