import { describe, expect, it } from 'vitest';
import { curve } from '../src/page/curve.js';

type Point = [seconds: number, equity: number, drawdown: number];
interface Curve {
  points: Point[];
  add(...point: Point): void;
}
const from = (points: readonly Point[]): Curve => curve(points);
const empty = (): Curve => from([]);

describe('the page’s equity curve', () => {
  it('keeps every point of a short session', () => {
    const one = empty();
    for (let n = 0; n < 500; n++) one.add(n, 1_000 + n, 0);
    expect(one.points.length).toBe(500);
  });

  it('keeps at most 600 points of ten hours at ten a second, evenly, the ends included', () => {
    const one = empty();
    for (let n = 0; n < 360_000; n++) one.add(n / 10, n, 0);
    expect(one.points.length).toBeLessThanOrEqual(600);
    expect(one.points.length).toBeGreaterThan(250);
    expect(one.points[0]).toEqual([0, 0, 0]);
    expect(one.points.at(-1)).toEqual([35_999.9, 359_999, 0]);
    const gaps = one.points.slice(1).map(([seconds], i) => seconds - one.points[i]![0]);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(Math.max(...gaps)).toBeLessThan((4 * 36_000) / 600);
  });

  it('goes on from the points it is given', () => {
    const given = Array.from({ length: 600 }, (_, n): Point => [n * 60, n, 0]);
    const one = from(given);
    for (let n = 0; n < 1_000; n++) one.add(36_000 + n / 10, 600, 0);
    expect(one.points.length).toBeLessThanOrEqual(600);
    expect(one.points.at(-1)![0]).toBeCloseTo(36_099.9);
    expect(given.length).toBe(600);
  });

  it('keeps the deeper drawdown of two points that become one', () => {
    const one = empty();
    for (let n = 0; n <= 600; n++) one.add(n, 1, n === 321 ? 0.5 : 0);
    expect(one.points.length).toBeLessThan(600);
    expect(one.points.filter(([, , drawdown]) => drawdown === 0.5)).toEqual([[321, 1, 0.5]]);
  });

  it('never goes back in time', () => {
    const one = empty();
    one.add(10, 1, 0);
    one.add(9, 2, 0);
    one.add(10, 3, 0);
    expect(one.points).toEqual([[10, 3, 0]]);
  });
});
