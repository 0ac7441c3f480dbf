import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { generated } from '../scripts/generated.ts';

const files = Object.entries(await generated());

test.each(files)('%s is what the code says (npm run generate)', async (path, content) => {
  expect(await readFile(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(content);
});
