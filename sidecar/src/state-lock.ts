/**
 * One sidecar a state folder. The lock is a file that names its holder; it outlives a holder that
 * was killed, so a later one asks whether that process still runs. A process id alone would not
 * tell: containers give the same ones again, hence the moment of its start as well.
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'lock';

export interface StateLock {
  release(): void;
}

/**
 * @returns the lock, or the process id of the sidecar that holds it
 * @throws what the file system says where the folder cannot be written to
 */
export function lockState(stateDir: string, pid: number = process.pid): StateLock | number {
  const path = join(stateDir, FILE);
  const mine = `${pid} ${startOf(pid)}\n`;
  const beside = `${path}.${pid}`;
  // Complete before it has its name: nobody reads half of it.
  writeFileSync(beside, mine, { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(beside, path);
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder !== undefined && holder.pid !== pid && isRunning(holder)) return holder.pid;
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(beside, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly start: string;
}

function readHolder(path: string): Holder | undefined {
  try {
    const [pid, start] = readFileSync(path, 'utf8').trim().split(' ');
    return Number.isInteger(Number(pid)) ? { pid: Number(pid), start: start ?? '' } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning({ pid, start }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === start;
}

/** Clock ticks from boot to the start of a process; '-' where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; the start is the 22nd field, the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}
