/**
 * Where the orders of a paper venue rest and trade: the simulated market's matching engine, or a
 * recorded market that does not react. Everything around it (latencies, filters, balances, fees,
 * faults) is the venue's and the same for both.
 */
import type { BookView } from '../market/book-view.ts';
import type { Incoming, Outcome } from '../market/matching-engine.ts';

/** An order of this account. Its id is a positive integer and unique over all instruments. */
export type ExchangeOrder = Omit<Incoming, 'owner'>;

export interface Exchange {
  /** Tells whom to call; once, before anything is submitted. */
  listen(listener: ExchangeListener): void;
  book(instrument: number): BookView;
  submit(instrument: number, order: ExchangeOrder, tNs: number): Outcome;
  /** @returns whether it was still there */
  cancel(instrument: number, id: number, tNs: number): boolean;
  /** Changes price and open quantity of a resting order. WOULD_TAKE leaves it as it was. */
  replace(instrument: number, order: ExchangeOrder, tNs: number): Outcome;
}

/** Called while an order is submitted, and whenever the market meets a resting one. */
export interface ExchangeListener {
  filled(
    id: number,
    px: number,
    qty: number,
    liquidity: 'MAKER' | 'TAKER',
    tradeId: string | undefined,
    tNs: number,
  ): void;
  /** Self-trade prevention took a quantity off a resting order. */
  prevented(id: number, qty: number, tNs: number): void;
}
