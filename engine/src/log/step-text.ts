/** Prices and quantities as decimal texts with the digits of their step: 6123450 × 0.01 is 61234.50. */
import { ATOM_DIGITS, formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';

/** A session's prices and quantities are few: most texts are made once. A power of two. */
const CACHE_SIZE = 4_096;

export class StepText {
  readonly #digits: number;
  /** The step without its point: 0.05 is 5. */
  readonly #step: number;
  readonly #atoms: bigint;
  readonly #counts = new Float64Array(CACHE_SIZE).fill(NaN);
  readonly #texts = new Array<string>(CACHE_SIZE).fill('');

  /** @param step decimal text, above zero */
  constructor(step: string) {
    this.#digits = step.includes('.') ? step.length - step.indexOf('.') - 1 : 0;
    this.#step = Number(step.replace('.', ''));
    this.#atoms = parseAtoms(step);
  }

  /** @returns count × step, exact; a whole count */
  of(count: number): string {
    const place = count & (CACHE_SIZE - 1);
    if (this.#counts[place] === count) return this.#texts[place]!;
    const text = this.#format(count);
    this.#counts[place] = count;
    this.#texts[place] = text;
    return text;
  }

  #format(count: number): string {
    const digits = this.#digits;
    const units = Math.abs(count) * this.#step;
    if (!Number.isSafeInteger(units)) return this.#formatLarge(count);
    const text = String(units).padStart(digits + 1, '0');
    const sign = count < 0 ? '-' : '';
    if (digits === 0) return sign + text;
    return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
  }

  #formatLarge(count: number): string {
    const [whole, fraction = ''] = formatScaled(BigInt(count) * this.#atoms, ATOM_DIGITS).split(
      '.',
    );
    return this.#digits === 0 ? whole! : `${whole}.${fraction.padEnd(this.#digits, '0')}`;
  }
}
