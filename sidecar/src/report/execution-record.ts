/** The execution of one strategy: what its orders met with, added up as they end. */
import { shortfall, type Shortfall } from '@tradetail/core/execution/shortfall.ts';
import { slippageBps } from '@tradetail/core/execution/spread.ts';
import { SlopeFit } from '@tradetail/core/stats/regression.ts';
import { Sample } from '@tradetail/core/stats/sample.ts';
import { increment } from '../fold/engine-state.ts';
import { OTHER } from '../fold/label.ts';
import { MarkoutCurve, WeightedMean } from './markout.ts';
import { secondsBetween, type OrderRecord } from './order-record.ts';

export const STAGES = ['decision', 'risk', 'tick_to_trade', 'ack', 'fill'] as const;
export type Stage = (typeof STAGES)[number];
export const LIQUIDITIES = ['maker', 'taker'] as const;
export type Liquidity = (typeof LIQUIDITIES)[number];

const REASONS_MAX = 64;
const LEVEL_MAX = 5;

export interface FillRatioCell {
  orders: number;
  ordersFilled: number;
  submitted: number;
  filled: number;
}

/** What the fills of one liquidity came to. Amounts in quote. */
export interface LiquidityRecord {
  fills: number;
  notional: number;
  fees: number;
  readonly curve: MarkoutCurve;
  /** Effective spread of all fills that had a book before them, bps. */
  readonly effective: WeightedMean;
  /** Spread captured and fees, money, where all quote currencies are one. */
  spread: bigint;
  fee: bigint;
}

const newLiquidity = (): LiquidityRecord => ({
  fills: 0,
  notional: 0,
  fees: 0,
  curve: new MarkoutCurve(),
  effective: new WeightedMean(),
  spread: 0n,
  fee: 0n,
});

export class ExecutionRecord {
  readonly latencies: Record<Stage, Sample> = {
    decision: new Sample(),
    risk: new Sample(),
    tick_to_trade: new Sample(),
    ack: new Sample(),
    fill: new Sample(),
  };
  readonly byLiquidity: Record<Liquidity, LiquidityRecord> = {
    maker: newLiquidity(),
    taker: newLiquidity(),
  };
  /** Side and level, such as `BUY 0`. */
  readonly fillRatio = new Map<string, FillRatioCell>();
  readonly fillRatioByVenue = new Map<string, FillRatioCell>();
  readonly rejects = new Map<string, number>();
  readonly denials = new Map<string, number>();
  readonly cancels = new Map<string, number>();
  readonly expiries = new Map<string, number>();
  /** Seconds from ack to first fill of resting orders; negative: canceled after so long. */
  readonly waits = new Sample();
  /** Seconds from ack to the end of orders that were canceled unfilled. */
  readonly restToCancel = new Sample();
  readonly slippage: Record<Liquidity, WeightedMean> = {
    maker: new WeightedMean(),
    taker: new WeightedMean(),
  };
  readonly shortfall: Shortfall & { orders: number; paper: number } = {
    delay: 0,
    trading: 0,
    opportunity: 0,
    explicit: 0,
    total: 0,
    totalBps: 0,
    orders: 0,
    paper: 0,
  };
  /** Of taker orders: √quantity and the market's move a second later, by market. */
  readonly impact = new Map<string, SlopeFit>();
  submitted = 0;
  replaced = 0;
  cancelRequests = 0;
  accepted = 0;
  cancelRejects = 0;
  unknown = 0;

  reason(reasons: Map<string, number>, reason: string): void {
    const isNew = !reasons.has(reason) && reasons.size >= REASONS_MAX;
    increment(reasons, isNew ? OTHER : reason || 'none given');
  }

  /** An order is over, or the log is. @param multiplier of its instrument */
  retire(
    order: OrderRecord,
    venue: string,
    multiplier: number,
  ): { slippageBps?: number; shortfallBps?: number } {
    const quantity = order.qty ?? NaN;
    const wasFilled = order.fills > 0;
    this.#countFillRatio(order, venue, quantity, wasFilled);
    const { acceptedAt, endedAt } = order;
    if (order.intent === 'QUOTE' && acceptedAt !== undefined) {
      if (order.firstFillAt !== undefined)
        this.waits.add(Math.max(0, secondsBetween(acceptedAt, order.firstFillAt)));
      else if (endedAt !== undefined) {
        const rested = Math.max(0, secondsBetween(acceptedAt, endedAt));
        this.waits.add(-rested);
        this.restToCancel.add(rested);
      }
    }
    const { decisionMid, direction } = order;
    if (decisionMid === undefined || !(decisionMid > 0)) return {};
    const vwap = order.filledValue / order.filled;
    const measures: { slippageBps?: number; shortfallBps?: number } = {};
    if (wasFilled) {
      measures.slippageBps = slippageBps(direction, vwap, decisionMid);
      const liquidity = 2 * order.makerFilled >= order.filled ? 'maker' : 'taker';
      this.slippage[liquidity].add(order.filledValue * multiplier, measures.slippageBps);
    }
    const isIntended =
      order.intent !== 'QUOTE' && acceptedAt !== undefined && endedAt !== undefined;
    if (isIntended && order.feesKnown && quantity > 0) {
      const parts = shortfall({
        direction,
        quantity: quantity * multiplier,
        filled: order.filled * multiplier,
        vwap,
        decisionPx: decisionMid,
        arrivalPx: order.arrivalMid ?? decisionMid,
        endPx: order.endMid ?? decisionMid,
        fees: order.fees,
      });
      measures.shortfallBps = parts.totalBps;
      const sum = this.shortfall as { -readonly [K in keyof typeof this.shortfall]: number };
      for (const part of ['delay', 'trading', 'opportunity', 'explicit', 'total'] as const)
        sum[part] += parts[part];
      sum.orders += 1;
      sum.paper += quantity * multiplier * decisionMid;
    }
    return measures;
  }

  #countFillRatio(order: OrderRecord, venue: string, quantity: number, wasFilled: boolean): void {
    const { level } = order;
    const place =
      order.intent !== 'QUOTE' || level === undefined
        ? order.intent || 'other'
        : level < 0
          ? 'inside'
          : level >= LEVEL_MAX
            ? `${LEVEL_MAX}+`
            : String(level);
    const side = order.direction > 0 ? 'BUY' : 'SELL';
    countOrder(this.fillRatio, `${side} ${place}`, order, quantity, wasFilled);
    countOrder(this.fillRatioByVenue, venue, order, quantity, wasFilled);
  }
}

function countOrder(
  cells: Map<string, FillRatioCell>,
  key: string,
  order: OrderRecord,
  quantity: number,
  wasFilled: boolean,
): void {
  let cell = cells.get(key);
  if (cell === undefined) {
    if (cells.size >= REASONS_MAX) return;
    cell = { orders: 0, ordersFilled: 0, submitted: 0, filled: 0 };
    cells.set(key, cell);
  }
  // Symbols have different units, so shares are in quote, at the order's own price.
  const px = order.decisionMid ?? (order.filled > 0 ? order.filledValue / order.filled : NaN);
  cell.orders += 1;
  if (wasFilled) cell.ordersFilled += 1;
  if (quantity > 0 && px > 0) {
    cell.submitted += quantity * px;
    cell.filled += order.filled * px;
  }
}
