import { ATOM_DIGITS, ONE_ATOM, formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';
import { ATOMS_TO_MONEY } from '../inventory.ts';
import type { Instrument } from '../market/instrument.ts';
import { BUY, SELL, type Side } from '../market/side.ts';
import type { Orders } from '../order/orders.ts';
import type { Balance, Fill } from '../venue/venue.ts';

/**
 * What we should have at the venue: the opening balances and every fill since, exact. Spot only: of
 * an instrument with a multiplier only the fee moves.
 */
export class BalanceLedger {
  readonly #instruments: readonly Instrument[];
  readonly #terms: readonly { readonly px: bigint; readonly qty: bigint }[];
  readonly #orders: Orders;
  /** Money (10^-54) by asset, free and locked together. */
  readonly #totals = new Map<string, bigint>();

  constructor(instruments: readonly Instrument[], orders: Orders) {
    this.#instruments = instruments;
    this.#orders = orders;
    this.#terms = instruments.map(({ tickSize, lotSize }) => {
      const lot = parseAtoms(lotSize);
      return { px: parseAtoms(tickSize) * lot * ONE_ATOM, qty: lot * ATOMS_TO_MONEY };
    });
  }

  get known(): boolean {
    return this.#totals.size > 0;
  }

  open(balances: readonly Balance[]): void {
    for (const { asset, free, locked } of balances)
      this.#totals.set(asset, money(free) + money(locked));
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
    this.#totals.set(asset, (this.#totals.get(asset) ?? 0n) + amount);
  }

  /** @returns what is not locked by our open orders; NaN where nothing is known of the asset */
  free(asset: string): number {
    const total = this.#totals.get(asset);
    return total === undefined ? NaN : Number(total - this.#locked(asset)) / 1e54;
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
