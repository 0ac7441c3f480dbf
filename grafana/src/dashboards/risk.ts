/** What a risk officer asks: how near is each limit, what was passed, does our account agree with itself. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.ts';
import {
  KEY,
  alertList,
  bars,
  COLORS,
  columns,
  flags,
  logLines,
  NONE,
  PLAIN,
  rising,
  stat,
  table,
  timeline,
  timeseries,
} from '../panel.ts';
import { E, logs, P, S } from '../selector.ts';

const USED = rising(0.7, 0.9);

export const risk: Dashboard = dashboard({
  uid: 'risk',
  title: 'Risk',
  description: 'Limits used, exposure, drawdown, breaches, kill switch and reconciliation.',
  rows: [
    {
      title: 'Now',
      height: 4,
      panels: [
        stat({
          id: 1,
          title: 'Kill switch',
          description:
            'Active once something has pulled it: every order is canceled and none goes out until a person rearms it.',
          width: 4,
          unit: 'none',
          filled: true,
          thresholds: NONE,
          mappings: [flags(['off', COLORS.good], ['ACTIVE', COLORS.bad])],
          targets: [{ expr: `max(trading_kill_switch_active{${E}})`, instant: true }],
          forensics: [],
        }),
        stat({
          id: 2,
          title: 'Trading state',
          description:
            'The worst of the engines. REDUCING: only orders that make positions smaller.',
          width: 4,
          unit: 'none',
          filled: true,
          thresholds: rising(1, 2),
          mappings: [
            flags(['ACTIVE', COLORS.good], ['REDUCING', COLORS.warn], ['HALTED', COLORS.bad]),
          ],
          targets: [
            {
              expr: `max(sum by (engine) (trading_engine_state{${E},state="REDUCING"} or 2 * trading_engine_state{${E},state="HALTED"}))`,
              instant: true,
            },
          ],
        }),
        stat({
          id: 3,
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
          id: 4,
          title: 'Loss of the day, of its limit',
          description:
            "The strategy's loss since midnight UTC as a part of MAX_DAILY_LOSS; at 100 % only reducing orders go out.",
          width: 4,
          unit: 'percentunit',
          decimals: 1,
          thresholds: USED,
          targets: [
            {
              expr: `max(trading_risk_limit_used_ratio{${S},name="MAX_DAILY_LOSS"})`,
              instant: true,
            },
          ],
          forensics: [],
        }),
        stat({
          id: 5,
          title: 'Breaches in an hour',
          description: 'Limits that were passed, and what was done, are below.',
          width: 4,
          unit: 'short',
          decimals: 0,
          noValue: '0',
          thresholds: rising(1, 5),
          targets: [
            { expr: `sum(increase(trading_risk_breaches_total{${S}}[1h]))`, instant: true },
          ],
          forensics: [],
        }),
        stat({
          id: 6,
          title: 'Largest residual',
          description:
            'Between what the engine claims and what its orders and fills give, computed apart. Anything above 1e-9 is a fault in one of the two: stop and find out.',
          width: 4,
          unit: 'sci',
          thresholds: [
            [0, COLORS.good],
            [1e-9, COLORS.bad],
          ],
          targets: [{ expr: `max(trading_reconciliation_residual{${E}})`, instant: true }],
        }),
      ],
    },
    {
      title: 'Limits',
      height: 11,
      panels: [
        bars({
          id: 10,
          title: 'Limits used',
          description:
            'Every limit of every strategy, the most used first. 100 % is where it acts.',
          width: 10,
          unit: 'percentunit',
          decimals: 1,
          min: 0,
          max: 1,
          thresholds: USED,
          targets: [
            {
              expr: `sort_desc(topk(12, trading_risk_limit_used_ratio{${S}}))`,
              legend: '{{strategy}} {{name}}',
              instant: true,
            },
          ],
          forensics: [],
        }),
        table({
          id: 11,
          title: 'Limits and their values',
          description: 'The value that is used now, the limit, and what is left.',
          width: 14,
          unit: 'none',
          sortBy: ['Used', true],
          thresholds: USED,
          targets: [
            `trading_risk_limit_used_ratio{${S}}`,
            `trading_risk_limit_used_ratio{${S}} * trading_risk_limit{${S}}`,
            `trading_risk_limit{${S}}`,
            `trading_risk_limit{${S}} * (1 - trading_risk_limit_used_ratio{${S}})`,
          ].map((expr) => ({
            expr: `sum by (engine, strategy, name) (${expr})`,
            instant: true,
            format: 'table' as const,
          })),
          transformations: columns(
            { engine: 'Engine', strategy: 'Strategy', name: 'Limit' },
            'Used',
            'Value',
            'At most',
            'Left',
          ),
          overrides: [
            {
              of: 'Used',
              properties: [
                { id: 'unit', value: 'percentunit' },
                { id: 'decimals', value: 1 },
                { id: 'min', value: 0 },
                { id: 'max', value: 1 },
                {
                  id: 'custom.cellOptions',
                  value: { type: 'gauge', mode: 'gradient', valueDisplayMode: 'text' },
                },
              ],
            },
          ],
        }),
      ],
    },
    {
      title: 'Exposure and loss',
      height: 9,
      panels: [
        timeseries({
          id: 20,
          title: 'Exposure of the limit of a position',
          description:
            'Position at the mark as a part of MAX_POSITION. The check itself also counts open orders at their worst, so it acts earlier.',
          width: 8,
          unit: 'percentunit',
          min: 0,
          lines: true,
          thresholds: rising(0.8, 1),
          targets: [
            {
              expr: `trading_exposure{${P}} / on (engine, strategy) group_left trading_risk_limit{${S},name="MAX_POSITION"}`,
              legend: '{{strategy}} {{symbol}}',
            },
          ],
          forensics: KEY,
        }),
        timeseries({
          id: 21,
          title: 'Drawdown',
          description:
            'Of the peak of the run; deeper is further down. At MAX_DRAWDOWN only reducing orders go out, at 1.5 times that the engine halts.',
          width: 8,
          unit: 'percentunit',
          max: 0,
          thresholds: PLAIN,
          targets: [
            { expr: `-trading_drawdown_ratio{${S}}`, legend: '{{strategy}}' },
            {
              expr: `-min by (engine) (trading_risk_limit{${S},name="MAX_DRAWDOWN"})`,
              legend: 'limit',
            },
          ],
          overrides: [
            {
              of: 'limit',
              properties: [
                { id: 'color', value: { mode: 'fixed', fixedColor: COLORS.bad } },
                { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
                { id: 'custom.fillOpacity', value: 0 },
              ],
            },
          ],
          forensics: [],
        }),
        timeseries({
          id: 22,
          title: 'Limits used over time',
          description: 'The five that came nearest.',
          width: 8,
          unit: 'percentunit',
          min: 0,
          lines: true,
          thresholds: USED,
          targets: [
            {
              expr: `topk(5, trading_risk_limit_used_ratio{${S}})`,
              legend: '{{strategy}} {{name}}',
            },
          ],
          forensics: ['engine', 'strategy'],
        }),
      ],
    },
    {
      title: 'Breaches',
      height: 9,
      panels: [
        timeseries({
          id: 30,
          title: 'Breaches a minute',
          description: 'By limit and by what was done: DENY, REDUCE, HALT or FLATTEN.',
          width: 8,
          unit: 'short',
          draw: 'bars',
          stacked: true,
          noValue: '0',
          calcs: ['sum'],
          thresholds: NONE,
          targets: [
            {
              expr: `sum by (name, action) (increase(trading_risk_breaches_total{${S}}[1m]))`,
              legend: '{{name}} {{action}}',
            },
          ],
          forensics: [],
        }),
        timeline({
          id: 31,
          title: 'Engine and kill switch',
          description: 'The trading state of each engine, and when the kill switch was active.',
          width: 8,
          unit: 'string',
          mappings: [
            flags(
              ['ACTIVE', COLORS.good],
              ['REDUCING', COLORS.warn],
              ['HALTED', COLORS.bad],
              ['off', COLORS.good],
              ['KILLED', COLORS.bad],
            ),
          ],
          targets: [
            {
              expr: `sum by (engine) (trading_engine_state{${E},state="REDUCING"} or 2 * trading_engine_state{${E},state="HALTED"})`,
              legend: '{{engine}}',
            },
            { expr: `3 + trading_kill_switch_active{${E}}`, legend: '{{engine}} kill switch' },
          ],
          forensics: [],
        }),
        alertList({
          id: 32,
          title: 'Alerts',
          description: 'What fires or is about to, worst first. Each has a runbook.',
          width: 8,
        }),
        logLines({
          id: 33,
          title: 'Breaches, kills, rearming, reconciliation',
          description: 'Newest first, in the words of the log.',
          width: 24,
          targets: [
            {
              expr: `${logs('risk', 'account', 'system')} | event=~"risk.breach|risk.kill|risk.rearmed|recon.diff|account.drift|engine.state" | json | line_format "{{.event}} {{.strategy}} {{.name}}{{.trigger}}{{.kind}}{{.asset}} {{.value}} {{.limit}} {{.action}}{{.to}} {{.by}}{{.reason}}"`,
            },
          ],
          forensics: [],
          noValue: 'none',
        }),
      ],
    },
    {
      title: 'Reconciliation',
      height: 8,
      panels: [
        timeseries({
          id: 40,
          title: 'Residual by kind',
          description:
            "The largest difference between the engine's latest claims and ours. Quotients differ in the last digits (1e-19); the line at 1e-9 is where it counts.",
          width: 8,
          unit: 'sci',
          lines: true,
          thresholds: [
            [0, COLORS.good],
            [1e-9, COLORS.bad],
          ],
          targets: [
            {
              expr: `max by (engine, kind) (trading_reconciliation_residual{${E}})`,
              legend: '{{engine}} {{kind}}',
            },
          ],
        }),
        table({
          id: 41,
          title: 'Balances',
          description: "By venue and asset, as the engine's log has them.",
          width: 8,
          unit: 'none',
          thresholds: PLAIN,
          targets: ['free', 'locked'].map((kind) => ({
            expr: `sum by (engine, venue, asset) (trading_balance{${E},venue=~"$venue",kind="${kind}"})`,
            instant: true,
            format: 'table' as const,
          })),
          transformations: columns(
            { engine: 'Engine', venue: 'Venue', asset: 'Asset' },
            'Free',
            'Locked',
          ),
        }),
        table({
          id: 42,
          title: 'What is not known',
          description:
            'Fees in a currency that has no rate to quote, runs with missing lines: the PnL of these is not complete.',
          width: 8,
          unit: 'none',
          thresholds: NONE,
          noValue: 'everything is known',
          targets: [
            `sum by (engine, strategy, symbol) (trading_pnl_incomplete{${P}}) > 0`,
            `sum by (engine, strategy, symbol, currency) (trading_fees_unconverted{${P}}) != 0`,
          ].map((expr) => ({ expr, instant: true, format: 'table' as const })),
          transformations: columns(
            { engine: 'Engine', strategy: 'Strategy', symbol: 'Symbol', currency: 'Currency' },
            'Incomplete',
            'Fees not converted',
          ),
          forensics: [],
        }),
      ],
    },
  ],
});
