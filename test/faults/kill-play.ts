/**
 * A real sidecar that is killed at random moments while its logs are written. After each restart its
 * metrics are, to the digit, those of a reader beside it that nobody ever stopped.
 *
 * A checkpoint takes some milliseconds of each second, so few random moments fall into its writing.
 * Every other kill is aimed there: at a random moment after the new file has appeared. One that hit
 * has left that file behind, unfinished or finished but not renamed.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tradetail/sidecar/clock.ts';
import { scan } from '@tradetail/sidecar/commands/scan.ts';
import { Replica } from '@tradetail/sidecar/fold/replica.ts';
import { FileFollower } from '@tradetail/sidecar/follow/file-follower.ts';
import { metricsText } from '@tradetail/sidecar/metrics/registry.ts';
import { generateLog } from '../oracle/log-generator.ts';
import type { Random } from '../oracle/random.ts';
import { Sidecar, untilRight } from './sidecar.ts';

/** Longest wait for the next checkpoint; they come every second while lines do. */
const CHECKPOINT_MS = 3_000;

/** Writes logs in portions that end anywhere, each file after the one before. */
export function* writing(
  folder: string,
  random: Random,
  seed: number,
  lines = 400,
): Generator<void> {
  for (const { name, bytes } of generateLog(seed, { lines, mutations: 0 })) {
    const path = join(folder, name);
    for (let at = 0; at < bytes.length;) {
      const length = random.integer(1, 20_000);
      appendFileSync(path, bytes.subarray(at, at + length));
      at += length;
      yield;
    }
  }
}

/**
 * Without what only a running sidecar has, and without whether the engine is up: these engines
 * wrote their lines long ago.
 */
export function comparable(metrics: string): string[] {
  const living =
    /^(# (HELP|TYPE) )?(process_|nodejs_|sidecar_file_lag_bytes|sidecar_ingest_delay_seconds|sidecar_checkpoint_|trading_engine_up)/;
  return metrics.split('\n').filter((line) => line !== '' && !living.test(line));
}

/** Waits until the sidecar shows what a scan of the same files does. */
export async function settled(logs: string, sidecar: Sidecar): Promise<void> {
  await shows(sidecar, (await scan([logs])) ?? '');
}

async function shows(sidecar: Sidecar, metrics: string): Promise<void> {
  const wanted = comparable(metrics);
  await untilRight(async () => {
    const got = comparable(await sidecar.metrics());
    const wrong = wanted.findIndex((line, index) => got[index] !== line);
    if (wrong === -1 && got.length === wanted.length) return undefined;
    return `${got[wrong]} instead of ${wanted[wrong]}`;
  });
}

/** The reader that nobody stops. */
class Uninterrupted {
  readonly #replica = new Replica();
  readonly #follower: FileFollower;

  constructor(logs: string) {
    this.#follower = new FileFollower({
      patterns: [logs],
      sink: this.#replica,
      clock: systemClock(),
    });
  }

  /** As of all that stands in the files now. */
  metrics(): Promise<string> {
    this.#follower.readAll();
    return metricsText(this.#replica.state, this.#follower.status());
  }

  stop(): void {
    this.#follower.stop();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls once, so long after the next checkpoint began to be written; at the latest when it is overdue. */
function afterCheckpointBegins(stateDir: string, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(overdue);
      watcher.close();
      resolve();
    };
    const overdue = setTimeout(end, CHECKPOINT_MS);
    const watcher = watch(stateDir, (_, name) => {
      if (name !== 'checkpoint.new') return;
      if (delayMs === 0) end();
      else setTimeout(end, delayMs);
    });
  });
}

export interface KillPlay {
  readonly kills: number;
  /** Kills that fell into the writing of a checkpoint. */
  readonly inWrites: number;
}

/**
 * @param kills so many, in folders that are begun anew when a log is written to its end
 * @throws Error saying which series differs
 */
export async function playKills(kills: number, random: Random): Promise<KillPlay> {
  let left = kills;
  let inWrites = 0;
  while (left > 0) {
    const root = mkdtempSync(join(tmpdir(), 'kill-play-'));
    const folder = join(root, 'logs');
    const logs = join(folder, '*.jsonl');
    const stateDir = join(root, 'state');
    mkdirSync(folder);
    const uninterrupted = new Uninterrupted(logs);
    let sidecar: Sidecar | undefined;
    try {
      sidecar = await Sidecar.start(logs, stateDir);
      const portions = writing(folder, random, random.integer(1, 1e9), 4_000);
      let isWritten = false;
      while (left > 0 && !isWritten) {
        let isTime = false;
        const moment = random.chance(0.5)
          ? afterCheckpointBegins(stateDir, random.integer(0, 5))
          : pause(random.integer(0, 1_300));
        const killed = moment.then(() => {
          isTime = true;
          return sidecar!.end('SIGKILL');
        });
        while (!isTime) {
          if (random.chance(0.5)) isWritten = portions.next().done ?? false;
          await Promise.race([killed, pause(random.integer(0, 30))]);
        }
        await killed;
        left -= 1;
        if (existsSync(join(stateDir, 'checkpoint.new'))) inWrites += 1;
        portions.next();
        sidecar = await Sidecar.start(logs, stateDir);
        await shows(sidecar, await uninterrupted.metrics());
      }
      while (!portions.next().done);
      await shows(sidecar, await uninterrupted.metrics());
      await sidecar.end('SIGTERM');
      // From its last checkpoint, with nothing more to read.
      sidecar = await Sidecar.start(logs, stateDir);
      await settled(logs, sidecar);
      await sidecar.end('SIGTERM');
    } finally {
      uninterrupted.stop();
      sidecar?.kill();
      rmSync(root, { recursive: true, force: true });
    }
  }
  return { kills, inWrites };
}
