/**
 * What the engine knows of one instrument, and what it logs of it.
 *
 * A book may change a thousand times a second; it is logged at most once in an interval, and the
 * last change of an interval when the interval is over, so that the log ends with the truth. A
 * faster channel for the best prices (TOP) lies over the copy of the book until the book itself has
 * caught up with it, which the update ids tell.
 */
import { NONE, type Recorder } from '../log/recorder.ts';
import type { Instrument } from '../market/instrument.ts';
import { BUY, SELL } from '../market/side.ts';
import { Features } from '../feature/features.ts';
import type { MarketInput } from './input.ts';
import { LEVELS, TopLevels } from './top-levels.ts';

type Of<Kind> = MarketInput & { readonly kind: Kind };

/** Why nothing may be done on the instrument; '' when all is well. */
export type Trouble = '' | 'NO_BOOK' | 'GAP' | 'STALE' | 'CROSSED' | 'ONE_SIDED';

export interface MarketStateOptions {
  readonly recorder: Recorder;
  readonly intervalMs: number;
  readonly staleMs: number;
  readonly calibrationWindowS: number;
  readonly armFlush: (tNs: number) => void;
  readonly armStale: (tNs: number) => void;
  /** Called after each logged book and trade, for marks. */
  readonly logged: (state: MarketState, event: 'BOOK' | 'TRADE', px: number) => void;
}

export class MarketState {
  readonly instrument: Instrument;
  readonly book = new TopLevels();
  readonly features: Features;
  /** Engine clock of the last market data. */
  heardNs = 0;
  /** The latest md line of the instrument: what a decision is caused by. */
  seq = NONE;
  readonly #options: MarketStateOptions;
  readonly #logged = new TopLevels();
  readonly #intervalNs: number;
  readonly #staleNs: number;
  #loggedNs = -Infinity;
  #flushArmed = false;
  #updateId: number | undefined;
  #venueUs: number | undefined;
  /** The best prices that came last by TOP, while they may be newer than the book. */
  readonly #top = { bidPx: NaN, bidQty: 0, askPx: NaN, askQty: 0, updateId: NaN, ahead: false };
  #synced = false;
  #gapped = false;
  #stale = false;
  #crossed = false;

  constructor(instrument: Instrument, options: MarketStateOptions) {
    this.instrument = instrument;
    this.#options = options;
    this.#intervalNs = options.intervalMs * 1e6;
    this.#staleNs = options.staleMs * 1e6;
    this.features = new Features(options.calibrationWindowS);
  }

  get trouble(): Trouble {
    if (this.#gapped) return 'GAP';
    if (!this.#synced) return 'NO_BOOK';
    if (this.#stale) return 'STALE';
    if (this.#crossed) return 'CROSSED';
    return this.book.depth(BUY) > 0 && this.book.depth(SELL) > 0 ? '' : 'ONE_SIDED';
  }

  onBook(input: Of<'BOOK'>, tNs: number): void {
    this.#heard(tNs);
    if (this.#gapped) return;
    this.#synced = true;
    this.book.copy(input.book);
    this.#updateId = input.updateId;
    this.#venueUs = input.venueUs;
    if (this.#top.ahead && this.#top.updateId > (input.updateId ?? Infinity)) this.#overlay();
    else this.#top.ahead = false;
    this.#changed(tNs);
  }

  onTop(input: Of<'TOP'>, tNs: number): void {
    this.#heard(tNs);
    if (this.#gapped || !this.#synced || !isNewer(input.updateId, this.#updateId)) return;
    const top = this.#top;
    top.bidPx = input.bidPx;
    top.bidQty = input.bidQty;
    top.askPx = input.askPx;
    top.askQty = input.askQty;
    top.updateId = input.updateId ?? NaN;
    top.ahead = true;
    this.#overlay();
    this.#changed(tNs);
  }

  #overlay(): void {
    const { bidPx, bidQty, askPx, askQty, updateId } = this.#top;
    this.book.overlay(BUY, bidPx, bidQty);
    this.book.overlay(SELL, askPx, askQty);
    if (!Number.isNaN(updateId)) this.#updateId = updateId;
  }

  #changed(tNs: number): void {
    const crossed = this.book.px(BUY, 0) >= this.book.px(SELL, 0);
    if (crossed && !this.#crossed) this.#say('md.crossed', {});
    this.#crossed = crossed;
    this.features.onBook(this.book, tNs);
    if (tNs - this.#loggedNs >= this.#intervalNs) this.flush(tNs);
    else if (!this.#flushArmed) {
      this.#flushArmed = true;
      this.#options.armFlush(this.#loggedNs + this.#intervalNs);
    }
  }

  onFlush(tNs: number): void {
    this.#flushArmed = false;
    if (!this.#gapped && tNs - this.#loggedNs >= this.#intervalNs) this.flush(tNs);
  }

  /** Logs the book if it has changed since it was logged last. */
  flush(tNs: number): void {
    if (this.book.equals(this.#logged)) return;
    this.#logged.copy(this.book);
    this.#loggedNs = tNs;
    const { recorder } = this.#options;
    this.seq = recorder.begin('md.book', this.instrument.index, NONE, NONE);
    recorder.levels(this.book, BUY, LEVELS);
    recorder.levels(this.book, SELL, LEVELS);
    this.#optionalInt(this.#updateId);
    this.#optionalInt(this.#venueUs);
    recorder.end();
    this.#options.logged(this, 'BOOK', NaN);
  }

  onTrade(input: Of<'TRADE'>, tNs: number): void {
    this.#heard(tNs);
    const { recorder } = this.#options;
    this.seq = recorder.begin('md.trade', this.instrument.index, NONE, NONE);
    recorder.text(input.tradeId);
    recorder.ticks(input.px);
    recorder.lots(input.qty);
    recorder.side(input.aggressor);
    if (input.inferred === true) recorder.flag(true);
    else recorder.absent();
    this.#optionalInt(input.venueUs);
    recorder.end();
    this.features.onTrade(input.px, input.qty, input.aggressor, input.venueUs ?? tNs, tNs);
    this.#options.logged(this, 'TRADE', input.px);
  }

  onGap(input: Of<'GAP'>, tNs: number): void {
    this.#heard(tNs);
    this.#gapped = true;
    this.#top.ahead = false;
    this.#say('md.gap', { expected_id: input.expectedId, got_id: input.gotId });
  }

  /** The book is good again with the next BOOK. */
  onResync(input: Of<'RESYNC'>, tNs: number): void {
    this.#heard(tNs);
    this.#gapped = false;
    this.#synced = false;
    this.#top.ahead = false;
    this.#updateId = undefined;
    this.#say('md.resync', { reason: input.reason, took_ms: Math.round(input.tookMs) });
  }

  #heard(tNs: number): void {
    this.heardNs = tNs;
    if (!this.#stale) return;
    this.#stale = false;
    this.#say('md.fresh', {});
    this.#options.armStale(tNs + this.#staleNs);
  }

  /** Starts watching for silence. */
  watch(tNs: number): void {
    this.heardNs = tNs;
    this.#options.armStale(tNs + this.#staleNs);
  }

  onStaleTimer(tNs: number): void {
    const dueNs = this.heardNs + this.#staleNs;
    if (tNs < dueNs) {
      this.#options.armStale(dueNs);
      return;
    }
    this.#stale = true;
    this.#say('md.stale', { age_ms: Math.round((tNs - this.heardNs) / 1e6) });
  }

  #say(
    event: 'md.gap' | 'md.resync' | 'md.stale' | 'md.fresh' | 'md.crossed',
    fields: Record<string, unknown>,
  ): void {
    this.seq = this.#options.recorder.event(event, fields, { instrument: this.instrument.index });
  }

  #optionalInt(value: number | undefined): void {
    if (value === undefined) this.#options.recorder.absent();
    else this.#options.recorder.int(value);
  }
}

/** Without ids what comes later is newer. */
function isNewer(id: number | undefined, than: number | undefined): boolean {
  return id === undefined || than === undefined || id > than;
}
