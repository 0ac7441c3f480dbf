/**
 * Reports of runs that have ended, made by a program of their own: reading a whole log again takes
 * seconds, and following must not wait. One at a time, at low priority; a run has one once its folder
 * has report.html, which is written last.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import type { ReplicaState } from '../fold/replica.ts';

export interface Publishing {
  /** The program whose `report` is run. */
  readonly program: string;
  /** A folder a run goes in here. */
  readonly reportsDir: string;
  readonly state: () => ReplicaState;
  /** The files of a run; none where their names do not tell. */
  readonly filesOf: (engine: string, run: string) => readonly string[];
  /** Where the files are looked for when their names do not tell. */
  readonly logs: readonly string[];
  readonly say: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

export class ReportPublisher {
  readonly #publishing: Publishing;
  readonly #seen = new Set<string>();
  readonly #waiting: { readonly engine: string; readonly run: string }[] = [];
  #child: ChildProcess | undefined;
  #isStopped = false;

  constructor(publishing: Publishing) {
    this.#publishing = publishing;
  }

  /** Takes notice of an engine's latest run once it has ended. */
  look(): void {
    for (const { engine, latest, runs } of this.#publishing.state().engines.values()) {
      if (runs.get(latest)?.isStopped !== true) continue;
      const name = `${engine}-${latest}`;
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      if (existsSync(path.join(this.#publishing.reportsDir, name, 'report.html'))) continue;
      this.#waiting.push({ engine, run: latest });
      this.#next();
    }
  }

  /** What is being made is given up; it is made anew at the next start. */
  stop(): void {
    this.#isStopped = true;
    this.#child?.kill();
  }

  #next(): void {
    if (this.#child !== undefined || this.#isStopped) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { engine, run } = next;
    const { program, reportsDir, filesOf, logs, say } = this.#publishing;
    const out = path.join(reportsDir, `${engine}-${run}`);
    const files = filesOf(engine, run);
    const patterns = files.length > 0 ? files : logs;
    const args = [
      'report',
      '--run',
      run,
      '--out',
      out,
      ...patterns.flatMap((one) => ['--logs', one]),
    ];
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    let complaint = '';
    child.stderr.on('data', (bytes: Buffer) => {
      if (complaint.length < 2_000) complaint += bytes.toString();
    });
    child.once('spawn', () => {
      try {
        setPriority(child.pid!, constants.priority.PRIORITY_LOW);
      } catch {
        // It has ended already.
      }
    });
    child.once('error', (error) => {
      complaint = error.message;
    });
    child.once('close', (code) => {
      this.#child = undefined;
      if (this.#isStopped) return;
      if (code === 0) say({ run, folder: out }, 'report published');
      else say({ run, failure: complaint.slice(0, 500) }, 'report could not be made');
      this.#next();
    });
  }
}
