/**
 * The proofs of test/sidecar-faults.test.ts at full count:
 *
 *     npm run faults -- files 10000 [first seed]
 *     npm run faults -- kills 1000 [first seed]
 */
import { playFiles } from '../test/faults/file-play.ts';
import { playKills } from '../test/faults/kill-play.ts';
import { Random } from '../test/oracle/random.ts';

/** So many are played at once, from one seed. */
const BATCH = { files: 40, kills: 25 } as const;
const PLAY = { files: playFiles, kills: playKills } as const;

const [kind = '', count = '', first = '1'] = process.argv.slice(2);
if (kind !== 'files' && kind !== 'kills') throw new Error('wants files or kills, and how many');
let failed = 0;
for (let done = 0, seed = Number(first); done < Number(count); seed += 1) {
  const size = Math.min(BATCH[kind], Number(count) - done);
  const startMs = performance.now();
  try {
    await PLAY[kind](size, new Random(seed));
  } catch (error) {
    failed += 1;
    console.log(`seed ${seed}: ${(error as Error).message}`);
  }
  done += size;
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`${kind}: ${done} of ${count}, seed ${seed}, ${seconds} s, ${failed} seeds failed`);
}
process.exitCode = failed > 0 ? 1 : 0;
