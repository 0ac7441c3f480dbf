import { main } from './cli.ts';

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  workerUrl: new URL('./log-worker.js', import.meta.url),
});
