import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatScaled,
  isDecimal,
  parseAtoms,
  quotient,
  scaledQuotient,
  toDouble,
} from '../src/decimal.ts';

describe('a decimal of the log', () => {
  test.each([
    ['0', true],
    ['-0', true],
    ['61837.63000000', true],
    ['-0.000000000000000001', true],
    ['999999999999999999.999999999999999999', true],
    ['1000000000000000000', false],
    ['0.0000000000000000001', false],
    ['01', false],
    ['.5', false],
    ['5.', false],
    ['1e3', false],
    ['+1', false],
    [' 1', false],
    ['', false],
    ['-', false],
    ['NaN', false],
    ['１', false],
  ])('%j is one: %s', (text, isOne) => {
    expect(isDecimal(text)).toBe(isOne);
  });

  test('is the number of atoms that it says', () => {
    expect(parseAtoms('1')).toBe(10n ** 18n);
    expect(parseAtoms('-0.000000000000000001')).toBe(-1n);
    expect(parseAtoms('61837.63000000')).toBe(61_837_63n * 10n ** 16n);
  });

  test('comes back from atoms as the shortest text', () => {
    const atoms = fc.bigInt({ min: -(10n ** 36n) + 1n, max: 10n ** 36n - 1n });
    fc.assert(
      fc.property(atoms, (units) => {
        const text = formatScaled(units, 18);
        expect(isDecimal(text)).toBe(true);
        expect(parseAtoms(text)).toBe(units);
        expect(text).not.toMatch(/\.\d*0$/);
      }),
    );
  });

  test('becomes the nearest double', () => {
    expect(toDouble(1n, 1)).toBe(0.1);
    expect(toDouble(parseAtoms('0.3') - parseAtoms('0.1') - parseAtoms('0.2'), 18)).toBe(0);
    expect(toDouble(12345678901234567890n, 19)).toBe(1.234567890123456789);
  });

  test('however many zeros stand behind its digits, or before them', () => {
    const amount = fc.record({
      digits: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      zeros: fc.integer({ min: 0, max: 60 }),
      scale: fc.integer({ min: 0, max: 55 }),
    });
    fc.assert(
      fc.property(amount, ({ digits, zeros, scale }) => {
        const units = digits * 10n ** BigInt(zeros);
        expect(toDouble(units, scale)).toBe(Number(formatScaled(units, scale)));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a quotient', () => {
  test('is within two roundings of the exact value, whatever the size of its terms', () => {
    const term = fc.bigInt({ min: 1n, max: 10n ** 100n });
    fc.assert(
      fc.property(term, term, fc.boolean(), (n, d, isNegative) => {
        const value = quotient(isNegative ? -n : n, d);
        expect(value < 0).toBe(isNegative);
        // Compare as integers: value · d against n, at 60 digits.
        const scale = 10n ** 60n;
        const exact = (n * scale) / d;
        fc.pre(exact > 10n ** 40n && exact < 10n ** 160n);
        const [digits, exponent] = Math.abs(value).toExponential(17).split('e');
        const power = 60 + Number(exponent) - 17;
        const mantissa = BigInt(digits!.replace('.', ''));
        const got = power >= 0 ? mantissa * 10n ** BigInt(power) : mantissa / 10n ** BigInt(-power);
        const difference = got > exact ? got - exact : exact - got;
        expect(difference * 10n ** 15n <= exact * 4n).toBe(true);
      }),
    );
  });

  test('in basis points moves the point before it rounds', () => {
    expect(scaledQuotient(1n, 3n, 4)).toBe(3333.3333333333335);
    expect(scaledQuotient(0n, 3n, 4)).toBe(0);
  });
});
