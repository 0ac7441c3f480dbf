/** The state as bytes gives the state back, however large its arrays are. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, stateOf } from '../../src/fold/state-bytes.ts';

/** Around the length from which arrays are copied apart. */
const lengths = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 8_190, max: 70_000 }));
const arrays = fc
  .tuple(lengths, fc.constantFrom('i', 'f', 'u', 'j', 'v'), fc.nat(250))
  .map(([length, kind, first]): NodeJS.TypedArray => {
    const value = (_: number, index: number): number => (first + index) % 251;
    switch (kind) {
      case 'i':
        return new Int32Array(length).map(value);
      case 'f':
        return new Float64Array(length).map(value);
      case 'u':
        return new Uint8Array(length).map(value);
      case 'j':
        return new Uint16Array(length).map(value);
      default:
        // A part of a larger one.
        return new Int32Array(length + 7).map(value).subarray(3, length + 3);
    }
  });
const states = fc.record(
  {
    many: fc.array(arrays, { maxLength: 6 }),
    map: fc.array(fc.tuple(fc.string(), arrays), { maxLength: 4 }).map((all) => new Map(all)),
    money: fc.bigInt(),
    set: fc.array(fc.string()).map((all) => new Set(all)),
    nothing: fc.constant(undefined),
  },
  { noNullPrototype: true },
);

test('what is read is what was written, into memory that was written to before', () => {
  let memory = Buffer.alloc(0);
  fc.assert(
    fc.property(states, (state) => {
      const bytes = bytesOf(state, memory);
      expect(isDeepStrictEqual(stateOf(bytes), state)).toBe(true);
      // As a checkpoint's file is read: not at the beginning of its memory.
      const elsewhere = Buffer.concat([Buffer.from('x'), bytes]).subarray(1);
      expect(isDeepStrictEqual(stateOf(elsewhere), state)).toBe(true);
      if (memory.length < bytes.length) memory = Buffer.from(bytes.buffer as ArrayBuffer);
    }),
    { numRuns: 40 },
  );
});

test('what is read does not change with the bytes that it was read from', () => {
  const bytes = bytesOf({ ids: new Int32Array(50_000).fill(7) });
  const read = stateOf(bytes) as { ids: Int32Array };
  bytes.fill(0);
  expect(read.ids.every((id) => id === 7)).toBe(true);
  read.ids[0] = 8;
});

test('one object that is in the state twice is one object afterwards', () => {
  const ids = new Int32Array(50_000);
  const one = { ids };
  const read = stateOf(bytesOf({ a: one, b: one, c: ids })) as Record<'a' | 'b', typeof one> & {
    c: Int32Array;
  };
  expect(read.a).toBe(read.b);
  expect(read.c).toBe(read.a.ids);
});

test.each([0, 3, 9, 200_000])('bytes that end after %i are refused', (length) => {
  const bytes = bytesOf({ ids: new Int32Array(50_000), more: new Int32Array(50_000) });
  expect(() => stateOf(bytes.subarray(0, length))).toThrow();
});
