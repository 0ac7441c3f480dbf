/**
 * Writes what is derived from the code and committed: the reference of events and of metrics and the
 * JSON Schema of a line. A test says that they are fresh.
 */
import { writeFile } from 'node:fs/promises';
import { generated } from './generated.ts';

for (const [path, content] of Object.entries(await generated())) {
  await writeFile(new URL(`../${path}`, import.meta.url), content);
  process.stdout.write(`${path}\n`);
}
