import type { BookView } from '../market/book-view.ts';
import { BUY, SELL, type Side } from '../market/side.ts';
import { AggressiveRatio } from './aggressive-ratio.ts';
import { ArrivalIntensity } from './arrival-intensity.ts';
import { fairPrice } from './fair-price.ts';
import { OrderFlow } from './order-flow.ts';
import { Volatility } from './volatility.ts';

const VOLATILITY_MEMORY_S = 60;
const FLOW_MEMORY_S = 10;

/** What is computed from the market data of one instrument, for every strategy on it. Prices in ticks. */
export class Features {
  /** NaN while the book has not two sides. */
  fairPx = NaN;
  mid = NaN;
  readonly aggressiveRatio = new AggressiveRatio();
  readonly volatility = new Volatility(VOLATILITY_MEMORY_S);
  readonly orderFlow = new OrderFlow(FLOW_MEMORY_S);
  readonly arrivals: ArrivalIntensity;

  constructor(calibrationWindowS: number) {
    this.arrivals = new ArrivalIntensity(calibrationWindowS);
  }

  onBook(book: BookView, nowNs: number): void {
    const bidPx = book.px(BUY, 0);
    const bidQty = book.qty(BUY, 0);
    const askPx = book.px(SELL, 0);
    const askQty = book.qty(SELL, 0);
    this.fairPx = fairPrice(bidPx, bidQty, askPx, askQty);
    this.mid = (bidPx + askPx) / 2;
    this.aggressiveRatio.onTop(bidPx, bidQty, askPx, askQty);
    if (bidPx < askPx) this.volatility.onMid(this.mid, nowNs);
  }

  /** @param time see AggressiveRatio */
  onTrade(px: number, qty: number, aggressor: Side, time: number, nowNs: number): void {
    this.aggressiveRatio.onTrade(px, qty, aggressor, time);
    this.orderFlow.onTrade(qty, aggressor, nowNs);
    const depth = aggressor * (px - this.mid);
    if (depth >= 0) this.arrivals.onTrade(depth, nowNs);
  }
}
