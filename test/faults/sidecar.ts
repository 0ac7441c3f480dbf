/** A real `serve` that a test kills and starts again, on one and the same bundle of the program. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildOf } from '@tradetail/sidecar/version.ts';
import { entry } from '../../build/bundle.js';

const program = entry('sidecar').then((url) => fileURLToPath(url));
/** What its checkpoints are written by. */
export const build = entry('sidecar').then((url) => buildOf(url.href));
const running = new Set<ChildProcess>();

interface User {
  readonly uid: number;
  readonly gid: number;
}
const NOBODY: User = { uid: 65_534, gid: 65_534 };

/** One to whom reading can be forbidden, as it cannot to root; undefined where none can be had. */
export const restricted: Promise<User | undefined> = program.then((file) => {
  if (process.getuid?.() !== 0) return undefined;
  try {
    execFileSync(process.execPath, [file, '--help'], { ...NOBODY, stdio: 'ignore' });
    return NOBODY;
  } catch {
    return undefined;
  }
});

export class Sidecar {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #said: () => string;

  private constructor(url: string, child: ChildProcess, said: () => string) {
    this.url = url;
    this.#child = child;
    this.#said = said;
  }

  /** @param logs glob */
  static start(logs: string, stateDir: string, ...flags: string[]): Promise<Sidecar> {
    return Sidecar.startAs(undefined, logs, stateDir, ...flags);
  }

  /** @param user undefined: whoever we are */
  static async startAs(
    user: User | undefined,
    logs: string,
    stateDir: string,
    ...flags: string[]
  ): Promise<Sidecar> {
    const args = ['serve', '--logs', logs, '--port', '0', '--state-dir', stateDir, ...flags];
    if (user !== undefined) {
      mkdirSync(stateDir, { recursive: true });
      chownSync(stateDir, user.uid, user.gid);
    }
    const child = spawn(process.execPath, [await program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });
    running.add(child);
    let said = '';
    child.stderr.on('data', (text) => (said += String(text)));
    const exited = once(child, 'exit').then(() => {
      running.delete(child);
      throw new Error(`the sidecar ended: ${said}`);
    });
    exited.catch(() => undefined);
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
    return new Sidecar(/http:\S+/.exec(String(line))![0], child, () => said);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** On stderr so far. */
  get said(): string {
    return this.#said();
  }

  /** @returns its exit code; null where the signal ended it */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [code] = await exited;
    return code as number | null;
  }

  /** At once, whether it still runs or not. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** @throws Error with what it said, where it has ended by itself */
  async metrics(): Promise<string> {
    const get = async (): Promise<string> => (await fetch(`${this.url}metrics`)).text();
    return get().catch(() => {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null)
        throw new Error(`the sidecar ended with ${exitCode ?? signalCode}: ${this.said}`);
      // It was about to close the connection that was used again.
      return get();
    });
  }
}

/** Ends whatever a test that failed has left running. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Looks before something is given up, however late it is: a machine may have stood still. */
const LOOKS_MIN = 30;

/** Polls until `look` finds nothing wrong; past the time that is the error. */
export async function untilRight(
  look: () => Promise<string | undefined>,
  seconds = 30,
): Promise<void> {
  const endMs = performance.now() + seconds * 1000;
  for (let looks = 1, waitMs = 20; ; looks += 1, waitMs = Math.min(1.5 * waitMs, 200)) {
    const wrong = await look();
    if (wrong === undefined) return;
    if (performance.now() > endMs && looks >= LOOKS_MIN) throw new Error(wrong);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/** @returns series and value of each sample in the exposition */
export function seriesOf(metrics: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of metrics.split('\n')) {
    if (line === '' || line[0] === '#') continue;
    const cut = line.lastIndexOf(' ');
    found.set(line.slice(0, cut), line.slice(cut + 1));
  }
  return found;
}
