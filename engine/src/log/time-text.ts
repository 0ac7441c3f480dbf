/** Times of the log from ns since the run started: RFC 3339 UTC with nine decimals. */
const SECOND_NS = 1e9;

export class TimeText {
  #zeroNs = 0n;
  /** Of time zero: seconds since the epoch, and ns within that second. Ns since the epoch pass 2^53. */
  #zeroSeconds = 0;
  #zeroRestNs = 0;
  #second = NaN;
  #secondText = '';

  /** @param zeroNs of time zero, ns since the epoch */
  constructor(zeroNs: bigint) {
    this.zeroNs = zeroNs;
  }

  get zeroNs(): bigint {
    return this.#zeroNs;
  }
  set zeroNs(zeroNs: bigint) {
    this.#zeroNs = zeroNs;
    this.#zeroSeconds = Number(zeroNs / 1_000_000_000n);
    this.#zeroRestNs = Number(zeroNs % 1_000_000_000n);
  }

  at(ns: number): string {
    const sinceSecond = this.#zeroRestNs + ns;
    const seconds = Math.floor(sinceSecond / SECOND_NS);
    const second = this.#zeroSeconds + seconds;
    // Lines of one second follow each other.
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1000).toISOString().slice(0, 20);
    }
    const rest = Math.trunc(sinceSecond - seconds * SECOND_NS);
    return `${this.#secondText}${String(rest + SECOND_NS).slice(1)}Z`;
  }
}
