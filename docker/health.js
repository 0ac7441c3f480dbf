/**
 * Health checks for containers without curl. `health.js URL`: it answers 2xx. `health.js FOLDER SECONDS`:
 * something was written there lately, which is all that an engine shows of itself.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const [target, seconds] = process.argv.slice(2);
process.exitCode = (await isHealthy()) ? 0 : 1;

async function isHealthy() {
  if (seconds === undefined) {
    const response = await fetch(target).catch(() => undefined);
    return response?.ok === true;
  }
  const latestMs = Math.max(
    ...readdirSync(target).map((name) => statSync(path.join(target, name)).mtimeMs),
  );
  return Date.now() - latestMs < Number(seconds) * 1000;
}
