/** The alerts and recordings as rule files of Prometheus. */
import { stringify } from 'yaml';
import { annotations, expression, labels, type Alert } from './alert.ts';
import { RECORDINGS } from './recording.ts';

const HEAD = '# Generated from grafana/src/alerts/ by `npm run generate`.\n';
/** Long enough that Grafana, which stands by, is done before Prometheus takes its word back. */
const KEEP_FIRING = '1m';

const file = (...groups: readonly object[]): string =>
  `${HEAD}${stringify({ groups }, { lineWidth: 0 })}`;

export function recordingRules(): string {
  return file(
    ...(['1s', '15s', '1m'] as const).map((interval) => ({
      name: `tradetail-recordings-${interval}`,
      interval,
      rules: RECORDINGS.filter((one) => one.interval === interval).map(({ record, expr }) => ({
        record,
        expr,
      })),
    })),
  );
}

/** @param interval how often they are evaluated */
export function alertRules(name: string, interval: string, alerts: readonly Alert[]): string {
  return file({
    name,
    interval,
    rules: alerts.map((alert) => ({
      alert: alert.name,
      expr: expression(alert),
      for: alert.for,
      ...(alert.isFast ? { keep_firing_for: KEEP_FIRING } : {}),
      labels: labels(alert),
      annotations: annotations(alert),
    })),
  });
}
