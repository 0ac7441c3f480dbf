/**
 * An alert, once. It becomes a rule of Grafana, which evaluates every 10 s and no faster, and, so that
 * nothing depends on Grafana, a rule of Prometheus.
 */
export interface Alert {
  /** `PascalCase`: its name everywhere; the runbook is `docs/runbooks/<kebab-case>.md`. */
  readonly name: string;
  /** Critical: money is at risk now, wake somebody. Warning: look within the hour. */
  readonly severity: 'critical' | 'warning';
  /** Too urgent for 10 s: Prometheus evaluates it each second, and Grafana stands by. */
  readonly isFast: boolean;
  /** The measure, without the threshold: a series for each thing that can be at fault. */
  readonly value: string;
  readonly op: '>' | '<';
  readonly threshold: number;
  /** How long it must hold. */
  readonly for: string;
  /** A sentence without numbers. */
  readonly summary: string;
  /** With numbers: Go templates with `$labels` and `$value`. */
  readonly description: string;
  /** Where it is seen. */
  readonly dashboard: string;
  readonly panel: number;
  /** Alerts of one subject at two severities: the critical one silences the warning. */
  readonly subject?: string;
}

export const expression = ({ value, op, threshold }: Alert): string =>
  `(${value}) ${op} ${threshold}`;

/** `KillSwitchActive` → `kill-switch-active` */
export const slug = (name: string): string =>
  name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

export const runbook = (name: string): string => `docs/runbooks/${slug(name)}.md`;

/** Where Grafana is, as docker-compose.yml and `npm run stack` have it. */
const GRAFANA = 'http://127.0.0.1:3000';

/** @returns what both renderings say beside the numbers */
export function annotations(alert: Alert): Readonly<Record<string, string>> {
  return {
    summary: alert.summary,
    description: alert.description,
    dashboard_url: `${GRAFANA}/d/${alert.dashboard}?viewPanel=${alert.panel}`,
    runbook_url: runbook(alert.name),
  };
}

export function labels(alert: Alert): Readonly<Record<string, string>> {
  return {
    severity: alert.severity,
    ...(alert.subject === undefined ? {} : { subject: alert.subject }),
  };
}
