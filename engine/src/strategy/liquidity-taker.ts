/**
 * Follows large aggressors (Ghosh, Building Low Latency Applications with C++, ch. 11): when one
 * takes a multiple of the best level it met, it trades the same way at the best opposite price. The
 * original never leaves by itself; this one leaves at a gain, at a loss, or after a time, whichever
 * is first, and enters only from flat.
 */
import { BUY, SELL, type Side } from '../market/side.ts';
import { imbalance } from '../feature/imbalance.ts';
import type { LiquidityTakerConfig } from './config.ts';
import type { Decision, MarketTrade, Strategy, View } from './strategy.ts';

export class LiquidityTaker implements Strategy {
  readonly algo = 'liquidity_taker';
  readonly working = 'WATCHING';
  readonly #config: LiquidityTakerConfig;
  #enteredNs = -Infinity;

  constructor(config: LiquidityTakerConfig) {
    this.#config = config;
  }

  onBook(view: View, decision: Decision): void {
    decision.fairPx = view.features.fairPx;
    if (isFlat(view)) return;
    const side: Side = view.position > 0 ? SELL : BUY;
    const px = view.book.px(side === SELL ? BUY : SELL, 0);
    const gainBps = ((px - view.avgPx) / view.avgPx) * Math.sign(view.position) * 1e4;
    const leaves =
      gainBps >= this.#config.take_profit_bps ||
      gainBps <= -this.#config.stop_loss_bps ||
      view.nowNs - view.positionSinceNs >= this.#config.hold_ms_max * 1e6;
    if (leaves) decision.take('EXIT', side, this.#reach(px, side), Math.abs(view.position));
  }

  onTrade(view: View, { px, aggressor }: MarketTrade, decision: Decision): void {
    const ratio = view.features.aggressiveRatio.value;
    decision.signal = aggressor * ratio;
    if (ratio < this.#config.threshold_ratio || !isFlat(view)) return;
    if (view.nowNs - this.#enteredNs < this.#config.cool_down_ms * 1e6) return;
    const leans = aggressor * imbalance(view.book, this.#config.imbalance_levels);
    if (this.#config.imbalance_min > 0 && !(leans >= this.#config.imbalance_min)) return;
    this.#enteredNs = view.nowNs;
    decision.signalName = 'aggressive_ratio';
    decision.signalThreshold = this.#config.threshold_ratio;
    // The book may not show yet what the aggressor did: its own price counts where that is further.
    const best = view.book.px(aggressor === BUY ? SELL : BUY, 0);
    const met = aggressor === BUY ? Math.max(best, px) : Math.min(best, px);
    decision.take('TAKE', aggressor, this.#reach(met, aggressor), view.clip);
  }

  #reach(px: number, side: Side): number {
    return px + side * Math.ceil((px * this.#config.slippage_bps) / 1e4);
  }
}

/** What cannot be left (a part fill below the venue's minimum) does not keep it from entering again. */
function isFlat({ position, minQty }: View): boolean {
  return Math.abs(position) < Math.max(1, minQty);
}
