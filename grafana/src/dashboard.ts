/**
 * The frame that all dashboards share, so that moving between them changes the question and nothing
 * else: six variables in one order, links that keep time and variables, annotations of what stops
 * trading, a clock in UTC, and rows of panels on a grid of 24 columns.
 */
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  TimePickerBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery } from '@grafana/grafana-foundation-sdk/prometheus';
import { LOKI, PROMETHEUS } from './panel.ts';
import { E, S } from './selector.ts';

export interface Row {
  readonly title: string;
  /** In grid units of about 30 px. */
  readonly height: number;
  readonly panels: readonly Panel[];
  /** The row once for each value. */
  readonly repeat?: 'symbol';
}

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
  readonly from?: string;
  readonly refresh?: string;
  /** Variables of this dashboard alone, after those that all have: name and what to type. */
  readonly textVariables?: Readonly<Record<string, string>>;
}

const TAG = 'tradetail';
const COLUMNS = 24;
/** Rows have ids of their own, far from those that panels are given. */
const ROW_ID = 1000;

export function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .readonly()
    .refresh(spec.refresh ?? '5s')
    .time({ from: spec.from ?? 'now-15m', to: 'now' })
    .timezone('utc')
    .tooltip(DashboardCursorSync.Crosshair)
    .timepicker(
      new TimePickerBuilder().refreshIntervals(['1s', '5s', '10s', '30s', '1m', '5m', '15m']),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').type('prometheus').label('Metrics'))
    .withVariable(new DatasourceVariableBuilder('loki').type('loki').label('Logs'))
    .withVariable(label('engine', 'Engine', 'label_values(trading_engine_up, engine)'))
    .withVariable(
      label('strategy', 'Strategy', `label_values(trading_strategy_state{${E}}, strategy)`),
    )
    .withVariable(label('venue', 'Venue', `label_values(trading_instrument_info{${E}}, venue)`))
    .withVariable(
      label(
        'symbol',
        'Symbol',
        `label_values(trading_instrument_info{${E},venue=~"$venue"}, symbol)`,
      ),
    )
    .link(
      new DashboardLinkBuilder('Dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true)
        .icon('external link'),
    );
  for (const [name, what] of Object.entries(spec.textVariables ?? {}))
    builder.withVariable(new TextBoxVariableBuilder(name).label(what).defaultValue(''));
  annotate(builder);
  const built = builder.build();
  built.panels = layOut(spec.rows);
  // The SDK's default hides links in a menu.
  for (const link of built.links ?? []) delete link.placement;
  return built;
}

function label(name: string, title: string, query: string): QueryVariableBuilder {
  return (
    new QueryVariableBuilder(name)
      .label(title)
      .datasource(PROMETHEUS)
      .query({ query, refId: `${name}-values` })
      .definition(query)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      // Also what has no such label: a limit of the whole engine, a line of no strategy.
      .allValue('.*')
      .current({ text: ['All'], value: ['$__all'], selected: true })
  );
}

/**
 * What stops trading is shaded on every graph, from the metrics, so that it needs no Loki; what led
 * to it comes from the log.
 */
function annotate(builder: DashboardBuilder): void {
  const fromMetrics = (name: string, color: string, expr: string, title: string): void => {
    builder.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(PROMETHEUS)
        .enable(true)
        .iconColor(color)
        .expr(expr)
        .step('5s')
        .titleFormat(title)
        .tagKeys('engine')
        .target(new PrometheusQuery().refId('Anno').expr(expr).range()),
    );
  };
  const fromLog = (name: string, color: string, expr: string, tags: string): void => {
    builder.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(LOKI)
        .enable(true)
        .iconColor(color)
        .expr(expr)
        .titleFormat(name)
        .tagKeys(tags)
        .target(new LokiQuery().refId('Anno').expr(expr).queryType('range').maxLines(100)),
    );
  };
  fromMetrics('Kill switch', 'red', `trading_kill_switch_active{${E}} == 1`, 'Kill switch active');
  fromMetrics(
    'Halted',
    'dark-red',
    `trading_engine_state{${E},state="HALTED"} == 1`,
    'Engine halted',
  );
  fromLog(
    'Limit passed',
    'orange',
    `{job="engine",${S},event_class="risk"} | event=~"risk.breach|risk.kill|risk.rearmed" | json | line_format "{{.event}} {{.name}}{{.trigger}} {{.value}} {{.limit}} {{.action}}{{.by}}"`,
    'engine,strategy',
  );
  fromLog(
    'Engine started or stopped',
    'blue',
    `{job="engine",${E},event_class="system"} | event=~"engine.started|engine.stopped" | json | line_format "{{.event}} {{.mode}}{{.reason}}"`,
    'engine',
  );
}

/** Panels from left to right, on to the next line where one does not fit; titles of rows between. */
function layOut(rows: readonly Row[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  rows.forEach((row, index) => {
    const title = new RowBuilder(row.title).id(ROW_ID + index);
    if (row.repeat !== undefined) title.repeat(row.repeat);
    placed.push({ ...title.build(), gridPos: { x: 0, y, w: COLUMNS, h: 1 } });
    y += 1;
    let x = 0;
    for (const panel of row.panels) {
      const w = panel.gridPos!.w;
      if (x + w > COLUMNS) {
        x = 0;
        y += row.height;
      }
      placed.push({ ...panel, gridPos: { x, y, w, h: row.height } });
      x += w;
    }
    y += row.height;
  });
  return placed;
}
