import { appendFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { FileFollower } from '../../src/follow/file-follower.ts';
import { KeptLines, logFolder } from './log-folder.ts';

function started(pattern: string, options: { poll?: boolean; changed?: () => void } = {}) {
  const folder = logFolder();
  const sink = new KeptLines();
  const follower = new FileFollower({
    patterns: [join(folder, pattern)],
    sink,
    clock: systemClock(),
    ...options,
  });
  onTestFinished(() => follower.stop());
  follower.start();
  return {
    sink,
    follower,
    path: (name: string) => join(folder, name),
    append: (name: string, text: string) => appendFileSync(join(folder, name), text),
    lines: (expected: readonly string[], timeout = 5_000) =>
      vi.waitFor(() => expect(sink.lines).toEqual(expected), { timeout, interval: 5 }),
  };
}

test.each([false, true])('lines are read as they are written, by polling: %s', async (poll) => {
  const { append, lines } = started('*.jsonl', { poll });
  append('a.jsonl', 'one\n');
  await lines(['one']);
  append('a.jsonl', 'two\n');
  await lines(['one', 'two']);
});

test('the kernel wakes: a line is there long before the next slow look', async () => {
  const { append, lines } = started('*.jsonl');
  append('a.jsonl', 'one\n');
  await lines(['one'], 900);
  for (let count = 2; count < 12; count += 1) append('a.jsonl', `${count}\n`);
  await lines(['one', ...Array.from({ length: 10 }, (_, index) => `${index + 2}`)], 500);
});

test('a folder that appears later, and again after it was deleted, is watched', async () => {
  const { append, lines, path } = started('logs/deep/*.jsonl');
  mkdirSync(path('logs/deep'), { recursive: true });
  append('logs/deep/a.jsonl', 'one\n');
  await lines(['one']);
  rmSync(path('logs'), { recursive: true });
  mkdirSync(path('logs/deep'), { recursive: true });
  append('logs/deep/a.jsonl', 'two\n');
  await lines(['one', 'two']);
  append('logs/deep/a.jsonl', 'three\n');
  await lines(['one', 'two', 'three']);
});

test('twenty rotations by rename while lines are written lose none and repeat none', async () => {
  const { append, lines, path, sink } = started('*.jsonl');
  const written: string[] = [];
  const write = (line: string) => {
    written.push(line);
    append('a.jsonl', `${line}\n`);
  };
  for (let rotation = 0; rotation < 20; rotation += 1) {
    write(`${rotation} first`);
    // Two rotations between two looks are one more than anybody can see.
    await vi.waitFor(() => expect(sink.lines.at(-1)).toBe(`${rotation} first`), { interval: 1 });
    for (let line = 0; line < 50; line += 1) write(`${rotation} ${line}`);
    renameSync(path('a.jsonl'), path(`a.jsonl.${rotation}`));
  }
  await lines(written);
});

test('whoever listens is told after lines were read', async () => {
  const changed = vi.fn();
  const { append, lines } = started('*.jsonl', { changed });
  append('a.jsonl', 'one\n');
  await lines(['one']);
  await vi.waitFor(() => expect(changed).toHaveBeenCalled());
});

test('nothing is handed over after it was stopped', async () => {
  const { append, lines, follower, sink } = started('*.jsonl');
  append('a.jsonl', 'one\n');
  await lines(['one']);
  follower.stop();
  append('a.jsonl', 'two\n');
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(sink.lines).toEqual(['one']);
});
