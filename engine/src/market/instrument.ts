/**
 * What is traded. Inside the engine a price is an integer number of ticks and a quantity an integer
 * number of lots; both are safe integers. The decimal texts are for the log and for money.
 */
export interface Instrument {
  /** Position in the run's list of instruments; how everything inside refers to it. */
  readonly index: number;
  readonly venue: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Decimal text, above zero. */
  readonly tickSize: string;
  readonly lotSize: string;
  /** Lots. */
  readonly minQty: number;
  readonly maxQty?: number;
  /** Decimal text in quote. */
  readonly minNotional?: string;
  /** Decimal text; "1" for spot. */
  readonly multiplier: string;
  /** Decimal texts, fractions of notional; a rebate is negative. */
  readonly makerFee: string;
  readonly takerFee: string;
  readonly minutesPerYear?: number;
}
