/** Each alert in promtool: a case in which it fires and one, just beside it, in which it must not. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { engineConfig } from '@tradetail/engine/config.ts';
import { expression, runbook, type Alert } from '@tradetail/grafana/alerts/alert.ts';
import { ALERTS } from '@tradetail/grafana/alerts/catalogue.ts';
import { LOG_BUDGET, RECORDINGS } from '@tradetail/grafana/alerts/recording.ts';
import { DASHBOARDS } from '@tradetail/grafana/dashboards.ts';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { component } from './setup/components.ts';
import { root } from './setup/program.ts';
import { labelsOf, labelsOfExpression, parsePromql } from './setup/promql.ts';

/** Series as promtool writes them: a value each `step` from 0 on; `at` is when it is looked. */
interface Case {
  readonly step: string;
  readonly at: string;
  readonly series: Readonly<Record<string, string>>;
}

interface Cases {
  readonly fires: Case;
  readonly quiet: Case;
}

const S = 'engine="e1",strategy="mm"';
const P = `${S},venue="sim",symbol="BTC-USDT"`;
const M = 'engine="e1",venue="sim",symbol="BTC-USDT"';
const UP = { 'up{job="sidecar",instance="a"}': '1x7200' };

/** The same series but for one: what is beside the alert. */
const beside = (one: Case, series: Readonly<Record<string, string>>, at = one.at): Cases => ({
  fires: one,
  quiet: { ...one, at, series: { ...one.series, ...series } },
});

const drawdown = (ratio: string): Case => ({
  step: '1s',
  at: '20s',
  series: {
    [`trading_drawdown_ratio{${S}}`]: ratio,
    [`trading_risk_limit{${S},name="MAX_DRAWDOWN"}`]: '0.05x60',
  },
});

const histogram = (metric: string, slow: number): Case => ({
  step: '5s',
  at: '9m',
  // 100 a step, 5 of them slower than `slow`.
  series: {
    [`${metric}_bucket{${P},le="${slow / 10}"}`]: '0+95x200',
    [`${metric}_bucket{${P},le="${slow}"}`]: '0+95x200',
    [`${metric}_bucket{${P},le="${slow * 10}"}`]: '0+100x200',
    [`${metric}_bucket{${P},le="+Inf"}`]: '0+100x200',
  },
});

const CASES: Readonly<Record<string, Cases>> = {
  LargePosition: beside(
    {
      step: '1s',
      at: '30s',
      // Grows by 1,000 a second to 17,000 of 20,000.
      series: {
        [`trading_exposure{${P}}`]: '0+1000x17 17000x60',
        [`trading_risk_limit{${S},name="MAX_POSITION"}`]: '20000x100',
      },
    },
    {},
    '15s',
  ),
  LimitNearlyUsed: beside(
    {
      step: '1s',
      at: '20s',
      series: { [`trading_risk_limit_used_ratio{${S},name="MAX_OPEN_ORDERS"}`]: '0.5x5 0.95x60' },
    },
    {
      [`trading_risk_limit_used_ratio{${S},name="MAX_OPEN_ORDERS"}`]: '0.85x60',
      // One large order is nothing unusual.
      [`trading_risk_limit_used_ratio{${S},name="MAX_ORDER_NOTIONAL"}`]: '1x60',
    },
  ),
  DrawdownHigh: { fires: drawdown('0+0.002x15 0.03x60'), quiet: drawdown('0.02x60') },
  DrawdownCritical: { fires: drawdown('0+0.003x14 0.042x60'), quiet: drawdown('0.03x60') },
  DailyLossHigh: beside(
    {
      step: '1s',
      at: '10s',
      series: { [`trading_risk_limit_used_ratio{${S},name="MAX_DAILY_LOSS"}`]: '0+0.1x8 0.8x60' },
    },
    {},
    '6s',
  ),
  KillSwitchActive: beside(
    { step: '1s', at: '6s', series: { 'trading_kill_switch_active{engine="e1"}': '0x4 1x60' } },
    {},
    '4s',
  ),
  EngineHalted: beside(
    {
      step: '1s',
      at: '6s',
      series: {
        'trading_engine_state{engine="e1",state="ACTIVE"}': '1x4 0x60',
        'trading_engine_state{engine="e1",state="HALTED"}': '0x4 1x60',
      },
    },
    {
      'trading_engine_state{engine="e1",state="HALTED"}': '0x60',
      'trading_engine_state{engine="e1",state="REDUCING"}': '1x60',
    },
  ),
  EngineSilent: beside(
    {
      step: '1s',
      at: '40s',
      // Says something until 10 s.
      series: {
        'trading_engine_last_event_timestamp_seconds{engine="e1"}': '0+1x10 10x100',
        [`trading_strategy_state{${S},state="STOPPED"}`]: '0x100',
      },
    },
    // Stopped by right.
    { [`trading_strategy_state{${S},state="STOPPED"}`]: '0x10 1x100' },
  ),
  MarketDataStale: beside(
    {
      step: '1s',
      at: '20s',
      series: {
        [`trading_market_data_last_timestamp_seconds{${M}}`]: '0+1x10 10x100',
        'trading_engine_up{engine="e1"}': '1x100',
      },
    },
    // Of an engine that has stopped nobody wants data.
    { 'trading_engine_up{engine="e1"}': '0x100' },
  ),
  MarketDataGaps: {
    fires: {
      step: '1s',
      at: '2m',
      // The counter appears with its first gap.
      series: { ...UP, [`trading_book_gaps_total{${M}}`]: '_x100 1x200' },
    },
    quiet: {
      step: '1s',
      at: '2m',
      // Gaps of long ago.
      series: { ...UP, [`trading_book_gaps_total{${M}}`]: '3x200' },
    },
  },
  NoFillsWhileQuoting: beside(
    {
      step: '15s',
      at: '70m',
      series: {
        [`trading_strategy_state{${S},state="QUOTING"}`]: '1x400',
        [`trading_fills_total{${P},side="buy",liquidity="maker"}`]: '0+1x100 100x300',
      },
    },
    { [`trading_fills_total{${P},side="buy",liquidity="maker"}`]: '0+0.1x400' },
  ),
  RejectBurst: {
    fires: {
      step: '1s',
      at: '40s',
      // Two a second from 31 s on, under a code that is new.
      series: { ...UP, [`trading_orders_rejected_total{${P},code="-1013"}`]: '_x31 2+2x60' },
    },
    quiet: {
      step: '1s',
      at: '40s',
      // Three in 30 s, and what was there before anybody looked.
      series: { ...UP, [`trading_orders_rejected_total{${P},code="-2010"}`]: '500+0.1x60' },
    },
  },
  OrderUnknown: beside(
    {
      step: '1s',
      at: '60s',
      series: { 'sidecar_events_total{engine="e1",event="order.unknown"}': '_x40 1x100' },
    },
    { 'sidecar_events_total{engine="e1",event="order.resolved"}': '_x42 1x100' },
  ),
  FillRatioCollapse: {
    fires: {
      step: '1m',
      at: '400m',
      series: {
        [`trading_orders_submitted_total{${P},side="buy",ord_type="limit"}`]: '0+60x500',
        // One order in ten is filled for six hours, then none.
        [`trading_fills_total{${P},side="buy",liquidity="maker"}`]: '0+6x370 2220x200',
      },
    },
    quiet: {
      step: '1m',
      at: '400m',
      series: {
        [`trading_orders_submitted_total{${P},side="buy",ord_type="limit"}`]: '0+60x500',
        [`trading_fills_total{${P},side="buy",liquidity="maker"}`]: '0+6x370 2222+3x200',
      },
    },
  },
  TickToTradeSlow: {
    fires: histogram('trading_tick_to_trade_seconds', 0.001),
    quiet: histogram('trading_tick_to_trade_seconds', 0.00005),
  },
  AckSlow: {
    fires: histogram('trading_order_ack_seconds', 0.5),
    quiet: histogram('trading_order_ack_seconds', 0.005),
  },
  MarkoutAdverse: beside(
    {
      step: '15s',
      at: '10m',
      series: {
        [`trading_markout_bps{${P},liquidity="maker",horizon="5s"}`]: '-3.5x60',
        [`trading_fills_total{${P},side="buy",liquidity="maker"}`]: '60+1x60',
      },
    },
    // Ten fills say nothing.
    { [`trading_fills_total{${P},side="buy",liquidity="maker"}`]: '10x60' },
  ),
  ReconciliationResidual: beside(
    {
      step: '1s',
      at: '20s',
      series: { 'trading_reconciliation_residual{engine="e1",kind="position"}': '0x5 0.001x60' },
    },
    // The last digits of a quotient.
    { 'trading_reconciliation_residual{engine="e1",kind="position"}': '2e-19x60' },
  ),
  LogGap: beside(
    {
      step: '1s',
      at: '65s',
      series: {
        ...UP,
        'sidecar_missing_events_total{engine="e1"}': '0x62 17x200',
        'trading_run_incomplete{engine="e1"}': '0x200',
      },
    },
    { 'sidecar_missing_events_total{engine="e1"}': '17x200' },
  ),
  InvalidLines: beside(
    {
      step: '5s',
      at: '5m',
      series: { 'sidecar_invalid_lines_total{reason="json"}': '0x30 3x100' },
    },
    { 'sidecar_invalid_lines_total{reason="json"}': '3x100' },
  ),
  SidecarDown: beside(
    { step: '1s', at: '20s', series: { 'up{job="sidecar",instance="a"}': '1x8 0x60' } },
    // One scrape that failed.
    { 'up{job="sidecar",instance="a"}': '1x8 0 1x60' },
  ),
  SidecarLag: beside(
    {
      step: '5s',
      at: '2m',
      series: { 'sidecar_file_lag_bytes{job="sidecar",instance="a"}': '0x3 2000000x60' },
    },
    { 'sidecar_file_lag_bytes{job="sidecar",instance="a"}': '50000x60' },
  ),
  CheckpointFailing: beside(
    {
      step: '15s',
      at: '5m',
      series: { 'sidecar_checkpoint_failures_total{instance="a"}': '0x10 1x60' },
    },
    { 'sidecar_checkpoint_failures_total{instance="a"}': '1x60' },
  ),
  ShipperDown: beside(
    {
      step: '15s',
      at: '5m',
      series: {
        'up{job="promtail",instance="p"}': '1x4 0x60',
        'up{job="alloy",instance="a"}': '0x60',
      },
    },
    { 'up{job="alloy",instance="a"}': '1x60' },
  ),
  LokiDown: beside(
    { step: '15s', at: '5m', series: { 'up{job="loki",instance="l"}': '1x4 0x60' } },
    { 'up{job="loki",instance="l"}': '1x60' },
  ),
  DiskBudget: {
    // 300 kB/s fill 4 GiB in four hours; 50 kB/s in a day.
    fires: { step: '15s', at: '50m', series: { sidecar_bytes_total: '0+4500000x300' } },
    quiet: { step: '15s', at: '50m', series: { sidecar_bytes_total: '0+750000x300' } },
  },
  DiskBudgetPrometheus: beside(
    {
      step: '1m',
      at: '30m',
      series: {
        'prometheus_tsdb_storage_blocks_bytes{instance="p"}': '9.8e9x60',
        'prometheus_tsdb_retention_limit_bytes{instance="p"}': '1e10x60',
      },
    },
    // No such limit.
    { 'prometheus_tsdb_retention_limit_bytes{instance="p"}': '0x60' },
  ),
};

const promtool = component('promtool');

describe.runIf(promtool)('promtool', () => {
  const rules = [
    'rules/recordings.yml',
    'rules/alerts-fast.yml',
    'rules/settings.yml',
    'rules-without-grafana/alerts.yml',
  ];

  test('finds the rules well made', () => {
    const said = execFileSync(promtool!, ['check', 'rules', ...rules.map(file)], {
      encoding: 'utf8',
    });
    expect(said).toContain('SUCCESS');
  });

  test.each(ALERTS.map(({ name }) => name))('%s fires where it should and only there', (name) => {
    expect(Object.keys(CASES[name]!)).toEqual(['fires', 'quiet']);
    const folder = mkdtempSync(path.join(tmpdir(), 'tradetail-'));
    try {
      const alert = ALERTS.find((one) => one.name === name)!;
      const tests = Object.entries(CASES[name]!).map(
        ([kind, { step, at, series }]: [string, Case]) => ({
          name: `${name} ${kind}`,
          interval: step,
          input_series: Object.entries(series).map(([metric, values]) => ({
            series: metric,
            values,
          })),
          promql_expr_test: [
            {
              expr: `count by (alertname, severity) (ALERTS{alertname="${name}",alertstate="firing"})`,
              eval_time: at,
              exp_samples:
                kind === 'fires'
                  ? [{ labels: `{alertname="${name}",severity="${alert.severity}"}`, value: 1 }]
                  : [],
            },
          ],
        }),
      );
      writeFileSync(
        `${folder}/cases.yml`,
        stringify({
          rule_files: rules.map(file),
          evaluation_interval: CASES[name]!.fires.step,
          tests,
        }),
      );
      execFileSync(promtool!, ['test', 'rules', `${folder}/cases.yml`], { stdio: 'pipe' });
    } catch (error) {
      throw new Error(String((error as { stderr: Buffer }).stderr ?? error));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  function file(name: string): string {
    return `${root}prometheus/${name}`;
  }
});

describe.each(ALERTS.map((alert) => [alert.name, alert] as const))('%s', (name, alert: Alert) => {
  test('asks for metrics and labels of the catalogue', () => {
    const { errors, selectors, groupings } = parsePromql(expression(alert));
    expect(errors).toEqual([]);
    for (const { metric, labels } of selectors)
      expect([metric, labelsOf(metric)]).toEqual([metric, expect.arrayContaining([...labels])]);
    const known = labelsOfExpression(alert.value);
    for (const label of groupings) expect(known).toContain(label);
    for (const [, label] of alert.description.matchAll(/\$labels\.(\w+)/g))
      expect(known).toContain(label);
  });

  test('says what is wrong in a sentence, with how much in another', () => {
    expect(alert.summary).toMatch(/^[A-Z][^{}]+$/);
    expect(alert.description).toMatch(/\.$/);
    expect(name).toMatch(/^([A-Z][a-z]+)+$/);
  });

  test('leads to a panel that exists', () => {
    const dashboard = DASHBOARDS.find(({ uid }) => uid === alert.dashboard)!;
    const panels = (dashboard.panels as Panel[]).filter(({ type }) => type !== 'row');
    expect(panels.map(({ id }) => id)).toContain(alert.panel);
  });

  test('has a runbook: what it means, how to confirm, what to do', () => {
    const page = `${root}${runbook(name)}`;
    expect([page, existsSync(page)]).toEqual([page, true]);
    const text = readFileSync(page, 'utf8');
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([name, 'What it means', 'How to confirm', 'What to do']);
  });
});

/** Of a rule's second query. */
interface Threshold {
  readonly conditions: readonly { readonly evaluator: { readonly params: readonly number[] } }[];
}

describe('Grafana', () => {
  const { groups } = parse(
    readFileSync(`${root}grafana/provisioning/alerting/rules.yaml`, 'utf8'),
  ) as { groups: { interval: string; folder: string; rules: Record<string, unknown>[] }[] };
  const rules = groups.flatMap((group) => group.rules);

  test('has every alert, the fast ones as stand-by', () => {
    expect(rules.map(({ title }) => title).sort()).toEqual(ALERTS.map(({ name }) => name).sort());
    for (const { title, labels } of rules) {
      const { isFast } = ALERTS.find(({ name }) => name === title)!;
      expect((labels as Record<string, string>)['standby']).toBe(isFast ? 'true' : undefined);
    }
  });

  test('has groups that its scheduler takes: a multiple of 10 s, as a duration', () => {
    for (const { interval, folder } of groups)
      expect([interval, folder]).toEqual(['10s', 'Trading']);
  });

  /** As pkg/services/provisioning/alerting/rules_types.go of Grafana reads them. */
  const KEYS = [
    ...[
      'uid',
      'title',
      'condition',
      'data',
      'dashboardUid',
      'panelId',
      'noDataState',
      'execErrState',
    ],
    ...['for', 'annotations', 'labels', 'isPaused'],
  ];

  test('has rules with the keys that provisioning from files reads, since 9.4', () => {
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(Object.keys(rule).filter((key) => !KEYS.includes(key))).toEqual([]);
      expect(String(rule['uid']).length).toBeLessThanOrEqual(40);
      const data = rule['data'] as { refId: string; datasourceUid: string }[];
      expect(data.map(({ refId, datasourceUid }) => [refId, datasourceUid])).toEqual([
        ['A', 'prometheus'],
        ['C', '__expr__'],
      ]);
      const [, { model }] = rule['data'] as [unknown, { model: Threshold }];
      const [threshold] = model.conditions[0]!.evaluator.params;
      expect(Number(threshold!.toFixed(6))).toBe(threshold);
      // Grafana fills a $ in labels from the environment.
      expect(JSON.stringify(rule['labels'])).not.toContain('$');
      expect(JSON.stringify(rule['annotations'])).not.toMatch(/\$value\b/);
    }
  });

  test('hands its alerts to Alertmanager', () => {
    const { contactPoints, policies } = parse(
      readFileSync(`${root}grafana/provisioning/alerting/contact-points.yaml`, 'utf8'),
    ) as {
      contactPoints: { name: string; receivers: { type: string }[] }[];
      policies: { receiver: string }[];
    };
    expect(contactPoints.flatMap(({ receivers }) => receivers.map(({ type }) => type))).toEqual([
      'prometheus-alertmanager',
    ]);
    expect(policies.map(({ receiver }) => receiver)).toEqual(contactPoints.map(({ name }) => name));
  });
});

test('the disk budget that rules go by is the engine’s default', () => {
  const { groups } = parse(readFileSync(`${root}prometheus/rules/settings.yml`, 'utf8')) as {
    groups: { rules: { record: string; expr: string }[] }[];
  };
  const { budget_bytes: budgetBytes } = engineConfig.parse({}).log;
  expect(groups.flatMap(({ rules }) => rules)).toEqual([
    { record: LOG_BUDGET, expr: `vector(${budgetBytes})` },
  ]);
});

test('recordings are named level:metric:operation and ask for what exists', () => {
  for (const { record, expr } of RECORDINGS) {
    expect(record).toMatch(/^(strategy|symbol|job):[a-z_]+:[a-z0-9_]+$/);
    const { errors, selectors } = parsePromql(expr);
    expect(errors).toEqual([]);
    for (const { metric } of selectors)
      expect([metric, labelsOf(metric)]).not.toEqual([metric, undefined]);
  }
});
