/**
 * Quotes both sides of one instrument. Two ways to choose the prices:
 *
 * `book` (Ghosh, Building Low Latency Applications with C++, ch. 11): joins the best price where the
 * fair price is at least a threshold away from it, else stays one tick behind. Inventory does not
 * move the prices, it only ends a side at its limit.
 *
 * `glft` (Guéant, Lehalle, Fernandez-Tapia, arXiv:1105.3115, closed form of arXiv:1605.01862 eq.
 * 4.6–4.7 with ξ = γ and Δ = 1): with trades that reach a quote δ ticks from the fair price at rate
 * A·e^(−kδ) and a mid of volatility σ,
 *
 *     c1 = ln(1 + γ/k) / γ        c2 = √( γ/(2Ak) · (1 + γ/k)^(k/γ + 1) )
 *     half = c1 + σ·c2/2          skew = σ·c2 for each clip of inventory
 *     bid = fair − half − skew·q  ask = fair + half − skew·q
 *
 * rounded away from the fair price and held behind the opposite best, so that a quote never crosses.
 */
import type { MarketMakerConfig } from './config.ts';
import type { Decision, Strategy, View } from './strategy.ts';
import { BUY, SELL } from '../market/side.ts';

export class MarketMaker implements Strategy {
  readonly algo = 'market_maker';
  readonly working = 'QUOTING';
  readonly #config: MarketMakerConfig;

  constructor(config: MarketMakerConfig) {
    this.#config = config;
  }

  onBook(view: View, decision: Decision): void {
    const inventory = view.position / view.clip;
    if (this.#config.mode === 'book') this.#join(view, decision);
    else this.#spread(view, inventory, decision);
    decision.bidQty = clipWithin(this.#config.max_clips - inventory, view.clip);
    decision.askQty = clipWithin(this.#config.max_clips + inventory, view.clip);
  }

  onTrade(): void {}

  #join({ book, features }: View, decision: Decision): void {
    const bid = book.px(BUY, 0);
    const ask = book.px(SELL, 0);
    const threshold = this.#config.threshold_ticks;
    decision.fairPx = features.fairPx;
    decision.bidPx = features.fairPx - bid >= threshold ? bid : bid - 1;
    decision.askPx = ask - features.fairPx >= threshold ? ask : ask + 1;
  }

  #spread({ book, features }: View, inventory: number, decision: Decision): void {
    const { rate, decay } = features.arrivals;
    const sigma = features.volatility.value;
    const { half, skew } = glft(
      this.#config.risk_aversion,
      Number.isNaN(sigma) ? 1 : sigma,
      Number.isNaN(rate) ? this.#config.arrival_rate_per_s : rate,
      Number.isNaN(decay) ? this.#config.arrival_decay_per_tick : decay,
    );
    const center = features.fairPx - skew * inventory;
    decision.fairPx = features.fairPx;
    decision.skew = -skew * inventory;
    decision.bidPx = Math.min(Math.floor(center - half), book.px(SELL, 0) - 1);
    decision.askPx = Math.max(Math.ceil(center + half), book.px(BUY, 0) + 1);
  }
}

/**
 * @param gamma risk aversion, per tick and clip
 * @param sigma ticks per √s
 * @param a trades a second at the fair price
 * @param k decay of that rate, per tick
 * @returns half spread in ticks, and its shift in ticks for each clip of inventory
 */
export function glft(
  gamma: number,
  sigma: number,
  a: number,
  k: number,
): { half: number; skew: number } {
  const growth = Math.log1p(gamma / k);
  const c1 = growth / gamma;
  // (1 + γ/k)^(k/γ + 1). Not by `**`: its last digit is another in another version of V8.
  const c2 = Math.sqrt((gamma / (2 * a * k)) * Math.exp((k / gamma + 1) * growth));
  return { half: c1 + (sigma * c2) / 2, skew: sigma * c2 };
}

/** @returns whole lots: one clip, or what is left of the inventory limit, none when it is passed */
function clipWithin(clipsLeft: number, clip: number): number {
  return Math.max(0, Math.floor(Math.min(1, clipsLeft) * clip));
}
