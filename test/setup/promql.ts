/** PromQL as Prometheus' own grammar reads it: which metrics, by which labels, and whether it parses. */
import { parser } from '@prometheus-io/lezer-promql';
import { METRICS } from '@tradetail/sidecar/metrics/catalogue.ts';
import { LOG_BUDGET, RECORDINGS } from '@tradetail/grafana/alerts/recording.ts';

export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface Parsed {
  /** Where it does not parse. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `without`, `on`, `ignoring`. */
  readonly groupings: readonly string[];
}

/** What other programs expose, as their documentation names it, with the labels that are used here. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  // prometheus/rules/settings.yml.
  [LOG_BUDGET]: [],
  up: [],
  scrape_duration_seconds: [],
  scrape_samples_scraped: [],
  // prom-client's defaults, in the sidecar.
  process_cpu_seconds_total: [],
  process_resident_memory_bytes: [],
  promtail_sent_entries_total: [],
  promtail_dropped_entries_total: ['reason'],
  loki_write_sent_entries_total: [],
  loki_write_dropped_entries_total: ['reason'],
  loki_distributor_lines_received_total: [],
  loki_discarded_samples_total: ['reason'],
  loki_ingester_memory_streams: [],
  prometheus_tsdb_head_series: [],
  prometheus_tsdb_storage_blocks_bytes: [],
  prometheus_tsdb_retention_limit_bytes: [],
  prometheus_rule_evaluation_failures_total: [],
  prometheus_notifications_dropped_total: [],
  alertmanager_notifications_failed_total: [],
};

/** Labels that Prometheus adds to whatever it scrapes. */
const TARGET = ['job', 'instance'];

/** @returns the labels of a metric that exists, in the catalogue, as a recording or elsewhere */
export function labelsOf(metric: string): readonly string[] | undefined {
  const foreign = FOREIGN[metric];
  if (foreign !== undefined) return [...foreign, ...TARGET];
  const recording = RECORDINGS.find(({ record }) => record === metric);
  if (recording !== undefined) return labelsOfExpression(recording.expr);
  const own = METRICS.find(
    ({ name, type }) =>
      name === metric ||
      (type === 'histogram' && ['_bucket', '_sum', '_count'].some((end) => name + end === metric)),
  );
  if (own === undefined) return undefined;
  return [...own.labels, ...(metric.endsWith('_bucket') ? ['le'] : []), ...TARGET];
}

/** @returns every label that a series of the expression could have */
export function labelsOfExpression(expr: string): readonly string[] {
  return [...new Set(parsePromql(expr).selectors.flatMap(({ metric }) => labelsOf(metric) ?? []))];
}

export function parsePromql(expr: string): Parsed {
  const text = (node: { from: number; to: number }): string => expr.slice(node.from, node.to);
  const errors: string[] = [];
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupings: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError)
        errors.push(`${expr.slice(0, node.from)} ⟨here⟩ ${expr.slice(node.from)}`);
      if (node.name === 'VectorSelector')
        selectors.push({ metric: text(node.node.getChild('Identifier') ?? node), labels: [] });
      if (node.name !== 'LabelName') return;
      if (node.matchContext(['GroupingLabels'])) groupings.push(text(node));
      else selectors.at(-1)!.labels.push(text(node));
    },
  });
  return { errors, selectors, groupings };
}

/** @returns the query as Grafana sends it with everything chosen, over a window for rates */
export const withEverything = (expr: string, window = '10s'): string =>
  expr
    .replaceAll(/\$__(rate_interval|range)\b/g, window)
    .replace(/\$(engine|strategy|venue|symbol)\b/g, '.*');
