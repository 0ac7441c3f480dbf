/** Logs read on several cores say what they say on one, to the byte. */
import { linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { entry } from '../../../build/bundle.js';
import { generateLog } from '../../../test/oracle/log-generator.ts';
import { scan } from '../../src/commands/scan.ts';
import { disk } from '../../src/follow/disk.ts';
import { findFiles, parseGlob } from '../../src/follow/glob.ts';
import { planShards } from '../../src/shard/plan.ts';
import { logFolder } from '../follow/log-folder.ts';

const workerUrl = await entry('shard-worker');

/** Logs of so many engines, with all that can happen to a log: gaps, repetitions, invalid lines, segments that are gone. */
function logsOf(folder: string, seed: number, engines: number): string {
  for (let index = 0; index < engines; index += 1)
    for (const { name, bytes } of generateLog(10 * seed + index, { lines: 150, mutations: 8 })) {
      const renamed = (text: string): string =>
        text.replaceAll('engine-1', `e${index}`).replaceAll('b.2_x', `f${index}`);
      const text = renamed(bytes.toString('latin1'));
      writeFileSync(join(folder, renamed(name)), Buffer.from(text, 'latin1'));
    }
  return join(folder, '**');
}

const shardsOf = (pattern: string, count: number): readonly (readonly string[])[] =>
  planShards(findFiles(parseGlob(pattern), disk).files, count, 1);

async function expectSame(pattern: string, count: number): Promise<void> {
  const sharded = await scan([pattern], { count, workerUrl, shardBytesMin: 1 });
  expect(sharded).toBe(await scan([pattern]));
}

describe('the metrics are the same', () => {
  test.each`
    seed | engines | cores
    ${1} | ${2}    | ${2}
    ${2} | ${4}    | ${2}
    ${3} | ${5}    | ${3}
    ${4} | ${3}    | ${8}
    ${5} | ${6}    | ${4}
  `('for log $seed of $engines engines on $cores cores', async ({ seed, engines, cores }) => {
    const pattern = logsOf(logFolder(), seed as number, engines as number);
    expect(shardsOf(pattern, cores as number).length).toBeGreaterThan(1);
    const metrics = await scan([pattern]);
    expect(metrics).toContain('engine="e0"');
    expect(metrics).toContain('engine="e1"');
    await expectSame(pattern, cores as number);
  });

  test('where an engine stands in files of several shards', async () => {
    const folder = logFolder();
    const pattern = logsOf(folder, 6, 3);
    const [[file = ''] = []] = shardsOf(pattern, 3).filter(([path]) => path?.includes('/e0-'));
    const foreign = generateLog(99, { lines: 100, mutations: 0 })[0]!.bytes.toString('latin1');
    writeFileSync(file, Buffer.from(foreign.replaceAll('engine-1', 'e1'), 'latin1'));
    expect(shardsOf(pattern, 3)).toHaveLength(3);
    await expectSame(pattern, 3);
  });

  test('where file names say nothing, and first lines do', async () => {
    const folder = logFolder();
    for (const engine of ['a', 'b']) {
      const [{ bytes } = { bytes: Buffer.alloc(0) }] = generateLog(3, { lines: 200, mutations: 0 });
      writeFileSync(
        join(folder, `${engine}.log`),
        bytes.toString('latin1').replaceAll('engine-1', engine),
        'latin1',
      );
    }
    expect(shardsOf(join(folder, '*'), 2)).toHaveLength(2);
    await expectSame(join(folder, '*'), 2);
  });

  test('where a file has two names', async () => {
    const folder = logFolder();
    const pattern = logsOf(folder, 7, 2);
    const [[file = ''] = []] = shardsOf(pattern, 2);
    linkSync(file, join(folder, 'zz-another.jsonl'));
    expect(shardsOf(pattern, 2)).toHaveLength(2);
    await expectSame(pattern, 2);
  });

  test('where nothing matches', () => expectSame(join(logFolder(), '*.jsonl'), 2));
});

test('a thread that fails is an error, not half of the metrics', async () => {
  const pattern = logsOf(logFolder(), 1, 2);
  const broken = new URL('data:text/javascript,throw new Error("broken")');
  await expect(scan([pattern], { count: 2, workerUrl: broken, shardBytesMin: 1 })).rejects.toThrow(
    'broken',
  );
});

describe('files are divided', () => {
  const RUN = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';
  const files = (...sizes: readonly (readonly [string, number])[]) =>
    new Map(
      sizes.map(([name, size], index) => [
        `/logs/${name}`,
        { id: `1:${index}`, regular: true, folder: false, size, mtimeNs: 0n },
      ]),
    );

  test.each`
    files                                | cores | shards
    ${[['a', 100]]}                      | ${8}  | ${[['a']]}
    ${[['a', 100], ['b', 90]]}           | ${1}  | ${[['a', 'b']]}
    ${[['a', 100], ['b', 90]]}           | ${2}  | ${[['a'], ['b']]}
    ${[['a', 100], ['b', 9]]}            | ${2}  | ${[['a', 'b']]}
    ${[['a', 100], ['b', 9], ['c', 9]]}  | ${3}  | ${[['a'], ['b', 'c']]}
    ${[['a', 30], ['b', 90], ['c', 50]]} | ${2}  | ${[['b'], ['c', 'a']]}
    ${[['a', 30], ['b', 90], ['c', 50]]} | ${3}  | ${[['b'], ['c'], ['a']]}
  `('$files on $cores cores: $shards', ({ files: sizes, cores, shards }) => {
    const named = (sizes as [string, number][]).map(
      ([engine, size]) => [`${engine}-${RUN}.1.jsonl`, size] as const,
    );
    const planned = planShards(files(...named), cores as number, 10);
    expect(
      planned.map((paths) => paths.map((path) => path.slice('/logs/'.length, '/logs/'.length + 1))),
    ).toEqual(shards);
  });

  test('a run is never divided, nor an engine', () => {
    const of = files(
      [`a-${RUN}.1.jsonl`, 50],
      [`a-${RUN}.2.jsonl`, 50],
      ['a-01K9ZZZZZZZZZZZZZZZZZZZZZA.1.jsonl', 50],
      [`b-${RUN}.1.jsonl`, 60],
    );
    expect(planShards(of, 4, 10)).toEqual([
      [
        `/logs/a-${RUN}.1.jsonl`,
        `/logs/a-${RUN}.2.jsonl`,
        '/logs/a-01K9ZZZZZZZZZZZZZZZZZZZZZA.1.jsonl',
      ],
      [`/logs/b-${RUN}.1.jsonl`],
    ]);
  });

  test('where a file does not say whose it is, nothing is divided', () => {
    const of = files([`a-${RUN}.1.jsonl`, 50], [`b-${RUN}.1.jsonl`, 50], ['missing.log', 50]);
    expect(planShards(of, 2, 10)).toHaveLength(1);
  });
});
