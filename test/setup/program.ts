/** Real programs as child processes, in tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const ENGINE = `${root}engine/bin/tradetail-engine.js`;
export const SIDECAR = `${root}sidecar/bin/tradetail-sidecar.js`;

export class Program {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#ended = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)));
  }

  /** @returns the first match of the pattern in what it prints */
  async says(pattern: RegExp): Promise<RegExpMatchArray> {
    return until(() => {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match === null && this.#child.exitCode !== null)
        throw new Error(`it ended with ${this.#child.exitCode}: ${this.stdout}${this.stderr}`);
      return match ?? undefined;
    }, `it says ${pattern}`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** @returns its exit code once it has ended; null where a signal ended it */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.kill(signal);
    return this.#ended;
  }
}

export const node = (script: string, args: readonly string[], env?: NodeJS.ProcessEnv): Program =>
  new Program(process.execPath, [script, ...args], env);

/** Polls until something is there; fails after half a minute, saying what was awaited. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  what: string,
  seconds = 30,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`waited ${seconds} s for this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
