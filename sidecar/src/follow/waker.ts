/**
 * Calls the follower in time. The kernel tells of changes in the folders (inotify and its kin): a
 * changed file is read at once, a new or vanished name calls for a look at the disk. A slow look
 * stands behind it, because events can be lost, and some file systems have none.
 *
 * Writers write often and little; a wake-up costs more than the lines it finds. So after a turn
 * the next one waits a moment, and takes all that has come meanwhile.
 */
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join } from 'node:path';

/** With kernel events, a backstop; without, or where they are not to be had, the delay of every line. */
const LOOK_MS = 2_000;
const LOOK_POLLING_MS = 100;
/** While an unfinished line waits to be counted. */
const LOOK_SETTLING_MS = 100;
/** Longest time that lines are read without letting anything else run. */
const TURN_MS = 8;
/** Shortest time between two turns. */
const REST_MS = 1;

interface Woken {
  readonly folders: ReadonlySet<string>;
  readonly settling: boolean;
  readonly revision: number;
  look(): void;
  touch(path: string): boolean;
  step(): boolean;
}

export class Waker {
  readonly #follower: Woken;
  readonly #clock: { monotonicMs(): number };
  readonly #poll: boolean;
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #running = false;
  #lookWanted = false;
  #turn: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #looks: NodeJS.Timeout | undefined;
  #lastTurnMs = -Infinity;
  #lastRevision = 0;

  constructor(
    follower: Woken,
    clock: { monotonicMs(): number },
    poll: boolean,
    changed: () => void,
  ) {
    this.#follower = follower;
    this.#clock = clock;
    this.#poll = poll;
    this.#changed = changed;
  }

  start(): void {
    this.#running = true;
    this.#look();
    this.#wake();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#looks);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #look(): void {
    this.#lookWanted = false;
    this.#follower.look();
    // What came between the look and the watch would be missed: look again where a watch is new.
    if (this.#watch()) this.#follower.look();
    clearTimeout(this.#looks);
    const wait = this.#poll
      ? LOOK_POLLING_MS
      : this.#follower.settling
        ? LOOK_SETTLING_MS
        : LOOK_MS;
    this.#looks = setTimeout(() => {
      this.#lookWanted = true;
      this.#wake();
    }, wait);
  }

  /** @returns whether a folder is watched that was not before */
  #watch(): boolean {
    if (this.#poll) return false;
    const { folders } = this.#follower;
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    let added = false;
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, (event, name) => this.#happened(folder, event, name));
        // Deleted, or no longer watchable: the slow look goes on, and tries again.
        watcher.on('error', () => this.#unwatch(folder));
        this.#watchers.set(folder, watcher);
        added = true;
      } catch {
        // Out of watches: the slow look stands in.
      }
    }
    return added;
  }

  #unwatch(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #happened(folder: string, event: string, name: string | null): void {
    if (event === 'rename' || name === null) {
      this.#lookWanted = true;
      // The folder itself has gone, and with it the watch; one of the same name is another.
      if (name !== null && folder.endsWith(`/${name}`)) this.#unwatch(folder);
    } else if (!this.#follower.touch(join(folder, name))) return;
    this.#wake();
  }

  #wake(): void {
    if (this.#turn !== undefined || !this.#running) return;
    const rested = this.#clock.monotonicMs() - this.#lastTurnMs >= REST_MS;
    this.#turn = rested ? setImmediate(() => this.#run()) : setTimeout(() => this.#run(), REST_MS);
  }

  #run(): void {
    this.#turn = undefined;
    if (!this.#running) return;
    if (this.#lookWanted) this.#look();
    const start = this.#clock.monotonicMs();
    let more = true;
    while (more && this.#clock.monotonicMs() - start < TURN_MS) more = this.#follower.step();
    this.#lastTurnMs = this.#clock.monotonicMs();
    if (this.#follower.revision !== this.#lastRevision) {
      this.#lastRevision = this.#follower.revision;
      this.#changed();
    }
    if (more) this.#turn = setImmediate(() => this.#run());
  }
}
