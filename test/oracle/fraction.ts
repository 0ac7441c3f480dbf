/** An exact rational number. Nothing rounds but the conversions to double at the very end. */
export class Fraction {
  static readonly ZERO = Fraction.of(0n);
  static readonly ONE = Fraction.of(1n);

  readonly numerator: bigint;
  /** Positive, without a factor in common with the numerator. */
  readonly denominator: bigint;

  private constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator;
    this.denominator = denominator;
  }

  static of(numerator: bigint, denominator = 1n): Fraction {
    if (denominator === 0n) throw new RangeError('division by zero');
    const common = gcd(numerator, denominator) * (denominator < 0n ? -1n : 1n);
    return new Fraction(numerator / common, denominator / common);
  }

  /** @param text a decimal such as `-12.5` */
  static decimal(text: string): Fraction {
    const [whole = '', fraction = ''] = text.split('.');
    return Fraction.of(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
  }

  /** The exact value of a finite double. */
  static double(value: number): Fraction {
    let shift = 0n;
    while (!Number.isInteger(value)) {
      value *= 2;
      shift += 1n;
    }
    return Fraction.of(BigInt(value), 1n << shift);
  }

  plus(other: Fraction): Fraction {
    return Fraction.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  minus(other: Fraction): Fraction {
    return this.plus(other.negated());
  }

  times(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  over(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  negated(): Fraction {
    return new Fraction(-this.numerator, this.denominator);
  }

  abs(): Fraction {
    return this.numerator < 0n ? this.negated() : this;
  }

  get sign(): -1 | 0 | 1 {
    return this.numerator < 0n ? -1 : this.numerator > 0n ? 1 : 0;
  }

  compare(other: Fraction): number {
    return this.minus(other).sign;
  }

  equals(other: Fraction): boolean {
    return this.compare(other) === 0;
  }

  /** The nearest double, ties to even (normal range). */
  toNumber(): number {
    const magnitude = this.abs();
    // At least 64 bits of quotient, and one sticky bit that stands for everything cut off.
    const shift = 66 - bits(magnitude.numerator) + bits(magnitude.denominator);
    const n = shift > 0 ? magnitude.numerator << BigInt(shift) : magnitude.numerator;
    const d = shift < 0 ? magnitude.denominator << BigInt(-shift) : magnitude.denominator;
    const quotient = n / d;
    const sticky = n % d === 0n ? 0n : 1n;
    return this.sign * Number((quotient << 1n) | sticky) * 2 ** -(shift + 1) + 0;
  }

  /** The square root of a non-negative number, as a double. */
  squareRoot(): number {
    if (this.numerator === 0n) return 0;
    const half = Math.ceil((140 - bits(this.numerator) + bits(this.denominator)) / 2);
    const n = half > 0 ? this.numerator << BigInt(2 * half) : this.numerator;
    const d = half < 0 ? this.denominator << BigInt(-2 * half) : this.denominator;
    return Number(integerRoot(n / d)) * 2 ** -half;
  }

  /** How many significant digits the decimal has; undefined where it has no end. */
  significantDigits(): number | undefined {
    let { denominator } = this;
    let places = 0n;
    for (const prime of [2n, 5n]) {
      let power = 0n;
      for (; denominator % prime === 0n; denominator /= prime) power += 1n;
      if (power > places) places = power;
    }
    if (denominator !== 1n) return undefined;
    const digits = ((this.numerator * 10n ** places) / this.denominator).toString();
    return digits.replace('-', '').replace(/0+$/, '').length;
  }

  /** The decimal text, cut (towards zero) after 18 places. */
  toDecimal(): string {
    const atoms = ((this.abs().numerator * 10n ** 18n) / this.denominator)
      .toString()
      .padStart(19, '0');
    const fraction = atoms.slice(-18).replace(/0+$/, '');
    const text = atoms.slice(0, -18) + (fraction === '' ? '' : `.${fraction}`);
    return this.sign < 0 && text !== '0' ? `-${text}` : text;
  }
}

function gcd(a: bigint, b: bigint): bigint {
  a = a < 0n ? -a : a;
  b = b < 0n ? -b : b;
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function bits(value: bigint): number {
  return value.toString(2).length;
}

function integerRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(bits(value) / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
