/**
 * Reads decimal texts as whole numbers of a step (ticks, lots) without going through a fraction.
 */
export class DecimalGrid {
  readonly #step: string;
  /** The step as mantissa × 10^-digits. */
  readonly #mantissa: number;
  readonly #digits: number;

  /** @param step decimal text above zero, such as `0.01` or `0.00000100` */
  constructor(step: string) {
    this.#step = step;
    const [whole = '', fraction = ''] = step.split('.');
    const digits = fraction.replace(/0+$/, '');
    this.#digits = digits.length;
    this.#mantissa = Number(whole + digits);
  }

  /**
   * @param text a decimal text, at least from `from` to `to`
   * @returns how many steps it is
   * @throws where it is no whole number of steps
   */
  steps(text: string, from = 0, to = text.length): number {
    let value = 0;
    let point = to - 1;
    for (let i = from; i < to; i++) {
      const code = text.charCodeAt(i);
      if (code === 46) point = i;
      else value = code >= 48 && code <= 57 ? value * 10 + (code - 48) : NaN;
    }
    const fraction = to - 1 - point;
    // Past 15 digits a double may have rounded.
    const steps = to - from <= 16 ? (value * 10 ** (this.#digits - Math.min(this.#digits, fraction))) / (this.#mantissa * 10 ** Math.max(0, fraction - this.#digits)) : this.#exactly(text.slice(from, to));
    if (!Number.isSafeInteger(steps)) throw new Error(`${text.slice(from, to)} is not a multiple of ${this.#step}`);
    return steps;
  }

  #exactly(text: string): number {
    const [whole = '', fraction = ''] = text.split('.');
    const digits = Math.max(fraction.length, this.#digits);
    const value = BigInt(whole + fraction.padEnd(digits, '0'));
    const step = BigInt(this.#mantissa) * 10n ** BigInt(digits - this.#digits);
    return value % step === 0n ? Number(value / step) : NaN;
  }
}
