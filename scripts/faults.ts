/**
 * The proofs of the tests at full count, each by one command that ends with 1 where anything failed:
 *
 *     npm run faults -- files 10000 [first seed]      random file actions, kills, restarts
 *     npm run faults -- kills 1000 [first seed]       kill -9 at random moments, 25 a seed
 *     npm run faults -- lines 10000000 [first seed]   the decoder against JSON.parse and the schema
 *     npm run faults -- noise 1000 [seed]             hostile words, 1,000 symbols a MB, random MB
 *
 * Each prints the seeds of what failed; `files 1 SEED`, `kills 25 SEED` and `lines 1 SEED` play them alone.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { BATCH, playFiles } from '../test/faults/file-play.ts';
import { playKills } from '../test/faults/kill-play.ts';
import { playNoise } from '../test/faults/noise-play.ts';
import { Random } from '../test/oracle/random.ts';

const KILLS_A_SEED = 25;
/** About how many lines a seed makes. */
const LINES_A_SEED = 1_600;
/** Most of the time a sidecar waits, and so does who plays with it. */
const PLAYS_AT_ONCE = { files: 2 * availableParallelism(), kills: 4 * availableParallelism() };

const failed = new Set<number>();
const counts = new Map<string, number>();
const count = (what: string, by: number): void =>
  void counts.set(what, (counts.get(what) ?? 0) + by);
const seconds = (): string => (performance.now() / 1000).toFixed(0);

function fail(seed: number, what: string): void {
  failed.add(seed);
  console.log(`FAILED seed ${seed}: ${what}`);
}

async function atOnce<T>(
  plays: number,
  jobs: Iterable<T>,
  play: (job: T) => Promise<void>,
): Promise<void> {
  const left = jobs[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = left.next(); !next.done; next = left.next()) await play(next.value);
  };
  await Promise.all(Array.from({ length: plays }, worker));
}

async function files(sequences: number, first: number): Promise<void> {
  const batches: number[][] = [];
  for (let seed = first; seed < first + sequences; seed += 1) {
    if (batches.length === 0 || seed % BATCH === 1) batches.push([]);
    batches.at(-1)!.push(seed);
  }
  let done = 0;
  await atOnce(PLAYS_AT_ONCE.files, batches, async (seeds) => {
    const { failures, actions } = await playFiles(seeds);
    for (const [seed, what] of failures) fail(seed, what);
    for (const [action, times] of actions) count(action, times);
    done += seeds.length;
    console.log(
      `${done} of ${sequences} sequences, seeds ${seeds[0]}–${seeds.at(-1)}, ${seconds()} s, ${failed.size} failed`,
    );
  });
}

async function kills(wanted: number, first: number): Promise<void> {
  const seeds = Array.from({ length: Math.ceil(wanted / KILLS_A_SEED) }, (_, one) => first + one);
  await atOnce(PLAYS_AT_ONCE.kills, seeds, async (seed) => {
    const size = Math.min(KILLS_A_SEED, wanted - (seed - first) * KILLS_A_SEED);
    try {
      const played = await playKills(size, new Random(seed));
      count('kills', played.kills);
      count('of them while a checkpoint was written', played.inWrites);
    } catch (error) {
      fail(seed, (error as Error).message);
    }
    console.log(
      `${counts.get('kills') ?? 0} of ${wanted} kills, seed ${seed}, ${seconds()} s, ${failed.size} failed`,
    );
  });
}

/** What a child has compared of one seed. */
interface Compared {
  readonly seed: number;
  readonly compared: number;
  readonly taken: number;
  readonly failures: readonly (readonly [number, string])[];
}

async function lines(wanted: number, first: number): Promise<void> {
  const children = Math.min(availableParallelism(), Math.ceil(wanted / LINES_A_SEED));
  let compared = 0;
  let saidMs = 0;
  await Promise.all(
    Array.from({ length: children }, async (_, child) => {
      const args = ['compare', String(children), String(first + child)];
      const comparer = fork(process.argv[1]!, args);
      comparer.on('message', (message: Compared) => {
        compared += message.compared;
        count('lines compared, fields and fold', message.compared);
        count('of them read by the scanner', message.taken);
        for (const [seed, what] of message.failures) fail(seed, what);
        if (performance.now() - saidMs > 5_000 || compared >= wanted) {
          saidMs = performance.now();
          const speed = ((compared / performance.now()) * 1000).toFixed(0);
          console.log(
            `${compared} of ${wanted} lines, seed ${message.seed}, ${seconds()} s, ${speed} a second, ${failed.size} failed`,
          );
        }
        if (compared >= wanted) comparer.kill();
      });
      const [code] = (await once(comparer, 'exit')) as [number | null];
      if (code !== null) throw new Error(`a child ended with ${code}`);
    }),
  );
}

/** A child of `lines`: every so many seeds, from its own on, for as long as it is let. */
async function compare(step: number, first: number): Promise<void> {
  const comparison = import('../sidecar/test/decode/line-comparison.ts');
  const { compareFields, compareFolds } = await comparison;
  for (let seed = first; ; seed += step) {
    let [compared, taken] = [0, 0];
    const failures: (readonly [number, string])[] = [];
    try {
      const fields = compareFields(seed);
      taken = fields.taken;
      // Of a seed as many are made for the folds; counted are those that were compared both ways.
      compared = Math.min(fields.compared, await compareFolds(seed));
    } catch (error) {
      failures.push([seed, (error as Error).message]);
    }
    process.send!({ seed, compared, taken, failures } satisfies Compared);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function noise(megabytes: number, seed: number): Promise<void> {
  const symbols = 1_000 * megabytes;
  try {
    await playNoise(megabytes, symbols, new Random(seed), ({ what, bytes, peakMb, series }) =>
      console.log(
        `after ${what}, ${(bytes / 1e6).toFixed(1)} MB: at most ${peakMb.toFixed(0)} MB resident, ${series} series, ${seconds()} s`,
      ),
    );
  } catch (error) {
    fail(seed, (error as Error).message);
  }
}

const PROOFS = { files, kills, lines, compare, noise } as const;
const [kind = '', wanted = '', first = '1'] = process.argv.slice(2);
if (!(kind in PROOFS)) throw new Error('wants files, kills, lines or noise, and how many');
await PROOFS[kind as keyof typeof PROOFS](Number(wanted), Number(first));
for (const [what, times] of counts) console.log(`  ${String(times).padStart(9)} ${what}`);
if (failed.size > 0) {
  console.log(`failed seeds: ${[...failed].join(' ')}`);
  process.exitCode = 1;
}
