import { ATOM_DIGITS, formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';
import type { Balance } from './venue.ts';

/** What an account holds, in atoms. An asset without an opening balance has no limit. */
export class Account {
  readonly #holdings = new Map<
    string,
    { free: bigint; locked: bigint; readonly limited: boolean }
  >();

  constructor(opening: Readonly<Record<string, string>>) {
    for (const [asset, amount] of Object.entries(opening))
      this.#holdings.set(asset, { free: parseAtoms(amount), locked: 0n, limited: true });
  }

  #of(asset: string) {
    let holding = this.#holdings.get(asset);
    if (holding === undefined)
      this.#holdings.set(asset, (holding = { free: 0n, locked: 0n, limited: false }));
    return holding;
  }

  has(asset: string, amount: bigint): boolean {
    const { free, limited } = this.#of(asset);
    return !limited || free >= amount;
  }

  /** Moves an amount from free to locked; a negative one back. */
  lock(asset: string, amount: bigint): void {
    const holding = this.#of(asset);
    holding.free -= amount;
    holding.locked += amount;
  }

  add(asset: string, amount: bigint): void {
    this.#of(asset).free += amount;
  }

  balances(): Balance[] {
    return Array.from(this.#holdings, ([asset, { free, locked }]) => ({
      asset,
      free: formatScaled(free, ATOM_DIGITS),
      locked: formatScaled(locked, ATOM_DIGITS),
    }));
  }
}
