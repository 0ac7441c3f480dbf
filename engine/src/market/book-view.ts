import type { Side } from './side.ts';

/** An order book as its readers see it. Level 0 is the best. Ticks and lots. */
export interface BookView {
  /** @returns the number of levels of a side; BUY is the bid side */
  depth(side: Side): number;
  /** @returns the price in ticks, NaN where there is no such level */
  px(side: Side, level: number): number;
  /** @returns the quantity in lots, 0 where there is no such level */
  qty(side: Side, level: number): number;
}
