import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTime, isBefore, parseTime, toSeconds, type Instant } from '../src/time.ts';

const parsed = (text: string): Instant | undefined => {
  const instant = { seconds: 0, nanos: 0 };
  return parseTime(text, instant) ? instant : undefined;
};

describe('a time of the log', () => {
  test('has whole seconds and nanoseconds', () => {
    expect(parsed('2024-08-08T23:54:13.937085768Z')).toEqual({
      seconds: 1723161253,
      nanos: 937085768,
    });
    expect(parsed('1970-01-01T00:00:00.000000000Z')).toEqual({ seconds: 0, nanos: 0 });
  });

  test.each([
    '2024-08-08T23:54:13.937Z',
    '2024-08-08 23:54:13.937085768Z',
    '2024-08-08T23:54:13.937085768+00:00',
    '2024-02-30T00:00:00.000000000Z',
    '2023-02-29T00:00:00.000000000Z',
    '2024-13-01T00:00:00.000000000Z',
    '2024-01-00T00:00:00.000000000Z',
    '2024-01-01T24:00:00.000000000Z',
    '2024-01-01T00:60:00.000000000Z',
    '2024-12-31T23:59:60.000000000Z',
    '',
  ])('%s is none', (text) => {
    expect(parsed(text)).toBeUndefined();
  });

  test('reads what it writes, on every day that the calendar has', () => {
    const second = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 });
    fc.assert(
      fc.property(second, fc.integer({ min: 0, max: 999_999_999 }), (seconds, nanos) => {
        expect(parsed(formatTime({ seconds, nanos }))).toEqual({ seconds, nanos });
      }),
    );
  });

  test('comes in the order of seconds, then nanoseconds, and as the nearest double', () => {
    expect(isBefore({ seconds: 1, nanos: 5 }, { seconds: 1, nanos: 6 })).toBe(true);
    expect(isBefore({ seconds: 2, nanos: 0 }, { seconds: 1, nanos: 9 })).toBe(false);
    expect(toSeconds({ seconds: 1723161253, nanos: 937085768 })).toBe(1723161253.937085768);
  });
});
