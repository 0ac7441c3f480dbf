import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  CheckpointKeeper,
  loadCheckpoint,
  makeStateDir,
  writeCheckpoint,
} from '../src/checkpoint.ts';
import type { Checkpoint } from '../src/checkpoint.ts';
import { buildOf, VERSION } from '../src/version.ts';
import { HandClock, logFolder } from './follow/log-folder.ts';

const CHECKPOINT: Checkpoint = {
  progress: {
    positions: [
      {
        id: '1:2',
        path: '/logs/ä.jsonl',
        lineage: 'name /logs/ä.jsonl',
        offset: 70_000,
        skipped: 0,
        head: 'aGVhZA==',
        tail: 'dGFpbA==',
        unfinished: false,
      },
    ],
    rotations: 3,
    truncations: 1,
  },
  state: new Uint8Array(3_000_000).map((_, index) => index % 251),
};

async function kept() {
  const stateDir = join(logFolder(), 'state');
  await makeStateDir(stateDir);
  await writeCheckpoint(stateDir, CHECKPOINT);
  return { stateDir, path: join(stateDir, 'checkpoint') };
}

test('what was written is what is loaded', async () => {
  const { stateDir } = await kept();
  const loaded = await loadCheckpoint(stateDir);
  const { progress, state } = (loaded as { checkpoint: Checkpoint }).checkpoint;
  expect(progress).toEqual(CHECKPOINT.progress);
  expect(Buffer.compare(state, CHECKPOINT.state)).toBe(0);
});

test('only its owner can read it', async () => {
  const { stateDir, path } = await kept();
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('where there is none, nothing is loaded', async () => {
  expect(await loadCheckpoint(join(logFolder(), 'nowhere'))).toBeUndefined();
});

test.each`
  damage              | do                                                                      | said
  ${'torn'}           | ${(bytes: Buffer) => bytes.subarray(0, bytes.length - 1)}               | ${'is torn: its checksum does not fit'}
  ${'almost empty'}   | ${(bytes: Buffer) => bytes.subarray(0, 10)}                             | ${'is not a checkpoint, or torn'}
  ${'empty'}          | ${() => Buffer.alloc(0)}                                                | ${'is not a checkpoint, or torn'}
  ${'something else'} | ${() => Buffer.alloc(1000, 'x')}                                        | ${'is not a checkpoint, or torn'}
  ${'one bit off'}    | ${(bytes: Buffer) => (bytes.writeUInt8(bytes[5000]! ^ 1, 5000), bytes)} | ${'is torn: its checksum does not fit'}
  ${'of version 7'}   | ${(bytes: Buffer) => (bytes.writeUInt32LE(7, 8), bytes)}                | ${'has version 7, not 1'}
  ${'of other Node'}  | ${(bytes: Buffer) => (bytes.writeUInt32LE(99, 12), bytes)}              | ${/^was written by another Node/}
`('one that is $damage is refused, and said why', async ({ do: damage, said }) => {
  const { stateDir, path } = await kept();
  writeFileSync(path, damage(readFileSync(path)));
  const loaded = await loadCheckpoint(stateDir);
  expect(loaded).toHaveProperty('unusable');
  expect((loaded as { unusable: string }).unusable).toMatch(said);
});

test('one of another build of the program is refused: its state may be laid out otherwise', async () => {
  const { stateDir } = await kept();
  await writeCheckpoint(stateDir, CHECKPOINT, '0.1.0-0123456789abcdef');
  expect(await loadCheckpoint(stateDir)).toEqual({
    unusable: expect.stringMatching(/^was written by 0\.1\.0-0123456789abcdef of the program/),
  });
});

test.each`
  url                                               | build
  ${'file:///x/dist/0123456789abcdef/sidecar.js'}   | ${`${VERSION}-0123456789abcdef`}
  ${'file:///x/dist/0123456789abcdef/chunk-AB1.js'} | ${`${VERSION}-0123456789abcdef`}
  ${'file:///x/sidecar/src/version.ts'}             | ${`${VERSION}-sources`}
`('$url is of build $build', ({ url, build }) => {
  expect(buildOf(url as string)).toBe(build);
});

test('a write that is torn by a crash leaves the checkpoint before it', async () => {
  const { stateDir, path } = await kept();
  writeFileSync(`${path}.new`, readFileSync(path).subarray(0, 1000));
  expect(await loadCheckpoint(stateDir)).toHaveProperty('checkpoint');
});

function keeper(stateDir: string) {
  const clock = new HandClock();
  const said: string[] = [];
  let revision = 0;
  const one = new CheckpointKeeper({
    stateDir,
    clock,
    revision: () => revision,
    take: () => CHECKPOINT,
    say: (failure) => said.push(failure),
  });
  return { one, said, change: () => (revision += 1) };
}

test('it is written when something has changed, and not otherwise', async () => {
  const stateDir = join(logFolder(), 'state');
  const { one, change } = keeper(stateDir);
  expect(one.status()).toEqual({ lastSeconds: undefined, failures: 0 });
  await one.write();
  const { ino, mtimeMs } = statSync(join(stateDir, 'checkpoint'));
  await one.write();
  expect(statSync(join(stateDir, 'checkpoint'))).toMatchObject({ ino, mtimeMs });
  change();
  rmSync(join(stateDir, 'checkpoint'));
  await one.stop();
  expect(await loadCheckpoint(stateDir)).toHaveProperty('checkpoint');
  expect(one.status().lastSeconds).toBeGreaterThan(0);
});

test('what cannot be written is counted and said, and written when it can be', async () => {
  const stateDir = join(logFolder(), 'state');
  mkdirSync(join(stateDir, 'checkpoint.new'), { recursive: true });
  const { one, said } = keeper(stateDir);
  await one.write();
  await one.write();
  expect(one.status()).toEqual({ lastSeconds: undefined, failures: 2 });
  expect(said[0]).toMatch(/^EISDIR/);
  rmSync(join(stateDir, 'checkpoint.new'), { recursive: true });
  await one.write();
  expect(one.status().failures).toBe(2);
  expect(await loadCheckpoint(stateDir)).toHaveProperty('checkpoint');
});
