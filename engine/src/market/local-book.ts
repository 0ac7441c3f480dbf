/**
 * The exchange's book rebuilt from a snapshot and its updates, by the procedure that Binance
 * prescribes ("How to manage a local order book correctly"): updates are held until a snapshot
 * comes; those that it already contains are dropped; the next one must straddle it; from then on
 * each must go on where the last one ended. One that does not means that something was missed:
 * the book is thrown away until the next snapshot.
 */
import type { MarketInput } from '../step/input.ts';
import { Book } from './book.ts';
import { BUY, SELL } from './side.ts';

/** Flat pairs: price in ticks, quantity in lots, price, quantity… */
export type LevelPairs = readonly number[];

export interface BookUpdate {
  readonly firstId: number;
  readonly lastId: number;
  /** Event time, µs since the epoch. */
  readonly venueUs: number;
  readonly bids: LevelPairs;
  readonly asks: LevelPairs;
}

export interface BookSnapshot {
  readonly lastId: number;
  readonly bids: LevelPairs;
  readonly asks: LevelPairs;
}

const MS = 1e6;
/** A minute of updates at one every 100 ms; older ones are of no use to a snapshot that comes later. */
const MOST_HELD = 600;

export class LocalBook {
  readonly book = new Book();
  readonly #instrument: number;
  /** Updates that wait for a snapshot; undefined while the book is good. */
  #held: BookUpdate[] | undefined = [];
  #lastId = 0;
  #reason = 'INITIAL';
  #lostAtNs = NaN;

  constructor(instrument: number) {
    this.#instrument = instrument;
  }

  /** Whether the book is that of the exchange. When it is not, a snapshot is wanted. */
  get good(): boolean {
    return this.#held === undefined;
  }

  /** Takes the next update of the stream, at engine time `tNs`. */
  update(update: BookUpdate, tNs: number, sink: (input: MarketInput) => void): void {
    if (Number.isNaN(this.#lostAtNs)) this.#lostAtNs = tNs;
    if (this.#held !== undefined) {
      if (this.#held.length === MOST_HELD) this.#held.shift();
      this.#held.push(update);
    } else this.#apply(update, tNs, sink);
  }

  /**
   * Takes a snapshot. One that is older than the first update held is of no use, and one that
   * comes while the book is good is not needed: both are ignored.
   */
  snapshot(snapshot: BookSnapshot, tNs: number, sink: (input: MarketInput) => void): void {
    const held = this.#held;
    if (held === undefined) return;
    if (held.length > 0 && snapshot.lastId + 1 < held[0]!.firstId) return;
    this.#held = undefined;
    this.#lastId = snapshot.lastId;
    this.book.clear();
    this.#set(snapshot);
    const tookMs = Number.isNaN(this.#lostAtNs) ? 0 : Math.round((tNs - this.#lostAtNs) / MS);
    sink({ kind: 'RESYNC', instrument: this.#instrument, reason: this.#reason, tookMs });
    sink({
      kind: 'BOOK',
      instrument: this.#instrument,
      book: this.book,
      updateId: snapshot.lastId,
    });
    // A gap among the updates held puts the rest of them back.
    for (const update of held) this.update(update, tNs, sink);
  }

  #apply(update: BookUpdate, tNs: number, sink: (input: MarketInput) => void): void {
    if (update.lastId <= this.#lastId) return;
    const expectedId = this.#lastId + 1;
    if (update.firstId > expectedId) {
      this.book.clear();
      this.#held = [update];
      this.#reason = 'GAP';
      this.#lostAtNs = tNs;
      sink({ kind: 'GAP', instrument: this.#instrument, expectedId, gotId: update.firstId });
      return;
    }
    this.#set(update);
    this.#lastId = update.lastId;
    const { venueUs, lastId: updateId } = update;
    sink({ kind: 'BOOK', instrument: this.#instrument, book: this.book, updateId, venueUs });
  }

  #set({ bids, asks }: { readonly bids: LevelPairs; readonly asks: LevelPairs }): void {
    for (let i = 0; i < bids.length; i += 2) this.book.set(BUY, bids[i]!, bids[i + 1]!);
    for (let i = 0; i < asks.length; i += 2) this.book.set(SELL, asks[i]!, asks[i + 1]!);
  }
}
