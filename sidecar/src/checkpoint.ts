/**
 * One file that holds the sink's state and the follower's progress, taken between the same two
 * lines: a sidecar that dies at any byte and starts from it has counted every line once.
 *
 * ```
 * magic  version  serialisation  progress' length   progress   state  SHA-256 of all before it
 *   8       4           4                8             (JSON)             32        bytes
 * ```
 *
 * It is written beside, fsynced and renamed, so a reader finds the old one or the new one. What is
 * wrong with the one that is found makes no difference but to what is said: everything can be
 * rebuilt from the logs. So is one of another build of the program, whose state may be laid out
 * otherwise.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import type { Progress } from './follow/follower.ts';
import type { CheckpointStatus } from './follow/line-sink.ts';
import { BUILD } from './version.ts';

const MAGIC = Buffer.from('tradetai');
const VERSION = 1;
/** States may be serialised by V8, whose format has a version of its own. */
const SERIALISATION = serialize(0)[1] ?? 0;
const HEADER_BYTES = 24;
const SUM_BYTES = 32;
const FILE = 'checkpoint';

/** Shortest time between two. */
const INTERVAL_MS = 1_000;
/** A state so large that it takes long to write is written less often: at most this part of the time. */
const SHARE = 0.1;
/** Between two pieces of the file, others run. */
const PIECE_BYTES = 1 << 20;

export interface Checkpoint {
  readonly progress: Progress;
  readonly state: Uint8Array;
}

export type Loaded =
  { readonly checkpoint: Checkpoint } | { readonly unusable: string } | undefined;

/**
 * @param build of the program that will read its state
 * @returns undefined where there is none; `unusable` says what is wrong with the one there is
 */
export async function loadCheckpoint(stateDir: string, build = BUILD): Promise<Loaded> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(stateDir, FILE));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? undefined
      : { unusable: `cannot be read: ${code}` };
  }
  if (bytes.length < HEADER_BYTES + SUM_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    return { unusable: 'is not a checkpoint, or torn' };
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) return { unusable: `has version ${version}, not ${VERSION}` };
  const serialisation = bytes.readUInt32LE(12);
  if (serialisation !== SERIALISATION)
    return {
      unusable: `was written by another Node (serialisation ${serialisation}, not ${SERIALISATION})`,
    };
  const end = bytes.length - SUM_BYTES;
  const sum = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!sum.equals(bytes.subarray(end))) return { unusable: 'is torn: its checksum does not fit' };
  const stateStart = HEADER_BYTES + Number(bytes.readBigUInt64LE(16));
  const { program, ...progress } = JSON.parse(
    bytes.toString('utf8', HEADER_BYTES, stateStart),
  ) as Progress & { program: string };
  if (program !== build)
    return { unusable: `was written by ${program} of the program, not ${build}` };
  return { checkpoint: { progress, state: bytes.subarray(stateStart, end) } };
}

/** Writes it durably; the file there was before stays until the new one is complete. */
export async function writeCheckpoint(
  stateDir: string,
  { progress, state }: Checkpoint,
  build = BUILD,
): Promise<void> {
  const encoded = Buffer.from(JSON.stringify({ program: build, ...progress }));
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(SERIALISATION, 12);
  header.writeBigUInt64LE(BigInt(encoded.length), 16);
  const hash = createHash('sha256');
  const path = join(stateDir, FILE);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    for (const part of [header, encoded, state]) {
      for (let start = 0; start < part.length; start += PIECE_BYTES) {
        const piece = part.subarray(start, start + PIECE_BYTES);
        hash.update(piece);
        await file.writeFile(piece);
      }
    }
    await file.writeFile(hash.digest());
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(stateDir, 'r');
  await folder.sync().finally(() => folder.close());
}

export interface KeeperOptions {
  readonly stateDir: string;
  /** Goes up with every change; nothing is written while it stands. */
  readonly revision: () => number;
  /** The state as it is now, between two lines. */
  readonly take: () => Checkpoint;
  readonly say: (failure: string) => void;
  readonly clock: { wallMs(): number; monotonicMs(): number };
}

/** Writes a checkpoint every second or so while something changes, and a last one at the end. */
export class CheckpointKeeper {
  readonly #options: KeeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #written = -1;
  #lastSeconds: number | undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  status(): CheckpointStatus {
    return { lastSeconds: this.#lastSeconds, failures: this.#failures };
  }

  start(): void {
    this.#schedule(INTERVAL_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await this.write();
  }

  /** Writes one now if anything has changed; what fails is counted and said, never thrown. */
  async write(): Promise<void> {
    const { stateDir, take, revision, say, clock } = this.#options;
    const taken = revision();
    if (taken === this.#written) return;
    try {
      const checkpoint = take();
      await mkdir(stateDir, { recursive: true, mode: 0o700 });
      await writeCheckpoint(stateDir, checkpoint);
      this.#written = taken;
      this.#lastSeconds = clock.wallMs() / 1000;
    } catch (error) {
      this.#failures += 1;
      say(`${(error as NodeJS.ErrnoException).code ?? ''} ${(error as Error).message}`.trim());
    }
  }

  #schedule(waitMs: number): void {
    this.#timer = setTimeout(() => {
      const start = this.#options.clock.monotonicMs();
      this.#writing = this.write().then(() => {
        const tookMs = this.#options.clock.monotonicMs() - start;
        if (!this.#stopped) this.#schedule(Math.max(INTERVAL_MS, tookMs / SHARE));
      });
    }, waitMs);
  }
}

/** Makes the folder one that only its owner can enter. */
export async function makeStateDir(stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await chmod(stateDir, 0o700);
}
