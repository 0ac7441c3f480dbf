/** Maker against taker: what fills are worth afterwards, what they cost, and how long each step takes. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.ts';
import {
  KEY,
  bars,
  columns,
  GAIN,
  heatmap,
  logLines,
  NONE,
  PLAIN,
  rising,
  stat,
  table,
  timeseries,
} from '../panel.ts';
import { logs, P } from '../selector.ts';

const HORIZONS = ['0.1s', '1s', '5s', '30s', '60s', '300s'] as const;

/** Mean over symbols, weighted by what was filled in each: that of one symbol where one is chosen. */
const markout = (horizon: string, liquidity: string, by: string): string => {
  const notional = `sum by (engine, strategy, venue, symbol, liquidity) (trading_filled_notional_total{${P},liquidity="${liquidity}"})`;
  const bps = `trading_markout_bps{${P},liquidity="${liquidity}",horizon="${horizon}"}`;
  const same = 'on (engine, strategy, venue, symbol, liquidity)';
  return `sum by (${by}) (${bps} * ${same} ${notional}) / sum by (${by}) (${notional} and ${same} ${bps})`;
};

const quantile = (metric: string, q: number): string =>
  `histogram_quantile(${q}, sum by (le) (rate(${metric}_bucket{${P}}[$__rate_interval])))`;

/** From the market to the fill, in the order in which it happens. */
const STEPS = [
  {
    metric: 'trading_decision_seconds',
    title: 'Tick → decision',
    what: 'From market data taken to the decision.',
    warn: 50e-6,
    bad: 500e-6,
  },
  {
    metric: 'trading_tick_to_trade_seconds',
    title: 'Tick → order sent',
    what: 'From market data taken to the order sent (tick to trade).',
    warn: 250e-6,
    bad: 1e-3,
  },
  {
    metric: 'trading_order_ack_seconds',
    title: 'Order → acknowledged',
    what: "From order sent to the venue's acknowledgement: the line and the venue.",
    warn: 0.1,
    bad: 0.5,
  },
  {
    metric: 'trading_order_fill_seconds',
    title: 'Order → fill',
    what: 'From order sent to fill. A maker waits here for somebody to come: long is no fault.',
    warn: 60,
    bad: 600,
  },
] as const;

export const executionQuality: Dashboard = dashboard({
  uid: 'execution-quality',
  title: 'Execution quality',
  description: 'Markouts, fill ratio, fees, slippage, latencies and rejects, maker against taker.',
  rows: [
    {
      title: 'Maker against taker',
      height: 5,
      panels: (['maker', 'taker'] as const).flatMap((liquidity, index) => [
        stat({
          id: 1 + index * 10,
          title: `Markout 5 s, ${liquidity}`,
          description:
            'Mid five seconds after the fill against its price; positive is good for us. Mean over the run, weighted by quantity, over symbols by notional.',
          width: 4,
          unit: 'suffix: bps',
          decimals: 2,
          thresholds: GAIN,
          targets: [{ expr: markout('5s', liquidity, 'liquidity'), legend: 'bps', instant: true }],
          forensics: [],
        }),
        stat({
          id: 2 + index * 10,
          title: `Filled notional, ${liquidity}`,
          description: 'In quote, since the first line read.',
          width: 4,
          unit: 'none',
          decimals: 0,
          thresholds: PLAIN,
          targets: [
            {
              expr: `sum(trading_filled_notional_total{${P},liquidity="${liquidity}"})`,
              instant: true,
            },
          ],
          forensics: [],
        }),
        stat({
          id: 3 + index * 10,
          title: `Fills, ${liquidity}`,
          description: 'Since the first line read.',
          width: 4,
          unit: 'short',
          decimals: 0,
          thresholds: PLAIN,
          targets: [
            { expr: `sum(trading_fills_total{${P},liquidity="${liquidity}"})`, instant: true },
          ],
          forensics: [],
        }),
      ]),
    },
    {
      title: 'Markouts',
      height: 9,
      panels: [
        bars({
          id: 20,
          title: 'Markout by horizon',
          description:
            'What a fill is worth 0.1 to 300 s later. Falling bars of a maker: it is picked off by those who know. A taker starts below zero by half the spread and must rise.',
          width: 8,
          unit: 'suffix: bps',
          decimals: 2,
          thresholds: GAIN,
          targets: (['maker', 'taker'] as const).flatMap((liquidity) =>
            HORIZONS.map((horizon) => ({
              expr: markout(horizon, liquidity, 'liquidity'),
              legend: `${liquidity} ${horizon}`,
              instant: true,
            })),
          ),
          forensics: [],
        }),
        timeseries({
          id: 21,
          title: 'Markout 5 s by strategy and symbol',
          description:
            'The mean of the run as it moves. A line that keeps falling is adverse selection: widen, or stop.',
          width: 16,
          unit: 'suffix: bps',
          decimals: 2,
          thresholds: GAIN,
          targets: [
            {
              expr: `trading_markout_bps{${P},horizon="5s"}`,
              legend: '{{strategy}} {{symbol}} {{liquidity}}',
            },
          ],
          forensics: KEY,
        }),
      ],
    },
    {
      title: 'What orders become',
      height: 9,
      panels: [
        table({
          id: 30,
          title: 'By strategy and symbol',
          description:
            'Fill ratio: filled of submitted quantity. Order to trade: messages for each fill; venues fine what is too high. Cost: fees of the filled notional.',
          width: 12,
          unit: 'none',
          decimals: 2,
          thresholds: PLAIN,
          targets: [
            `trading_fill_ratio{${P}}`,
            `trading_order_to_trade_ratio{${P}}`,
            `trading_fees{${P}}`,
            `1e4 * trading_fees{${P}} / on (engine, strategy, venue, symbol) (sum by (engine, strategy, venue, symbol) (trading_filled_notional_total{${P}}) > 0)`,
          ].map((expr) => ({
            expr: `sum by (strategy, venue, symbol) (${expr})`,
            instant: true,
            format: 'table' as const,
          })),
          transformations: columns(
            { strategy: 'Strategy', venue: 'Venue', symbol: 'Symbol' },
            'Fill ratio',
            'Orders to trade',
            'Fees',
            'Cost',
          ),
          overrides: [
            { of: 'Cost', properties: [{ id: 'unit', value: 'suffix: bps' }] },
            {
              of: 'Fill ratio',
              properties: [
                { id: 'unit', value: 'percentunit' },
                { id: 'max', value: 1 },
                { id: 'min', value: 0 },
                {
                  id: 'custom.cellOptions',
                  value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
                },
              ],
            },
          ],
          forensics: [],
        }),
        timeseries({
          id: 31,
          title: 'Fills for each order, last 5 min',
          description:
            'A maker fills a few of a hundred. A fall to zero while it quotes means that its quotes are too far away, or nobody sees them.',
          width: 6,
          unit: 'percentunit',
          min: 0,
          plainLegend: true,
          targets: [
            {
              expr: `sum by (strategy) (increase(trading_fills_total{${P}}[5m])) / (sum by (strategy) (increase(trading_orders_submitted_total{${P}}[5m])) > 0)`,
              legend: '{{strategy}}',
            },
          ],
          forensics: [],
        }),
        timeseries({
          id: 32,
          title: 'Slippage of takers',
          description:
            'What a taker pays at once: minus its markout after 0.1 s, with half of the spread in it. Mean of the run.',
          width: 6,
          unit: 'suffix: bps',
          decimals: 2,
          thresholds: rising(1, 3),
          lines: true,
          plainLegend: true,
          targets: [
            {
              expr: `-trading_markout_bps{${P},liquidity="taker",horizon="0.1s"}`,
              legend: '{{strategy}} {{symbol}}',
            },
          ],
          forensics: KEY,
        }),
      ],
    },
    {
      title: 'Latency: tick → decision → order → acknowledged → fill',
      height: 8,
      panels: STEPS.flatMap(({ metric, title, what, warn, bad }, index) => [
        stat({
          id: 40 + index * 2,
          title: `${title}, p50 p99`,
          description: `${what} Medians of buckets are as exact as the buckets: 1, 2.5, 5 × 10^k s.`,
          width: 4,
          unit: 's',
          decimals: 1,
          name: true,
          thresholds: rising(warn, bad),
          targets: [
            { expr: quantile(metric, 0.5), legend: 'p50' },
            { expr: quantile(metric, 0.99), legend: 'p99' },
          ],
          forensics: [],
        }),
        heatmap({
          id: 41 + index * 2,
          title,
          description: `${what} Each column is a moment, each cell how many took so long; a dot is one order, which leads to its life.`,
          width: 8,
          unit: 'short',
          thresholds: PLAIN,
          targets: [
            {
              expr: `sum by (le) (increase(${metric}_bucket{${P}}[$__rate_interval]))`,
              legend: '{{le}}',
              format: 'heatmap',
              exemplar: true,
            },
          ],
          forensics: [],
        }),
      ]),
    },
    {
      title: 'Rejected and denied',
      height: 8,
      panels: [
        timeseries({
          id: 60,
          title: "Rejects a minute, by the venue's code",
          description:
            'Refused by the venue. A post-only order that would take is one, and harmless.',
          width: 8,
          unit: 'short',
          draw: 'bars',
          stacked: true,
          thresholds: NONE,
          noValue: '0',
          calcs: ['sum'],
          targets: [
            {
              expr: `sum by (code) (increase(trading_orders_rejected_total{${P}}[1m]))`,
              legend: '{{code}}',
            },
          ],
          forensics: [],
        }),
        timeseries({
          id: 61,
          title: 'Denied a minute, by our own check',
          description: 'Never sent: our own risk check refused them.',
          width: 8,
          unit: 'short',
          draw: 'bars',
          stacked: true,
          thresholds: NONE,
          noValue: '0',
          calcs: ['sum'],
          targets: [
            {
              expr: `sum by (deny_code) (increase(trading_orders_denied_total{${P}}[1m]))`,
              legend: '{{deny_code}}',
            },
          ],
          forensics: [],
        }),
        logLines({
          id: 62,
          title: 'Rejects',
          description: 'Newest first, with what the venue said.',
          width: 8,
          targets: [
            {
              expr: `${logs('order')} | event=~"order.rejected|order.denied|order.cancel_rejected" | json | line_format "{{.event}} {{.strategy}} {{.symbol}} {{.side}} {{.qty}} @ {{.px}} {{.code}}{{.deny_code}} {{.text}} · order {{.cl_ord_id}}"`,
            },
          ],
          forensics: [],
        }),
      ],
    },
  ],
});
