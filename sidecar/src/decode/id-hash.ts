/**
 * 64 bits of an id, as two halves that are mixed apart from each other: multiply, xor and shift a
 * byte at a time (Appleby's Murmur), with a last mixing of the whole. Not for secrets.
 */
export class IdHash {
  lo = 0;
  hi = 0;

  /** Hashes `bytes[start, end)` after what `seed` has hashed. */
  take(bytes: Uint8Array, start: number, end: number, seed: { lo: number; hi: number }): void {
    let { lo, hi } = seed;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at]!;
      lo = Math.imul(lo ^ byte, 0x5bd1e995);
      lo ^= lo >>> 15;
      hi = Math.imul(hi + byte, 0x2c1b3c6d);
      hi ^= hi >>> 13;
    }
    lo ^= end - start;
    lo = Math.imul(lo, 0x7feb352d);
    this.lo = lo ^ (lo >>> 16);
    hi = Math.imul(hi ^ (hi >>> 15), 0x297a2d39);
    this.hi = hi ^ (hi >>> 16);
  }

  /** 53 of its bits, as a key of a map. */
  get key(): number {
    return (this.hi >>> 0) * 0x20_0000 + (this.lo >>> 11);
  }
}
