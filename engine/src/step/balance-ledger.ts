import {
  ATOM_DIGITS,
  ONE_ATOM,
  atomsToDouble,
  formatScaled,
  parseAtoms,
} from '@tradetail/core/decimal.ts';
import { ATOMS_TO_MONEY } from '../inventory.ts';
import type { Instrument } from '../market/instrument.ts';
import { tickLotValue } from '../market/lots.ts';
import { BUY, SELL, type Side } from '../market/side.ts';
import type { Orders } from '../order/orders.ts';
import type { Balance, Fill } from '../venue/venue.ts';

/**
 * What we should have at the venue: the opening balances and every fill since, exact. Spot only: of
 * an instrument with a multiplier only the fee moves.
 */
export class BalanceLedger {
  readonly #instruments: readonly Instrument[];
  readonly #terms;
  /** The totals as doubles. */
  readonly #doubles = new Map<string, number>();
  readonly #orders: Orders;
  /** Money (10^-54) by asset, free and locked together. */
  readonly #totals = new Map<string, bigint>();

  constructor(instruments: readonly Instrument[], orders: Orders) {
    this.#instruments = instruments;
    this.#orders = orders;
    this.#terms = instruments.map((instrument) => {
      const lot = parseAtoms(instrument.lotSize);
      return {
        px: parseAtoms(instrument.tickSize) * lot * ONE_ATOM,
        qty: lot * ATOMS_TO_MONEY,
        lot: atomsToDouble(lot),
        tickLot: tickLotValue(instrument),
      };
    });
  }

  get known(): boolean {
    return this.#totals.size > 0;
  }

  open(balances: readonly Balance[]): void {
    for (const { asset, free, locked } of balances) this.#set(asset, money(free) + money(locked));
  }

  fill(instrument: number, side: Side, fill: Fill): void {
    if (!this.known) return;
    const { base, quote, multiplier } = this.#instruments[instrument]!;
    const terms = this.#terms[instrument]!;
    if (multiplier === '1') {
      this.#add(base, BigInt(side * fill.qty) * terms.qty);
      this.#add(quote, -BigInt(side * fill.qty) * BigInt(fill.px) * terms.px);
    }
    this.#add(fill.feeCcy, -money(fill.fee));
  }

  #add(asset: string, amount: bigint): void {
    this.#set(asset, (this.#totals.get(asset) ?? 0n) + amount);
  }

  #set(asset: string, total: bigint): void {
    this.#totals.set(asset, total);
    this.#doubles.set(asset, Number(total) / 1e54);
  }

  /** @returns what is not locked by our open orders, as a double for limits; NaN where nothing is known of the asset */
  free(asset: string): number {
    let free = this.#doubles.get(asset) ?? NaN;
    for (let index = 0; index < this.#instruments.length; index += 1) {
      const { base, quote, multiplier } = this.#instruments[index]!;
      if (multiplier !== '1') continue;
      const { lot, tickLot } = this.#terms[index]!;
      if (base === asset) free -= this.#orders.locked(index, SELL) * lot;
      if (quote === asset) free -= this.#orders.locked(index, BUY) * tickLot;
    }
    return free;
  }

  #locked(asset: string): bigint {
    let locked = 0n;
    for (const { index, base, quote, multiplier } of this.#instruments) {
      if (multiplier !== '1') continue;
      const terms = this.#terms[index]!;
      if (base === asset) locked += BigInt(this.#orders.locked(index, SELL)) * terms.qty;
      if (quote === asset) locked += BigInt(this.#orders.locked(index, BUY)) * terms.px;
    }
    return locked;
  }

  get balances(): Balance[] {
    return [...this.#totals].map(([asset, total]) => {
      const locked = this.#locked(asset);
      return { asset, free: text(total - locked), locked: text(locked) };
    });
  }

  /** @returns the assets in which the venue's total is another than ours */
  drift(
    balances: readonly Balance[],
  ): { asset: string; ledger: string; venue: string; diff: string }[] {
    return balances.flatMap(({ asset, free, locked }) => {
      const ours = this.#totals.get(asset) ?? 0n;
      const theirs = money(free) + money(locked);
      return ours === theirs
        ? []
        : [{ asset, ledger: text(ours), venue: text(theirs), diff: text(theirs - ours) }];
    });
  }
}

const money = (decimal: string): bigint => parseAtoms(decimal) * ATOMS_TO_MONEY;
/** Balances have no more digits than 18; what has is cut. */
const text = (amount: bigint): string => formatScaled(amount / ATOMS_TO_MONEY, ATOM_DIGITS);
