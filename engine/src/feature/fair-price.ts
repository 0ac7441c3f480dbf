/**
 * Fair price inside the spread: the best prices weighted by the quantity on the *other* side, since
 * the thinner side is the one that goes first (Ghosh, Building Low Latency Applications with C++,
 * ch. 11).
 *
 * @returns ticks, not whole; NaN without two sides
 */
export function fairPrice(bidPx: number, bidQty: number, askPx: number, askQty: number): number {
  return (bidPx * askQty + askPx * bidQty) / (bidQty + askQty);
}
