import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileFollower } from '../../src/follow/file-follower.ts';
import { HandClock, KeptLines, logFolder } from './log-folder.ts';

test('any bytes in any portions give the lines that stand between the newlines', () => {
  const folder = logFolder();
  let count = 0;
  const piece = fc.oneof(
    { weight: 10, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    { weight: 5, arbitrary: fc.constant(Uint8Array.of(0x0a)) },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 65_000, max: 66_000 })
        .map((length) => new Uint8Array(length).fill(0x78)),
    },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 100_000, max: 200_000 })
        .map((length) => new Uint8Array(length).fill(0x79)),
    },
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.integer({ min: 0, max: 200_000 }),
      (pieces, bufferBytes) => {
        const path = join(folder, `${(count += 1)}.jsonl`);
        const sink = new KeptLines();
        const follower = new FileFollower({
          patterns: [path],
          sink,
          clock: new HandClock(),
          bufferBytes,
        });
        for (const one of pieces) {
          appendFileSync(path, one);
          follower.look();
          while (follower.step());
        }
        follower.stop();
        const whole = Buffer.concat(pieces).toString('latin1').split('\n').slice(0, -1);
        const length = (line: string) => line.length + 1;
        expect(sink.tooLong).toEqual(whole.map(length).filter((bytes) => bytes > 65_536));
        const lines = whole.filter((line) => length(line) <= 65_536);
        expect(sink.lines).toEqual(lines.map((line) => Buffer.from(line, 'latin1').toString()));
      },
    ),
    { numRuns: 60 },
  );
});
