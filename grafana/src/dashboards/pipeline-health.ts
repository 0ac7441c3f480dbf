/** From the engine's file to this screen: is every line counted, how late, and does each program run. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.ts';
import {
  COLORS,
  flags,
  NONE,
  PLAIN,
  rising,
  stat,
  table,
  columns,
  timeseries,
  type StatSpec,
} from '../panel.ts';
import { E } from '../selector.ts';

const UP = [
  [0, COLORS.bad],
  [1, COLORS.good],
] as const;

/** A count that should be zero. */
const never = (
  spec: Pick<StatSpec, 'id' | 'title' | 'description'> & { readonly expr: string },
): ReturnType<typeof stat> =>
  stat({
    ...spec,
    width: 4,
    unit: 'short',
    decimals: 0,
    noValue: '0',
    thresholds: NONE,
    targets: [{ expr: spec.expr, instant: true }],
  });

export const pipelineHealth: Dashboard = dashboard({
  uid: 'pipeline-health',
  title: 'Pipeline health',
  description:
    'Lag, delay, invalid lines, gaps and duplicates; sidecar, Promtail, Loki, Prometheus.',
  rows: [
    {
      title: 'Now',
      height: 5,
      panels: [
        stat({
          id: 1,
          title: 'Programs',
          description:
            'What Prometheus scrapes. Promtail or Alloy brings lines to Loki: one of them is enough.',
          width: 12,
          unit: 'none',
          name: true,
          filled: true,
          mappings: [flags(['DOWN', COLORS.bad], ['up', COLORS.good])],
          thresholds: UP,
          targets: [
            {
              expr: 'min by (job) (up{job!~"promtail|alloy"}) or label_replace(max(up{job=~"promtail|alloy"}), "job", "shipper", "", "")',
              legend: '{{job}}',
              instant: true,
            },
          ],
        }),
        stat({
          id: 2,
          title: 'Delay, p99',
          description:
            "From a line's time in the engine to its being counted, the last minute. What is shown here is at most this old, and a scrape.",
          width: 4,
          unit: 's',
          decimals: 1,
          thresholds: rising(0.25, 1),
          targets: [
            {
              expr: 'histogram_quantile(0.99, sum by (le) (rate(sidecar_ingest_delay_seconds_bucket[1m])))',
              instant: true,
            },
          ],
        }),
        stat({
          id: 3,
          title: 'Not yet read',
          description: 'Bytes that stand in the files and are not counted yet.',
          width: 4,
          unit: 'bytes',
          decimals: 0,
          thresholds: rising(262_144, 1_048_576),
          targets: [{ expr: 'sum(sidecar_file_lag_bytes)', instant: true }],
        }),
        stat({
          id: 4,
          title: 'Last checkpoint',
          description:
            'How much would be read again after a kill. None yet is right in a new sidecar.',
          width: 4,
          unit: 's',
          decimals: 0,
          noValue: 'none yet',
          thresholds: rising(120, 600),
          targets: [
            { expr: 'time() - max(sidecar_checkpoint_last_timestamp_seconds)', instant: true },
          ],
        }),
      ],
    },
    {
      title: 'What must never happen, last hour',
      height: 4,
      panels: [
        never({
          id: 10,
          title: 'Invalid lines',
          description: 'Refused: not JSON, not the schema, too long. The sidecar logs a sample.',
          expr: 'sum(increase(sidecar_invalid_lines_total[1h]))',
        }),
        never({
          id: 11,
          title: 'Missing lines',
          description: 'Sequence numbers that were skipped.',
          expr: `sum(increase(sidecar_missing_events_total{${E}}[1h]))`,
        }),
        never({
          id: 12,
          title: 'Duplicates',
          description:
            'Lines whose number had been read: counted once, so harmless, but why twice?',
          expr: `sum(increase(sidecar_duplicate_events_total{${E}}[1h]))`,
        }),
        never({
          id: 13,
          title: 'Repeated fills',
          description: 'Execution ids that came again. The engine should have kept them back.',
          expr: `sum(increase(sidecar_repeated_fills_total{${E}}[1h]))`,
        }),
        never({
          id: 14,
          title: 'Runs with holes',
          description: 'Lines are missing that no snapshot has made good: figures may be wrong.',
          expr: `sum(trading_run_incomplete{${E}})`,
        }),
        never({
          id: 15,
          title: 'Series dropped',
          description: 'Updates that the caps on labels kept out.',
          expr: 'sum(increase(sidecar_series_dropped_total[1h]))',
        }),
      ],
    },
    {
      title: 'Sidecar',
      height: 8,
      panels: [
        timeseries({
          id: 20,
          title: 'Lines a second',
          description: 'Read from the files.',
          width: 8,
          unit: 'ops',
          min: 0,
          calcs: ['lastNotNull', 'mean', 'max'],
          targets: [
            {
              expr: `sum by (engine) (rate(sidecar_events_total{${E}}[$__rate_interval]))`,
              legend: '{{engine}}',
            },
          ],
        }),
        timeseries({
          id: 21,
          title: 'Delay of a line',
          description:
            "From a line's time to its being counted. A burst is not read faster than it is written.",
          width: 8,
          unit: 's',
          min: 0,
          lines: true,
          thresholds: rising(0.25, 1),
          targets: [0.5, 0.99].map((q) => ({
            expr: `histogram_quantile(${q}, sum by (le) (rate(sidecar_ingest_delay_seconds_bucket[$__rate_interval])))`,
            legend: `p${q * 100}`,
          })),
        }),
        timeseries({
          id: 22,
          title: 'Log written',
          description:
            'Bytes a second. The budget of 4 GiB an engine (log.budget_bytes) divided by this is how long the log reaches back.',
          width: 8,
          unit: 'Bps',
          min: 0,
          plainLegend: true,
          targets: [
            { expr: 'sum(rate(sidecar_bytes_total[$__rate_interval]))', legend: 'all engines' },
          ],
        }),
        timeseries({
          id: 23,
          title: 'Files',
          description: 'Followed, renamed or replaced, cut, and not readable.',
          width: 8,
          unit: 'short',
          plainLegend: true,
          targets: [
            { expr: 'sum(sidecar_files)', legend: 'followed' },
            { expr: 'sum(sidecar_file_rotations_total)', legend: 'renamed or replaced' },
            { expr: 'sum(sidecar_file_truncations_total)', legend: 'cut' },
            { expr: 'sum(sidecar_file_errors_total)', legend: 'errors' },
          ],
        }),
        timeseries({
          id: 24,
          title: 'Processor and memory of the sidecar',
          description: 'Processor in cores (left), memory (right).',
          width: 8,
          unit: 'none',
          decimals: 2,
          min: 0,
          plainLegend: true,
          targets: [
            {
              expr: 'sum(rate(process_cpu_seconds_total{job="sidecar"}[$__rate_interval]))',
              legend: 'cores',
            },
            { expr: 'sum(process_resident_memory_bytes{job="sidecar"})', legend: 'memory' },
          ],
          overrides: [
            {
              of: 'memory',
              properties: [
                { id: 'unit', value: 'bytes' },
                { id: 'custom.axisPlacement', value: 'right' },
              ],
            },
          ],
        }),
        table({
          id: 25,
          title: 'Runs',
          description: 'The latest run of each engine, its mode and its version.',
          width: 8,
          unit: 'none',
          thresholds: PLAIN,
          targets: [
            {
              expr: `max by (engine, run, mode, version) (trading_run_info{${E}})`,
              instant: true,
              format: 'table',
            },
          ],
          transformations: columns(
            { engine: 'Engine', run: 'Run', mode: 'Mode', version: 'Version' },
            'Known',
          ),
          overrides: [{ of: 'Known', properties: [{ id: 'custom.hidden', value: true }] }],
        }),
      ],
    },
    {
      title: 'Promtail or Alloy, and Loki',
      height: 8,
      panels: [
        timeseries({
          id: 30,
          title: 'Lines sent and taken a second',
          description:
            'What Promtail or Alloy sends and what Loki takes: the two lines lie on each other.',
          width: 8,
          unit: 'ops',
          min: 0,
          plainLegend: true,
          targets: [
            {
              expr: 'sum(rate(promtail_sent_entries_total[$__rate_interval])) or sum(rate(loki_write_sent_entries_total[$__rate_interval]))',
              legend: 'sent',
            },
            {
              expr: 'sum(rate(loki_distributor_lines_received_total[$__rate_interval]))',
              legend: 'taken',
            },
          ],
        }),
        timeseries({
          id: 31,
          title: 'Lines lost on the way',
          description:
            'Dropped by Promtail or Alloy, or thrown away by Loki, by reason. Not in the sidecar: it reads the files itself.',
          width: 8,
          unit: 'short',
          noValue: '0',
          thresholds: NONE,
          calcs: ['lastNotNull', 'sum'],
          targets: [
            {
              expr: 'sum by (reason) (increase(promtail_dropped_entries_total[5m])) or sum by (reason) (increase(loki_write_dropped_entries_total[5m]))',
              legend: 'dropped: {{reason}}',
            },
            {
              expr: 'sum by (reason) (increase(loki_discarded_samples_total[5m]))',
              legend: 'thrown away: {{reason}}',
            },
          ],
        }),
        timeseries({
          id: 32,
          title: 'Streams in Loki',
          description:
            'Label sets that Loki keeps open; the limit is 5,000. A number that climbs is a label with too many values.',
          width: 8,
          unit: 'short',
          lines: true,
          thresholds: rising(2500, 4500),
          plainLegend: true,
          targets: [{ expr: 'sum(loki_ingester_memory_streams)', legend: 'streams' }],
        }),
      ],
    },
    {
      title: 'Prometheus and Alertmanager',
      height: 8,
      panels: [
        timeseries({
          id: 40,
          title: 'Scrape of the sidecar',
          description: 'How long one takes. At one a second it must stay well below a second.',
          width: 6,
          unit: 's',
          min: 0,
          lines: true,
          thresholds: rising(0.25, 0.8),
          plainLegend: true,
          targets: [{ expr: 'max(scrape_duration_seconds{job="sidecar"})', legend: 'scrape' }],
        }),
        timeseries({
          id: 41,
          title: 'Series',
          description: 'Of the sidecar, and in all of Prometheus.',
          width: 6,
          unit: 'short',
          min: 0,
          plainLegend: true,
          targets: [
            { expr: 'sum(scrape_samples_scraped{job="sidecar"})', legend: 'sidecar' },
            { expr: 'sum(prometheus_tsdb_head_series)', legend: 'Prometheus' },
          ],
        }),
        timeseries({
          id: 42,
          title: 'Disk of Prometheus',
          description: 'Blocks on disk, and at how much the oldest go (0: no such limit).',
          width: 6,
          unit: 'bytes',
          min: 0,
          plainLegend: true,
          targets: [
            { expr: 'sum(prometheus_tsdb_storage_blocks_bytes)', legend: 'used' },
            { expr: 'sum(prometheus_tsdb_retention_limit_bytes)', legend: 'at most' },
          ],
        }),
        timeseries({
          id: 43,
          title: 'Rules and notifications that failed',
          description:
            'A rule that cannot be evaluated does not fire; a notification that fails is not read.',
          width: 6,
          unit: 'short',
          thresholds: NONE,
          plainLegend: true,
          targets: [
            {
              expr: 'sum(increase(prometheus_rule_evaluation_failures_total[5m]))',
              legend: 'rules',
            },
            {
              expr: 'sum(increase(prometheus_notifications_dropped_total[5m]))',
              legend: 'not handed on',
            },
            {
              expr: 'sum(increase(alertmanager_notifications_failed_total[5m]))',
              legend: 'not delivered',
            },
          ],
        }),
      ],
    },
  ],
});
