import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../src/cli.ts';
import { LogScript } from '../../test/oracle/log-script.ts';
import { logFolder } from './follow/log-folder.ts';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/tradetail-sidecar.js', import.meta.url));

/** Runs it in this process, to its end: `serve` is stopped before it starts. */
async function run(args: string, env: Record<string, string> = {}) {
  let out = '';
  let err = '';
  const stop = new AbortController();
  stop.abort();
  const code = await main(args.split(' ').filter(Boolean), {
    env,
    out: (text) => (out += text),
    err: (text) => (err += text),
    pageDir: fileURLToPath(new URL('../src/page/', import.meta.url)),
    signal: stop.signal,
  });
  return { code, out, err };
}

const TOKEN = 'wants loopback, or a token in TRADETAIL_TOKEN or TRADETAIL_TOKEN_FILE';
test.each`
  args                      | env                                     | says
  ${'serve --port abc'}     | ${{}}                                   | ${'port: got "abc", wants an integer from 0 to 65535'}
  ${'serve --port 65536'}   | ${{}}                                   | ${'port: got "65536", wants an integer from 0 to 65535'}
  ${'serve --port -1'}      | ${{}}                                   | ${'port: got "-1", wants an integer from 0 to 65535'}
  ${'serve'}                | ${{ TRADETAIL_PORT: '1e3' }}            | ${'port: got "1e3", wants an integer from 0 to 65535'}
  ${'serve --host 0.0.0.0'} | ${{}}                                   | ${`host: got "0.0.0.0", ${TOKEN}`}
  ${'serve'}                | ${{ TRADETAIL_HOST: '::' }}             | ${`host: got "::", ${TOKEN}`}
  ${'serve --follower x'}   | ${{}}                                   | ${'follower: got "x", wants file or tail'}
  ${'serve --host a/b'}     | ${{}}                                   | ${'host: got "a/b", wants an address or a host name'}
  ${'serve'}                | ${{ TRADETAIL_TOKEN_FILE: '/nowhere' }} | ${'TRADETAIL_TOKEN_FILE: got "/nowhere", wants a file that can be read (ENOENT)'}
  ${'serve --nope'}         | ${{}}                                   | ${"unknown option '--nope' (see --help)"}
  ${'serve logs'}           | ${{}}                                   | ${"too many arguments for 'serve'. Expected 0 arguments but got 1. (see --help)"}
  ${'scan --port 1'}        | ${{}}                                   | ${"unknown option '--port' (see --help)"}
  ${'nope'}                 | ${{}}                                   | ${"unknown command 'nope' (see --help)"}
`('`$args` with $env ends with 2 and says what it wants', async ({ args, env, says }) => {
  expect(await run(args as string, env as Record<string, string>)).toEqual({
    code: 2,
    out: '',
    err: `tradetail-sidecar: ${says}\n`,
  });
});

test.each(['--help', '', 'serve --help', 'scan --help'])('`%s` helps', async (args) => {
  const { code, out, err } = await run(args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^Usage: tradetail-sidecar/);
});

test('`--version` says the version', async () => {
  expect(await run('--version')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('where no file matches, scan ends with 1 and says so in one line', async () => {
  const glob = join(logFolder(), '*.jsonl');
  expect(await run(`scan --logs ${glob}`)).toEqual({
    code: 1,
    out: '',
    err: `tradetail-sidecar: logs: no file matches ${glob}\n`,
  });
});

function logs(lines = 1): string {
  const folder = logFolder();
  const script = new LogScript();
  for (let count = 0; count < lines; count += 1) script.add({ event: 'engine.heartbeat' });
  const { name, bytes } = script.file();
  writeFileSync(join(folder, name), bytes);
  return folder;
}

test('scan prints the metrics of all files, the same bytes each time, and nothing else', async () => {
  const folder = logs(3);
  appendFileSync(join(folder, 'other.jsonl'), 'not json\n');
  const first = await run(`scan --logs ${folder}/*.jsonl --logs ${folder}/o*`);
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out).toContain('\nsidecar_files 2\n');
  expect(first.out).toContain('\nsidecar_lines_total 4\n');
  expect(first.out).toContain('sidecar_invalid_lines_total{reason="json"} 1\n');
  expect(first.out).not.toMatch(
    /process_|nodejs_|sidecar_file_lag|sidecar_ingest|sidecar_checkpoint/,
  );
  expect(await run('scan', { TRADETAIL_LOGS: `${folder}/*` })).toEqual(first);
});

test('a flag goes before its variable', async () => {
  const folder = logs();
  const { out } = await run(`scan --logs ${folder}/*`, { TRADETAIL_LOGS: '/nowhere/*' });
  expect(out).toContain('\nsidecar_files 1\n');
});

test('serve says where it listens, and ends with 0 when it is told to', async () => {
  const folder = logs();
  const { code, out } = await run(`serve --logs ${folder}/* --port 0 --state-dir ${folder}/state`);
  expect(code).toBe(0);
  expect(out).toMatch(/^tradetail-sidecar serves http:\/\/127\.0\.0\.1:\d+\/\n$/);
});

test('serve that cannot listen ends with 1 and says so', async () => {
  const folder = logs();
  const { code, err } = await run(
    `serve --host 127.0.0.1 --port 1 --logs ${folder}/* --state-dir ${folder}/s --host 127.255.255.256`,
  );
  expect(code).toBe(1);
  expect(err).toMatch(/^tradetail-sidecar: .+\n$/);
});

test('a reader of its output who leaves is no fault', async () => {
  const child = spawn(process.execPath, [BIN, 'scan', '--logs', join(logs(), '*')]);
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (text) => (err += String(text)));
  const [code] = await once(child, 'exit');
  expect({ code, err }).toEqual({ code: 0, err: '' });
});
