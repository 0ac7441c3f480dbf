/** The market as the engine sees it, one row of panels a symbol, and whether it sees it well. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.ts';
import {
  COLORS,
  GAIN,
  heatmap,
  logLines,
  NONE,
  paint,
  PLAIN,
  rising,
  stat,
  table,
  timeseries,
} from '../panel.ts';
import { E, logs, M } from '../selector.ts';

/** Distances from the mid, bps, for which the depth is known. */
const DEPTHS = [5, 10, 25, 50] as const;

/**
 * Quantity between two distances, from the farthest bid up to the farthest ask: the heatmap's rows.
 * The metric counts everything within a distance, so the nearer band is taken off.
 */
const BANDS = (['bid', 'ask'] as const).flatMap((side) => {
  const bands = DEPTHS.map((bps, index) => {
    const within = (edge: number): string =>
      `sum(trading_book_depth{${M},side="${side}",bps="${edge}"})`;
    const nearer = DEPTHS[index - 1];
    return {
      expr: nearer === undefined ? within(bps) : `${within(bps)} - ${within(nearer)}`,
      legend: `${side} ${nearer ?? 0}–${bps}`,
    };
  });
  return side === 'bid' ? bands.reverse() : bands;
});

export const marketData: Dashboard = dashboard({
  uid: 'market-data',
  title: 'Market data',
  description: 'Prices, spread, depth, volatility and trades by symbol; age and gaps of the feed.',
  rows: [
    {
      title: 'Feed',
      height: 6,
      panels: [
        stat({
          id: 1,
          title: 'Age of the data',
          description:
            'Since the last book or trade of each symbol. Nothing is traded on data older than the limit (5 s by default). A closed market grows old and is no fault.',
          width: 6,
          unit: 's',
          decimals: 1,
          name: true,
          thresholds: rising(2, 5),
          targets: [
            {
              expr: `time() - max by (symbol) (trading_market_data_last_timestamp_seconds{${M}})`,
              legend: '{{symbol}}',
              instant: true,
            },
          ],
        }),
        stat({
          id: 2,
          title: 'Gaps in 15 min',
          description:
            'Updates of the book that went missing. Each costs a new book; several in a row mean a bad line to the venue.',
          width: 3,
          unit: 'short',
          decimals: 0,
          noValue: '0',
          thresholds: NONE,
          targets: [{ expr: `sum(increase(trading_book_gaps_total{${M}}[15m]))`, instant: true }],
        }),
        stat({
          id: 3,
          title: 'Books made anew',
          description: 'Over the run. One at the start of each symbol is right.',
          width: 3,
          unit: 'short',
          decimals: 0,
          noValue: '0',
          thresholds: PLAIN,
          targets: [{ expr: `sum(trading_book_resyncs_total{${M}})`, instant: true }],
        }),
        timeseries({
          id: 4,
          title: 'Events of the market a second',
          description:
            'Lines of books and trades in the log. Books are logged on change, at most one in 100 ms a symbol.',
          width: 12,
          unit: 'ops',
          min: 0,
          plainLegend: true,
          targets: [
            {
              expr: `sum by (event) (rate(sidecar_events_total{${E},event=~"md\\\\..+"}[$__rate_interval]))`,
              legend: '{{event}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Compare',
      height: 8,
      panels: [
        timeseries({
          id: 10,
          title: 'Spread',
          description: '(ask − bid) / mid of the last usable book.',
          width: 8,
          unit: 'suffix: bps',
          decimals: 2,
          min: 0,
          targets: [{ expr: `trading_spread_bps{${M}}`, legend: '{{symbol}}' }],
        }),
        timeseries({
          id: 11,
          title: 'Realized volatility, annualized',
          description:
            'Standard deviation of one-second returns of the mid over 300 s, scaled to a year. Absent until there are 30 returns.',
          width: 8,
          unit: 'percentunit',
          min: 0,
          targets: [{ expr: `trading_realized_volatility{${M}}`, legend: '{{symbol}}' }],
        }),
        timeseries({
          id: 12,
          title: 'Trades of the market a second',
          description: 'By the side that took liquidity: buyers above, sellers below zero.',
          width: 8,
          unit: 'short',
          decimals: 2,
          draw: 'bars',
          stacked: true,
          calcs: ['lastNotNull', 'mean'],
          targets: [
            {
              expr: `sum by (symbol) (rate(trading_market_trades_total{${M},aggressor="buy"}[$__rate_interval]))`,
              legend: '{{symbol}} buy',
            },
            {
              expr: `-sum by (symbol) (rate(trading_market_trades_total{${M},aggressor="sell"}[$__rate_interval]))`,
              legend: '{{symbol}} sell',
            },
          ],
        }),
      ],
    },
    {
      title: '$symbol',
      height: 10,
      repeat: 'symbol',
      panels: [
        timeseries({
          id: 20,
          title: 'Bid, mid, ask · $symbol',
          description:
            'Best prices of the latest book. A gap in the lines is a side that was empty; lines that cross are a feed at fault.',
          width: 8,
          unit: 'none',
          calcs: ['lastNotNull'],
          targets: [
            { expr: `trading_best_ask_price{${M}}`, legend: 'ask' },
            { expr: `trading_mid_price{${M}}`, legend: 'mid' },
            { expr: `trading_best_bid_price{${M}}`, legend: 'bid' },
          ],
          overrides: [
            paint('ask', COLORS.sell),
            paint('mid', COLORS.plain),
            paint('bid', COLORS.buy),
          ],
        }),
        heatmap({
          id: 21,
          title: 'Depth around the mid · $symbol',
          description:
            'Quantity in bands of bps from the mid: bids below, asks above, nearest to the mid in the middle. Counts the levels that the log has (ten), so far bands may be thinner than the market.',
          width: 8,
          unit: 'short',
          rows: true,
          targets: BANDS,
        }),
        table({
          id: 22,
          title: 'Ladder · $symbol',
          description: 'The latest book: quantity and price of ten levels a side, best first.',
          width: 8,
          unit: 'none',
          sortBy: ['Level', false],
          targets: [
            `sum by (level) (trading_book_level_quantity{${M},side="bid"})`,
            `max by (level) (trading_book_level_price{${M},side="bid"})`,
            `max by (level) (trading_book_level_price{${M},side="ask"})`,
            `sum by (level) (trading_book_level_quantity{${M},side="ask"})`,
          ].map((expr) => ({ expr, instant: true, format: 'table' as const })),
          transformations: [
            { id: 'merge', options: {} },
            {
              id: 'convertFieldType',
              options: { conversions: [{ targetField: 'level', destinationType: 'number' }] },
            },
            {
              id: 'organize',
              options: {
                excludeByName: { Time: true },
                indexByName: {
                  level: 0,
                  'Value #A': 1,
                  'Value #B': 2,
                  'Value #C': 3,
                  'Value #D': 4,
                },
                renameByName: {
                  level: 'Level',
                  'Value #A': 'Bid quantity',
                  'Value #B': 'Bid',
                  'Value #C': 'Ask',
                  'Value #D': 'Ask quantity',
                },
              },
            },
          ],
          overrides: [
            ladder('Bid quantity', COLORS.buy),
            ladder('Ask quantity', COLORS.sell),
            { of: 'Level', properties: [{ id: 'custom.width', value: 60 }] },
          ],
        }),
        timeseries({
          id: 23,
          title: 'Imbalance of the book · $symbol',
          description:
            '(bid − ask) / (bid + ask) of the quantity within 5 bps of the mid. Towards 1 buyers wait, towards −1 sellers do.',
          width: 12,
          unit: 'none',
          decimals: 2,
          min: -1,
          max: 1,
          thresholds: GAIN,
          plainLegend: true,
          targets: [
            {
              expr: `(sum(trading_book_depth{${M},side="bid",bps="5"}) - sum(trading_book_depth{${M},side="ask",bps="5"})) / sum(trading_book_depth{${M},bps="5"})`,
              legend: 'imbalance',
            },
          ],
        }),
        timeseries({
          id: 24,
          title: 'Traded volume a minute · $symbol',
          description: 'In base, by the side that took: buyers above, sellers below zero.',
          width: 12,
          unit: 'none',
          draw: 'bars',
          stacked: true,
          plainLegend: true,
          targets: [
            {
              expr: `sum(increase(trading_market_volume_total{${M},aggressor="buy"}[1m]))`,
              legend: 'bought',
            },
            {
              expr: `-sum(increase(trading_market_volume_total{${M},aggressor="sell"}[1m]))`,
              legend: 'sold',
            },
          ],
          overrides: [paint('bought', COLORS.buy), paint('sold', COLORS.sell)],
        }),
      ],
    },
    {
      title: 'Faults of the feed',
      height: 8,
      panels: [
        logLines({
          id: 30,
          title: 'Gaps, resyncs, stale and crossed books, lost connections',
          description: 'Newest first.',
          width: 24,
          targets: [
            {
              expr: `${logs('md', 'system')} | event=~"md.gap|md.resync|md.stale|md.fresh|md.crossed|venue.disconnected|venue.connected" | json | line_format "{{.event}} {{.venue}} {{.symbol}} {{.reason}} {{.age_ms}}{{.took_ms}}"`,
            },
          ],
        }),
      ],
    },
  ],
});

/** A cell as a bar, as long as its quantity. */
function ladder(of: string, color: string) {
  return {
    of,
    properties: [
      {
        id: 'custom.cellOptions',
        value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
      },
      { id: 'color', value: { mode: 'fixed', fixedColor: color } },
      { id: 'min', value: 0 },
    ],
  };
}
