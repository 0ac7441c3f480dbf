/**
 * Reads decimal texts as whole numbers of a step (ticks, lots).
 *
 * Not everything that an exchange shows is on its grid: when it makes its ticks or lots larger, the
 * orders that rest stay as they are. A quantity off the grid counts for the whole lots in it; a
 * price off the grid is one that nobody can join, and has no number.
 */
const POWERS = Array.from({ length: 32 }, (_, n) => 10 ** n);

export class DecimalGrid {
  /** The step as mantissa × 10^-digits. */
  readonly #mantissa: number;
  readonly #digits: number;

  /** @param step decimal text above zero, such as `0.01` or `0.00000100` */
  constructor(step: string) {
    const [whole = '', fraction = ''] = step.split('.');
    const digits = fraction.replace(/0+$/, '');
    this.#digits = digits.length;
    this.#mantissa = Number(whole + digits);
  }

  /**
   * @param text a decimal text from `from` to `to`
   * @returns how many steps it is; NaN where it is no whole number of steps
   */
  steps(text: string, from = 0, to = text.length): number {
    const steps = this.#quotient(text, from, to);
    return Number.isSafeInteger(steps) ? steps : NaN;
  }

  /** @returns how many whole steps are in it, but one where there is anything at all; NaN where it is no decimal */
  wholeSteps(text: string, from = 0, to = text.length): number {
    const quotient = this.#quotient(text, from, to);
    return quotient > 0 && quotient < 1 ? 1 : Math.floor(quotient);
  }

  #quotient(text: string, from: number, to: number): number {
    let value = 0;
    let point = to - 1;
    for (let i = from; i < to; i++) {
      const code = text.charCodeAt(i);
      if (code === 46) point = i;
      else value = code >= 48 && code <= 57 ? value * 10 + (code - 48) : NaN;
    }
    // Past 15 digits a double may have rounded.
    if (to - from > 16) return this.#exactly(text.slice(from, to));
    const shift = to - 1 - point - this.#digits;
    return shift >= 0
      ? value / (this.#mantissa * POWERS[shift]!)
      : (value * POWERS[-shift]!) / this.#mantissa;
  }

  #exactly(text: string): number {
    const [whole = '', fraction = ''] = text.split('.');
    const digits = Math.max(fraction.length, this.#digits);
    const value = BigInt(whole + fraction.padEnd(digits, '0'));
    const step = BigInt(this.#mantissa) * 10n ** BigInt(digits - this.#digits);
    return Number(value / step) + Number(value % step) / Number(step);
  }
}
