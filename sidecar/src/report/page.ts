/** The report as one page. */
import type { Collector } from './collector.ts';
import { escapeHtml } from './markup.ts';
import type { Report } from './report.ts';

export function reportPage(report: Report, _collector: Collector | undefined): string {
  const { run, log } = report;
  const state = log.complete ? 'complete' : `incomplete: ${log.findings.join('; ')}`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Report</title>
<h1>${escapeHtml(`${run.engine ?? 'no engine'} ${run.run ?? ''}`)}</h1><p>${escapeHtml(state)}</p></html>
`;
}
