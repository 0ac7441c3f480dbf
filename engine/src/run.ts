/**
 * One run of the engine: opens market and log, lets things happen in the order of engine time until
 * the end, and sees to it that every line is out.
 *
 * Three sources have a next thing: the feed, the venue, the timers. The earliest happens; at the
 * same time feed before venue before timers. Nothing that happens reads a clock, so the same
 * market, seed and settings give the same run at any speed. A clock only says how long to wait.
 */
import { createHistogram } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { chance, chanceSeed, now, openClock, type Clock } from './clock.ts';
import { ConfigError, durationNs, recordedConfig, type EngineConfig } from './config.ts';
import type { Feed } from './feed/feed.ts';
import { ControlFile, wasKilled } from './kill-switch.ts';
import { NONE } from './log/recorder.ts';
import { openLog, type RingRecorder } from './log/ring-recorder.ts';
import { makeLogFolder, nextRun, segmentFiles, segmentPath } from './log/segment-file.ts';
import { openRecordedMarket } from './market/recorded-market.ts';
import { openSimulatedMarket } from './market/simulated-market.ts';
import type { Input } from './step/input.ts';
import { Trader } from './step/trader.ts';
import { TimerHeap } from './timer-heap.ts';
import type { Venue } from './venue/venue.ts';
import { VERSION } from './version.ts';

const HEARTBEAT_NS = 5e9;
/** How long the event loop of Node is kept waiting, so that signals and files are seen. */
const SLICE_NS = 5e6;
/** The clock is asked after so many steps. */
const STEPS_A_LOOK = 64;
/** Every so many steps one is measured. */
const STEPS_A_SAMPLE = 16;
/** Longest sleep, so that the control file is seen. */
const SLEEP_MS_MAX = 50;
const CONTROL_POLL_NS = 250e6;
/** Engine time that canceling everything may take at the end; wall time too. */
const STOP_NS_MAX = 10e9;
const DRAIN_MS_MAX = 10_000;

export interface RunHooks {
  /** Called once when the log is open, with the path of its first segment. */
  readonly started?: (segment: string) => void;
  /** Ends the run as a signal does. */
  readonly stop?: AbortSignal;
  /** A module with `writeSync` of node:fs, for tests of slow and failing disks. */
  readonly disk?: string;
  /** Installs the handlers of signals, uncaught exceptions and exit; left out by tests in one process. */
  readonly ownsProcess?: boolean;
}

/**
 * @param workerUrl the bundled `log/worker.ts`
 * @returns the exit code
 * @throws ConfigError
 */
export async function run(
  config: EngineConfig,
  workerUrl: URL,
  hooks: RunHooks = {},
): Promise<number> {
  const origin = now();
  const clock = openClock(origin);
  const seed = config.seed ?? chanceSeed();
  const settings = { ...config, seed };
  const market = await openMarket(settings, seed);
  makeLogFolder(config.log_dir);
  const earlier = segmentFiles(config.log_dir, config.engine);
  // Before the log is opened: its disk budget may take what the earlier runs said.
  const isLatched = wasKilled(earlier);
  const runId = nextRun(clock.wallMs(), chance(10), earlier.at(-1)?.run);
  const recorder = await openLog(
    {
      folder: config.log_dir,
      engine: config.engine,
      run: runId,
      origin,
      startEpochNs: market.feed.startEpochNs,
      segmentBytes: config.log.segment_bytes,
      budgetBytes: config.log.budget_bytes,
      ringBytes: config.log.ring_bytes,
    },
    workerUrl,
    hooks.disk,
  );
  let loop: Loop;
  try {
    loop = new Loop(settings, market, recorder, clock);
  } catch (error) {
    await recorder.close(DRAIN_MS_MAX);
    // Settings that are right by themselves and do not fit the market's instruments.
    if (error instanceof RangeError) throw new ConfigError(error.message);
    throw error;
  }
  hooks.started?.(segmentPath(config.log_dir, config.engine, runId, 1));
  if (hooks.ownsProcess === true) ownProcess(loop, recorder);
  hooks.stop?.addEventListener('abort', () => loop.requestStop('STOPPED'));
  let exitCode: number;
  try {
    exitCode = await loop.run(isLatched);
  } catch (error) {
    loop.failed(error);
    exitCode = 1;
  }
  const stored = await recorder.close(DRAIN_MS_MAX);
  return stored ? exitCode : 1;
}

async function openMarket(
  config: EngineConfig,
  seed: number,
): Promise<{ readonly feed: Feed; readonly venue: Venue }> {
  const { sim, paper, data } = config;
  if (config.market === 'replay') return openRecordedMarket({ files: data, seed, paper });
  if (config.market === 'sim') {
    const startEpochNs = BigInt(Date.parse(config.start_time)) * 1_000_000n;
    return openSimulatedMarket({ seed, sim, paper, startEpochNs });
  }
  throw new ConfigError(
    `market: got ${config.market}, wants sim or replay (this build has no other)`,
  );
}

/** Signals stop or kill; an exception is said in the log; whatever ends the process, the lines are out first. */
function ownProcess(loop: Loop, recorder: RingRecorder): void {
  let asked = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      // Whoever asks twice does not want to wait for the venue.
      if (asked) process.exit(1);
      asked = true;
      loop.requestStop(signal);
    });
  process.on('SIGUSR2', () => loop.requestKill('SIGNAL', 'SIGUSR2'));
  process.on('uncaughtException', (error) => {
    loop.failed(error);
    process.exit(1);
  });
  process.on('exit', (exitCode) => {
    loop.cutShort(exitCode);
    recorder.drain(DRAIN_MS_MAX);
  });
}

export class Loop {
  readonly #config: EngineConfig;
  readonly #feed: Feed;
  readonly #venue: Venue;
  readonly #recorder: RingRecorder;
  readonly #clock: Clock;
  readonly #timers = new TimerHeap();
  readonly #trader: Trader;
  readonly #control: ControlFile;
  readonly #stepNs = createHistogram();
  readonly #endNs: number;
  /** Engine time, ns since the run started. */
  #tNs = 0;
  #steps = 0;
  #heartbeatNs = HEARTBEAT_NS;
  #stopReason: string | undefined;
  #stoppedNs = Infinity;
  #stoppedMonoNs = Infinity;
  #killed = false;
  #overflowed = false;
  #controlPollNs = 0;
  #rss = 0;
  #rssAtNs = -Infinity;
  /** engine.stopped was said. */
  #over = false;
  readonly #requests: (() => void)[] = [];

  constructor(
    config: EngineConfig,
    market: { readonly feed: Feed; readonly venue: Venue },
    recorder: RingRecorder,
    clock: Clock,
  ) {
    this.#config = config;
    this.#feed = market.feed;
    this.#venue = market.venue;
    this.#recorder = recorder;
    this.#clock = clock;
    this.#control = new ControlFile(config.log_dir, config.engine);
    this.#endNs = config.duration === undefined ? Infinity : durationNs(config.duration);
    this.#trader = new Trader({
      instruments: this.#feed.instruments,
      strategies: config.strategies,
      risk: config.risk,
      step: config.step,
      mode: config.mode,
      recorder,
      send: (command, tNs) => this.#venue.send(command, tNs),
      schedule: (tNs, timerId) => this.#timers.push(tNs, timerId),
      monotonicNs: () => clock.monoNs(),
    });
  }

  /** @returns the exit code, once everything is canceled and said */
  async run(wasKilled: boolean): Promise<number> {
    this.#start(wasKilled);
    const speed = this.#config.speed;
    const zeroNs = this.#clock.monoNs();
    for (;;) {
      const untilNs = speed === 'max' ? Infinity : (this.#clock.monoNs() - zeroNs) * speed;
      if (this.#slice(untilNs)) break;
      this.#lookOutside();
      this.#recorder.settle();
      if (this.#mustWait) await this.#recorder.giveWay();
      else if (speed === 'max') await setImmediate();
      else {
        const aheadMs = (this.#nextNs() - (this.#clock.monoNs() - zeroNs) * speed) / speed / 1e6;
        await (aheadMs <= 0 ? setImmediate() : setTimeout(Math.min(aheadMs, SLEEP_MS_MAX)));
      }
    }
    this.#trader.snapshot();
    this.#sayStopped(this.#stopReason ?? 'END', 0);
    return 0;
  }

  requestStop(reason: string): void {
    this.#requests.push(() => this.#stop(reason));
  }

  requestKill(trigger: string, by: string): void {
    this.#requests.push(() => this.#kill(trigger, by));
  }

  /** Says in the log that the process ends before the run has, if it does. */
  cutShort(exitCode: number): void {
    if (this.#over) return;
    this.#recorder.abandon();
    this.#cancelEverything('EXIT', NONE);
    this.#sayStopped('EXIT', exitCode);
  }

  /** Says in the log why the run cannot go on. */
  failed(error: unknown): void {
    if (this.#over) return;
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    this.#recorder.abandon();
    this.#recorder.at(this.#tNs, this.#clock.monoNs());
    const seq = this.#recorder.event('engine.error', {
      error_type: name,
      error_message: message,
      error_stack: stack,
      fatal: true,
    });
    this.#cancelEverything('EXCEPTION', seq);
    this.#sayStopped('EXCEPTION', 1, seq);
  }

  /** What can still be done for the orders; the process ends in any case. */
  #cancelEverything(reason: string, cause: number): void {
    try {
      this.#trader.abort(reason, cause);
    } catch {
      this.#recorder.abandon();
    }
  }

  #start(wasKilled: boolean): void {
    const { mode, seed } = this.#config;
    const { config, sha256 } = recordedConfig(this.#config);
    const venues = [...new Set(this.#feed.instruments.map((one) => one.venue))];
    this.#recorder.names(this.#feed.instruments, this.#trader.strategies);
    this.#recorder.at(0, this.#clock.monoNs());
    this.#recorder.event('engine.started', {
      version: VERSION,
      mode,
      clock: 'SIM',
      seed,
      config,
      config_sha256: sha256,
      strategies: this.#trader.strategies,
      venues,
    });
    this.#trader.start(0, this.#feed.startEpochNs);
    if (wasKilled) this.#kill('LATCHED', 'an earlier run');
    else if (this.#control.atStart()) this.#kill('CONTROL_FILE', this.#control.path);
  }

  /**
   * Lets everything up to an engine time happen, or as much of it as a slice allows.
   *
   * @returns whether the run is at its end
   */
  #slice(untilNs: number): boolean {
    const startNs = this.#clock.monoNs();
    for (let steps = 1; ; steps++) {
      const nextNs = this.#nextNs();
      if (this.#atEnd(nextNs)) return true;
      if (nextNs > untilNs || this.#mustWait) return false;
      this.#next(nextNs);
      if (this.#recorder.segmentFull) this.#rotate();
      if (this.#recorder.overflowed !== this.#overflowed) this.#overflow();
      if (steps % STEPS_A_LOOK === 0 && this.#clock.monoNs() - startNs > SLICE_NS) return false;
    }
  }

  /** A run that no clock paces waits for the disk, so that it drops nothing; not when it is to end. */
  get #mustWait(): boolean {
    return this.#config.speed === 'max' && this.#recorder.crowded && this.#stopReason === undefined;
  }

  #atEnd(nextNs: number): boolean {
    if (this.#stopReason === undefined) {
      if (nextNs > this.#endNs) {
        this.#tNs = this.#endNs;
        this.#stop('DURATION');
      } else if (this.#feed.nextNs() === Infinity) this.#stop('END_OF_DATA');
      return false;
    }
    return (
      this.#trader.quiescent ||
      nextNs - this.#stoppedNs > STOP_NS_MAX ||
      this.#clock.monoNs() - this.#stoppedMonoNs > STOP_NS_MAX
    );
  }

  #nextNs(): number {
    return Math.min(
      this.#feed.nextNs(),
      this.#venue.nextNs(),
      this.#timers.nextNs(),
      this.#heartbeatNs,
    );
  }

  /** What a step recorded is read before the next one changes the book. */
  readonly #sink = (input: Input): void => {
    this.#trader.step(input, this.#tNs);
    this.#recorder.settle();
  };

  /** Lets what is due at `nextNs` happen. */
  #next(nextNs: number): void {
    // What was asked for in the past happens now.
    if (nextNs > this.#tNs) this.#tNs = nextNs;
    this.#steps += 1;
    const measured = this.#steps % STEPS_A_SAMPLE === 0;
    const startNs = measured ? this.#clock.monoNs() : 0;
    if (this.#feed.nextNs() <= nextNs) this.#feed.advance(this.#sink);
    else if (this.#venue.nextNs() <= nextNs) this.#venue.advance(this.#sink);
    else if (this.#timers.nextNs() <= nextNs) this.#sink({ kind: 'TIMER', id: this.#timers.pop() });
    else this.#heartbeat();
    if (measured) this.#stepNs.record(Math.max(1, this.#clock.monoNs() - startNs));
  }

  #heartbeat(): void {
    const recorder = this.#recorder;
    this.#heartbeatNs += HEARTBEAT_NS;
    recorder.at(this.#tNs, this.#clock.monoNs());
    recorder.begin('engine.heartbeat', NONE, NONE, NONE);
    recorder.number(this.#tNs / 1e9);
    recorder.int(this.#stepNs.percentile(50));
    recorder.int(this.#stepNs.percentile(99));
    recorder.number(this.#rssMb());
    recorder.int(this.#trader.openOrders);
    recorder.int(recorder.seq - recorder.dropped);
    recorder.int(recorder.dropped);
    recorder.end();
    recorder.settle();
    this.#stepNs.reset();
  }

  /** Asked of the system once a second: it takes longer than a hundred steps. */
  #rssMb(): number {
    const monoNs = this.#clock.monoNs();
    if (monoNs >= this.#rssAtNs + 1e9) {
      this.#rssAtNs = monoNs;
      this.#rss = Math.round(process.memoryUsage.rss() / 1e5) / 10;
    }
    return this.#rss;
  }

  #rotate(): void {
    this.#recorder.rotate();
    this.#trader.snapshot();
    this.#trader.restate();
    if (this.#killed) this.#recorder.event('risk.kill', { trigger: 'LATCHED', by: 'this run' });
  }

  /** The disk does not take what happens, or takes it again. */
  #overflow(): void {
    this.#overflowed = !this.#overflowed;
    if (this.#overflowed) this.#kill('LOG_OVERFLOW', `errno ${this.#recorder.errno}`);
    else if (this.#recorder.lost > 0) this.#trader.snapshot();
  }

  /** What people asked for since the last slice. */
  #lookOutside(): void {
    this.#recorder.at(this.#tNs, this.#clock.monoNs());
    for (const request of this.#requests.splice(0)) request();
    const monoNs = this.#clock.monoNs();
    if (monoNs < this.#controlPollNs) return;
    this.#controlPollNs = monoNs + CONTROL_POLL_NS;
    const order = this.#control.read();
    if (order?.kind === 'KILL') this.#kill('CONTROL_FILE', this.#control.path);
    if (order?.kind === 'REARM') {
      this.#killed = false;
      this.#trader.rearm(order.by, this.#tNs);
    }
  }

  #kill(trigger: string, by: string): void {
    this.#killed = true;
    this.#trader.kill(trigger, by, this.#tNs);
  }

  #stop(reason: string): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#stoppedNs = this.#tNs;
    this.#stoppedMonoNs = this.#clock.monoNs();
    this.#recorder.at(this.#tNs, this.#stoppedMonoNs);
    this.#trader.stop(reason, this.#tNs);
  }

  #sayStopped(reason: string, exitCode: number, cause?: number): void {
    this.#over = true;
    const { seq, dropped, lost } = this.#recorder;
    this.#recorder.event(
      'engine.stopped',
      {
        reason,
        exit_code: exitCode,
        totals: {
          steps: this.#steps,
          events_logged: seq + 1 - dropped - lost,
          events_dropped: dropped,
        },
      },
      cause === undefined ? {} : { cause },
    );
  }
}
