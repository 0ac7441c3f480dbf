import path from 'node:path';
import { CheckpointKeeper, loadCheckpoint, makeStateDir } from '../checkpoint.ts';
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { FileFollower } from '../follow/file-follower.ts';
import type { FileNotice, Follower, Progress } from '../follow/follower.ts';
import { emptyHistogram, observe } from '../fold/histogram.ts';
import { Replica } from '../fold/replica.ts';
import { startServer } from '../http/server.ts';
import { openLog, sampleOf } from '../log.ts';
import type { OwnLog } from '../log.ts';
import {
  CONTENT_TYPE_OPENMETRICS,
  CONTENT_TYPE_TEXT,
  watchProcess,
} from '../metrics/process-metrics.ts';
import { Exposition } from '../metrics/registry.ts';
import type { Liveness } from '../metrics/samples.ts';
import { parseSegment } from '../follow/segment-name.ts';
import { ReportPublisher } from '../report/publisher.ts';
import { lockState } from '../state-lock.ts';
import type { StateLock } from '../state-lock.ts';
import { viewOf } from '../view/view.ts';

/** A file that is renamed is everyday life. */
const SEVERITY = {
  rotation: 'info',
  truncation: 'warn',
  unreadable: 'warn',
  lost: 'warn',
} as const;
/** Longest time that a scrape holds up the reading of lines. */
const RENDER_MS = 8;

export interface ServeSettings {
  readonly logs: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly stateDir: string;
  readonly poll: boolean;
  /** `tail`: the npm package, lossy and without a checkpoint. */
  readonly follower: 'file' | 'tail';
  /** Required beyond loopback. */
  readonly token: string | undefined;
  readonly allowedHosts: readonly string[];
}

export interface ServeSurroundings {
  readonly pageDir: string;
  /** Makes the report of a run that has ended; none is made without it. */
  readonly program?: string | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly started: (url: string) => void;
}

/**
 * Follows the logs and serves what they say, until the signal comes; then keeps a last checkpoint.
 *
 * @throws Error where the state folder is another sidecar's, or the address is taken
 */
export async function serve(
  settings: ServeSettings,
  { pageDir, program, signal, started }: ServeSurroundings,
): Promise<void> {
  const { host, stateDir, token } = settings;
  const clock = systemClock();
  const log = openLog(clock);
  const lock = await lockOf(stateDir, log);
  const keepsCheckpoints = settings.follower === 'file';
  const { replica, progress }: Restored = keepsCheckpoints
    ? await restored(stateDir, log)
    : { replica: new Replica() };
  if (!keepsCheckpoints)
    log.warn({}, 'follower tail: lines can be lost, and each start begins anew');

  const ingestDelay = emptyHistogram();
  replica.observer = {
    applied: (wall) => observe(ingestDelay, sinceNs(wall, clock)),
    refused: (reason, bytes, start, end) =>
      log.limited(`refused ${reason}`, { sample: sampleOf(bytes, start, end) }, 'line refused'),
    unread: (reason, bytes) =>
      reason === 'too_long'
        ? log.limited('refused too_long', { bytes }, 'line refused: longer than any may be')
        : log.limited('unfinished', { bytes }, 'line refused: it was never finished'),
    gap: (engine, run, fromSeq, toSeq) =>
      log.limited('gap', { engine, run, fromSeq, toSeq }, 'lines are missing'),
  };
  const listeners = new Set<() => void>();
  const following = {
    patterns: settings.logs,
    sink: replica,
    say: ({ kind, path, detail }: FileNotice) =>
      log.limited(kind, { path, detail }, `log file: ${kind}`, SEVERITY[kind]),
    changed: () => listeners.forEach((listener) => listener()),
    poll: settings.poll,
  };
  const follower: Follower =
    settings.follower === 'tail'
      ? // Only who asks for it waits for it to be loaded.
        new (await import('../follow/tail-follower.ts')).TailFollower(following)
      : new FileFollower({ ...following, ...(progress && { progress }), clock });
  const keeper = new CheckpointKeeper({
    stateDir,
    revision: () => follower.revision,
    take: () => ({ progress: follower.progress(), state: replica.save() }),
    say: (failure) =>
      log.limited('checkpoint', { failure }, 'checkpoint not written; following goes on'),
    clock,
  });

  const reportsDir = path.join(stateDir, 'reports');
  const publisher =
    program === undefined
      ? undefined
      : new ReportPublisher({
          program,
          reportsDir,
          logs: settings.logs,
          state: () => replica.state,
          filesOf: (engine, run) =>
            follower
              .progress()
              .positions.map((position) => position.path)
              .filter((file) => {
                const segment = parseSegment(path.basename(file));
                return segment?.engine === engine && segment.run === run;
              }),
          say: (fields, message) => log.info(fields, message),
        });
  if (publisher !== undefined) listeners.add(() => publisher.look());

  const process = watchProcess();
  const exposition = new Exposition();
  const startMs = clock.monotonicMs();
  const liveness = (): Liveness => ({
    nowSeconds: clock.wallMs() / 1000,
    ingestDelay,
    checkpoint: keeper.status(),
  });
  const ready = (): string => {
    const { caughtUp, lagBytes } = follower.status();
    return caughtUp ? '' : `reading the logs: ${lagBytes} bytes to go`;
  };
  try {
    const server = await startServer({
      host,
      port: settings.port,
      ...(token !== undefined && { token }),
      allowedHosts: settings.allowedHosts,
      pageDir,
      reportsDir,
      ready,
      log,
      changed(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      state: () =>
        viewOf({
          state: replica.state,
          follower: follower.status(),
          liveness: liveness(),
          uptimeSeconds: (clock.monotonicMs() - startMs) / 1000,
          reason: ready(),
        }),
      metrics: async (isOpenMetrics) => ({
        contentType: isOpenMetrics ? CONTENT_TYPE_OPENMETRICS : CONTENT_TYPE_TEXT,
        body: await exposition.bytes(replica.state, follower.status(), {
          isOpenMetrics,
          liveness: liveness(),
          process,
          rest: restAfter(RENDER_MS, clock),
        }),
      }),
    });
    follower.start();
    if (keepsCheckpoints) keeper.start();
    started(`http://${host.includes(':') ? `[${host}]` : host}:${server.port}/`);
    await aborted(signal);
    publisher?.stop();
    follower.stop();
    await server.close();
    if (keepsCheckpoints) await keeper.stop();
  } finally {
    lock?.release();
    log.flush();
  }
}

/** @throws Error where another sidecar holds it; undefined where nothing can be written there */
async function lockOf(stateDir: string, log: OwnLog): Promise<StateLock | undefined> {
  try {
    await makeStateDir(stateDir);
    const lock = lockState(stateDir);
    if (typeof lock !== 'number') return lock;
    throw new Error(`state-dir: ${stateDir} is in use by the sidecar with process id ${lock}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    log.warn(
      { failure: (error as Error).message },
      'state folder cannot be written; following goes on',
    );
    return undefined;
  }
}

interface Restored {
  readonly replica: Replica;
  readonly progress?: Progress;
}

async function restored(stateDir: string, log: OwnLog): Promise<Restored> {
  const fresh = (reason: string) => {
    log.warn({ reason }, 'no usable checkpoint: everything is rebuilt from the logs');
    return { replica: new Replica() };
  };
  const loaded = await loadCheckpoint(stateDir);
  if (loaded === undefined) {
    log.info({ stateDir }, 'no checkpoint yet: the logs are read from their start');
    return { replica: new Replica() };
  }
  if ('unusable' in loaded) return fresh(loaded.unusable);
  try {
    const { progress, state } = loaded.checkpoint;
    return { replica: Replica.load(state), progress };
  } catch (error) {
    return fresh(`its state cannot be read: ${(error as Error).message}`);
  }
}

/** @returns says, when it is asked, whether it is time to let others run, and waits until they have */
function restAfter(ms: number, clock: Clock): () => Promise<void> | undefined {
  let startMs = clock.monotonicMs();
  return () =>
    clock.monotonicMs() - startMs < ms
      ? undefined
      : new Promise((resolve) =>
          setImmediate(() => {
            startMs = clock.monotonicMs();
            resolve();
          }),
        );
}

/** From a line's `time` to now, whole ns; negative where the clocks differ. */
function sinceNs(wall: { readonly seconds: number; readonly nanos: number }, clock: Clock): number {
  const nowMs = clock.wallMs();
  const seconds = Math.floor(nowMs / 1000);
  return (seconds - wall.seconds) * 1e9 + Math.round((nowMs - seconds * 1000) * 1e6) - wall.nanos;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
