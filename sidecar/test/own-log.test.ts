/** What a running sidecar says of lines that it has not read. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { endAll, seriesOf, Sidecar } from '../../test/faults/sidecar.ts';
import { logFolder, RUN_1, RUN_2 } from './follow/log-folder.ts';

afterEach(endAll);

test('lines that are too long, and one that nobody will finish, are said once a second of their kind', async () => {
  const root = logFolder();
  const logs = join(root, 'logs');
  mkdirSync(logs);
  const long = `${'x'.repeat(70_000)}\n`;
  writeFileSync(join(logs, `e-${RUN_1}.1.jsonl`), `${long.repeat(50)}{"v":1,"torn`);
  writeFileSync(join(logs, `e-${RUN_2}.1.jsonl`), '');
  const sidecar = await Sidecar.start(join(logs, '*'), join(root, 'state'));
  await vi.waitFor(async () => {
    const series = seriesOf(await sidecar.metrics());
    expect(series.get('sidecar_invalid_lines_total{reason="too_long"}')).toBe('50');
    expect(series.get('sidecar_invalid_lines_total{reason="json"}')).toBe('1');
  }, 20_000);
  expect(await sidecar.end('SIGTERM')).toBe(0);
  const said = sidecar.said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind?: string; bytes?: number })
    .filter(({ kind }) => kind !== undefined);
  expect(said.filter(({ kind }) => kind === 'unfinished')).toMatchObject([{ bytes: 12 }]);
  const tooLong = said.filter(({ kind }) => kind === 'refused too_long');
  expect(tooLong.length).toBeLessThan(10);
  expect(tooLong[0]).toMatchObject({ level: 'warn', bytes: 70_001 });
}, 40_000);
