/**
 * The exposition: samples taken from the state at scrape, as text, and behind them the metrics of
 * the process (`process-metrics.ts`). No metric is kept up to date on the way of a
 * line, so scraping is the only thing that costs.
 */
import type { ReplicaState } from '../fold/replica.ts';
import { putSamples, type FollowerCounts, type Liveness } from './samples.ts';
import { SeriesText } from './series-text.ts';

export interface MetricsOptions {
  readonly isOpenMetrics?: boolean;
  /** What only a running sidecar knows; without it the metrics that need it are left out. */
  readonly liveness?: Liveness;
  /** What follows: metrics of the process, in OpenMetrics with the end mark. */
  readonly process?: (isOpenMetrics: boolean) => Promise<string>;
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
        : (isOpenMetrics ? '' : '\n') + (await process(isOpenMetrics));
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
