/**
 * The exposition: samples taken from the state at scrape, as text, and behind them the metrics of
 * the process, which prom-client keeps and writes. No metric is kept up to date on the way of a
 * line, so scraping is the only thing that costs.
 */
import { Registry } from 'prom-client';
import type { ReplicaState } from '../fold/replica.ts';
import { METRICS } from './catalogue.ts';
import { putSamples, type FollowerCounts, type Liveness } from './samples.ts';
import { SeriesText } from './series-text.ts';

export const CONTENT_TYPE_TEXT = Registry.PROMETHEUS_CONTENT_TYPE;
export const CONTENT_TYPE_OPENMETRICS = Registry.OPENMETRICS_CONTENT_TYPE;

export interface MetricsOptions {
  readonly isOpenMetrics?: boolean;
  /** What only a running sidecar knows; without it the metrics that need it are left out. */
  readonly liveness?: Liveness;
  /** Metrics that follow: prom-client's own of the process. */
  readonly process?: Registry;
  /**
   * Asked between two keys; waits where it is time to let others run. Lines that are read meanwhile
   * are in the samples of later keys and not of earlier ones; the samples of a key belong together.
   */
  readonly rest?: () => Promise<void> | undefined;
}

/** @returns the exposition of the state as it stands, in the text format or OpenMetrics */
export async function metricsBytes(
  state: ReplicaState,
  follower: FollowerCounts,
  { isOpenMetrics = false, liveness, process, rest }: MetricsOptions = {},
): Promise<Buffer> {
  const series = new SeriesText(isOpenMetrics);
  for (const _ of putSamples(series.put, state, follower, liveness)) {
    const pause = rest?.();
    if (pause !== undefined) await pause;
  }
  const parts: Buffer[] = [];
  for (const metric of METRICS) {
    const family = series.of(metric);
    // A family without samples is left out.
    if (family === undefined) continue;
    if (parts.length > 0 && !isOpenMetrics) parts.push(NEWLINE);
    parts.push(...family);
  }
  if (process !== undefined) {
    if (!isOpenMetrics) parts.push(NEWLINE);
    parts.push(Buffer.from(await guestMetrics(process, isOpenMetrics)));
  } else if (isOpenMetrics) parts.push(Buffer.from('# EOF\n'));
  const text = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    at += part.copy(text, at);
    const pause = rest?.();
    if (pause !== undefined) await pause;
  }
  return text;
}

/** @returns the same as a string */
export async function metricsText(...input: Parameters<typeof metricsBytes>): Promise<string> {
  return (await metricsBytes(...input)).toString();
}

const NEWLINE = Buffer.from('\n');

/** The metrics of another registry, as prom-client writes them; in OpenMetrics with the end mark. */
async function guestMetrics(process: Registry, isOpenMetrics: boolean): Promise<string> {
  const guests = new Registry();
  // Its type allows only the content type that it was made with.
  guests.setContentType((isOpenMetrics ? CONTENT_TYPE_OPENMETRICS : CONTENT_TYPE_TEXT) as never);
  for (const metric of process.getMetricsAsArray())
    guests.registerMetric(asGuest(metric as unknown as GuestMetric) as never);
  return guests.metrics();
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
