/**
 * The engine's own books: position, realized PnL and fees of each strategy in each instrument, and
 * the equity of each strategy. Average cost, exact.
 *
 * Money is an integer of 10^-54, the scale of price × quantity × multiplier, so that cash and fees
 * never round. What is kept beside cash is not the average price but the cost of the open position
 * (`|pos| · avg · m`): the average is a view of it, realized PnL is `cash + sign(pos) · cost`, and
 * at zero the cost is zero, so a round trip's result is its cash to the last digit. Only a partial
 * close divides; what that rounds away is below 10^-54 of the quote asset.
 *
 * The watching side recomputes the same figures from the log with code of its own. Neither uses the
 * other's: their agreement is the proof.
 */
import {
  ATOM_DIGITS,
  ONE_ATOM,
  formatScaled,
  parseAtoms,
  scaledQuotient,
} from '@tradetail/core/decimal.ts';
import type { Instrument } from './market/instrument.ts';
import type { Side } from './market/side.ts';
import type { Fill } from './venue/venue.ts';

/** Atoms × this = the same amount as money. */
export const ATOMS_TO_MONEY = ONE_ATOM * ONE_ATOM;

interface Terms {
  readonly tick: bigint;
  readonly lot: bigint;
  readonly multiplier: bigint;
  /** Half ticks: twice the price of a trade, or bid plus ask. NaN while there is none. */
  mark: number;
  markedBy: 'NOTHING' | 'FILL' | 'TRADE' | 'BOOK';
}

/** A strategy's position in one instrument. */
export interface Position {
  readonly strategy: number;
  readonly instrument: number;
  /** Atoms of base, signed. */
  qty: bigint;
  cash: bigint;
  cost: bigint;
  fees: bigint;
  /** Fees that have no value in quote, atoms by currency. */
  readonly unconverted: Map<string, bigint>;
  /** Whole lots, towards zero. */
  lots: number;
  /** Average price in ticks, NaN when flat; for decisions only. */
  avgTicks: number;
}

interface Account {
  readonly capital: bigint;
  readonly ccy: string;
  /** Nearest double. */
  equity: number;
  peak: bigint;
  drawdown: number;
  maxDrawdown: number;
  /** It has filled in another currency than its capital's: equity has no meaning any more. */
  foreign: boolean;
}

export class Inventory {
  readonly #instruments: readonly Instrument[];
  readonly #terms: readonly Terms[];
  readonly #accounts: readonly Account[];
  readonly #positions = new Map<number, Position>();
  readonly #byInstrument: readonly Position[][];

  /** @param capitals of each strategy, in the order of their indices */
  constructor(
    instruments: readonly Instrument[],
    capitals: readonly { readonly capital: string; readonly ccy: string }[],
  ) {
    this.#instruments = instruments;
    this.#terms = instruments.map((one) => ({
      tick: parseAtoms(one.tickSize),
      lot: parseAtoms(one.lotSize),
      multiplier: parseAtoms(one.multiplier),
      mark: NaN,
      markedBy: 'NOTHING',
    }));
    this.#accounts = capitals.map(({ capital, ccy }) => {
      const money = parseAtoms(capital) * ATOMS_TO_MONEY;
      return {
        capital: money,
        ccy,
        equity: Number(money) / 1e54,
        peak: money,
        drawdown: 0,
        maxDrawdown: 0,
        foreign: false,
      };
    });
    this.#byInstrument = instruments.map(() => []);
  }

  /** @returns the position, made flat where there was none */
  position(strategy: number, instrument: number): Position {
    const key = strategy * this.#instruments.length + instrument;
    let position = this.#positions.get(key);
    if (position === undefined) {
      position = {
        strategy,
        instrument,
        qty: 0n,
        cash: 0n,
        cost: 0n,
        fees: 0n,
        unconverted: new Map(),
        lots: 0,
        avgTicks: NaN,
      };
      this.#positions.set(key, position);
      this.#byInstrument[instrument]!.push(position);
    }
    return position;
  }

  get positions(): Iterable<Position> {
    return this.#positions.values();
  }

  /** Applies one fill (once: the caller knows repetitions) and looks at the equity. */
  fill(strategy: number, instrument: number, side: Side, fill: Fill): Position {
    const position = this.position(strategy, instrument);
    const { tick, lot, multiplier } = this.#terms[instrument]!;
    const { base, quote } = this.#instruments[instrument]!;
    const px = BigInt(fill.px) * tick;
    const fee = parseAtoms(fill.fee);
    const feeInBase = fill.feeCcy === base && multiplier === ONE_ATOM;

    let traded = BigInt(side * fill.qty) * lot;
    if (feeInBase) traded -= fee;
    move(position, traded, px * multiplier);
    if (fill.feeQuote !== undefined) position.fees += parseAtoms(fill.feeQuote) * ATOMS_TO_MONEY;
    else if (fill.feeCcy === quote) position.fees += fee * ATOMS_TO_MONEY;
    else if (feeInBase) position.fees += fee * px * ONE_ATOM;
    else position.unconverted.set(fill.feeCcy, (position.unconverted.get(fill.feeCcy) ?? 0n) + fee);
    position.lots = Number(position.qty / lot);
    position.avgTicks =
      position.qty === 0n
        ? NaN
        : scaledQuotient(position.cost, magnitude(position.qty) * multiplier * tick, 0);

    const account = this.#accounts[strategy]!;
    if (quote !== account.ccy) account.foreign = true;
    const { mark } = this.#terms[instrument]!;
    this.#mark(instrument, 2 * fill.px, 'FILL');
    if (this.#terms[instrument]!.mark === mark) this.#look(strategy);
    else this.#lookAll(instrument, strategy);
    return position;
  }

  /** Marks at the mid of a usable book, the prices in ticks. */
  markByBook(instrument: number, bidPx: number, askPx: number): void {
    if (this.#mark(instrument, bidPx + askPx, 'BOOK')) this.#lookAll(instrument);
  }

  /** Marks at a trade of the market, until there is a usable book. */
  markByTrade(instrument: number, px: number): void {
    if (this.#mark(instrument, 2 * px, 'TRADE')) this.#lookAll(instrument);
  }

  #mark(instrument: number, halfTicks: number, by: 'FILL' | 'TRADE' | 'BOOK'): boolean {
    const terms = this.#terms[instrument]!;
    if (RANK[by] < RANK[terms.markedBy]) return false;
    terms.markedBy = by;
    const changed = terms.mark !== halfTicks;
    terms.mark = halfTicks;
    return changed;
  }

  #lookAll(instrument: number, filled = -1): void {
    for (const position of this.#byInstrument[instrument]!)
      if (position.qty !== 0n || position.strategy === filled) this.#look(position.strategy);
  }

  /** Equity, peak and drawdown after an event that changed the equity. */
  #look(strategy: number): void {
    const account = this.#accounts[strategy]!;
    if (account.foreign) return;
    let equity = account.capital;
    for (const position of this.#positions.values()) {
      if (position.strategy !== strategy) continue;
      equity += position.cash - position.fees;
      if (position.qty === 0n) continue;
      const { tick, multiplier, mark } = this.#terms[position.instrument]!;
      equity += (position.qty * BigInt(mark) * tick * multiplier) / 2n;
    }
    account.equity = Number(equity) / 1e54;
    if (equity > account.peak) account.peak = equity;
    account.drawdown = account.peak > 0n ? Number(account.peak - equity) / Number(account.peak) : 0;
    if (account.drawdown > account.maxDrawdown) account.maxDrawdown = account.drawdown;
  }

  /** @returns capital plus net PnL, in the capital's currency, within a rounding: for limits */
  equity(strategy: number): number {
    return this.#accounts[strategy]!.equity;
  }
  drawdown(strategy: number): number {
    return this.#accounts[strategy]!.drawdown;
  }
  maxDrawdown(strategy: number): number {
    return this.#accounts[strategy]!.maxDrawdown;
  }
  /** @returns decimal text, rounded at the 18th digit */
  equityPeak(strategy: number): string {
    return moneyText(this.#accounts[strategy]!.peak);
  }

  /** The decimals of the log; the average price (absent when flat) and realized PnL are rounded at the 18th digit. */
  claim(position: Position): {
    qty: string;
    avg_px: string | undefined;
    realized_pnl: string;
    fees: string;
    fees_unconverted: Record<string, string> | undefined;
  } {
    const { multiplier } = this.#terms[position.instrument]!;
    const size = magnitude(position.qty);
    return {
      qty: formatScaled(position.qty, ATOM_DIGITS),
      avg_px:
        size === 0n
          ? undefined
          : formatScaled(divideNearest(position.cost, size * multiplier), ATOM_DIGITS),
      realized_pnl: moneyText(position.cash + (position.qty < 0n ? -position.cost : position.cost)),
      fees: moneyText(position.fees),
      fees_unconverted:
        position.unconverted.size === 0
          ? undefined
          : Object.fromEntries(
              [...position.unconverted].map(([ccy, fee]) => [ccy, formatScaled(fee, ATOM_DIGITS)]),
            ),
    };
  }
}

const RANK = { NOTHING: 0, FILL: 1, TRADE: 2, BOOK: 3 } as const;

/** @param pxMultiplied price × multiplier, 10^-36 */
function move(position: Position, traded: bigint, pxMultiplied: bigint): void {
  position.cash -= traded * pxMultiplied;
  const open = magnitude(position.qty);
  const size = magnitude(traded);
  const increases = position.qty === 0n || position.qty > 0n === traded > 0n;
  if (increases) position.cost += size * pxMultiplied;
  else if (size >= open) position.cost = (size - open) * pxMultiplied;
  else position.cost = divideNearest(position.cost * (open - size), open);
  position.qty += traded;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** @returns the integer nearest to the quotient, half away from zero; the denominator is positive */
function divideNearest(numerator: bigint, denominator: bigint): bigint {
  const half = denominator / 2n;
  return (numerator < 0n ? numerator - half : numerator + half) / denominator;
}

function moneyText(money: bigint): string {
  return formatScaled(divideNearest(money, ATOMS_TO_MONEY), ATOM_DIGITS);
}
