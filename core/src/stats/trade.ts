/**
 * What a list of profits says. A profit of 0 is neither won nor lost, but it is a trade.
 */
import { Z_95 } from './normal.ts';
import { meanAndDeviation } from './moments.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The 95 % interval of a share, by Wilson (Journal of the American Statistical Association 22, 1927):
 * unlike the usual one it never leaves 0 … 1, and it says something when all or none were won.
 *
 * @param count above 0
 */
export function wilsonInterval(hits: number, count: number): Interval {
  const share = hits / count;
  const spread = Z_95 ** 2 / count;
  const middle = (share + spread / 2) / (1 + spread);
  const half =
    (Z_95 * Math.sqrt((share * (1 - share)) / count + spread / (4 * count))) / (1 + spread);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

export interface TradeStatistics {
  readonly count: number;
  readonly wins: number;
  readonly losses: number;
  readonly winRatio: number;
  readonly winInterval: Interval;
  /** Σ won / |Σ lost|; undefined without a loss. */
  readonly profitFactor: number | undefined;
  /** Mean won / |mean lost|; undefined without one of them. */
  readonly payoff: number | undefined;
  /** W·(mean won) − L·|mean lost|, shares of all trades: the mean profit. */
  readonly expectancy: number;
  /** (1 + payoff)·W − 1. */
  readonly expectancyRatio: number | undefined;
  /** Van Tharp's system quality: √N · mean / sample deviation; undefined under two trades or without deviation. */
  readonly systemQuality: number | undefined;
  /** W − (1 − W) / payoff. */
  readonly kelly: number | undefined;
  readonly meanWin: number | undefined;
  readonly meanLoss: number | undefined;
  readonly best: number;
  readonly worst: number;
}

/** @returns undefined where there are no trades */
export function tradeStatistics(profits: readonly number[]): TradeStatistics | undefined {
  const [first] = profits;
  if (first === undefined) return undefined;
  let wins = 0;
  let losses = 0;
  let won = 0;
  let lost = 0;
  let best = first;
  let worst = first;
  for (const one of profits) {
    if (one > 0) {
      wins += 1;
      won += one;
    } else if (one < 0) {
      losses += 1;
      lost -= one;
    }
    best = Math.max(best, one);
    worst = Math.min(worst, one);
  }
  const count = profits.length;
  const winRatio = wins / count;
  const meanWin = wins > 0 ? won / wins : undefined;
  const meanLoss = losses > 0 ? lost / losses : undefined;
  const payoff = meanWin !== undefined && meanLoss !== undefined ? meanWin / meanLoss : undefined;
  const { mean, deviation } = meanAndDeviation(profits);
  return {
    count,
    wins,
    losses,
    winRatio,
    winInterval: wilsonInterval(wins, count),
    profitFactor: lost > 0 ? won / lost : undefined,
    payoff,
    expectancy: winRatio * (meanWin ?? 0) - (losses / count) * (meanLoss ?? 0),
    expectancyRatio: payoff === undefined ? undefined : (1 + payoff) * winRatio - 1,
    systemQuality: count > 1 && deviation > 0 ? (Math.sqrt(count) * mean) / deviation : undefined,
    kelly: payoff === undefined ? undefined : winRatio - (1 - winRatio) / payoff,
    meanWin,
    meanLoss: meanLoss === undefined ? undefined : -meanLoss,
    best,
    worst,
  };
}
