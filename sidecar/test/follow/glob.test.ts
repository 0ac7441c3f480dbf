import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { disk } from '../../src/follow/disk.ts';
import { findFiles, parseGlob } from '../../src/follow/glob.ts';
import { logFolder } from './log-folder.ts';

const FILES =
  'a.jsonl b.jsonl b.log .hidden.jsonl [x].jsonl c+(1).jsonl sub/a.jsonl sub/deep/er/a.jsonl .dot/a.jsonl';

test.each`
  pattern                    | matches
  ${'*.jsonl'}               | ${'[x].jsonl a.jsonl b.jsonl c+(1).jsonl'}
  ${'?.jsonl'}               | ${'a.jsonl b.jsonl'}
  ${'[ab].jsonl'}            | ${'a.jsonl b.jsonl'}
  ${'[a-c]*.jsonl'}          | ${'a.jsonl b.jsonl c+(1).jsonl'}
  ${'[!a].jsonl'}            | ${'b.jsonl'}
  ${'b.{jsonl,log}'}         | ${'b.jsonl b.log'}
  ${'{a,b}.{jsonl,{log,x}}'} | ${'a.jsonl b.jsonl b.log'}
  ${'{,sub/}a.jsonl'}        | ${'a.jsonl sub/a.jsonl'}
  ${'c+(1).jsonl'}           | ${'c+(1).jsonl'}
  ${'.*.jsonl'}              | ${'.hidden.jsonl'}
  ${'**/a.jsonl'}            | ${'a.jsonl sub/a.jsonl sub/deep/er/a.jsonl'}
  ${'**'}                    | ${'[x].jsonl a.jsonl b.jsonl b.log c+(1).jsonl sub/a.jsonl sub/deep/er/a.jsonl'}
  ${'sub/**/er/*'}           | ${'sub/deep/er/a.jsonl'}
  ${'*/a.jsonl'}             | ${'sub/a.jsonl'}
  ${'.dot/*'}                | ${'.dot/a.jsonl'}
  ${'sub'}                   | ${''}
  ${'nowhere/*'}             | ${''}
  ${'a.jsonl/x'}             | ${''}
  ${'{a.jsonl'}              | ${''}
`('the pattern $pattern finds $matches', ({ pattern, matches }: Record<string, string>) => {
  const folder = logFolder();
  for (const name of FILES.split(' ')) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
  const found = findFiles(parseGlob(join(folder, pattern!)), disk);
  const names = [...found.files.keys()].map((path) => path.slice(folder.length + 1));
  expect(names.join(' ')).toBe(matches);
});

test('where a folder is not there yet, the nearest one above is where it will appear', () => {
  const folder = logFolder();
  const { folders } = findFiles(parseGlob(join(folder, 'later/still/*.jsonl')), disk);
  expect([...folders]).toEqual([folder]);
});
