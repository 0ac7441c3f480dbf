import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  classify,
  cover,
  newSequence,
  prune,
  take,
  type Sequence,
} from '../../src/fold/sequence.ts';

/** Reads seqs and tells what each was. */
function read(sequence: Sequence, ...seqs: readonly number[]): string {
  return seqs
    .map((seq) => {
      const reading = classify(sequence, seq);
      if (reading !== 'duplicate') take(sequence, seq);
      return `${seq} ${reading}`;
    })
    .join(', ');
}

describe('the seqs of a run', () => {
  test('are next, a gap, late or duplicates', () => {
    const sequence = newSequence();
    expect(read(sequence, 1, 2, 6, 4, 4, 2, 7, 3, 5, 5)).toBe(
      '1 next, 2 next, 6 gap, 4 late, 4 duplicate, 2 duplicate, 7 next, 3 late, 5 late, 5 duplicate',
    );
    expect(sequence.unread).toEqual([]);
  });

  test('stay uncovered until a log.dropped names them, also when late lines come', () => {
    const sequence = newSequence();
    read(sequence, 1, 10, 5);
    expect(sequence.uncovered).toEqual([2, 9]);
    cover(sequence, 2, 4);
    expect(sequence.uncovered).toEqual([5, 9]);
    cover(sequence, 7, 7);
    expect(sequence.uncovered).toEqual([5, 6, 8, 9]);
    cover(sequence, 1, 100);
    expect(sequence.uncovered).toEqual([]);
  });

  test('before the first segment there is are not missing but may still come', () => {
    const sequence = newSequence();
    prune(sequence, 100);
    expect(read(sequence, 101, 50, 50, 103)).toBe('101 next, 50 late, 50 duplicate, 103 gap');
    expect(sequence.uncovered).toEqual([102, 102]);
  });

  test('are each taken once, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 120 }), (seqs) => {
        const sequence = newSequence();
        const seen = new Set<number>();
        for (const seq of seqs) {
          const reading = classify(sequence, seq);
          expect(reading === 'duplicate').toBe(seen.has(seq));
          if (reading !== 'duplicate') take(sequence, seq);
          seen.add(seq);
        }
        const unread = [];
        for (let at = 0; at < sequence.unread.length; at += 2)
          for (let seq = sequence.unread[at]!; seq <= sequence.unread[at + 1]!; seq += 1)
            unread.push(seq);
        const expected = Array.from({ length: sequence.max }, (_, index) => index + 1).filter(
          (seq) => !seen.has(seq),
        );
        expect(unread).toEqual(expected);
      }),
    );
  });
});
