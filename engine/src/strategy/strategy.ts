/**
 * A strategy on one instrument. It sees the market and its own position and says what it wants;
 * it knows no venue, no order and no risk limit. Prices in ticks, quantities in lots.
 *
 * What it wants it writes into a `Decision` that is kept for it and passed again every time: quotes
 * stand until they are changed, a take is made once and then forgotten.
 */
import type { BookView } from '../market/book-view.ts';
import type { Instrument } from '../market/instrument.ts';
import { BUY, type Side } from '../market/side.ts';
import type { Features } from '../feature/features.ts';

export interface View {
  readonly instrument: Instrument;
  /** Engine clock, ns. */
  readonly nowNs: number;
  /** Both sides stand and do not cross whenever a strategy is asked. */
  readonly book: BookView;
  readonly features: Features;
  /** Own position, lots, signed. */
  readonly position: number;
  /** Its average price in ticks; NaN when flat. */
  readonly avgPx: number;
  /** Engine clock at which it last stopped being flat. */
  readonly positionSinceNs: number;
  /** Size of one order, lots. */
  readonly clip: number;
  /** Smallest order that the venue takes, lots: a position below it cannot be left. */
  readonly minQty: number;
}

/** A trade of the market. */
export interface MarketTrade {
  readonly px: number;
  readonly qty: number;
  readonly aggressor: Side;
}

export interface Strategy {
  /** Log name of the kind, e.g. `market_maker`. */
  readonly algo: string;
  /** What it says of itself while it works: it rests quotes, or it waits for a signal. */
  readonly working: 'QUOTING' | 'WATCHING';
  onBook(view: View, decision: Decision): void;
  onTrade(view: View, trade: MarketTrade, decision: Decision): void;
}

export class Decision {
  bidPx = NaN;
  bidQty = 0;
  askPx = NaN;
  askQty = 0;

  /** Quantity to take now, at `takePx` or better; 0 for none. */
  takeQty = 0;
  takeSide: Side = BUY;
  takePx = NaN;
  takeIntent: 'TAKE' | 'EXIT' = 'TAKE';

  /** A feature that passed its threshold just now; '' for none. */
  signalName = '';
  signalThreshold = NaN;

  /** For the log: what the strategy thinks. */
  fairPx = NaN;
  skew = NaN;
  signal = NaN;

  quote(bidPx: number, bidQty: number, askPx: number, askQty: number): void {
    this.bidPx = bidPx;
    this.bidQty = bidQty;
    this.askPx = askPx;
    this.askQty = askQty;
  }

  take(intent: 'TAKE' | 'EXIT', side: Side, px: number, qty: number): void {
    this.takeIntent = intent;
    this.takeSide = side;
    this.takePx = px;
    this.takeQty = qty;
  }
}
