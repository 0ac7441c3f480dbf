/**
 * The equity of one strategy over time: at the end of each minute of engine clock that had a line (as
 * the live Sharpe ratio looks at it), at whole seconds for the curve and the drawdowns.
 */
import { moneyToDouble } from '@tradetail/core/decimal.ts';
import { DrawdownTracker } from '@tradetail/core/stats/drawdown.ts';
import { SlopeFit } from '@tradetail/core/stats/regression.ts';
import { drawdownOf, equityOf } from '../fold/account.ts';
import type { Account, Holding } from '../fold/run-state.ts';
import { Curve } from './curve.ts';
import { markNumber, multiplierOf, qtyNumber, qtyOf } from './replica-look.ts';

const CURVE_POINTS_MAX = 2_000;
/** Two years of minutes. */
const MINUTES_MAX = 1_051_200;
/** Ten-second periods are for sessions too short for minutes. */
const TENS_MAX = 400;
export const TEN_SECONDS = 10;

/** Where a period ended. */
export interface PeriodEnd {
  readonly second: number;
  readonly equity: number;
  /** Deposits less withdrawals so far, the first capital included. */
  readonly capital: number;
  /** Growth of 1 in the strategy's symbols, equal parts. */
  readonly benchmark: number;
  /** The log ends within it. */
  readonly isPartial: boolean;
}

export interface EquityPoint {
  readonly capital: number;
  readonly equity: number;
  readonly drawdown: number;
  readonly exposure: number;
}

export interface EquityLook {
  readonly equity: number;
  readonly capital: number;
  readonly drawdown: number;
  readonly exposure: number;
  readonly isInMarket: boolean;
}

export class EquityRecord {
  readonly account: Account;
  readonly minutes: PeriodEnd[] = [];
  /** Likewise every ten seconds, of the first hour. */
  readonly tens: PeriodEnd[] = [];
  readonly curve = new Curve<EquityPoint>(CURVE_POINTS_MAX);
  readonly drawdowns = new DrawdownTracker();
  readonly inventory = new Map<Holding, { fit: SlopeFit; before: number | undefined }>();
  /** Seconds of engine clock looked at, and of those with a position. */
  seconds = 0;
  secondsInMarket = 0;
  exposureMax = 0;
  exposureSeconds = 0;
  equitySum = 0;
  looks = 0;
  /** Equity and capital at the first look, before which nothing is known. */
  first: { readonly second: number; readonly capital: number } | undefined;
  #capital: number | undefined;
  #marks = new Map<Holding, number>();
  #benchmark = 1;

  constructor(account: Account) {
    this.account = account;
  }

  /** @returns what stands now; undefined where equity cannot be given */
  look(): EquityLook | undefined {
    const { account } = this;
    const equity = equityOf(account);
    if (equity === undefined) return undefined;
    let exposure = 0;
    let isInMarket = false;
    for (const holding of account.holdings) {
      if (qtyOf(holding) === 0n) continue;
      isInMarket = true;
      const { market } = holding;
      const multiplier = Number(multiplierOf(market)) * 1e-18;
      exposure += Math.abs(qtyNumber(holding) * markNumber(market)) * multiplier;
    }
    return {
      equity: moneyToDouble(equity),
      capital: moneyToDouble(account.capital!),
      drawdown: drawdownOf(account, equity) ?? 0,
      exposure: Number.isFinite(exposure) ? exposure : 0,
      isInMarket,
    };
  }

  /** The second has ended; the clock goes on by so many. */
  endSecond(
    look: EquityLook,
    second: number,
    passed: number,
    minute: 'goes on' | 'ends' | 'is cut',
  ): void {
    if (this.#capital !== undefined && look.capital !== this.#capital)
      this.drawdowns.shift(look.capital - this.#capital);
    else if (this.#capital === undefined) this.drawdowns.add(second, look.capital);
    this.first ??= { second, capital: look.capital };
    this.#capital = look.capital;
    this.drawdowns.add(second, look.equity);
    this.curve.add(second, look);
    this.seconds += passed;
    if (look.isInMarket) this.secondsInMarket += passed;
    this.exposureMax = Math.max(this.exposureMax, look.exposure);
    this.exposureSeconds += look.exposure * passed;
    this.equitySum += look.equity;
    this.looks += 1;
    for (const holding of this.account.holdings) this.#lookAtInventory(holding, passed);
    const isCut = minute === 'is cut';
    const endsTen = Math.floor((second + passed) / TEN_SECONDS) > Math.floor(second / TEN_SECONDS);
    if (minute === 'goes on' && !endsTen) return;
    const end = this.#periodEnd(look, second, isCut);
    if (minute !== 'goes on' && this.minutes.length < MINUTES_MAX) this.minutes.push(end);
    if ((endsTen || isCut) && this.tens.length < TENS_MAX) this.tens.push(end);
  }

  #lookAtInventory(holding: Holding, passed: number): void {
    let inventory = this.inventory.get(holding);
    if (inventory === undefined)
      this.inventory.set(holding, (inventory = { fit: new SlopeFit(), before: undefined }));
    const qty = qtyNumber(holding);
    if (inventory.before !== undefined && passed === 1)
      inventory.fit.add(inventory.before, qty - inventory.before);
    inventory.before = qty;
  }

  #periodEnd(look: EquityLook, second: number, isPartial: boolean): PeriodEnd {
    let moves = 0;
    let count = 0;
    for (const holding of this.account.holdings) {
      const mark = markNumber(holding.market);
      const before = this.#marks.get(holding);
      if (Number.isFinite(mark)) this.#marks.set(holding, mark);
      if (before === undefined || !Number.isFinite(mark)) continue;
      moves += mark / before - 1;
      count += 1;
    }
    if (count > 0) this.#benchmark *= 1 + moves / count;
    return {
      second,
      equity: look.equity,
      capital: look.capital,
      benchmark: this.#benchmark,
      isPartial,
    };
  }
}
