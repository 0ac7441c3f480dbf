/**
 * The exposition: samples taken from the state at scrape, as text, and behind them the metrics of
 * the process, which prom-client keeps and writes. No metric is kept up to date on the way of a
 * line, so scraping is the only thing that costs.
 */
import { Registry } from 'prom-client';
import type { ReplicaState } from '../fold/replica.ts';
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

/** Writes expositions of one state, one at a time in each format; keeps of each text what does not change until the next. */
export class Exposition {
  readonly #texts = new Map<boolean, SeriesText>();

  /** @returns the exposition of the state as it stands, in the text format or OpenMetrics */
  async bytes(
    state: ReplicaState,
    follower: FollowerCounts,
    { isOpenMetrics = false, liveness, process, rest }: MetricsOptions = {},
  ): Promise<Buffer> {
    const series = this.#texts.get(isOpenMetrics) ?? new SeriesText(isOpenMetrics);
    // Where a writing fails halfway, the next one begins anew.
    this.#texts.delete(isOpenMetrics);
    series.begin();
    for (const _ of putSamples(series.put, state, follower, liveness)) {
      const pause = rest?.();
      if (pause !== undefined) await pause;
    }
    series.end();
    const guests =
      process === undefined
        ? isOpenMetrics
          ? '# EOF\n'
          : ''
        : (isOpenMetrics ? '' : '\n') + (await guestMetrics(process, isOpenMetrics));
    // A family without samples is left out.
    const families = [...series.families()];
    const betweenFamilies = isOpenMetrics ? '' : '\n';
    let length = guests.length * 3 + families.length * betweenFamilies.length;
    for (const family of families) length += family.head.length + family.length;
    const text = Buffer.allocUnsafe(length);
    let at = 0;
    for (const [index, family] of families.entries()) {
      if (index > 0) at += text.write(betweenFamilies, at);
      at += family.head.copy(text, at);
      family.copyTo(text, at);
      at += family.length;
      const pause = rest?.();
      if (pause !== undefined) await pause;
    }
    at += text.write(guests, at);
    this.#texts.set(isOpenMetrics, series);
    return text.subarray(0, at);
  }
}

/** @returns the exposition of the state as it stands */
export async function metricsText(...input: Parameters<Exposition['bytes']>): Promise<string> {
  return (await new Exposition().bytes(...input)).toString();
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
