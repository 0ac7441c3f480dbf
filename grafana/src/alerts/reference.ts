/** The table of all alerts, for people. */
import { slug, type Alert } from './alert.ts';

export function alertReference(alerts: readonly Alert[]): string {
  const row = (alert: Alert): string =>
    `| [${alert.name}](${slug(alert.name)}.md) | ${alert.severity} | ${alert.isFast ? '1 s' : '10 s'} | ${alert.for} | ${alert.summary} |`;
  return [
    '# Runbooks',
    '',
    'Generated from `grafana/src/alerts/catalogue.ts` by `npm run generate`. Critical: money is at risk now. Warning:',
    'look within the hour. Urgent alerts are evaluated each second, by Prometheus; the others every 10 s, by Grafana.',
    'Thresholds are in `grafana/src/alerts/thresholds.ts`; those of limits follow the settings of the engine.',
    '',
    '| alert | severity | evaluated every | holds for | what |',
    '| --- | --- | --- | --- | --- |',
    ...alerts.map(row),
    '',
  ].join('\n');
}
