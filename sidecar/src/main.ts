import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { main } from './cli.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

// Whoever reads our output may stop reading (`| head`): that is an end, not a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.stderr.on('error', () => undefined);

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  terminalWidth: process.stdout.isTTY ? process.stdout.columns : undefined,
  isErrTerminal: process.stderr.isTTY,
  pageDir: fileURLToPath(new URL('./page/', import.meta.url)),
  program: fileURLToPath(import.meta.url),
  cores: {
    count: availableParallelism(),
    workerUrl: new URL('./shard-worker.js', import.meta.url),
  },
  signal: stop.signal,
});
