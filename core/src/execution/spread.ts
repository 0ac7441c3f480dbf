/**
 * What a fill cost against the mid, and what became of it. D is +1 for our buy and −1 for our sell, P
 * its price, M₀ the mid at the fill, M_τ the mid a horizon later; all but the edges are full spreads
 * (twice the distance), in bps of M₀:
 *
 *     effective = 2·D·(P − M₀)        what was paid
 *     realised  = 2·D·(P − M_τ)       what the other side kept
 *     impact    = 2·D·(M_τ − M₀)      how far the market went our way
 *     effective = realised + impact
 *
 * From our side: edge D·(M₀ − P), adverse D·(M_τ − M₀); edge + adverse = markout D·(M_τ − P).
 */
export interface FillSpread {
  readonly effectiveBps: number;
  readonly realisedBps: number;
  readonly impactBps: number;
  readonly edgeBps: number;
  readonly adverseBps: number;
  /** Positive when good for us. */
  readonly markoutBps: number;
}

/** @param direction +1 for our buy, −1 for our sell */
export function fillSpread(
  direction: number,
  px: number,
  mid: number,
  midLater: number,
): FillSpread {
  const edgeBps = ((direction * (mid - px)) / mid) * 1e4;
  const adverseBps = ((direction * (midLater - mid)) / mid) * 1e4;
  const markoutBps = ((direction * (midLater - px)) / mid) * 1e4;
  return {
    effectiveBps: -2 * edgeBps,
    realisedBps: -2 * markoutBps,
    impactBps: 2 * adverseBps,
    edgeBps,
    adverseBps,
    markoutBps,
  };
}

/** @returns D·(VWAP − arrival)/arrival in bps; positive is a cost. Its sign is the opposite of tcapy's */
export const slippageBps = (direction: number, vwap: number, arrivalMid: number): number =>
  ((direction * (vwap - arrivalMid)) / arrivalMid) * 1e4;
