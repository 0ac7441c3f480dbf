/**
 * Panels with the manners that all of them share: a unit, a description, thresholds, a legend that
 * tells the latest value, and a link to the logs wherever an order, a fill or a breach is shown.
 *
 * Ids are given, not counted: alerts and bookmarks point at them, so they stay when panels move.
 */
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  PanelBuilder,
  ThresholdsMode,
  type DashboardLink,
  type DataTransformerConfig,
  type Panel,
  type Threshold,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import {
  DataqueryBuilder as PrometheusQuery,
  PromQueryFormat,
} from '@grafana/grafana-foundation-sdk/prometheus';
import { VARIABLES } from './selector.ts';

export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;
export const LOKI = { type: 'loki', uid: '${loki}' } as const;

/** Grafana's own names, so that both themes show their own shade. */
export const COLORS = {
  good: 'green',
  warn: 'orange',
  bad: 'red',
  plain: 'text',
  buy: 'blue',
  sell: 'orange',
} as const;

export type PanelType =
  | 'timeseries'
  | 'stat'
  | 'bargauge'
  | 'table'
  | 'heatmap'
  | 'state-timeline'
  | 'logs'
  | 'text'
  | 'alertlist';

/** `at` and above the colour holds. */
export type Step = readonly [at: number, color: string];

export interface Target {
  readonly expr: string;
  /** The series' name, `{{label}}` filled in. */
  readonly legend?: string;
  /** One value of now, as a table where a table shows it. */
  readonly instant?: boolean;
  readonly format?: 'table' | 'heatmap';
  readonly exemplar?: boolean;
}

/** A label by which a series can be followed into the log. */
export type Scope = 'engine' | 'strategy' | 'venue' | 'symbol';
/** All four: what a key, or a series without aggregation, has. */
export const KEY: readonly Scope[] = ['engine', 'strategy', 'venue', 'symbol'];

export interface PanelSpec {
  readonly id: number;
  readonly title: string;
  /** What it shows, what is normal, what to do when it is not. */
  readonly description: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly unit: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** From the lowest; the first is the colour of everything below the second. */
  readonly thresholds?: readonly Step[];
  readonly targets: readonly Target[];
  readonly mappings?: readonly ValueMapping[];
  readonly transformations?: readonly DataTransformerConfig[];
  readonly overrides?: readonly Override[];
  /**
   * Shows orders, fills or breaches, so it leads to their lines in the log. A click on a series
   * narrows the logs to the labels named here: those that every series of the panel has.
   */
  readonly forensics?: readonly Scope[];
  /** What stands where there is nothing, and is no fault. */
  readonly noValue?: string;
  readonly repeat?: 'symbol';
}

export interface Override {
  /** A field's or series' name, or a pattern of it between slashes. */
  readonly of: string;
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

/** Below zero bad, above good; exactly zero is nothing yet. */
export const GAIN: readonly Step[] = [
  [0, COLORS.bad],
  [-1e-9, COLORS.plain],
  [1e-9, COLORS.good],
];

/** Never wanted: none is good, one is bad. */
export const NONE: readonly Step[] = [
  [0, COLORS.good],
  [1e-9, COLORS.bad],
];

/** @returns good up to the first, then worth a look, then bad from the second */
export const rising = (warn: number, bad: number): readonly Step[] => [
  [0, COLORS.good],
  [warn, COLORS.warn],
  [bad, COLORS.bad],
];

/** Nothing to judge by: more is not worse. */
export const PLAIN: readonly Step[] = [[0, COLORS.buy]];

/** A series or column in one colour. */
export const paint = (of: string, color: string): Override => ({
  of,
  properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
});

/** A table's columns: those of the labels, then one a query, each with its name; the rest is left out. */
export function columns(
  labels: Readonly<Record<string, string>>,
  ...values: readonly string[]
): readonly DataTransformerConfig[] {
  const named = Object.fromEntries(
    values.map((name, index) => [
      values.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + index)}`,
      name,
    ]),
  );
  const order = [...Object.keys(labels), ...Object.keys(named)];
  return [
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
        renameByName: { ...labels, ...named },
      },
    },
  ];
}

/** @returns texts and colours of whole numbers: flags */
export function flags(...texts: readonly (readonly [text: string, color: string])[]): ValueMapping {
  return {
    type: 'value',
    options: Object.fromEntries(
      texts.map(([text, color], index) => [String(index), { text, color, index }]),
    ),
  } as ValueMapping;
}

/** The lines behind what is shown: same time, same variables but for the labels of the series. */
export function forensicsUrl(labels: readonly Scope[]): string {
  const variables = VARIABLES.map((name) =>
    labels.some((label) => label === name)
      ? `var-${name}=\${__field.labels.${name}}`
      : `\${${name}:queryparam}`,
  );
  return `/d/trade-forensics?${[...variables, '${__url_time_range}'].join('&')}`;
}

function link(title: string, url: string): DashboardLink {
  const built = new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).build();
  // The SDK's default hides a link in a menu.
  delete built.placement;
  return built;
}

function base(type: PanelType, spec: PanelSpec, custom: Readonly<Record<string, unknown>>) {
  const steps: Threshold[] = (spec.thresholds ?? PLAIN).map(([value, color], index) => ({
    value: index === 0 ? null : value,
    color,
  }));
  const panel = new PanelBuilder()
    .type(type)
    .id(spec.id)
    .title(spec.title)
    .description(spec.description)
    .span(spec.width)
    .datasource(type === 'logs' ? LOKI : PROMETHEUS)
    .fieldConfig({
      defaults: {
        unit: spec.unit,
        color: {
          mode: (spec.thresholds === undefined || type === 'timeseries'
            ? 'palette-classic'
            : 'thresholds') as never,
        },
        thresholds: { mode: ThresholdsMode.Absolute, steps },
        mappings: [...(spec.mappings ?? [])],
        noValue: spec.noValue ?? 'none',
        ...(spec.decimals === undefined ? {} : { decimals: spec.decimals }),
        ...(spec.min === undefined ? {} : { min: spec.min }),
        ...(spec.max === undefined ? {} : { max: spec.max }),
        ...(spec.forensics === undefined || spec.forensics.length === 0
          ? {}
          : { links: [link('Orders and fills behind this', forensicsUrl(spec.forensics))] }),
        custom,
      },
      overrides: (spec.overrides ?? []).map(({ of, properties }) => ({
        matcher: of.startsWith('/')
          ? { id: 'byRegexp', options: of }
          : { id: 'byName', options: of },
        properties: properties.map((property) => ({ ...property })),
      })),
    });
  spec.targets.forEach((target, index) => panel.withTarget(query(type, target, index)));
  for (const transformation of spec.transformations ?? []) panel.withTransformation(transformation);
  if (spec.repeat !== undefined) panel.repeat(spec.repeat).repeatDirection('h');
  return panel;
}

function query(type: PanelType, target: Target, index: number): PrometheusQuery | LokiQuery {
  const refId = String.fromCharCode(65 + index);
  if (type === 'logs')
    return new LokiQuery()
      .refId(refId)
      .datasource(LOKI)
      .expr(target.expr)
      .queryType('range')
      .maxLines(500);
  const built = new PrometheusQuery()
    .refId(refId)
    .datasource(PROMETHEUS)
    .expr(target.expr)
    .legendFormat(target.legend ?? '__auto')
    .exemplar(target.exemplar ?? false)
    .format(
      target.format === 'table'
        ? PromQueryFormat.Table
        : target.format === 'heatmap'
          ? PromQueryFormat.Heatmap
          : PromQueryFormat.TimeSeries,
    );
  return target.instant ? built.instant() : built.range();
}

function finish(panel: PanelBuilder, spec: PanelSpec, options: object): Panel {
  const built = panel.options(options).build();
  if (spec.forensics !== undefined) built.links = [link('Trade forensics', forensicsUrl([]))];
  return built;
}

export interface TimeseriesSpec extends PanelSpec {
  readonly stacked?: boolean;
  readonly draw?: 'line' | 'bars' | 'step';
  /** Thresholds as dashed lines; they are always in the colours of stat and table. */
  readonly lines?: boolean;
  /** Columns of the legend's table; the latest value where nothing is said. */
  readonly calcs?: readonly string[];
  readonly log?: boolean;
  /** Many series, or series that speak for themselves: names only. */
  readonly plainLegend?: boolean;
}

export function timeseries(spec: TimeseriesSpec): Panel {
  const panel = base('timeseries', spec, {
    drawStyle: spec.draw === 'bars' ? 'bars' : 'line',
    lineInterpolation: spec.draw === 'step' ? 'stepAfter' : 'linear',
    lineWidth: spec.stacked ? 0 : 1,
    fillOpacity: spec.stacked || spec.draw === 'bars' ? 70 : 8,
    showPoints: 'never',
    spanNulls: 10_000,
    stacking: { mode: spec.stacked ? 'normal' : 'none', group: 'A' },
    thresholdsStyle: { mode: spec.lines ? 'dashed' : 'off' },
    scaleDistribution: spec.log ? { type: 'log', log: 10 } : { type: 'linear' },
    axisPlacement: 'auto',
    axisBorderShow: false,
  });
  return finish(panel, spec, {
    legend: {
      displayMode: spec.plainLegend ? 'list' : 'table',
      placement: 'bottom',
      showLegend: true,
      calcs: spec.plainLegend ? [] : (spec.calcs ?? ['lastNotNull', 'min', 'max']),
    },
    tooltip: { mode: 'multi', sort: 'desc' },
  });
}

export interface StatSpec extends PanelSpec {
  readonly sparkline?: boolean;
  /** The whole tile in the threshold's colour: for what must be seen from across the room. */
  readonly filled?: boolean;
  readonly name?: boolean;
}

export function stat(spec: StatSpec): Panel {
  const panel = base('stat', spec, {});
  return finish(panel, spec, {
    colorMode: spec.thresholds === undefined ? 'none' : spec.filled ? 'background_solid' : 'value',
    graphMode: spec.sparkline ? 'area' : 'none',
    justifyMode: 'auto',
    orientation: 'auto',
    textMode: spec.name ? 'value_and_name' : 'auto',
    wideLayout: true,
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  });
}

/** Horizontal bars, one a series, longest first where the query sorts. */
export function bars(spec: PanelSpec): Panel {
  return finish(base('bargauge', spec, {}), spec, {
    displayMode: 'gradient',
    orientation: 'horizontal',
    valueMode: 'color',
    namePlacement: 'auto',
    showUnfilled: true,
    minVizHeight: 16,
    minVizWidth: 8,
    maxVizHeight: 300,
    sizing: 'auto',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  });
}

/** One row a label set: instant queries, each a column, joined by the labels. */
export function table(spec: PanelSpec & { readonly sortBy?: readonly [string, boolean] }): Panel {
  const panel = base('table', spec, {
    align: 'auto',
    cellOptions: { type: 'auto' },
    filterable: false,
  });
  return finish(panel, spec, {
    showHeader: true,
    cellHeight: 'sm',
    footer: { show: false, reducer: ['sum'], countRows: false },
    sortBy: spec.sortBy ? [{ displayName: spec.sortBy[0], desc: spec.sortBy[1] }] : [],
  });
}

/** Cells over time. `rows`: one series a row, in their order; otherwise a histogram by `le`. */
export function heatmap(spec: PanelSpec & { readonly rows?: boolean }): Panel {
  const panel = base('heatmap', spec, { scaleDistribution: { type: 'linear' } });
  return finish(panel, spec, {
    calculate: false,
    cellGap: spec.rows ? 1 : 0,
    color: {
      mode: 'scheme',
      scheme: 'Spectral',
      steps: 64,
      reverse: true,
      fill: 'dark-orange',
      exponent: 0.5,
      scale: 'exponential',
    },
    exemplars: { color: 'rgba(255,0,255,0.7)' },
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: 'auto' },
    tooltip: { mode: 'single', show: true, showColorScale: true, yHistogram: !spec.rows },
    yAxis: { axisPlacement: 'left', reverse: false, unit: spec.rows ? 'string' : 's' },
    cellValues: { unit: spec.unit },
    showValue: 'never',
  });
}

/** States over time, one row a series. */
export function timeline(spec: PanelSpec): Panel {
  const panel = base('state-timeline', spec, { fillOpacity: 80, lineWidth: 0 });
  return finish(panel, spec, {
    mergeValues: true,
    showValue: 'auto',
    alignValue: 'left',
    rowHeight: 0.85,
    legend: { displayMode: 'list', placement: 'bottom', showLegend: false },
    tooltip: { mode: 'single', sort: 'none' },
  });
}

/** Lines of the log, newest first; `order` turns them round, so that a story reads downwards. */
export function logLines(spec: Omit<PanelSpec, 'unit'> & { readonly order?: 'Ascending' }): Panel {
  const panel = base('logs', { ...spec, unit: 'string' }, {});
  return finish(
    panel,
    { ...spec, unit: 'string' },
    {
      showTime: true,
      showLabels: false,
      showCommonLabels: false,
      wrapLogMessage: true,
      prettifyLogMessage: false,
      enableLogDetails: true,
      dedupStrategy: 'none',
      sortOrder: spec.order ?? 'Descending',
    },
  );
}

/** The rules of Grafana and of Prometheus that fire or are about to. */
export function alertList(spec: Pick<PanelSpec, 'id' | 'title' | 'description' | 'width'>): Panel {
  const panel = base('alertlist', { ...spec, unit: 'string', targets: [] }, {});
  return finish(
    panel,
    { ...spec, unit: 'string', targets: [] },
    {
      alertInstanceLabelFilter: '',
      alertName: '',
      dashboardAlerts: false,
      groupBy: [],
      groupMode: 'default',
      maxItems: 20,
      sortOrder: 3,
      stateFilter: {
        firing: true,
        pending: true,
        error: true,
        noData: false,
        normal: false,
        recovering: false,
      },
      viewMode: 'list',
    },
  );
}

export function text(
  spec: Pick<PanelSpec, 'id' | 'title' | 'description' | 'width'> & { readonly markdown: string },
): Panel {
  const panel = base('text', { ...spec, unit: 'string', targets: [] }, {});
  return finish(
    panel,
    { ...spec, unit: 'string', targets: [] },
    {
      mode: 'markdown',
      content: spec.markdown,
      code: { language: 'plaintext', showLineNumbers: false, showMiniMap: false },
    },
  );
}
