/** The files that Grafana, Prometheus and people read, by path from the root of the project. */
import { ALERTS } from './alerts/catalogue.ts';
import { grafanaRules } from './alerts/grafana-rules.ts';
import { alertRules, recordingRules } from './alerts/prometheus-rules.ts';
import { alertReference } from './alerts/reference.ts';
import { DASHBOARDS } from './dashboards.ts';

const fast = ALERTS.filter(({ isFast }) => isFast);
const slow = ALERTS.filter(({ isFast }) => !isFast);

export const FILES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    DASHBOARDS.map((one) => [
      `grafana/dashboards/${one.uid}.json`,
      `${JSON.stringify(one, null, 2)}\n`,
    ]),
  ),
  'docs/runbooks/README.md': alertReference(ALERTS),
  'grafana/provisioning/alerting/rules.yaml': grafanaRules(ALERTS),
  'prometheus/rules/recordings.yml': recordingRules(),
  'prometheus/rules/alerts-fast.yml': alertRules('tradetail-fast', '1s', fast),
  // Not loaded where Grafana evaluates these: they would speak twice.
  'prometheus/rules-without-grafana/alerts.yml': alertRules('tradetail', '10s', slow),
};
