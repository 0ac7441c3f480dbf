import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { disk } from '../../src/follow/disk.ts';
import type { Disk } from '../../src/follow/disk.ts';
import { FileFollower } from '../../src/follow/file-follower.ts';
import type { FollowerOptions } from '../../src/follow/file-follower.ts';
import type { FileNotice } from '../../src/follow/follower.ts';
import { HandClock, KeptLines, RUN_1, RUN_2, logFolder } from './log-folder.ts';

function following(options: Partial<FollowerOptions> & { folder?: string; pattern?: string } = {}) {
  const folder = options.folder ?? logFolder();
  const sink = new KeptLines();
  const clock = new HandClock();
  const notices: FileNotice[] = [];
  const follower = new FileFollower({
    patterns: [join(folder, options.pattern ?? '*.jsonl')],
    sink,
    clock,
    say: (notice) => notices.push(notice),
    ...options,
  });
  const path = (name: string) => join(folder, name);
  return {
    folder,
    follower,
    sink,
    clock,
    notices,
    path,
    append: (name: string, text: string) => appendFileSync(path(name), text),
    read: () => {
      follower.look();
      while (follower.step());
      return sink.lines.splice(0);
    },
  };
}

const segment = (n: number, run = RUN_1, engine = 'engine-1') => `${engine}-${run}.${n}.jsonl`;
const openFiles = (folder: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;

test('a file is read from its start, and then as it grows', () => {
  const { append, read } = following();
  append('a.jsonl', 'one\ntwo\n');
  expect(read()).toEqual(['one', 'two']);
  append('a.jsonl', 'three\n');
  expect(read()).toEqual(['three']);
  expect(read()).toEqual([]);
});

test('blank lines are handed over too', () => {
  const { append, read } = following();
  append('a.jsonl', '\n\none\n\n');
  expect(read()).toEqual(['', '', 'one', '']);
});

test('an unfinished last line waits, also within a character', () => {
  const { append, read, path } = following();
  append('a.jsonl', 'one\ntw');
  expect(read()).toEqual(['one']);
  append('a.jsonl', 'o\nprice in ');
  expect(read()).toEqual(['two']);
  const euro = Buffer.from('€\n');
  appendFileSync(path('a.jsonl'), euro.subarray(0, 2));
  expect(read()).toEqual([]);
  appendFileSync(path('a.jsonl'), euro.subarray(2));
  expect(read()).toEqual(['price in €']);
});

test('a line of 65,536 bytes with its newline is read; one byte more and it is skipped, whatever the reads', () => {
  for (const bufferBytes of [0, 100_000, 1_000_000]) {
    const { append, read, sink } = following({ bufferBytes });
    append(
      'a.jsonl',
      `${'x'.repeat(65_535)}\n${'y'.repeat(65_536)}\nshort\n${'z'.repeat(1_000_000)}\nlast\n`,
    );
    expect(read().map((line) => line.length)).toEqual([65_535, 5, 4]);
    expect(sink.tooLong).toEqual([65_537, 1_000_001]);
  }
});

test('a line too long that grows for a while is skipped to its end, once, over a restart as well', () => {
  const { folder, append, read, sink, follower } = following();
  append('a.jsonl', 'x'.repeat(70_000));
  expect(read()).toEqual([]);
  append('a.jsonl', 'x'.repeat(70_000));
  expect(read()).toEqual([]);
  expect(sink.tooLong).toEqual([]);
  const again = following({ folder, progress: follower.progress() });
  append('a.jsonl', 'x\nshort\n');
  expect(again.read()).toEqual(['short']);
  expect(again.sink.tooLong).toEqual([140_002]);
});

test('rename and create: the old file is read to its end, then the new one; a rotation is counted', () => {
  const { append, read, path, follower } = following();
  append('a.jsonl', 'one\n');
  read();
  append('a.jsonl', 'two\n');
  renameSync(path('a.jsonl'), path('a.jsonl.1'));
  append('a.jsonl.1', 'three\n');
  append('a.jsonl', 'four\n');
  expect(read()).toEqual(['two', 'three', 'four']);
  expect(follower.status()).toMatchObject({ rotations: 1, truncations: 0 });
});

test('a writer that goes on in the renamed file is still read, before what stands in the new one', () => {
  const { append, read, path } = following();
  append('a.jsonl', 'one\n');
  read();
  renameSync(path('a.jsonl'), path('a.jsonl.1'));
  append('a.jsonl', '');
  append('a.jsonl.1', 'two\n');
  expect(read()).toEqual(['two']);
  append('a.jsonl.1', 'three\n');
  append('a.jsonl', 'four\n');
  expect(read()).toEqual(['three', 'four']);
});

test('a file renamed within the pattern is the same file', () => {
  const { append, read, path, follower } = following({ pattern: 'a.jsonl*' });
  append('a.jsonl', 'one\n');
  read();
  renameSync(path('a.jsonl'), path('a.jsonl.1'));
  append('a.jsonl.1', 'two\n');
  append('a.jsonl', 'three\n');
  expect(read()).toEqual(['two', 'three']);
  renameSync(path('a.jsonl.1'), path('a.jsonl.2'));
  renameSync(path('a.jsonl'), path('a.jsonl.1'));
  append('a.jsonl', 'four\n');
  expect(read()).toEqual(['four']);
  expect(follower.status().rotations).toBe(2);
});

test('copy and truncate: what stands in the file afterwards is read from its start', () => {
  const { append, read, path, follower } = following();
  append('a.jsonl', 'one, a long line\ntwo\n');
  read();
  copyFileSync(path('a.jsonl'), path('a.jsonl.1'));
  truncateSync(path('a.jsonl'));
  append('a.jsonl', 'three\n');
  expect(read()).toEqual(['three']);
  expect(follower.status()).toMatchObject({ rotations: 0, truncations: 1 });
});

test('a file that was truncated and is longer again when it is looked at is read from its start', () => {
  const { append, read, path, follower } = following();
  append('a.jsonl', 'one\ntwo\n');
  read();
  truncateSync(path('a.jsonl'));
  append('a.jsonl', 'uno\ndue\ntre\n');
  expect(read()).toEqual(['uno', 'due', 'tre']);
  expect(follower.status().truncations).toBe(1);
});

test('a file that was written anew with the same length is read again', () => {
  const { append, read, path } = following();
  append('a.jsonl', 'one\ntwo\n');
  read();
  writeFileSync(path('a.jsonl'), 'uno\ndue\n');
  expect(read()).toEqual(['uno', 'due']);
});

test('a file that is cut in the middle goes on at the line in which the cut fell', () => {
  const { append, read, path } = following();
  append('a.jsonl', 'one\ntwo\nthree\nfour\n');
  read();
  truncateSync(path('a.jsonl'), 'one\ntwo\nth'.length);
  expect(read()).toEqual([]);
  append('a.jsonl', 'ird\n');
  expect(read()).toEqual(['third']);
});

test('a deleted file is read to its end, and let go', () => {
  const { append, read, path, clock, folder, follower } = following();
  append('a.jsonl', 'one\n');
  follower.look();
  append('a.jsonl', 'two\n');
  unlinkSync(path('a.jsonl'));
  expect(read()).toEqual(['one', 'two']);
  clock.nowMs += 60_000;
  read();
  expect(openFiles(folder)).toBe(0);
  expect(follower.status().files).toBe(0);
});

test('a file that is deleted and made again is another one, and a rotation', () => {
  const { append, read, path, clock, follower } = following();
  append('a.jsonl', 'one\n');
  read();
  unlinkSync(path('a.jsonl'));
  read();
  clock.nowMs += 60_000;
  read();
  append('a.jsonl', 'two\n');
  expect(read()).toEqual(['two']);
  expect(follower.status().rotations).toBe(1);
});

test('a file that is replaced by another is read to its end, then the other from its start', () => {
  const { append, read, path, follower } = following();
  append('a.jsonl', 'one\n');
  read();
  append('a.jsonl', 'two\n');
  append('new', 'three\n');
  renameSync(path('new'), path('a.jsonl'));
  expect(read()).toEqual(['two', 'three']);
  expect(follower.status().rotations).toBe(1);
});

test('a folder that appears later is read', () => {
  const { append, read, path } = following({ pattern: 'later/**/*.jsonl' });
  expect(read()).toEqual([]);
  mkdirSync(path('later/deep'), { recursive: true });
  append('later/deep/a.jsonl', 'one\n');
  expect(read()).toEqual(['one']);
});

test('folders, pipes and sockets that match are passed over; a link is the file it points to', () => {
  const { append, read, path, follower } = following();
  mkdirSync(path('folder.jsonl'));
  append('a.jsonl', 'one\n');
  linkSync(path('a.jsonl'), path('b.jsonl'));
  symlinkSync(path('a.jsonl'), path('c.jsonl'));
  symlinkSync(path('nowhere'), path('d.jsonl'));
  expect(read()).toEqual(['one']);
  expect(follower.status().files).toBe(1);
});

test('the segments of a run are read in the order of n, whatever the order of their names', () => {
  const { append, read } = following();
  for (const n of [10, 9, 2, 1]) append(segment(n), `${n}a\n${n}b\n`);
  expect(read()).toEqual(['1a', '1b', '2a', '2b', '9a', '9b', '10a', '10b']);
});

test('the next segment waits for the end of the one before, also when both have grown', () => {
  const { append, read, sink } = following({ bufferBytes: 0 });
  append(segment(1), '1\n');
  read();
  append(segment(1), `${'x'.repeat(60_000)}\n`.repeat(3) + 'end of 1\n');
  append(segment(2), '2\n');
  expect(read().slice(3)).toEqual(['end of 1', '2']);
  expect(sink.segments.at(-1)).toEqual({ engine: 'engine-1', run: RUN_1, n: 2 });
});

test('a smaller segment that comes late is read when it comes', () => {
  const { append, read } = following();
  append(segment(2), '2\n');
  expect(read()).toEqual(['2']);
  append(segment(1), '1\n');
  append(segment(2), '2b\n');
  expect(read()).toEqual(['1', '2b']);
});

test('runs take turns: a long one does not hold up a short one', () => {
  const { append, follower, sink } = following({ bufferBytes: 0 });
  append(segment(1, RUN_1), `${'x'.repeat(60_000)}\n`.repeat(10));
  append(segment(1, RUN_2), 'short\n');
  follower.look();
  follower.step();
  follower.step();
  expect(sink.lines.at(-1)).toBe('short');
});

test('other files are read by their path, each to its end before the next', () => {
  const { append, follower, sink } = following({ bufferBytes: 0 });
  append('b.jsonl', 'b\n');
  append('a.jsonl', `${'x'.repeat(60_000)}\n`.repeat(5));
  follower.look();
  while (follower.step());
  expect(sink.lines.map((line) => line[0]).join('')).toBe('xxxxxb');
});

test('the unfinished last line of a segment is counted once a later segment is there', () => {
  const { append, read, sink } = following();
  append(segment(1), '1\ntorn');
  read();
  expect(sink.unfinished).toEqual([]);
  append(segment(2), '2\n');
  expect(read()).toEqual(['2']);
  expect(sink.unfinished).toEqual([4]);
  read();
  append(segment(3), '3\n');
  read();
  expect(sink.unfinished).toEqual([4]);
});

test('the unfinished last line of a run is counted once a later run is there and it is quiet', () => {
  const { append, read, sink, clock, follower } = following();
  append(segment(1, RUN_1), 'torn');
  append(segment(1, RUN_2), '2\n');
  read();
  expect(sink.unfinished).toEqual([]);
  expect(follower.status().caughtUp).toBe(false);
  clock.nowMs += 300;
  read();
  expect(sink.unfinished).toEqual([4]);
  expect(follower.status()).toMatchObject({ caughtUp: true, lagBytes: 0 });
  // It was alive after all: two engines under one name.
  append(segment(1, RUN_1), ' no more\n');
  expect(read()).toEqual(['torn no more']);
});

test('reading everything once counts an unfinished line at its end', () => {
  const { append, follower, sink } = following();
  append(segment(1, RUN_1), 'torn');
  append(segment(1, RUN_2), 'last');
  follower.readAll();
  expect(sink.unfinished).toEqual([4]);
});

test('the unfinished line of another engine, or of a file that is no segment, waits for ever', () => {
  const { append, follower, sink } = following();
  append(segment(1, RUN_1, 'a'), 'torn');
  append(segment(1, RUN_2, 'b'), '2\n');
  append('plain.jsonl', 'torn');
  follower.readAll();
  expect(sink.unfinished).toEqual([]);
});

test('caught up means that every file that was there at first was read to its end once', () => {
  const { append, follower } = following({ bufferBytes: 0 });
  append('a.jsonl', `${'x'.repeat(60_000)}\n`.repeat(3));
  expect(follower.status().caughtUp).toBe(false);
  follower.look();
  follower.step();
  expect(follower.status()).toMatchObject({ caughtUp: false, lagBytes: 120_002 });
  while (follower.step());
  expect(follower.status()).toMatchObject({ caughtUp: true, lagBytes: 0, files: 1 });
});

test('a permission that is lost is said and counted; other files are read; given back, so is this', () => {
  let denied = true;
  const denying: Disk = {
    ...disk,
    open: (path) => {
      if (denied && path.endsWith('a.jsonl'))
        throw Object.assign(new Error('denied'), { code: 'EACCES', syscall: 'open' });
      return disk.open(path);
    },
  };
  const { append, read, notices, follower, path } = following({ disk: denying });
  append('a.jsonl', 'a\n');
  append('b.jsonl', 'b\n');
  expect(read()).toEqual(['b']);
  expect(notices[0]).toEqual({ kind: 'unreadable', path: path('a.jsonl'), detail: 'EACCES' });
  expect(follower.status()).toMatchObject({ caughtUp: true });
  expect(follower.status().errors).toBeGreaterThan(0);
  denied = false;
  expect(read()).toEqual(['a']);
});

test('a disk that fails while a file is read is said, and the rest is read when it works again', () => {
  let fails = false;
  const fault = () => {
    if (fails) throw Object.assign(new Error('fault'), { code: 'EIO', syscall: 'read' });
  };
  const failing: Disk = {
    ...disk,
    fstat: (fd) => (fault(), disk.fstat(fd)),
    read: (...read) => (fault(), disk.read(...read)),
  };
  const { append, read, notices, follower, path } = following({ disk: failing });
  append('a.jsonl', 'one\n');
  read();
  fails = true;
  append('a.jsonl', 'two\n');
  follower.touch(path('a.jsonl'));
  expect(read()).toEqual([]);
  expect(notices[0]).toEqual({ kind: 'unreadable', path: path('a.jsonl'), detail: 'EIO' });
  fails = false;
  expect(read()).toEqual(['two']);
});

test('a folder that cannot be listed for a while loses nothing', () => {
  let denied = false;
  const denying: Disk = {
    ...disk,
    list: (folder) => {
      if (denied) throw Object.assign(new Error('denied'), { code: 'EACCES', syscall: 'scandir' });
      return disk.list(folder);
    },
  };
  const { append, read, follower } = following({ disk: denying });
  append('a.jsonl', 'one\n');
  read();
  denied = true;
  append('a.jsonl', 'two\n');
  read();
  denied = false;
  expect([...read()]).toEqual(['two']);
  expect(follower.status()).toMatchObject({ files: 1, rotations: 0 });
});

/** A disk on which, for as long as `denied` is true, nothing in the folder can be opened or listed. */
function denying(folder: string) {
  const permission = {
    denied: true,
    disk: {
      ...disk,
      open: (path: string) => disk.open(allowed(path)),
      list: (path: string) => disk.list(allowed(path)),
    },
  };
  const allowed = (path: string): string => {
    if (permission.denied && path.startsWith(folder))
      throw Object.assign(new Error('denied'), { code: 'EACCES', syscall: 'open' });
    return path;
  };
  return permission;
}

test('a file that is renamed while it may not be read goes on where it was once it may', () => {
  for (const name of ['a.jsonl', 'a.jsonl.1', 'a.jsonl-2.jsonl']) {
    const { folder, append, read, follower, path } = following();
    append('a.jsonl', 'one\n');
    expect(read()).toEqual(['one']);
    append('a.jsonl', 'two\n');
    const permission = denying(path('a.jsonl'));
    const progress = follower.progress();
    const again = following({ folder, progress, disk: permission.disk });
    expect(again.read()).toEqual([]);
    renameSync(path('a.jsonl'), path(name));
    for (let looks = 0; looks < 3; looks += 1) {
      expect(again.read()).toEqual([]);
      again.clock.nowMs += 60_000;
    }
    permission.denied = false;
    expect(again.read(), name).toEqual(['two']);
  }
});

test('segments in a folder that may not be seen after a restart are not read again once it may', () => {
  const pattern = '**/*.jsonl';
  const { folder, append, read, follower, path } = following({ pattern });
  mkdirSync(path('x'));
  mkdirSync(path('y'));
  append(`x/${segment(1)}`, 'one\n');
  append(`x/${segment(2)}`, 'two\n');
  expect(read()).toEqual(['one', 'two']);
  const permission = denying(path('x'));
  const progress = follower.progress();
  const again = following({ folder, pattern, progress, disk: permission.disk });
  append(`y/${segment(3)}`, 'three\n');
  expect(again.read()).toEqual(['three']);
  again.clock.nowMs += 60_000;
  expect(again.read()).toEqual([]);
  permission.denied = false;
  append(`x/${segment(2)}`, 'and a half\n');
  expect(again.read()).toEqual(['and a half']);
});

test('with few descriptors every file is read, and few are open', () => {
  const { append, read, folder } = following({ openFilesMax: 3 });
  const names = Array.from({ length: 20 }, (_, index) => `${String(index).padStart(2, '0')}.jsonl`);
  for (const name of names) append(name, `${name} 1\n`);
  expect(read()).toEqual(names.map((name) => `${name} 1`));
  expect(openFiles(folder)).toBe(3);
  for (const name of names) append(name, `${name} 2\n`);
  expect(read().sort()).toEqual(names.map((name) => `${name} 2`));
});

test('where the system has no more descriptors, files are read one after the other', () => {
  const isOpen = new Set<number>();
  const scarce: Disk = {
    ...disk,
    open(path) {
      if (isOpen.size >= 2)
        throw Object.assign(new Error('too many'), { code: 'EMFILE', syscall: 'open' });
      const fd = disk.open(path);
      isOpen.add(fd);
      return fd;
    },
    close(fd) {
      isOpen.delete(fd);
      disk.close(fd);
    },
  };
  const { append, read, notices } = following({ disk: scarce });
  const names = Array.from({ length: 8 }, (_, index) => `${index}.jsonl`);
  for (const name of names) append(name, `${name}\n`);
  const lines = [];
  for (let look = 0; look < 10; look += 1) lines.push(...read());
  expect(lines.sort()).toEqual(names);
  expect(notices.some(({ detail }) => detail === 'EMFILE')).toBe(true);
});

test('finished segments are not kept open', () => {
  const { append, read, folder } = following();
  for (let n = 1; n <= 5; n += 1) append(segment(n), `${n}\n`);
  read();
  expect(openFiles(folder)).toBe(1);
});

test('a follower that starts from positions reads what was not read, also of a file that was renamed meanwhile', () => {
  const { folder, append, read, path, follower } = following();
  append('a.jsonl', 'one\n');
  append('b.jsonl', 'eins\nzw');
  read();
  const progress = JSON.parse(JSON.stringify(follower.progress()));
  append('a.jsonl', 'two\n');
  renameSync(path('a.jsonl'), path('a.jsonl.1'));
  append('a.jsonl', 'three\n');
  append('b.jsonl', 'ei\n');
  const again = following({ folder, progress });
  const lines = again.read();
  expect(lines.filter((line) => line.startsWith('t'))).toEqual(['two', 'three']);
  expect(lines).toContain('zwei');
});

test('an inode that is another file by now is read from its start', () => {
  const { folder, append, read, path, follower } = following();
  append('a.jsonl', 'one\ntwo\n');
  read();
  const progress = follower.progress();
  // Written over in place: what a new file with a used inode looks like.
  writeFileSync(path('a.jsonl'), 'something else altogether\n');
  const again = following({ folder, progress });
  expect(again.read()).toEqual(['something else altogether']);
});

test('a folder that vanishes and comes back is read again', () => {
  const { append, read, path } = following({ pattern: 'logs/*.jsonl' });
  mkdirSync(path('logs'));
  append('logs/a.jsonl', 'one\n');
  expect(read()).toEqual(['one']);
  rmSync(path('logs'), { recursive: true });
  read();
  mkdirSync(path('logs'));
  append('logs/a.jsonl', 'two\n');
  expect(read()).toEqual(['two']);
});

test('a segment that a listing has left out, as it may while files are made, is read before the next one', () => {
  let listings = 0;
  const hasty: Disk = {
    ...disk,
    list: (folder) => {
      listings += 1;
      return disk.list(folder).filter(({ name }) => !(listings === 1 && name.endsWith('.2.jsonl')));
    },
  };
  const { append, read } = following({ disk: hasty });
  append(segment(1), 'one\n');
  append(segment(2), 'two\n');
  append(segment(3), 'three\n');
  expect(read()).toEqual(['one', 'two', 'three']);
});

test('a file that was empty when it was opened is known again after it was renamed while nobody looked', () => {
  const { folder, append, read, follower, path } = following();
  append('a.jsonl', '');
  expect(read()).toEqual([]);
  append('a.jsonl', 'one\n');
  follower.look();
  const progress = follower.progress();
  follower.stop();
  renameSync(path('a.jsonl'), path('a.jsonl.1'));
  expect(following({ folder, progress }).read()).toEqual(['one']);
});

test('the inode of a deleted segment, given to a later one, does not make it that segment', () => {
  const { folder, append, read, follower, path } = following();
  append(segment(1), '{"level":');
  expect(read()).toEqual([]);
  const progress = follower.progress();
  follower.stop();
  renameSync(path(segment(1)), path(segment(2)));
  append(segment(2), '"info"}\n');
  const next = following({ folder, progress });
  next.follower.look();
  while (next.follower.step());
  expect(next.sink.segments).toMatchObject([{ n: 2 }]);
});

test('a file written anew while nobody looked is known by its new bytes from the first look on', () => {
  const { folder, append, read, follower, path } = following();
  append('a.jsonl', 'one\ntwo\n');
  expect(read()).toEqual(['one', 'two']);
  const progress = follower.progress();
  follower.stop();
  writeFileSync(path('a.jsonl'), 'three\nfour\n');
  const second = following({ folder, progress });
  second.follower.look();
  const later = second.follower.progress();
  second.follower.stop();
  renameSync(path('a.jsonl'), path('a.jsonl.1'));
  expect(following({ folder, progress: later }).read()).toEqual(['three', 'four']);
});
