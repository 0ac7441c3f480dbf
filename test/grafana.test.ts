/** The dashboards as files: what Grafana wants of them, and what a person does. */
import { readFileSync, readdirSync } from 'node:fs';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { parser as logql } from '@grafana/lezer-logql';
import { DASHBOARDS } from '@tradetail/grafana/dashboards.ts';
import { VARIABLES } from '@tradetail/grafana/selector.ts';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './setup/program.ts';
import { labelsOf, parsePromql, withEverything } from './setup/promql.ts';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

const schema = readFileSync(`${root}docs/events.schema.json`, 'utf8');
const promtail = readFileSync(`${root}promtail/promtail.yaml`, 'utf8');

const panelsOf = (index: number): Panel[] => DASHBOARDS[index]!.panels ?? [];
const targetsOf = (panel: Panel): Target[] => (panel.targets ?? []) as unknown as Target[];

test('there are six, and their files are all that Grafana finds in the folder', () => {
  const titles = DASHBOARDS.map(({ title }) => title);
  expect(titles).toEqual([
    'Trading overview',
    'Market data',
    'Execution quality',
    'Risk',
    'Trade forensics',
    'Pipeline health',
  ]);
  expect(readdirSync(`${root}grafana/dashboards`).sort()).toEqual(
    DASHBOARDS.map(({ uid }) => `${uid}.json`).sort(),
  );
  expect(new Set(DASHBOARDS.map(({ uid }) => uid)).size).toBe(6);
});

describe.each(DASHBOARDS.map((one, index) => [one.title!, one, index] as const))(
  '%s',
  (_, dashboard, index) => {
    const placed = panelsOf(index);
    const panels = placed.filter(({ type }) => String(type) !== 'row');
    const metricPanels = panels.filter(({ type }) => !/^(logs|text|alertlist)$/.test(type));
    const logPanels = panels.filter(({ type }) => type === 'logs');

    test('is a classic dashboard that nobody edits in the browser', () => {
      expect(dashboard.schemaVersion).toBe(42);
      expect(dashboard.editable).toBe(false);
      expect(dashboard.uid).toMatch(/^[a-z-]{1,40}$/);
      expect(dashboard.timezone).toBe('utc');
      expect(dashboard.id ?? null).toBeNull();
    });

    test('has the variables that all have, in their order, asked anew with the time', () => {
      const variables = dashboard.templating.list!;
      expect(variables.slice(0, VARIABLES.length).map(({ name }) => name)).toEqual(VARIABLES);
      for (const variable of variables.filter(({ type }) => String(type) === 'query')) {
        expect(variable).toMatchObject({ refresh: 2, multi: true, includeAll: true });
        const { query } = variable.query as { query: string };
        const [, metric, label] = /^label_values\((\w+).*, (\w+)\)$/.exec(query)!;
        expect(labelsOf(metric!)).toContain(label);
      }
    });

    test('leads to the others, with time and variables', () => {
      expect(dashboard.links).toMatchObject([
        { type: 'dashboards', tags: ['tradetail'], keepTime: true, includeVars: true },
      ]);
      expect(dashboard.links![0]!.placement).toBeUndefined();
      expect(dashboard.tags).toEqual(['tradetail']);
    });

    test('shows when trading was stopped', () => {
      const names = dashboard.annotations.list!.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['Kill switch', 'Halted']));
    });

    test('has ids of their own for panels and queries', () => {
      const ids = placed.map(({ id }) => id);
      expect(ids.every((id) => Number.isInteger(id) && id! > 0)).toBe(true);
      expect(new Set(ids).size).toBe(ids.length);
      for (const panel of panels) {
        const refIds = targetsOf(panel).map(({ refId }) => refId);
        expect(new Set(refIds).size).toBe(refIds.length);
      }
    });

    test('fills its grid of 24 columns without overlaps and without holes at the right', () => {
      const cells = new Map<string, number>();
      for (const { id, gridPos } of placed) {
        const { x, y, w, h } = gridPos!;
        expect([id, x >= 0 && x + w <= 24 && w >= 2 && h >= 1]).toEqual([id, true]);
        for (let column = x; column < x + w; column++)
          for (let row = y; row < y + h; row++) {
            expect([id, cells.get(`${column},${row}`)]).toEqual([id, undefined]);
            cells.set(`${column},${row}`, id!);
          }
      }
      const bottom = Math.max(...placed.map(({ gridPos }) => gridPos!.y + gridPos!.h));
      expect(cells.size).toBe(24 * bottom);
    });

    test('says for every panel what it is, in which unit, and what is good', () => {
      for (const panel of panels) {
        const { defaults } = panel.fieldConfig!;
        const said = {
          title: panel.title!.length > 2,
          description: panel.description!.length > 10,
          unit: defaults.unit !== undefined,
          thresholds: defaults.thresholds!.steps.length > 0,
          first: defaults.thresholds!.steps[0]!.value === null,
          noValue: defaults.noValue !== undefined,
        };
        expect([panel.title, said]).toEqual([
          panel.title,
          {
            title: true,
            description: true,
            unit: true,
            thresholds: true,
            first: true,
            noValue: true,
          },
        ]);
        const values = defaults.thresholds!.steps.slice(1).map(({ value }) => value!);
        expect([panel.title, values]).toEqual([panel.title, [...values].sort((a, b) => a - b)]);
      }
    });

    test('names its data sources by the two variables, and no other', () => {
      for (const panel of panels)
        for (const { uid } of [panel.datasource!, ...targetsOf(panel).map((one) => one.datasource)])
          expect(['${datasource}', '${loki}']).toContain(uid);
    });

    test('asks in PromQL that parses, for metrics and labels of the catalogue', () => {
      for (const panel of metricPanels) {
        expect([panel.title, targetsOf(panel).length > 0]).toEqual([panel.title, true]);
        for (const { expr } of targetsOf(panel)) {
          const { errors, selectors, groupings } = parsePromql(withEverything(expr));
          expect(errors).toEqual([]);
          const known = selectors.flatMap(({ metric, labels }) => {
            const all = labelsOf(metric);
            expect([metric, all !== undefined]).toEqual([metric, true]);
            for (const label of labels)
              expect([metric, all]).toEqual([metric, expect.arrayContaining([label])]);
            return all!;
          });
          for (const label of groupings)
            expect([expr, known.includes(label)]).toEqual([expr, true]);
        }
      }
    });

    test('rates counters only, over the interval that Grafana works out or one that is said', () => {
      for (const panel of metricPanels)
        for (const { expr } of targetsOf(panel))
          for (const [, metric] of expr.matchAll(/(?:rate|increase)\((\w+)/g))
            expect(metric).toMatch(/_(total|bucket|sum|count)$/);
    });

    test('narrows every metric of the engine by the variables that it has labels for', () => {
      for (const panel of metricPanels)
        for (const { expr } of targetsOf(panel))
          for (const { metric, labels } of parsePromql(withEverything(expr)).selectors) {
            if (!metric.startsWith('trading_')) continue;
            const has = labelsOf(metric)!.filter((label) =>
              /^(engine|strategy|venue|symbol)$/.test(label),
            );
            // A balance is of a venue; its asset is no symbol.
            expect([expr, metric, has.filter((label) => !labels.includes(label))]).toEqual([
              expr,
              metric,
              [],
            ]);
          }
    });

    test('leads to Trade forensics from whatever shows an order, a fill or a breach', () => {
      if (dashboard.uid === 'trade-forensics') return;
      const shows =
        /trading_(orders?_|open_orders|fills?_|filled_|position|exposure|net_pnl|markout|risk_breaches|kill_switch)|event_class=~"(fill|order|risk)/;
      for (const panel of panels) {
        if (!targetsOf(panel).some(({ expr }) => shows.test(expr))) continue;
        const urls = (panel.links ?? []).map(({ url }) => url!);
        expect([panel.title, urls]).toEqual([
          panel.title,
          [expect.stringContaining('/d/trade-forensics?')],
        ]);
        for (const name of VARIABLES) expect(urls[0]).toContain(`\${${name}:queryparam}`);
        expect(urls[0]).toContain('${__url_time_range}');
      }
    });

    test('asks the log in LogQL that parses, by labels of the pipeline, for events of the schema', () => {
      const exprs = [
        ...logPanels.flatMap((panel) => targetsOf(panel).map(({ expr }) => expr)),
        ...dashboard.annotations
          .list!.filter(({ datasource }) => datasource?.uid === '${loki}')
          .map(({ expr }) => expr!),
      ];
      for (const raw of exprs) {
        const expr = raw.replace(/\$\w+/g, '.*');
        const errors: string[] = [];
        logql.parse(expr).iterate({
          enter: ({ type, from }) => {
            if (type.isError) errors.push(expr.slice(from));
          },
        });
        expect([expr, errors]).toEqual([expr, []]);
        const labels = [...raw.matchAll(/^\{([^}]*)\}/g)].flatMap(([, matchers]) =>
          [...matchers!.matchAll(/(\w+)=/g)].map(([, name]) => name!),
        );
        for (const label of labels)
          expect(['job', 'engine', 'strategy', 'event_class']).toContain(label);
        for (const [, words] of raw.matchAll(/event_class=~?"([^"$]+)"/g))
          for (const word of words!.split('|')) expect(promtail).toContain(`'${word}'`);
        for (const [, names] of raw.matchAll(/ event=~?"([^"]+)"/g))
          for (const name of names!.split('|'))
            expect([
              name,
              new RegExp(`"const": "${name.replaceAll('.', '\\.')}"`).test(schema) ||
                name === 'venue.+',
            ]).toEqual([name, true]);
        const named = [...raw.matchAll(/(\w+)="\w+(?:\[\d\])*"/g)].map(([, name]) => name!);
        for (const [, name] of raw.matchAll(/\{\{\.(\w+)\}\}/g))
          expect([name, named.includes(name!) || schema.includes(`"${name}": {`)]).toEqual([
            name,
            true,
          ]);
      }
    });
  },
);

describe('provisioning', () => {
  test('has the folder that alerts name', () => {
    const { providers } = parse(
      readFileSync(`${root}grafana/provisioning/dashboards/dashboards.yaml`, 'utf8'),
    ) as { providers: { folder: string }[] };
    expect(providers.map(({ folder }) => folder)).toEqual(['Trading']);
  });
});
