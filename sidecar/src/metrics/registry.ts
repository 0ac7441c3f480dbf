/**
 * The exposition: prom-client's registry and formats over samples taken from the state at scrape. No
 * metric is kept up to date on the way of a line, so scraping is the only thing that costs.
 */
import { toDouble } from '@tradetail/core/decimal.ts';
import { Registry } from 'prom-client';
import { BUCKETS_SECONDS, type Histogram } from '../fold/histogram.ts';
import { METRICS, type Metric } from './catalogue.ts';
import type { ReplicaState } from '../fold/replica.ts';
import { collectSamples, type FollowerCounts, type Liveness, type Sample } from './samples.ts';

export const CONTENT_TYPE_TEXT = Registry.PROMETHEUS_CONTENT_TYPE;
export const CONTENT_TYPE_OPENMETRICS = Registry.OPENMETRICS_CONTENT_TYPE;

/** One value as prom-client prints it. */
interface Value {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface MetricsOptions {
  readonly isOpenMetrics?: boolean;
  /** What only a running sidecar knows; without it the metrics that need it are left out. */
  readonly liveness?: Liveness;
  /** Metrics that follow: prom-client's own of the process. */
  readonly process?: Registry;
}

/** @returns the exposition of the state as it stands, in the text format or OpenMetrics */
export async function metricsText(
  state: ReplicaState,
  follower: FollowerCounts,
  { isOpenMetrics = false, liveness, process }: MetricsOptions = {},
): Promise<string> {
  const samples = collectSamples(state, follower, liveness);
  const registry = new Registry();
  // Its type allows only the content type that it was made with.
  registry.setContentType((isOpenMetrics ? CONTENT_TYPE_OPENMETRICS : CONTENT_TYPE_TEXT) as never);
  for (const metric of METRICS) {
    const list = samples.get(metric.name);
    // A family without samples is left out.
    if (list !== undefined) registry.registerMetric(asMetric(metric, list) as never);
  }
  for (const metric of process?.getMetricsAsArray() ?? [])
    registry.registerMetric(asGuest(metric as unknown as GuestMetric) as never);
  return registry.metrics();
}

/** A metric of another registry. */
interface GuestMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  get(): Promise<object>;
}

/** It must keep its name: for OpenMetrics a registry writes another into the metrics that it has. */
function asGuest(metric: GuestMetric): object {
  const { name, help, type } = metric;
  return {
    name,
    help,
    type,
    async get(this: { name: string }) {
      return { ...(await metric.get()), name: this.name };
    },
  };
}

/** What a registry asks of a metric: its name, type and, at scrape, its values. */
function asMetric(metric: Metric, samples: readonly Sample[]): object {
  const { name, help, type } = metric;
  return {
    name,
    help,
    type,
    // The registry takes `_total` off a counter's name for OpenMetrics, by writing it here.
    get(this: { name: string }) {
      return {
        name: this.name,
        help,
        type,
        values: samples.flatMap((sample) => valuesOf(metric, sample)),
      };
    },
  };
}

function valuesOf(metric: Metric, sample: Sample): Value[] {
  const labels = Object.fromEntries(
    metric.labels.map((label, index) => [label, sample.labels[index]!]),
  );
  if (typeof sample.value === 'number') return [{ labels, value: sample.value }];
  return histogramValues(metric.name, labels, sample.value);
}

function histogramValues(
  name: string,
  labels: Record<string, string>,
  histogram: Histogram,
): Value[] {
  let below = 0;
  const buckets = histogram.counts.map((count, index) => {
    below += count;
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: BUCKETS_SECONDS[index] ?? '+Inf' },
      value: below,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: toDouble(histogram.sumNs, 9) },
    { metricName: `${name}_count`, labels, value: histogram.count },
  ];
}
