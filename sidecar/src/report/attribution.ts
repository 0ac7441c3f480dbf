/**
 * Where net PnL comes from. Between two fills a position does not change, so what it gains is
 * position × movement of the mark; at a fill the distance between mark and price is gained at once:
 *
 *     spread     Σ q·(mark − price)·m        q effective quantity, bought positive
 *     inventory  Σ position·Δmark·m
 *     fees       −Σ fees in quote            what was paid; rebates apart, positive
 *     net        spread + inventory + fees + rebates + residual
 *
 * The mark at a fill is that of the moment before it. All of it is exact, so the residual is 0 to the
 * digit wherever every line was read; where a snapshot had to replace what lines are missing for, the
 * residual is what they did.
 */
import { ONE_ATOM } from '@tradetail/core/decimal.ts';
import { markOf, valueAt } from '@tradetail/core/ledger/position.ts';

/** Money. */
export interface Parts {
  spread: bigint;
  inventory: bigint;
  /** At most 0. */
  fees: bigint;
  /** At least 0. */
  rebates: bigint;
  net: bigint;
}

export const noParts = (): Parts => ({ spread: 0n, inventory: 0n, fees: 0n, rebates: 0n, net: 0n });

export const residualOf = ({ spread, inventory, fees, rebates, net }: Parts): bigint =>
  net - spread - inventory - fees - rebates;

export function addParts(into: Parts, parts: Parts): void {
  into.spread += parts.spread;
  into.inventory += parts.inventory;
  into.fees += parts.fees;
  into.rebates += parts.rebates;
  into.net += parts.net;
}

export interface FillParts {
  /** Money. */
  readonly spread: bigint;
  readonly fee: bigint;
}

/** The attribution of one (strategy, venue, symbol), hour by hour. */
export class Attribution {
  /** By hour of engine time: hours since the epoch. */
  readonly hours = new Map<number, Parts>();
  #qty = 0n;
  #mark: bigint | undefined;
  #parts = noParts();
  /** Net PnL where the hour began. */
  #netBefore = 0n;

  /** What it believes to hold, atoms. */
  get qty(): bigint {
    return this.#qty;
  }

  /** Takes what the position gained since the last look. @param mark scale of a mark */
  settle(mark: bigint | undefined, multiplier: bigint): void {
    if (mark === undefined) return;
    if (this.#mark !== undefined && this.#qty !== 0n)
      this.#parts.inventory += valueAt(this.#qty, mark - this.#mark, multiplier);
    this.#mark = mark;
  }

  /**
   * @param mark before the fill; undefined where there was none: the fill's own price is it then
   * @param qty effective, atoms, bought positive
   * @param px atoms
   * @param fee money; paid is positive
   */
  fill(
    mark: bigint | undefined,
    qty: bigint,
    px: bigint,
    fee: bigint,
    multiplier: bigint,
  ): FillParts {
    const at = mark ?? markOf(px);
    this.settle(at, multiplier);
    const spread = valueAt(qty, at - markOf(px), multiplier);
    this.#parts.spread += spread;
    if (fee > 0n) this.#parts.fees -= fee;
    else this.#parts.rebates -= fee;
    this.#qty += qty;
    return { spread, fee };
  }

  /** What it holds is said by a snapshot. @param mark at which it was, undefined: as it stands */
  hold(qty: bigint, mark: bigint | undefined): void {
    this.#qty = qty;
    if (mark !== undefined) this.#mark = mark;
  }

  /** Ends the hour. @param net money, at its end */
  endHour(
    hour: number,
    mark: bigint | undefined,
    net: bigint,
    multiplier: bigint = ONE_ATOM,
  ): void {
    this.settle(mark, multiplier);
    const parts = this.#parts;
    parts.net = net - this.#netBefore;
    this.#netBefore = net;
    this.#parts = noParts();
    const isEmpty =
      parts.spread === 0n &&
      parts.inventory === 0n &&
      parts.fees === 0n &&
      parts.rebates === 0n &&
      parts.net === 0n;
    if (isEmpty) return;
    const before = this.hours.get(hour);
    if (before === undefined) this.hours.set(hour, parts);
    else addParts(before, parts);
  }
}
