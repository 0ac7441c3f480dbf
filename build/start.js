/**
 * `npm start`: an engine on the simulated market, and a sidecar on its log with its page.
 *
 * Both run in process groups of their own, so that a Ctrl-C reaches only this program, which then
 * ends the engine first (its last lines are out), the sidecar after it, and then writes the report of
 * the run where the sidecar will publish it. Settings come from the environment: TRADETAIL_SPEED, TRADETAIL_SEED, TRADETAIL_LOG_DIR, TRADETAIL_PORT and so on.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { entry } from './bundle.js';

/** Longer than the programs take to give up by themselves. */
const END_MS_MAX = 30_000;

const logDir = process.env.TRADETAIL_LOG_DIR || 'logs';
mkdirSync(logDir, { recursive: true, mode: 0o700 });

let stopping = false;
let exitCode = 0;

const sidecar = await program('sidecar', ['serve', '--logs', path.join(logDir, '*.jsonl')]);
const url = await firstLine(sidecar, /serves (http\S+)/);
const engine = url && !stopping ? await program('engine', ['run', '--log-dir', logDir]) : undefined;
const firstLog = engine && (await firstLine(engine, /logs to (.+)\n/));
if (firstLog && (await answers(new URL('healthz', url))))
  process.stdout.write(`tradetail: ${url} shows the engine at work; Ctrl-C stops it\n`);

await Promise.race([sidecar.ended, ...(engine ? [engine.ended] : []), stopSignal()]);
stopping = true;
for (const one of [engine, sidecar]) if (one) await end(one);
if (firstLog) await report(firstLog);
process.exit(exitCode);

/** @param {'engine' | 'sidecar'} name */
async function program(name, args) {
  const file = fileURLToPath(await entry(name));
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const one = { name, child, isRunning: true, ended: undefined };
  one.ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      one.isRunning = false;
      if (!stopping)
        process.stderr.write(`tradetail: the ${name} ended (${signal ?? `exit ${code}`})\n`);
      if (!stopping || code !== 0) exitCode = 1;
      resolve();
    });
  });
  return one;
}

/** @param {string} firstLog the first segment of the run: `<engine>-<run>.1.jsonl` */
async function report(firstLog) {
  const name = path.basename(firstLog).replace(/\.1\.jsonl$/, '');
  const folder = path.join(process.env.TRADETAIL_STATE_DIR || '.tradetail', 'reports', name);
  const logs = path.join(path.dirname(firstLog), `${name}.*.jsonl`);
  const writer = await program('sidecar', ['report', '--logs', logs, '--out', folder]);
  const file = await lineOf(writer, /in (\S.*report\.html)/);
  await writer.ended;
  if (file) process.stdout.write(`tradetail: the report of the run is ${file}\n`);
}

/** @returns what the program's start line says, undefined when it ends before it says it */
async function firstLine(one, pattern) {
  return Promise.race([lineOf(one, pattern), one.ended, stopSignal()]);
}

/** @returns what the program says, undefined when it has said all it has to */
async function lineOf(one, pattern) {
  let text = '';
  for await (const chunk of one.child.stdout) {
    text += chunk;
    const match = pattern.exec(text);
    if (match) return match[1];
  }
}

async function answers(address) {
  while (!stopping && sidecar.isRunning && engine.isRunning) {
    const response = await fetch(address).catch(() => undefined);
    if (response?.ok) return true;
    await setTimeout(50);
  }
  return false;
}

async function end(one) {
  if (!one.isRunning) return;
  one.child.kill('SIGTERM');
  const isOver = await Promise.race([
    one.ended.then(() => true),
    setTimeout(END_MS_MAX, false, { ref: false }),
  ]);
  if (isOver) return;
  process.stderr.write(`tradetail: the ${one.name} does not end; killed\n`);
  exitCode = 1;
  one.child.kill('SIGKILL');
  await one.ended;
}

/** @returns undefined once a signal asks to stop */
function stopSignal() {
  stopSignal.once ??= new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => {
        stopping = true;
        resolve();
      });
  });
  return stopSignal.once;
}
