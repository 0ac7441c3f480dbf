/** docs/metrics.md, from the catalogue. */
import { METRICS, type Metric } from '../sidecar/src/metrics/catalogue.ts';

const HEAD = `# Metrics

Generated from \`sidecar/src/metrics/catalogue.ts\` by \`npm run generate\`. What the numbers mean, with
formulas and worked examples, is in [formulas.md](formulas.md).

Base units, Prometheus naming. Label values that repeat a word of the log are in lower case
(\`side="buy"\`); codes, names, states and events stay as logged. Gauges are those of the engine's latest
run; counters and histograms go on over runs. A gauge whose value cannot be given is absent, never 0
or NaN. No label carries an order, trade or run id but \`trading_run_info\`. Histogram buckets: 1, 2.5,
5 × 10^k s from 1e-6 to 5, and 10.

Label values are at most 128 bytes (a longer one: its first 100, \`~\`, 8 hex digits of its SHA-256).
Per engine 2,000 symbols, 200 strategies and 64 codes have series of their own; past that counters go
to \`other\`, gauges are dropped, and \`sidecar_series_dropped_total\` counts both.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
`;

const row = (metric: Metric): string =>
  `| \`${metric.name}\` | ${metric.type} | ${metric.labels.map((label) => `\`${label}\``).join(', ') || '–'} | ${metric.help}${metric.isLive ? ' Not in `scan`.' : ''} |\n`;

export function metricsReference(): string {
  return HEAD + (METRICS as readonly Metric[]).map(row).join('');
}
