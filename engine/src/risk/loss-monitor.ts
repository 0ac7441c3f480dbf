/**
 * Watches the equity of one strategy: the loss of the UTC day and the drawdown, and what follows.
 * Re-arming starts both anew, for the person who re-arms has taken note of the loss.
 */
import type { RiskName } from '@tradetail/core/events/catalogue.ts';

export interface LossLimits {
  /** Money, capital currency. */
  readonly dailyLoss: number;
  /** Fraction of the peak. */
  readonly drawdown: number;
  /** Past a limit times this the engine halts. */
  readonly haltFactor: number;
}

export class LossMonitor {
  readonly #limits: LossLimits;
  #equity: number;
  #dayStart: number;
  #day = NaN;
  #peak: number;

  constructor(limits: LossLimits, capital: number) {
    this.#limits = limits;
    this.#equity = capital;
    this.#dayStart = capital;
    this.#peak = capital;
  }

  /** @param day whole days since the epoch, UTC */
  onEquity(equity: number, day: number): void {
    if (day !== this.#day) {
      this.#day = day;
      this.#dayStart = this.#equity;
    }
    this.#equity = equity;
    this.#peak = Math.max(this.#peak, equity);
  }

  rearm(): void {
    this.#dayStart = this.#equity;
    this.#peak = this.#equity;
  }

  get dailyLoss(): number {
    return Math.max(0, this.#dayStart - this.#equity);
  }
  get drawdown(): number {
    return this.#peak > 0 ? 1 - this.#equity / this.#peak : 0;
  }

  /** @returns the limit that is passed furthest, undefined while none is */
  get passed():
    { name: RiskName; value: number; limit: number; action: 'REDUCE' | 'HALT' } | undefined {
    const loss = this.dailyLoss / this.#limits.dailyLoss;
    const drawdown = this.drawdown / this.#limits.drawdown;
    if (loss < 1 && drawdown < 1) return undefined;
    const action = Math.max(loss, drawdown) >= this.#limits.haltFactor ? 'HALT' : 'REDUCE';
    return loss >= drawdown
      ? { name: 'MAX_DAILY_LOSS', value: this.dailyLoss, limit: this.#limits.dailyLoss, action }
      : { name: 'MAX_DRAWDOWN', value: this.drawdown, limit: this.#limits.drawdown, action };
  }
}
