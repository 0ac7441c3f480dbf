/**
 * A real sidecar under everything that can befall it. What is random prints its seed when it fails;
 * `TRADETAIL_SEED` plays that one again. The full counts have a command each:
 *
 *     npm run faults -- files 10000
 *     npm run faults -- kills 1000
 *     npm run faults -- noise 1000
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { playFiles } from './faults/file-play.ts';
import { comparable, playKills, settled, writing } from './faults/kill-play.ts';
import { playNoise } from './faults/noise-play.ts';
import { endAll, seriesOf, Sidecar } from './faults/sidecar.ts';
import { generateLog } from './oracle/log-generator.ts';
import { Random } from './oracle/random.ts';

const SEED = Number(process.env['TRADETAIL_SEED'] ?? 1);

afterEach(endAll);

function logFolder() {
  const root = mkdtempSync(join(tmpdir(), 'sidecar-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'logs');
  mkdirSync(folder);
  return { root, folder, logs: join(folder, '*.jsonl'), stateDir: join(root, 'state') };
}

const write = (folder: string, seed: number): void => {
  for (const _ of writing(folder, new Random(seed), seed));
};

const failures = async (sidecar: Sidecar): Promise<number> =>
  Number(seriesOf(await sidecar.metrics()).get('sidecar_checkpoint_failures_total'));

test(`whatever happens to its files, killed and restarted meanwhile, it counts every line once (seed ${SEED})`, async () => {
  const { failures } = await playFiles(
    'TRADETAIL_SEED' in process.env ? [SEED] : Array.from({ length: 20 }, (_, one) => SEED + one),
  );
  expect(failures).toEqual(new Map());
});

test(`killed again and again, it counts as if it had never stopped (seed ${SEED})`, async () => {
  await playKills(5, new Random(SEED));
});

test(`random bytes, thousands of symbols and hostile words leave it small and its exposition valid (seed ${SEED})`, async () => {
  await playNoise(8, 8_000, new Random(SEED));
});

test('a checkpoint that is torn is said in one line, and everything is rebuilt', async () => {
  const { folder, logs, stateDir } = logFolder();
  write(folder, 2);
  const first = await Sidecar.start(logs, stateDir);
  await settled(logs, first);
  expect(await first.end('SIGTERM')).toBe(0);
  const path = join(stateDir, 'checkpoint');
  writeFileSync(path, readFileSync(path).subarray(0, -100));
  const second = await Sidecar.start(logs, stateDir);
  await settled(logs, second);
  expect(second.said.match(/rebuilt from the logs/g)).toHaveLength(1);
  expect(second.said).toContain('torn');
});

test('where there is no checkpoint yet, that is nothing to warn of', async () => {
  const { folder, logs, stateDir } = logFolder();
  write(folder, 2);
  const sidecar = await Sidecar.start(logs, stateDir);
  await settled(logs, sidecar);
  expect(await sidecar.end('SIGTERM')).toBe(0);
  const said = sidecar.said.trim().split('\n');
  expect(said.filter((line) => line.includes('checkpoint'))).toEqual([
    expect.stringContaining('"level":"info"'),
  ]);
});

test('a state folder that cannot be written is said and counted, and following goes on', async () => {
  const { folder, logs, stateDir } = logFolder();
  writeFileSync(stateDir, 'a file where the folder should be');
  const sidecar = await Sidecar.start(logs, stateDir);
  write(folder, 3);
  await settled(logs, sidecar);
  await vi.waitFor(async () => expect(await failures(sidecar)).toBeGreaterThan(0), 5_000);
  expect(sidecar.said).toContain('following goes on');
  expect(await sidecar.end('SIGTERM')).toBe(0);
});

/** A file system of its own, where this user may mount one. */
function mount(path: string, options: string): boolean {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    console.warn('skipped: no file system can be mounted here');
    return false;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]));
  return true;
}

test('a disk that is full keeps the checkpoint before it; when there is room again, one is written', async ({
  skip,
}) => {
  const { folder, logs, stateDir } = logFolder();
  if (!mount(stateDir, 'size=2m')) skip();
  const first = await Sidecar.start(logs, stateDir);
  write(folder, 5);
  await settled(logs, first);
  await vi.waitFor(() => expect(readdirSync(stateDir)).toContain('checkpoint'), 5_000);
  const filler = join(stateDir, 'filler');
  const { bavail, bsize } = await import('node:fs').then(({ statfsSync }) => statfsSync(stateDir));
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  const kept = readFileSync(join(stateDir, 'checkpoint'));
  const { bytes } = generateLog(6, { lines: 400, mutations: 0 })[0]!;
  appendFileSync(join(folder, 'more.jsonl'), bytes);
  await vi.waitFor(async () => expect(await failures(first)).toBeGreaterThan(0), 10_000);
  expect(readFileSync(join(stateDir, 'checkpoint')).equals(kept)).toBe(true);
  expect(first.said).toContain('ENOSPC');
  await settled(logs, first);
  rmSync(filler);
  await vi.waitFor(
    () => expect(readFileSync(join(stateDir, 'checkpoint')).equals(kept)).toBe(false),
    15_000,
  );
  await first.end('SIGKILL');
  await settled(logs, await Sidecar.start(logs, stateDir));
});

test('a state folder that is read-only is said and counted, and following goes on', async ({
  skip,
}) => {
  const { folder, logs, stateDir } = logFolder();
  if (!mount(stateDir, 'ro,size=1m')) skip();
  const sidecar = await Sidecar.start(logs, stateDir);
  write(folder, 3);
  await settled(logs, sidecar);
  await vi.waitFor(async () => expect(await failures(sidecar)).toBeGreaterThan(0), 5_000);
  expect(sidecar.said).toContain('EROFS');
  expect(await sidecar.end('SIGTERM')).toBe(0);
});

test('a second sidecar on the same state folder refuses, and says who has it', async () => {
  const { logs, stateDir } = logFolder();
  const first = await Sidecar.start(logs, stateDir);
  await expect(Sidecar.start(logs, stateDir)).rejects.toThrow(
    `is in use by the sidecar with process id ${first.pid}`,
  );
  await first.end('SIGKILL');
  await Sidecar.start(logs, stateDir);
});

test('it is ready once it has read what was there, and says why not before', async () => {
  const { folder, logs, stateDir } = logFolder();
  write(folder, 4);
  const { url } = await Sidecar.start(logs, stateDir);
  await vi.waitFor(async () => expect((await fetch(`${url}readyz`)).status).toBe(200));
});

test('the logs of several hosts give the same series in one sidecar as in one each', async () => {
  const { root } = logFolder();
  const hosts = ['a', 'b', 'c'].map((host) => join(root, 'hosts', host));
  for (const [index, folder] of hosts.entries()) {
    mkdirSync(folder, { recursive: true });
    for (const { name, bytes } of generateLog(10 + index, { lines: 400, mutations: 0 })) {
      const engine = `host-${index}-`;
      const text = bytes.toString('latin1').replaceAll('"engine":"', `"engine":"${engine}`);
      writeFileSync(join(folder, engine + name), Buffer.from(text, 'latin1'));
    }
  }
  const together = await Sidecar.start(join(root, 'hosts', '**', '*.jsonl'), join(root, 'all'));
  await settled(join(root, 'hosts', '**', '*.jsonl'), together);
  const all = new Set(comparable(await together.metrics()));
  const sums = new Map<string, number>();
  for (const [index, folder] of hosts.entries()) {
    const logs = join(folder, '*.jsonl');
    const one = await Sidecar.start(logs, join(root, `state-${index}`));
    await settled(logs, one);
    const series = comparable(await one.metrics());
    const own = series.filter((line) => line.includes('engine="'));
    expect(own.length).toBeGreaterThan(20);
    expect(own.filter((line) => !all.has(line))).toEqual([]);
    for (const [name, value] of seriesOf(series.join('\n')))
      if (!name.includes('engine="')) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  const shared = [...seriesOf([...all].join('\n'))].filter(([name]) => !name.includes('engine="'));
  expect(new Map(shared.map(([name, value]) => [name, Number(value)]))).toEqual(sums);
});

test('a copy of a segment beside it counts nothing twice', async () => {
  const { folder, logs, stateDir } = logFolder();
  write(folder, 4);
  const sidecar = await Sidecar.start(logs, stateDir);
  await settled(logs, sidecar);
  const before = seriesOf(await sidecar.metrics());
  const [name] = readdirSync(folder);
  copyFileSync(join(folder, name!), join(folder, 'copy.jsonl'));
  await settled(logs, sidecar);
  const after = seriesOf(await sidecar.metrics());
  for (const [series, value] of before)
    if (/^trading_(orders|fills|filled)\w*_total/.test(series))
      expect(after.get(series)).toBe(value);
  expect(statSync(join(folder, 'copy.jsonl')).size).toBeGreaterThan(0);
});
