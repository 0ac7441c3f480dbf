/** The metrics of the process, which prom-client keeps and writes. */
import { collectDefaultMetrics, Registry } from 'prom-client';

export const CONTENT_TYPE_TEXT = Registry.PROMETHEUS_CONTENT_TYPE;
export const CONTENT_TYPE_OPENMETRICS = Registry.OPENMETRICS_CONTENT_TYPE;

/** Begins to watch the process. @returns what its metrics are when asked, as text; in OpenMetrics with the end mark */
export function watchProcess(): (isOpenMetrics: boolean) => Promise<string> {
  const process = new Registry();
  // Each sample of the event loop is a wake-up: every 10 ms, the default, they cost a core 0.5 %,
  // more than following fifty idle files.
  collectDefaultMetrics({ register: process, eventLoopMonitoringPrecision: 100 });
  // Gauges with a counter's name, which the same metrics by type replace.
  for (const kind of ['handles', 'requests', 'resources'])
    process.removeSingleMetric(`nodejs_active_${kind}_total`);
  return (isOpenMetrics) => guestMetrics(process, isOpenMetrics);
}

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
