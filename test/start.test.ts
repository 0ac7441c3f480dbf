/** `npm start`, as a person uses it: real processes, a free port. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../build/start.js', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'tradetail-start-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  /** Resolves with the first match in what it prints. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
}

function start(port: number): Started {
  const child = spawn(process.execPath, [program], {
    cwd: folder,
    env: { ...process.env, TRADETAIL_PORT: String(port), TRADETAIL_SPEED: '5' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (const listener of listeners) listener();
    });
  return {
    child,
    says: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match) resolve(match);
        };
        listeners.add(look);
        look();
      }),
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
}

/** The processes whose working directory it is. */
function processesIn(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        return readlinkSync(`/proc/${id}/cwd`) === directory;
      } catch {
        return false;
      }
    });
}

test('one command shows a page, and Ctrl-C ends all of it with every line out', async () => {
  const { child, says, ended } = start(0);
  const url = (await says(/tradetail: (http:\S+) shows/))[1]!;
  expect(processesIn(folder).length).toBe(3);
  expect((await fetch(new URL('healthz', url))).status).toBe(200);
  expect(await (await fetch(new URL('metrics', url))).text()).toContain('trading_engine_up');
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
  const [, report] = await says(/the report of the run is (\S+)/);
  const written: unknown = JSON.parse(
    readFileSync(path.join(folder, path.dirname(report!), 'report.json'), 'utf8'),
  );
  expect(written).toMatchObject({ run: { stop_reason: 'SIGTERM' }, log: { complete: true } });
  const logs = path.join(folder, 'logs');
  const lines = readFileSync(path.join(logs, readdirSync(logs)[0]!), 'utf8')
    .trimEnd()
    .split('\n');
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ event: 'engine.stopped', exit_code: 0 });
  expect(processesIn(folder)).toEqual([]);
});

test('a port that is taken is said, and nothing is left running', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { says, ended } = start((other.address() as AddressInfo).port);
  await says(/EADDRINUSE|in use/);
  await says(/tradetail: the sidecar ended \(exit 1\)/);
  expect(await ended).toBe(1);
  other.close();
  expect(processesIn(folder)).toEqual([]);
});
