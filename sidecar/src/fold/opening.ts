/** A position that a snapshot states, rather than fills. */
import { openPosition } from '@tradetail/core/ledger/position.ts';
import { lotOf, multiplierOf } from './account.ts';
import type { Holding } from './run-state.ts';

/** Values what was held before its instrument was known. */
export function valueOpening(holding: Holding): void {
  const { opening, position } = holding;
  if (opening !== undefined)
    setPosition(holding, position.qty, opening.averagePrice, opening.realized, position.fees);
}

/** Sets a position as a snapshot says it; realized and fees as money. */
export function setPosition(
  holding: Holding,
  qty: bigint,
  averagePrice: bigint | undefined,
  realized: bigint,
  fees: bigint,
): void {
  const isKnown =
    qty === 0n || (holding.market.instrument !== undefined && averagePrice !== undefined);
  holding.isUnvalued = !isKnown;
  holding.opening = isKnown || averagePrice === undefined ? undefined : { averagePrice, realized };
  holding.position = openPosition(qty, averagePrice ?? 0n, realized, fees, multiplierOf(holding));
  // What became of a trip in between is not known: it begins anew here.
  holding.tripStart = (qty < 0n ? -qty : qty) >= lotOf(holding) ? realized - fees : undefined;
  holding.tripEnd = realized - fees;
}
