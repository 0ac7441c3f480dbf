/** Execution quality of one strategy. */
import { halfLife } from '@tradetail/core/execution/half-life.ts';
import { Waiting } from '@tradetail/core/execution/waiting.ts';
import { Z_95 } from '@tradetail/core/stats/normal.ts';
import { quantile } from '@tradetail/core/stats/quantile.ts';
import { wilsonInterval } from '@tradetail/core/stats/trade.ts';
import { HORIZONS } from '../fold/clock.ts';
import { join } from '../fold/engine-state.ts';
import type { Collector, StrategyRecord } from './collector.ts';
import type { EquityRecord } from './equity-record.ts';
import {
  ExecutionRecord,
  LIQUIDITIES,
  STAGES,
  type FillRatioCell,
  type LiquidityRecord,
} from './execution-record.ts';
import { count, figure, missing, tooFew, type Figure } from './figure.ts';
import type { Band, MarkoutCurve } from './markout.ts';

const IMPACT_MIN = 30;
const INVENTORY_MIN = 60;
const NO_FILLS = 'no fill had a book before it and the horizon behind it';

export const bandFigure = (band: Band | undefined, unit: string, reason: string): Figure =>
  figure(band?.mean, unit, reason, {
    n: band?.n ?? 0,
    ...(band?.error !== undefined && { error: band.error, low: band.low!, high: band.high! }),
  });

export const markoutFigures = (curve: MarkoutCurve) =>
  HORIZONS.map((horizon, index) => {
    const markout = curve.markout[index]!.band();
    const edge = curve.edge[index]!.band();
    const adverse = curve.adverse[index]!.band();
    const scaled = (band: Band | undefined, factor: number): Figure =>
      bandFigure(
        band && {
          n: band.n,
          mean: band.mean * factor,
          error: band.error && band.error * Math.abs(factor),
          low: band.low === undefined ? undefined : factor * (factor > 0 ? band.low : band.high!),
          high: band.high === undefined ? undefined : factor * (factor > 0 ? band.high : band.low!),
        },
        'bps',
        NO_FILLS,
      );
    return {
      horizon,
      markout: scaled(markout, 1),
      edge: scaled(edge, 1),
      adverse: scaled(adverse, 1),
      effective_spread: scaled(edge, -2),
      realised_spread: scaled(markout, -2),
      price_impact: scaled(adverse, 2),
    };
  });

export function liquidityFigures(
  record: LiquidityRecord,
  allNotional: number,
  currency: string | undefined,
) {
  const unit = currency ?? '';
  const inOne = (value: number): Figure =>
    currency === undefined ? missing('symbols have several currencies') : { value, unit };
  return {
    fills: count(record.fills),
    notional: inOne(record.notional),
    share: figure(
      allNotional > 0 ? record.notional / allNotional : undefined,
      'fraction',
      'no fills',
      { n: record.fills },
    ),
    fees: inOne(record.fees),
    fee_bps: figure(
      record.notional > 0 ? (record.fees / record.notional) * 1e4 : undefined,
      'bps',
      'no fills',
      { n: record.fills },
    ),
    effective_spread: bandFigure(record.effective.band(), 'bps', 'no fill had a book before it'),
    markouts: markoutFigures(record.curve),
  };
}

export function executionFigures(
  record: StrategyRecord | undefined,
  equity: EquityRecord | undefined,
  collector: Collector,
  currency: string | undefined,
) {
  const execution = record?.execution ?? new ExecutionRecord();
  const { byLiquidity, shortfall } = execution;
  const allNotional = byLiquidity.maker.notional + byLiquidity.taker.notional;
  const fills = byLiquidity.maker.fills + byLiquidity.taker.fills;
  const cells = [...execution.fillRatio].sort(([a], [b]) => (a < b ? -1 : 1));
  const submitted = cells.reduce((sum, [, cell]) => sum + cell.submitted, 0);
  const filled = cells.reduce((sum, [, cell]) => sum + cell.filled, 0);
  const ended = cells.reduce((sum, [, cell]) => sum + cell.orders, 0);
  const ordersFilled = cells.reduce((sum, [, cell]) => sum + cell.ordersFilled, 0);
  const waiting = new Waiting(execution.waits.values);
  const waits = execution.waits.count;
  const requests = execution.submitted + execution.replaced + execution.cancelRequests;
  const bps = (part: number): Figure =>
    figure(
      shortfall.paper > 0 ? (part / shortfall.paper) * 1e4 : undefined,
      'bps',
      'no taking order has ended',
      {
        n: shortfall.orders,
      },
    );
  const within = (seconds: number): Figure =>
    figure(
      waits > 0 ? waiting.filledWithin(seconds) : undefined,
      'fraction',
      'no resting order has ended',
      { n: waits },
    );
  return {
    orders: count(execution.submitted),
    accepted: count(execution.accepted),
    fills: count(fills),
    replaced: count(execution.replaced),
    cancel_requests: count(execution.cancelRequests),
    cancel_rejects: count(execution.cancelRejects),
    unknown: count(execution.unknown),
    fill_ratio: figure(submitted > 0 ? filled / submitted : undefined, 'fraction', 'no order', {
      n: ended,
    }),
    orders_filled: figure(ended > 0 ? ordersFilled / ended : undefined, 'fraction', 'no order', {
      n: ended,
      ...(ended > 0 && wilsonInterval(ordersFilled, ended)),
    }),
    order_to_trade: figure(fills > 0 ? requests / fills : undefined, 'ratio', 'no fills', {
      n: fills,
    }),
    maker_share: figure(
      allNotional > 0 ? byLiquidity.maker.notional / allNotional : undefined,
      'fraction',
      'no fills',
      { n: fills },
    ),
    by_liquidity: Object.fromEntries(
      LIQUIDITIES.map((one) => [one, liquidityFigures(byLiquidity[one], allNotional, currency)]),
    ),
    slippage: Object.fromEntries(
      LIQUIDITIES.map((one) => [
        one,
        bandFigure(execution.slippage[one].band(), 'bps', 'no filled order had reference prices'),
      ]),
    ),
    implementation_shortfall: {
      delay: bps(shortfall.delay),
      trading: bps(shortfall.trading),
      opportunity: bps(shortfall.opportunity),
      explicit: bps(shortfall.explicit),
      total: bps(shortfall.total),
      amount: figure(
        currency === undefined || shortfall.orders === 0 ? undefined : shortfall.total,
        currency ?? '',
        'no taking order has ended',
        { n: shortfall.orders },
      ),
    },
    fill_ratio_by_level: cells.map(([name, cell]) => ({
      side: name.slice(0, name.indexOf(' ')),
      level: name.slice(name.indexOf(' ') + 1),
      ...fillRatioFigures(cell),
    })),
    fill_ratio_by_venue: [...execution.fillRatioByVenue]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([venue, cell]) => ({ venue, ...fillRatioFigures(cell) })),
    queue_time: {
      filled: count(waiting.filled),
      censored: count(waiting.censored),
      p25: figure(
        waiting.quantile(0.25),
        's',
        'fewer than a quarter would be filled within the log',
        { n: waits },
      ),
      p50: figure(waiting.quantile(0.5), 's', 'fewer than half would be filled within the log', {
        n: waits,
      }),
      p75: figure(
        waiting.quantile(0.75),
        's',
        'fewer than three quarters would be filled within the log',
        { n: waits },
      ),
      within_1s: within(1),
      within_10s: within(10),
      within_60s: within(60),
      rest_until_cancel_p50: figure(
        quantile(execution.restToCancel.sorted(), 0.5),
        's',
        'no resting order was canceled',
        { n: execution.restToCancel.count },
      ),
    },
    latency: STAGES.map((name) => {
      const sample = execution.latencies[name];
      const sorted = sample.sorted();
      const at = (probability: number): Figure =>
        figure(quantile(sorted, probability) / 1e3, 'µs', 'not in the log', { n: sample.count });
      return {
        stage: name,
        n: sample.count,
        kept: sorted.length,
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        max: at(1),
      };
    }),
    rejects: reasons(execution.rejects),
    denials: reasons(execution.denials),
    cancels: reasons(execution.cancels),
    expiries: reasons(execution.expiries),
    inventory_half_life: [...(equity?.inventory ?? [])].map(([holding, { fit }]) => {
      const line = fit.line();
      const enough = fit.count >= INVENTORY_MIN;
      return {
        venue: holding.venue,
        symbol: holding.symbol,
        half_life: !enough
          ? missing(tooFew('seconds', fit.count, INVENTORY_MIN))
          : figure(line && halfLife(line), 's', 'inventory does not return significantly', {
              n: fit.count,
            }),
      };
    }),
    market_impact: [...collector.markets.values()].flatMap((market) => {
      const { venue, symbol } = market.market;
      const fit = execution.impact.get(join(venue, symbol));
      if (fit === undefined) return [];
      const sigma = Math.sqrt(market.squaredReturns);
      // I = Y·σ·√(Q/V), all of the run: the slope of I on √Q is Y·σ/√V.
      const factor = Math.sqrt(market.volume) / sigma;
      const line = fit.throughOrigin();
      const n = fit.count;
      const y = line && line.slope * factor;
      const error = line && line.error * factor;
      return [
        {
          venue,
          symbol,
          y:
            n < IMPACT_MIN
              ? missing(tooFew('taker orders', n, IMPACT_MIN))
              : figure(y, 'ratio', 'no volume or no volatility', {
                  n,
                  ...(error !== undefined &&
                    Number.isFinite(error) &&
                    y !== undefined && { error, low: y - Z_95 * error, high: y + Z_95 * error }),
                }),
        },
      ];
    }),
    markets: [...collector.markets.values()]
      .filter(({ keys }) => keys.some(({ holding }) => holding.strategy === record?.strategy))
      .map((market) => ({
        venue: market.market.venue,
        symbol: market.market.symbol,
        quoted_spread: figure(
          market.spreads > 0 ? market.spreadBps / market.spreads : undefined,
          'bps',
          'no usable book',
          { n: market.spreads },
        ),
        markouts: market.keys
          .filter(({ holding }) => holding.strategy === record?.strategy)
          .flatMap(({ markouts }) =>
            [...markouts].map(([liquidity, curve]) => ({
              liquidity,
              horizons: markoutFigures(curve),
            })),
          ),
      })),
  };
}

export const fillRatioFigures = (cell: FillRatioCell) => ({
  orders: count(cell.orders),
  orders_filled: {
    value: cell.ordersFilled / cell.orders,
    unit: 'fraction',
    n: cell.orders,
    ...wilsonInterval(cell.ordersFilled, cell.orders),
  },
  fill_ratio: figure(
    cell.submitted > 0 ? cell.filled / cell.submitted : undefined,
    'fraction',
    'no reference price',
    { n: cell.orders },
  ),
});

const reasons = (counts: ReadonlyMap<string, number>) =>
  [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([reason, n]) => ({ reason, orders: count(n) }));

const WAITING_POINTS_MAX = 400;

/** @returns seconds and percent of quotes that would be filled by then, thinned */
export function waitingCurve(waits: Float64Array): (readonly [number, number])[] {
  const { steps } = new Waiting(waits);
  const stride = Math.max(1, Math.ceil(steps.length / WAITING_POINTS_MAX));
  const points = steps
    .filter((_, index) => index % stride === 0 || index === steps.length - 1)
    .map(({ seconds, survival }) => [seconds, (1 - survival) * 100] as const);
  return points.length === 0 ? [] : [[0, 0], ...points];
}
