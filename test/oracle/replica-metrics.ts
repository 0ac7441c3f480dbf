/** What the product makes of the same files: its fold fed line by line, its metrics as text. */
import { LINE_BYTES_MAX } from '@tradetail/sidecar/follow/line-sink.ts';
import type { Segment } from '@tradetail/sidecar/follow/line-sink.ts';
import { Replica } from '@tradetail/sidecar/fold/replica.ts';
import { metricsText } from '@tradetail/sidecar/metrics/registry.ts';

import { parseExposition } from './exposition.ts';
import type { LogFile } from './oracle.ts';

/** @returns value of each series, by its canonical name */
export async function replicaMetrics(files: readonly LogFile[]): Promise<Map<string, number>> {
  const replica = new Replica();
  const segments = files
    .map(({ name, bytes }) => ({ bytes, ...segmentOf(name) }))
    .sort((a, b) => compare(a.engine, b.engine) || compare(a.run, b.run) || a.n - b.n);
  for (const { bytes, ...segment } of segments) {
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (end + 1 - start > LINE_BYTES_MAX) replica.lineTooLong(end + 1 - start);
      else replica.line(bytes, start, end, segment);
      start = end + 1;
    }
    const isSuperseded = segments.some(
      ({ engine, run, n }) =>
        engine === segment.engine && (run > segment.run || (run === segment.run && n > segment.n)),
    );
    if (start < bytes.length && isSuperseded) replica.unfinishedLine(bytes.length - start);
  }
  return parseExposition(
    await metricsText(replica.state, {
      files: files.length,
      rotations: 0,
      truncations: 0,
      lagBytes: 0,
    }),
  );
}

function segmentOf(name: string): Segment {
  const [, engine = '', run = '', n = ''] = /^(.+)-([0-9A-Z]{26})\.(\d+)\.jsonl$/.exec(name) ?? [];
  return { engine, run, n: Number(n) };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
