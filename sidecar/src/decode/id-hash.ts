import { integers, SCRATCH, scanner, writeScratch } from './scanner-memory.ts';

const RESULT = integers('HASH_LO', 2);

/** 64 bits of an id, as two halves; see `hash` in the scanner. Not for secrets. */
export class IdHash {
  lo = 0;
  hi = 0;

  /** Hashes the scanner's memory `[start, end)` after what `seed` has hashed. */
  take(start: number, end: number, seed: { readonly lo: number; readonly hi: number }): void {
    scanner.hash(start, end, seed.lo, seed.hi);
    this.lo = RESULT[0]!;
    this.hi = RESULT[1]!;
  }

  takeText(text: string, seed: { readonly lo: number; readonly hi: number }): void {
    this.take(SCRATCH, writeScratch(text), seed);
  }

  /** 53 of its bits, as a key of a map. */
  get key(): number {
    return (this.hi >>> 0) * 0x20_0000 + (this.lo >>> 11);
  }
}
