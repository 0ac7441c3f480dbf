import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { label } from '../../src/fold/label.ts';

describe('a label value', () => {
  test('of at most 128 bytes stays as it is', () => {
    for (const value of ['', 'BTCUSDT', 'x'.repeat(128), '这'.repeat(42)])
      expect(label(value)).toBe(value);
  });

  test('of more is its first 100 bytes, ~, and 8 hex digits of its SHA-256', () => {
    const value = 'y'.repeat(129);
    expect(label(value)).toBe(
      `${'y'.repeat(100)}~${createHash('sha256').update(value).digest('hex').slice(0, 8)}`,
    );
  });

  test('is never cut inside a character', () => {
    const cut = label('这'.repeat(50));
    expect(cut.startsWith(`${'这'.repeat(33)}~`)).toBe(true);
    expect(cut.isWellFormed()).toBe(true);
  });
});
