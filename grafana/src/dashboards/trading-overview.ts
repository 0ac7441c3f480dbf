/** What a trader looks at all day: money, positions, fills, and whether everything runs. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.ts';
import {
  alertList,
  columns,
  COLORS,
  flags,
  GAIN,
  logLines,
  paint,
  PLAIN,
  stat,
  table,
  timeline,
  timeseries,
} from '../panel.ts';
import { E, logs, M, P, S } from '../selector.ts';

export const tradingOverview: Dashboard = dashboard({
  uid: 'trading-overview',
  title: 'Trading overview',
  description: 'Equity, PnL, positions, fills and the state of engine and strategies.',
  rows: [
    {
      title: 'Now',
      height: 4,
      panels: [
        stat({
          id: 1,
          title: 'Engine',
          description:
            'Up from the first line of its run until it stops or says nothing for 30 s. Down means that nobody trades: look at the alerts and at Pipeline health.',
          width: 3,
          unit: 'none',
          filled: true,
          mappings: [flags(['DOWN', COLORS.bad], ['UP', COLORS.good])],
          thresholds: [
            [0, COLORS.bad],
            [1, COLORS.good],
          ],
          targets: [{ expr: `min(trading_engine_up{${E}})`, instant: true }],
        }),
        stat({
          id: 2,
          title: 'Kill switch',
          description:
            'Active once something has pulled it: every order is canceled and none goes out until a person rearms it.',
          width: 3,
          unit: 'none',
          filled: true,
          mappings: [flags(['off', COLORS.good], ['ACTIVE', COLORS.bad])],
          thresholds: [
            [0, COLORS.good],
            [1, COLORS.bad],
          ],
          targets: [{ expr: `max(trading_kill_switch_active{${E}})`, instant: true }],
          forensics: [],
        }),
        stat({
          id: 3,
          title: 'Net PnL',
          description:
            'Realized plus unrealized minus fees, in quote, over everything chosen, since the run began. Quote currencies are added as they stand: choose symbols of one.',
          width: 4,
          unit: 'none',
          decimals: 2,
          sparkline: true,
          thresholds: GAIN,
          targets: [{ expr: `sum(trading_net_pnl{${P}})` }],
          forensics: [],
        }),
        stat({
          id: 4,
          title: 'Exposure',
          description: 'Absolute value of all positions at their marks, in quote.',
          width: 4,
          unit: 'none',
          decimals: 0,
          sparkline: true,
          thresholds: PLAIN,
          targets: [{ expr: `sum(trading_exposure{${P}})` }],
          forensics: [],
        }),
        stat({
          id: 5,
          title: 'Worst drawdown',
          description:
            'The deepest of the strategies: 1 − equity / peak of the run. Orange at half of the default limit of 5 %.',
          width: 3,
          unit: 'percentunit',
          decimals: 3,
          sparkline: true,
          thresholds: [
            [0, COLORS.good],
            [0.025, COLORS.warn],
            [0.04, COLORS.bad],
          ],
          targets: [{ expr: `max(trading_drawdown_ratio{${S}})` }],
        }),
        stat({
          id: 6,
          title: 'Limit most used',
          description:
            'The limit nearest to being passed, of all limits of all strategies chosen. The Risk dashboard shows which.',
          width: 3,
          unit: 'percentunit',
          decimals: 1,
          thresholds: [
            [0, COLORS.good],
            [0.7, COLORS.warn],
            [0.9, COLORS.bad],
          ],
          targets: [{ expr: `max(trading_risk_limit_used_ratio{${S}})` }],
        }),
        stat({
          id: 7,
          title: 'Fills a minute',
          description: 'Fills of the last minute.',
          width: 2,
          unit: 'short',
          decimals: 0,
          thresholds: PLAIN,
          targets: [{ expr: `sum(increase(trading_fills_total{${P}}[1m]))` }],
          forensics: [],
          noValue: '0',
        }),
        stat({
          id: 8,
          title: 'Open orders',
          description: 'Orders submitted and not yet at an end.',
          width: 2,
          unit: 'short',
          decimals: 0,
          thresholds: PLAIN,
          targets: [{ expr: `sum(trading_open_orders{${P}})` }],
          forensics: [],
        }),
      ],
    },
    {
      title: 'Money',
      height: 9,
      panels: [
        timeseries({
          id: 10,
          title: 'Net PnL by strategy',
          description:
            'In quote, since the run began. Shaded red: kill switch or halt. Flat while a strategy is flat and trades nothing.',
          width: 8,
          unit: 'none',
          decimals: 2,
          thresholds: GAIN,
          calcs: ['lastNotNull', 'min', 'max'],
          targets: [{ expr: `sum by (strategy) (trading_net_pnl{${P}})`, legend: '{{strategy}}' }],
          forensics: ['strategy'],
        }),
        timeseries({
          id: 11,
          title: 'Equity and its peak',
          description:
            'Capital plus net PnL plus funding, dividends and interest; the thin line is the highest of the run. What lies between them is the drawdown.',
          width: 8,
          unit: 'none',
          decimals: 2,
          thresholds: PLAIN,
          targets: [
            { expr: `sum by (strategy) (trading_equity{${S}})`, legend: '{{strategy}}' },
            { expr: `sum by (strategy) (trading_equity_peak{${S}})`, legend: '{{strategy}} peak' },
          ],
          overrides: [
            {
              of: '/ peak$/',
              properties: [
                { id: 'custom.lineStyle', value: { fill: 'dash', dash: [4, 4] } },
                { id: 'custom.fillOpacity', value: 0 },
              ],
            },
          ],
        }),
        timeseries({
          id: 21,
          title: 'Exposure by symbol',
          description:
            'Position at the mark with its sign, in quote: long above zero, short below.',
          width: 8,
          unit: 'none',
          decimals: 0,
          thresholds: PLAIN,
          draw: 'step',
          targets: [
            {
              expr: `sum by (strategy, symbol) (trading_exposure{${P}} * sgn(trading_position{${P}}))`,
              legend: '{{strategy}} {{symbol}}',
            },
          ],
          forensics: ['strategy', 'symbol'],
        }),
      ],
    },
    {
      title: 'Positions',
      height: 9,
      panels: [
        table({
          id: 20,
          title: 'Positions',
          description:
            'Everything held or traded in this run. Net PnL is after fees; a position marked incomplete has fees or lines that are not known.',
          width: 24,
          unit: 'none',
          sortBy: ['Exposure', true],
          thresholds: GAIN,
          targets: [
            'trading_position',
            'trading_position_average_price',
            'trading_exposure',
            'trading_realized_pnl',
            'trading_unrealized_pnl',
            'trading_fees',
            'trading_net_pnl',
            'trading_pnl_incomplete',
          ].map((metric) => ({
            expr: `sum by (engine, strategy, venue, symbol) (${metric}{${P}})`,
            instant: true,
            format: 'table' as const,
          })),
          transformations: columns(
            { engine: 'Engine', strategy: 'Strategy', venue: 'Venue', symbol: 'Symbol' },
            'Position',
            'Average price',
            'Exposure',
            'Realized',
            'Unrealized',
            'Fees',
            'Net PnL',
            'Incomplete',
          ),
          overrides: [
            {
              of: '/Net PnL|Realized|Unrealized/',
              properties: [
                { id: 'decimals', value: 2 },
                { id: 'custom.cellOptions', value: { type: 'color-text' } },
              ],
            },
            { of: '/Exposure|Fees/', properties: [{ id: 'decimals', value: 2 }] },
            {
              of: 'Incomplete',
              properties: [
                { id: 'mappings', value: [flags(['', COLORS.plain], ['incomplete', COLORS.bad])] },
                { id: 'custom.cellOptions', value: { type: 'color-text' } },
              ],
            },
            {
              of: 'Symbol',
              properties: [
                {
                  id: 'links',
                  value: [
                    {
                      title: 'Orders and fills of this position',
                      url: '/d/trade-forensics?${datasource:queryparam}&${loki:queryparam}&var-engine=${__data.fields.Engine}&var-strategy=${__data.fields.Strategy}&var-venue=${__data.fields.Venue}&var-symbol=${__data.fields.Symbol}&${__url_time_range}',
                    },
                  ],
                },
              ],
            },
          ],
          forensics: [],
        }),
      ],
    },
    {
      title: 'Activity',
      height: 8,
      panels: [
        timeseries({
          id: 30,
          title: 'Orders a second',
          description:
            'What we send and what becomes of it. Denied: our own risk check. Rejected: the venue.',
          width: 8,
          unit: 'ops',
          min: 0,
          thresholds: PLAIN,
          calcs: ['lastNotNull', 'max'],
          targets: [
            ['submitted', 'trading_orders_submitted_total'],
            ['canceled', 'trading_orders_canceled_total'],
            ['expired', 'trading_orders_expired_total'],
            ['rejected', 'trading_orders_rejected_total'],
            ['denied', 'trading_orders_denied_total'],
          ].map(([legend, metric]) => ({
            expr: `sum(rate(${metric}{${P}}[$__rate_interval]))`,
            legend: legend!,
          })),
          overrides: [paint('rejected', COLORS.bad), paint('denied', COLORS.warn)],
          forensics: [],
        }),
        timeseries({
          id: 31,
          title: 'Fills a minute',
          description: 'Buys above, sells below zero.',
          width: 8,
          unit: 'short',
          draw: 'bars',
          stacked: true,
          thresholds: PLAIN,
          calcs: ['lastNotNull', 'sum'],
          targets: [
            {
              expr: `sum by (strategy) (increase(trading_fills_total{${P},side="buy"}[1m]))`,
              legend: '{{strategy}} buys',
            },
            {
              expr: `-sum by (strategy) (increase(trading_fills_total{${P},side="sell"}[1m]))`,
              legend: '{{strategy}} sells',
            },
          ],
          forensics: [],
        }),
        timeseries({
          id: 32,
          title: 'Mid price, against its mean',
          description:
            'So that symbols of different prices stand on one scale: distance from the mean of the window. Read PnL against it.',
          width: 8,
          unit: 'percentunit',
          thresholds: PLAIN,
          targets: [
            {
              expr: `trading_mid_price{${M}} / avg_over_time(trading_mid_price{${M}}[$__range] @ end()) - 1`,
              legend: '{{symbol}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'States and alerts',
      height: 8,
      panels: [
        timeline({
          id: 40,
          title: 'Engine and strategies',
          description:
            'QUOTING has orders in the book, WATCHING waits for a signal, PAUSED was told to wait (stale data, a limit). REDUCING: only orders that make positions smaller. HALTED: none.',
          width: 12,
          unit: 'string',
          thresholds: PLAIN,
          mappings: [
            flags(
              ['ACTIVE', COLORS.good],
              ['REDUCING', COLORS.warn],
              ['HALTED', COLORS.bad],
              ['QUOTING', COLORS.good],
              ['WATCHING', COLORS.buy],
              ['PAUSED', COLORS.warn],
              ['STOPPED', COLORS.plain],
            ),
          ],
          // A state is a label whose value is 1; here each is a number, so that one row shows all.
          targets: [
            {
              expr: `sum by (engine) (trading_engine_state{${E},state="REDUCING"} or 2 * trading_engine_state{${E},state="HALTED"})`,
              legend: '{{engine}}',
            },
            {
              expr: `sum by (engine, strategy) (3 * trading_strategy_state{${S},state="QUOTING"} or 4 * trading_strategy_state{${S},state="WATCHING"} or 5 * trading_strategy_state{${S},state="PAUSED"} or 6 * trading_strategy_state{${S},state="STOPPED"})`,
              legend: '{{strategy}}',
            },
          ],
        }),
        alertList({
          id: 41,
          title: 'Alerts',
          description: 'What fires or is about to, worst first. Each has a runbook.',
          width: 12,
        }),
      ],
    },
    {
      title: 'Log',
      height: 9,
      panels: [
        logLines({
          id: 50,
          title: 'Fills',
          description:
            'Newest first. Open one and follow its order id for the whole life of the order.',
          width: 12,
          targets: [
            {
              expr: `${logs('fill')} | json | line_format "{{.strategy}} {{.symbol}} {{.side}} {{.last_qty}} @ {{.last_px}} {{.last_liquidity}} fee {{.fee}} {{.fee_ccy}} · order {{.cl_ord_id}} {{.ord_status}}"`,
            },
          ],
          forensics: [],
          noValue: 'no fills',
        }),
        logLines({
          id: 51,
          title: 'Warnings and errors',
          description: 'Everything that the engine itself calls worth a look.',
          width: 12,
          targets: [
            {
              expr: `${logs()} | level=~"warn|error|fatal" | line_format "{{.level}} {{.event}} {{__line__}}"`,
            },
          ],
          forensics: [],
          noValue: 'none',
        }),
      ],
    },
  ],
});
