/**
 * Implementation shortfall (Perold, Journal of Portfolio Management 14/3, 1988): what an order cost
 * against a paper portfolio that traded all of it at the decision's price.
 *
 *     delay        filled · D·(arrival − decision)
 *     trading      Σ fills D·(price − arrival)·quantity
 *     opportunity  unfilled · D·(end − decision)
 *     explicit     fees
 */
export interface ShortfallCase {
  /** +1 buy, −1 sell. */
  readonly direction: number;
  readonly quantity: number;
  readonly filled: number;
  /** Mean price of the fills; unused where nothing was filled. */
  readonly vwap: number;
  readonly decisionPx: number;
  /** When the venue had it. */
  readonly arrivalPx: number;
  /** When the rest was given up. */
  readonly endPx: number;
  readonly fees: number;
}

/** In the currency of the prices; positive is a cost. */
export interface Shortfall {
  readonly delay: number;
  readonly trading: number;
  readonly opportunity: number;
  readonly explicit: number;
  readonly total: number;
  /** Of the paper value, quantity × decision price. */
  readonly totalBps: number;
}

export function shortfall(one: ShortfallCase): Shortfall {
  const { direction, filled, decisionPx, arrivalPx, fees } = one;
  const unfilled = one.quantity - filled;
  const delay = filled * direction * (arrivalPx - decisionPx);
  const trading = filled > 0 ? filled * direction * (one.vwap - arrivalPx) : 0;
  const opportunity = unfilled > 0 ? unfilled * direction * (one.endPx - decisionPx) : 0;
  const total = delay + trading + opportunity + fees;
  const paper = one.quantity * decisionPx;
  return { delay, trading, opportunity, explicit: fees, total, totalBps: (total / paper) * 1e4 };
}
