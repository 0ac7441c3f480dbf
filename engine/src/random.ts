/**
 * The only source of chance. One seed for a run; from it one independent stream for each purpose,
 * by name, so that a draw added in one place does not shift what happens in another.
 *
 * A stream is an sfc32 generator (Doty-Humphrey, PractRand), its 128 bits of state filled by
 * SplitMix64 (Steele, Lea, Flood 2014) from the seed and the name.
 */

const MASK = (1n << 64n) - 1n;

function* splitMix64(seed: bigint): Generator<bigint, never> {
  for (let state = seed & MASK; ;) {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    yield z ^ (z >> 31n);
  }
}

/** FNV-1a, 64 bit, over UTF-16 units. */
function hash64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++)
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & MASK;
  return hash;
}

/**
 * @param seed of the run; taken modulo 2^64
 * @param name the purpose, such as `arrivals`
 */
export function stream(seed: number | bigint, name: string): Random {
  const words = splitMix64(BigInt(seed) ^ hash64(name));
  const [a, b] = [words.next().value, words.next().value];
  return new Random(
    Number(a & 0xffffffffn),
    Number(a >> 32n),
    Number(b & 0xffffffffn),
    Number(b >> 32n),
  );
}

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;
  /** The second value of the last Box–Muller pair; NaN when it is used up. */
  #spare = NaN;

  constructor(a: number, b: number, c: number, counter: number) {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#counter = counter | 0;
  }

  /** @returns an integer of [0, 2^32) */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** @returns a number of [0, 1), 53 random bits */
  uniform(): number {
    return ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
  }

  /** @returns an integer of [0, n) */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** @returns an exponential waiting time of the given mean */
  exponential(mean: number): number {
    return -Math.log(1 - this.uniform()) * mean;
  }

  /** @returns a standard normal deviate (Box–Muller) */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** @returns the index i with probability weights[i] / total */
  categorical(weights: ArrayLike<number>, total: number): number {
    let left = this.uniform() * total;
    const last = weights.length - 1;
    for (let i = 0; i < last; i++) {
      left -= weights[i]!;
      if (left < 0) return i;
    }
    return last;
  }

  /** @returns a Pareto deviate: P(X > x) = (min / x)^shape */
  pareto(shape: number, min: number): number {
    return min * Math.exp(-Math.log(1 - this.uniform()) / shape);
  }
}
