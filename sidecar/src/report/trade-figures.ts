/** Round trips of one strategy. */
import { quantile } from '@tradetail/core/stats/quantile.ts';
import { tradeStatistics } from '@tradetail/core/stats/trade.ts';
import { moneyToDouble } from '@tradetail/core/decimal.ts';
import type { StrategyRecord } from './collector.ts';
import type { EquityRecord } from './equity-record.ts';
import { count, figure, missing, money, tooFew, type Figure } from './figure.ts';

const NONE = 'no round trip has ended';
const TRIPS_MIN = 2;
const DAY_SECONDS = 86_400;

/** @param currency undefined where the strategy's symbols have several */
export function tradeFigures(
  record: StrategyRecord | undefined,
  equity: EquityRecord | undefined,
  currency: string | undefined,
) {
  const trips = record?.trips;
  const profits = Array.from(trips?.profits.values ?? []);
  const statistics = currency === undefined ? undefined : tradeStatistics(profits);
  const n = trips?.profits.count ?? 0;
  const reason = currency === undefined ? 'symbols have several currencies' : NONE;
  const unit = currency ?? '';
  const give = (value: number | undefined, unit: string, without = reason): Figure =>
    figure(value, unit, n === 0 ? NONE : without, { n });
  const spread = (values: Float64Array | undefined, unit: string, sign = 1) => {
    const sorted = (values ?? new Float64Array()).slice().sort();
    const at = (probability: number): Figure =>
      figure(quantile(sorted, probability) * sign, unit, NONE, { n });
    let sum = 0;
    for (const value of sorted) sum += value;
    return {
      mean: figure(sorted.length > 0 ? sum / sorted.length : undefined, unit, NONE, { n }),
      p5: at(0.05),
      p50: at(0.5),
      p95: at(0.95),
      min: at(0),
      max: at(1),
    };
  };
  const interval = statistics?.winInterval;
  const meanEquity = equity && equity.looks > 0 ? equity.equitySum / equity.looks : undefined;
  const days = (equity?.seconds ?? 0) / DAY_SECONDS;
  return {
    round_trips: count(n),
    net: trips === undefined || currency === undefined ? missing(reason) : money(trips.net, unit),
    wins: count(statistics?.wins ?? 0),
    losses: count(statistics?.losses ?? 0),
    win_ratio: figure(statistics?.winRatio, 'fraction', reason, {
      n,
      ...(interval && { low: interval.low, high: interval.high }),
    }),
    profit_factor: give(statistics?.profitFactor, 'ratio', 'no round trip lost'),
    payoff: give(statistics?.payoff, 'ratio', 'none won or none lost'),
    expectancy: give(statistics?.expectancy, unit),
    expectancy_ratio: give(statistics?.expectancyRatio, 'ratio', 'none won or none lost'),
    mean_win: give(statistics?.meanWin, unit, 'none won'),
    mean_loss: give(statistics?.meanLoss, unit, 'none lost'),
    best: give(statistics?.best, unit),
    worst: give(statistics?.worst, unit),
    system_quality:
      n < TRIPS_MIN
        ? missing(tooFew('round trips', n, TRIPS_MIN))
        : give(statistics?.systemQuality, 'ratio', 'all came to the same'),
    kelly: give(statistics?.kelly, 'fraction', 'none won or none lost'),
    turnover: figure(
      record !== undefined &&
        meanEquity !== undefined &&
        meanEquity > 0 &&
        days > 0 &&
        currency !== undefined
        ? record.notional / meanEquity / days
        : undefined,
      '1/day',
      'no equity, or no time passed',
    ),
    profit: spread(trips?.profits.values, unit),
    adverse_excursion: spread(trips?.maes.values, unit),
    favorable_excursion: spread(trips?.mfes.values, unit),
    holding_time: spread(trips?.holding.values, 's'),
    groups: [...(trips?.groups ?? [])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, group]) => ({
        by: name.slice(0, name.indexOf(' ')),
        name: name.slice(name.indexOf(' ') + 1),
        trips: count(group.trips),
        win_ratio: { value: group.wins / group.trips, unit: 'fraction', n: group.trips },
        net: { value: moneyToDouble(group.net), unit },
      })),
  };
}
