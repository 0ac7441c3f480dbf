/** What every query selects by: the six variables that each dashboard has, in this order. */
export const VARIABLES = ['datasource', 'loki', 'engine', 'strategy', 'venue', 'symbol'] as const;

/** Matchers of PromQL by the labels that a metric has. `P`, `S`, `M`, `E` as in the catalogue of metrics. */
export const E = 'engine=~"$engine"';
export const S = `${E},strategy=~"$strategy"`;
export const M = `${E},venue=~"$venue",symbol=~"$symbol"`;
export const P = `${S},venue=~"$venue",symbol=~"$symbol"`;

/**
 * A log selector. Labels come first, because they choose streams; what has many values is structured
 * metadata and filters lines. A line without venue or symbol stays as long as all are chosen.
 *
 * @param classes event classes, as promtail/promtail.yaml makes them
 */
export function logs(...classes: readonly string[]): string {
  const label = classes.length === 0 ? '' : `,event_class=~"${classes.join('|')}"`;
  return `{job="engine",${S}${label}} | venue=~"$venue" | symbol=~"$symbol"`;
}
