import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { systemClock } from '../clock.ts';
import { FileFollower } from '../follow/file-follower.ts';
import { parseSegment } from '../follow/segment-name.ts';
import type { Collector, Tables } from '../report/collector.ts';
import { printPdf } from '../report/pdf.ts';
import { reportPage } from '../report/page.ts';
import { ReportReader } from '../report/reader.ts';
import type { ReplicaState } from '../fold/replica.ts';
import {
  counterpartOf,
  reportOf,
  runSummary,
  type ReadLog,
  type Report,
  type RunSummary,
} from '../report/report.ts';
import { TableFiles } from '../report/table-files.ts';
import { equityRows, markoutRows } from '../report/tables.ts';

/** How much the heap may grow between two collections of garbage. */
const HEAP_GROWING_PERCENT = 30;

export interface ReportSettings {
  readonly logs: readonly string[];
  readonly out: string;
  readonly pdf: boolean;
  /** Logs of other runs, each glob one run. */
  readonly compare: readonly string[];
  /** Of the logs' runs; undefined: the greatest. */
  readonly run: string | undefined;
}

/**
 * Writes the report of one run into a folder; report.html comes last, so a folder that has it is whole.
 *
 * @returns what it is about and where it is; undefined where no file matches
 * @throws Error where there is no such run, the folder cannot be written, or no browser prints
 */
export async function report(
  settings: ReportSettings,
): Promise<
  { readonly file: string; readonly run: string; readonly complete: boolean } | undefined
> {
  const { out } = settings;
  // What is read makes much garbage and keeps little: without this it may be several times what is kept.
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  const others = settings.compare.map((pattern) => {
    const other = readRun([pattern], undefined, NO_TABLES);
    if (other === undefined) throw new Error(`compare: no file matches ${pattern}`);
    return runSummary(other.report([]));
  });
  mkdirSync(out, { recursive: true, mode: 0o700 });
  const tables = new TableFiles(out);
  try {
    const read = readRun(settings.logs, settings.run, () => {
      tables.clear();
      return tables;
    });
    if (read === undefined) {
      tables.abandon();
      return undefined;
    }
    const { collector } = read;
    if (collector !== undefined) {
      for (const cells of equityRows(collector)) tables.row('equity', cells);
      for (const cells of markoutRows(collector)) tables.row('markouts', cells);
    }
    tables.finish();
    const counterpart = collector && counterpartOf(read.replica, collector.run);
    if (counterpart !== undefined)
      others.push(runSummary(readRun(settings.logs, counterpart, NO_TABLES)!.report([])));
    const report = read.report(others);
    write(out, 'report.json', `${JSON.stringify(report, undefined, 1)}\n`);
    const html = reportPage(report, collector);
    if (settings.pdf) await printPdf(html, path.join(out, 'report.pdf'));
    write(out, 'report.html', html);
    return {
      file: path.join(out, 'report.html'),
      run: report.run.run ?? 'no run',
      complete: report.log.complete,
    };
  } catch (error) {
    tables.abandon();
    throw error;
  }
}

const NO_TABLES = (): Tables => ({ row: () => undefined, text: () => undefined });

interface ReadRun {
  readonly collector: Collector | undefined;
  readonly replica: ReplicaState;
  readonly report: (others: readonly RunSummary[]) => Report;
}

/** @returns undefined where no file matches */
function readRun(
  patterns: readonly string[],
  run: string | undefined,
  tables: () => Tables,
): ReadRun | undefined {
  const reader = new ReportReader(tables, run);
  const follower = new FileFollower({ patterns, sink: reader, clock: systemClock() });
  follower.readAll();
  const { positions } = follower.progress();
  const { files } = follower.status();
  follower.stop();
  if (files === 0) return undefined;
  const { collector, replica } = reader;
  if (run !== undefined && collector === undefined)
    throw new Error(`run: the logs have no run ${JSON.stringify(run)}`);
  collector?.end();
  const log = hashed(positions.map(({ path: file, offset }) => ({ file, bytes: offset })));
  return {
    collector,
    replica: replica.state,
    report: (others) => reportOf(collector, replica.state, log, others),
  };
}

/** Segments in their order, all else by name; of each the bytes that were read. */
function hashed(read: readonly { readonly file: string; readonly bytes: number }[]): ReadLog {
  const order = read
    .map((one) => ({
      ...one,
      name: path.basename(one.file),
      segment: parseSegment(path.basename(one.file)),
    }))
    .sort(
      (a, b) =>
        compare(
          `${a.segment?.engine} ${a.segment?.run}`,
          `${b.segment?.engine} ${b.segment?.run}`,
        ) ||
        (a.segment?.n ?? 0) - (b.segment?.n ?? 0) ||
        compare(a.name, b.name),
    );
  const all = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20);
  const files = order.map(({ file, name, bytes }) => {
    const one = createHash('sha256');
    const fd = openSync(file, 'r');
    let at = 0;
    while (at < bytes) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, bytes - at), at);
      if (count === 0) break;
      const part = buffer.subarray(0, count);
      one.update(part);
      if (order.length > 1) all.update(part);
      at += count;
    }
    closeSync(fd);
    return { name, bytes: at, sha256: one.digest('hex') };
  });
  return { files, sha256: files.length === 1 ? files[0]!.sha256 : all.digest('hex') };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function write(folder: string, name: string, text: string): void {
  const unfinished = path.join(folder, `.${name}.unfinished`);
  writeFileSync(unfinished, text, { mode: 0o600 });
  renameSync(unfinished, path.join(folder, name));
}
