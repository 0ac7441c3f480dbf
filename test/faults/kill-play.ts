/**
 * A real sidecar that is killed at random moments while its logs are written, the writing of a
 * checkpoint included: after the last restart its metrics are, to the digit, those of a scan.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scan } from '@tradetail/sidecar/commands/scan.ts';
import { generateLog } from '../oracle/log-generator.ts';
import type { Random } from '../oracle/random.ts';
import { Sidecar, untilRight } from './sidecar.ts';

/** Writes logs in portions that end anywhere, each file after the one before. */
export function* writing(folder: string, random: Random, seed: number): Generator<void> {
  for (const { name, bytes } of generateLog(seed, { lines: 400, mutations: 0 })) {
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
  const wanted = comparable((await scan([logs])) ?? '');
  await untilRight(async () => {
    const got = comparable(await sidecar.metrics());
    const wrong = wanted.findIndex((line, index) => got[index] !== line);
    if (wrong === -1 && got.length === wanted.length) return undefined;
    return `${got[wrong]} instead of ${wanted[wrong]}`;
  });
}

/** @param kills so many, in folders that are begun anew when a log is written to its end */
export async function playKills(kills: number, random: Random): Promise<void> {
  let left = kills;
  while (left > 0) {
    const root = mkdtempSync(join(tmpdir(), 'kill-play-'));
    const folder = join(root, 'logs');
    const logs = join(folder, '*.jsonl');
    const stateDir = join(root, 'state');
    mkdirSync(folder);
    try {
      let isWritten = false;
      let sidecar = await Sidecar.start(logs, stateDir);
      const portions = writing(folder, random, random.integer(1, 1e9));
      while (left > 0 && !isWritten) {
        // Long enough for some to fall into the writing of a checkpoint, a second after the start.
        const untilMs = performance.now() + random.integer(0, 1_300);
        while (performance.now() < untilMs) {
          if (random.chance(0.5)) isWritten = portions.next().done ?? false;
          await new Promise((resolve) => setTimeout(resolve, random.integer(0, 30)));
        }
        await sidecar.end('SIGKILL');
        left -= 1;
        portions.next();
        sidecar = await Sidecar.start(logs, stateDir);
      }
      while (!portions.next().done);
      await settled(logs, sidecar);
      await sidecar.end('SIGTERM');
      // From its last checkpoint, with nothing more to read.
      sidecar = await Sidecar.start(logs, stateDir);
      await settled(logs, sidecar);
      await sidecar.end('SIGTERM');
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
}
