/** The tables of the report and their columns; times are RFC 3339 UTC, amounts in quote, spreads in bps. */
import { HORIZONS } from '../fold/clock.ts';
import type { Collector } from './collector.ts';
import type { Cell } from './csv.ts';
import { markoutFigures } from './execution-figures.ts';
import type { Figure } from './figure.ts';
import { timeOf } from './return-figures.ts';

export const TABLES = {
  orders: [
    'submitted',
    'strategy',
    'venue',
    'symbol',
    'cl_ord_id',
    'order_id',
    'side',
    'intent',
    'ord_type',
    'tif',
    'post_only',
    'px',
    'qty',
    'level',
    'status',
    'fills',
    'filled_qty',
    'vwap',
    'decision_mid',
    'arrival_mid',
    'fees_quote',
    'slippage_bps',
    'shortfall_bps',
    'replaced',
    'ack_ms',
    'first_fill_ms',
    'rest_ms',
    'ended',
    'reason',
  ],
  fills: [
    'time',
    'seq',
    'strategy',
    'venue',
    'symbol',
    'cl_ord_id',
    'exec_id',
    'side',
    'liquidity',
    'px',
    'qty',
    'notional',
    'fee',
    'fee_ccy',
    'fee_quote',
    'mid',
    'effective_spread_bps',
    ...HORIZONS.map((horizon) => `markout_${horizon}_bps`),
  ],
  round_trips: [
    'entry',
    'exit',
    'strategy',
    'venue',
    'symbol',
    'side',
    'max_qty',
    'fills',
    'entry_px',
    'exit_px',
    'holding_s',
    'gross',
    'fees',
    'net',
    'mae',
    'mfe',
  ],
  equity: ['time', 'strategy', 'equity', 'drawdown', 'exposure'],
  markouts: [
    'strategy',
    'venue',
    'symbol',
    'liquidity',
    'horizon',
    'n',
    'markout_bps',
    'low_bps',
    'high_bps',
    'edge_bps',
    'adverse_bps',
    'effective_spread_bps',
    'realised_spread_bps',
    'price_impact_bps',
  ],
} as const;
export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];

const byName = <T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

export function* equityRows({ equities }: Collector): Generator<readonly Cell[]> {
  for (const [strategy, { curve }] of byName(equities))
    for (const { second, value } of curve.points())
      yield [timeOf(second), strategy, value.equity, -value.drawdown, value.exposure];
}

export function* markoutRows({ keys }: Collector): Generator<readonly Cell[]> {
  const valueOf = ({ value }: Figure): Cell => value ?? undefined;
  for (const [, { holding, markouts }] of byName(keys))
    for (const [liquidity, curve] of byName(markouts))
      for (const one of markoutFigures(curve)) {
        const { markout } = one;
        const band = markout.value === null ? undefined : markout;
        yield [
          holding.strategy,
          holding.venue,
          holding.symbol,
          liquidity,
          one.horizon,
          band?.n ?? 0,
          valueOf(markout),
          band?.low,
          band?.high,
          valueOf(one.edge),
          valueOf(one.adverse),
          valueOf(one.effective_spread),
          valueOf(one.realised_spread),
          valueOf(one.price_impact),
        ];
      }
}
