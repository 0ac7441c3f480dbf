import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { FileNotice } from '../../src/follow/follower.ts';
import { TailFollower } from '../../src/follow/tail-follower.ts';
import { KeptLines, logFolder, RUN_1 } from './log-folder.ts';

function follow(folder: string) {
  const sink = new KeptLines();
  const said: FileNotice[] = [];
  const follower = new TailFollower({
    patterns: [join(folder, '*.jsonl')],
    sink,
    changed: () => undefined,
    say: (notice) => said.push(notice),
    poll: false,
  });
  onTestFinished(() => follower.stop());
  follower.start();
  return { follower, sink, said };
}

test('hands over what stands in a file, what is appended, and files that appear later', async () => {
  const folder = logFolder();
  const path = join(folder, `engine-1-${RUN_1}.1.jsonl`);
  writeFileSync(path, 'one\ntwo €\n');
  const { follower, sink } = follow(folder);
  expect(follower.status()).toMatchObject({ files: 1, lagBytes: 12, caughtUp: false });
  await vi.waitFor(() => expect(sink.lines).toEqual(['one', 'two €']));
  expect(follower.status()).toMatchObject({ lagBytes: 0, caughtUp: true });
  appendFileSync(path, 'three\n');
  await vi.waitFor(() => expect(sink.lines.at(-1)).toBe('three'));
  writeFileSync(join(folder, 'other.jsonl'), `four\n${'x'.repeat(70_000)}\n`);
  await vi.waitFor(() => expect(sink.lines.at(-1)).toBe('four'), 5_000);
  await vi.waitFor(() => expect(sink.tooLong).toEqual([70_001]));
  expect(sink.segments).toEqual([
    ...Array<object>(3).fill({ engine: 'engine-1', run: RUN_1, n: 1 }),
    undefined,
  ]);
});

test('keeps no positions: every start reads from the beginning', async () => {
  const folder = logFolder();
  writeFileSync(join(folder, 'a.jsonl'), 'one\n');
  const { follower, sink } = follow(folder);
  await vi.waitFor(() => expect(sink.lines).toEqual(['one']));
  expect(follower.progress().positions).toEqual([]);
});
