/** What the product makes of the same files: its fold fed line by line, its metrics as text. */
import { Replica } from '@tradetail/sidecar/fold/replica.ts';
import { LINE_BYTES_MAX } from '@tradetail/sidecar/follow/line-sink.ts';
import type { Segment } from '@tradetail/sidecar/follow/line-sink.ts';
import { metricsText } from '@tradetail/sidecar/metrics/registry.ts';

import { parseExposition } from './exposition.ts';
import type { LogFile } from './oracle.ts';
import type { Random } from './random.ts';

/** @returns value of each series, by its canonical name */
export async function replicaMetrics(files: readonly LogFile[]): Promise<Map<string, number>> {
  const readers = readersOf(files);
  const replica = new Replica();
  for (const reader of readers) while (reader.read(replica));
  return shown(replica, files);
}

/**
 * The same with the runs read side by side, and the replica saved and loaded between lines, as
 * chance has it. The segments of a run stay in order.
 */
export async function restartedReplicaMetrics(
  files: readonly LogFile[],
  random: Random,
): Promise<Map<string, number>> {
  let waiting = readersOf(files);
  let replica = new Replica();
  while (waiting.length > 0) {
    // The first segment of each run that is not read through.
    const next = random.pick(
      waiting.filter((one, index) => waiting.findIndex((other) => isSameRun(one, other)) === index),
    );
    for (let lines = random.integer(1, 40); lines > 0; lines -= 1)
      if (!next.read(replica)) {
        waiting = waiting.filter((one) => one !== next);
        break;
      }
    if (random.chance(0.3)) replica = Replica.load(replica.save());
  }
  return shown(replica, files);
}

/** One segment on its way into a replica. */
class SegmentReader {
  readonly segment: Segment;
  readonly #bytes: Buffer;
  readonly #isSuperseded: boolean;
  #start = 0;

  constructor(segment: Segment, bytes: Buffer, isSuperseded: boolean) {
    this.segment = segment;
    this.#bytes = bytes;
    this.#isSuperseded = isSuperseded;
  }

  /** @returns whether there was another line */
  read(replica: Replica): boolean {
    const start = this.#start;
    const end = this.#bytes.indexOf(10, start);
    if (end < 0) {
      const left = this.#bytes.length - start;
      this.#start = this.#bytes.length;
      if (left > 0 && this.#isSuperseded) replica.unfinishedLine(left);
      return false;
    }
    this.#start = end + 1;
    if (end + 1 - start > LINE_BYTES_MAX) replica.lineTooLong(end + 1 - start);
    else replica.line(this.#bytes, start, end, this.segment);
    return true;
  }
}

function readersOf(files: readonly LogFile[]): readonly SegmentReader[] {
  const all = files
    .map(({ name, bytes }) => ({ segment: segmentOf(name), bytes }))
    .sort(
      ({ segment: a }, { segment: b }) =>
        compare(a.engine, b.engine) || compare(a.run, b.run) || a.n - b.n,
    );
  return all.map(({ segment, bytes }) => {
    const isSuperseded = all.some(
      ({ segment: { engine, run, n } }) =>
        engine === segment.engine && (run > segment.run || (run === segment.run && n > segment.n)),
    );
    return new SegmentReader(segment, bytes, isSuperseded);
  });
}

const isSameRun = ({ segment: a }: SegmentReader, { segment: b }: SegmentReader): boolean =>
  a.engine === b.engine && a.run === b.run;

async function shown(replica: Replica, files: readonly LogFile[]): Promise<Map<string, number>> {
  const follower = { files: files.length, lagBytes: 0, rotations: 0, truncations: 0, errors: 0 };
  return parseExposition(await metricsText(replica.state, follower));
}

function segmentOf(name: string): Segment {
  const [, engine = '', run = '', n = ''] = /^(.+)-([0-9A-Z]{26})\.(\d+)\.jsonl$/.exec(name) ?? [];
  return { engine, run, n: Number(n) };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
