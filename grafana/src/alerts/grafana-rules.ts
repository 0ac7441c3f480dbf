/**
 * The alerts as Grafana provisions them from a file (9.4 to 13): keys as its provisioning reads them,
 * which are not those of its HTTP API.
 */
import { stringify } from 'yaml';
import { annotations, labels, slug, type Alert } from './alert.ts';

/** Grafana's scheduler knows nothing shorter. */
const INTERVAL = '10s';
/** How far back a query may look; an instant query asks at its end. */
const RANGE_SECONDS = 600;
/** Grafana's uids have at most 40 characters. */
const uid = (name: string): string => `tt-${slug(name)}`;

/** Grafana has the value of a query under its letter. */
const template = (text: string): string => text.replaceAll('$value', '$values.A.Value');

function rule(alert: Alert): object {
  const { summary, description, runbook_url } = annotations(alert);
  return {
    uid: uid(alert.name),
    title: alert.name,
    condition: 'C',
    for: alert.for,
    // Nothing to judge by is no fault of that kind: silence and down have alerts of their own.
    noDataState: 'OK',
    execErrState: 'Error',
    isPaused: false,
    dashboardUid: alert.dashboard,
    panelId: alert.panel,
    labels: {
      ...labels(alert),
      // Prometheus is a second ahead with these; Alertmanager lets Grafana speak only where it is silent.
      ...(alert.isFast ? { standby: 'true' } : {}),
    },
    annotations: { summary, description: template(description!), runbook_url },
    data: [
      {
        refId: 'A',
        relativeTimeRange: { from: RANGE_SECONDS, to: 0 },
        datasourceUid: 'prometheus',
        model: {
          refId: 'A',
          datasource: { type: 'prometheus', uid: 'prometheus' },
          expr: alert.value,
          instant: true,
          range: false,
          intervalMs: 1000,
          maxDataPoints: 43_200,
        },
      },
      {
        refId: 'C',
        relativeTimeRange: { from: RANGE_SECONDS, to: 0 },
        datasourceUid: '__expr__',
        model: {
          refId: 'C',
          datasource: { type: '__expr__', uid: '__expr__' },
          type: 'threshold',
          expression: 'A',
          conditions: [
            {
              type: 'query',
              evaluator: { type: alert.op === '>' ? 'gt' : 'lt', params: [alert.threshold] },
              operator: { type: 'and' },
              query: { params: ['C'] },
              reducer: { type: 'last', params: [] },
            },
          ],
        },
      },
    ],
  };
}

export function grafanaRules(alerts: readonly Alert[]): string {
  const groups = [
    ['tradetail-fast', alerts.filter(({ isFast }) => isFast)],
    ['tradetail', alerts.filter(({ isFast }) => !isFast)],
  ] as const;
  const head =
    '# Generated from grafana/src/alerts/ by `npm run generate`. Grafana keeps a rule that leaves this file:\n# delete it there, or give it to deleteRules.\n';
  return `${head}${stringify(
    {
      apiVersion: 1,
      groups: groups.map(([name, members]) => ({
        orgId: 1,
        name,
        folder: 'Trading',
        interval: INTERVAL,
        rules: members.map(rule),
      })),
    },
    { lineWidth: 0 },
  )}`;
}
