/**
 * The kill switch from outside, and over restarts.
 *
 * A person writes one line into `<log-dir>/<engine>.control`, which the engine reads four times a
 * second and never writes:
 *
 *     kill           cancel everything and halt
 *     rearm NAME     trade again; NAME is who says so
 *
 * A line is obeyed when the file changes. At start a `kill` that still stands is obeyed, a `rearm`
 * is not: nobody re-arms a run that had not begun. SIGUSR2 is `kill` too.
 *
 * The latch survives a restart because the log says it: a run that starts latched says `risk.kill`
 * again, as does each of its segments while it lasts, so the log of the run before is enough.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import type { SegmentFile } from './log/segment-file.ts';

export type Order = { readonly kind: 'KILL' } | { readonly kind: 'REARM'; readonly by: string };

export class ControlFile {
  readonly path: string;
  #seen = '';

  constructor(folder: string, engine: string) {
    this.path = path.join(folder, `${engine}.control`);
  }

  /** @returns what stands in the file when the run starts; only `kill` counts */
  atStart(): Order | undefined {
    const order = this.read();
    return order?.kind === 'KILL' ? order : undefined;
  }

  /** @returns the order, if the file has changed since the last call */
  read(): Order | undefined {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    const seen = stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : '';
    if (seen === this.#seen) return undefined;
    this.#seen = seen;
    return stat?.isFile() === true ? parseOrder(readFileSync(this.path, 'utf8')) : undefined;
  }
}

function parseOrder(text: string): Order | undefined {
  const line = text.trim();
  if (line === 'kill') return { kind: 'KILL' };
  const by = /^rearm (\S.{0,127})$/.exec(line)?.[1];
  return by === undefined ? undefined : { kind: 'REARM', by };
}

const KILLED = Buffer.from('"event":"risk.kill"');
const REARMED = Buffer.from('"event":"risk.rearmed"');
/** A run that lived to say this has said at its start whether it was latched. */
const ALIVE = Buffer.from('"event":"engine.heartbeat"');

/**
 * @param segments of the earlier runs, oldest first
 * @returns whether the kill switch was latched when the engine last ran
 */
export function wasKilled(segments: readonly SegmentFile[]): boolean {
  let alive: string | undefined;
  for (const segment of [...segments].reverse()) {
    if (alive !== undefined && segment.run !== alive) return false;
    // Another engine of the same name may have deleted it by now.
    if (!existsSync(segment.path)) continue;
    const last = lastOf(segment.path);
    if (last.killed !== last.rearmed) return last.killed > last.rearmed;
    if (last.alive >= 0) alive = segment.run;
  }
  return false;
}

/** Where in the file each of the three stands last, −1 where it does not. */
function lastOf(file: string): { killed: number; rearmed: number; alive: number } {
  const last = { killed: -1, rearmed: -1, alive: -1 };
  const chunk = Buffer.allocUnsafe(1 << 20);
  const overlap = REARMED.length + 8;
  const fd = openSync(file, 'r');
  try {
    for (let at = 0; ; at += chunk.length - overlap) {
      const bytes = chunk.subarray(0, readSync(fd, chunk, 0, chunk.length, at));
      for (const [name, needle] of [
        ['killed', KILLED],
        ['rearmed', REARMED],
        ['alive', ALIVE],
      ] as const) {
        const found = bytes.lastIndexOf(needle);
        if (found >= 0) last[name] = at + found;
      }
      if (bytes.length < chunk.length) return last;
    }
  } finally {
    closeSync(fd);
  }
}
