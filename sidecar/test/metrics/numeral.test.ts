/** A number is written as JavaScript prints it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NUMERAL_BYTES_MAX, writeNumeral } from '../../src/metrics/numeral.ts';

function written(value: number): string {
  const bytes = Buffer.alloc(2 + NUMERAL_BYTES_MAX, '.');
  const end = writeNumeral(bytes, 2, value);
  return bytes.toString('latin1', 2, end);
}

test.each`
  value                      | text
  ${0}                       | ${'0'}
  ${-0}                      | ${'0'}
  ${7}                       | ${'7'}
  ${-10}                     | ${'-10'}
  ${99_999_999}              | ${'99999999'}
  ${100_000_000}             | ${'100000000'}
  ${999_999_999_999_999}     | ${'999999999999999'}
  ${2 ** 53}                 | ${'9007199254740992'}
  ${1e21}                    | ${'1e+21'}
  ${100.51}                  | ${'100.51'}
  ${-0.5}                    | ${'-0.5'}
  ${0.000123}                | ${'0.000123'}
  ${0.000001}                | ${'0.000001'}
  ${1e-7}                    | ${'1e-7'}
  ${0.1 + 0.2}               | ${'0.30000000000000004'}
  ${123_456_789.00000001}    | ${'123456789.00000001'}
  ${5e-324}                  | ${'5e-324'}
  ${Infinity}                | ${'+Inf'}
  ${-Infinity}               | ${'-Inf'}
  ${-2.2250738585072013e-30} | ${'-2.2250738585072013e-30'}
`('$value is written $text', ({ value, text }) => {
  expect(written(value as number)).toBe(text);
});

const decimals = fc
  .tuple(fc.maxSafeNat(), fc.integer({ min: 0, max: 20 }), fc.boolean())
  .map(([units, digits, isNegative]) => (isNegative ? -1 : 1) * Number(`${units}e-${digits}`));
const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
const small = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 9 }))
  .map(([units, digits]) => units / 10 ** digits);

test('any number is written as JavaScript prints it', () => {
  fc.assert(
    fc.property(fc.oneof(decimals, doubles, small), (value) => {
      expect(written(value)).toBe(String(value));
    }),
    { numRuns: 20_000 },
  );
});
