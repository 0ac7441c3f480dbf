/**
 * Real programs that tests run against. Where one is missing the test skips and says so; in
 * continuous integration (`TRADETAIL_REQUIRE_COMPONENTS=1`) it fails instead.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const required = process.env['TRADETAIL_REQUIRE_COMPONENTS'] === '1';

/** @returns the path of the program, or undefined where it is not installed and not required */
export function component(name: string, ...otherNames: string[]): string | undefined {
  for (const candidate of [name, ...otherNames]) {
    try {
      return execFileSync('sh', ['-c', 'command -v "$0"', candidate], { encoding: 'utf8' }).trim();
    } catch {
      continue;
    }
  }
  if (required) throw new Error(`${name} is required here and is not on the PATH`);
  console.warn(`skipped: ${name} is not on the PATH`);
  return undefined;
}

/**
 * A program that the suite runs against where it is there, and that continuous integration lacks; by
 * `TRADETAIL_<NAME>` or on the PATH.
 *
 * @returns its path, or undefined (said); throws where TRADETAIL_REQUIRE names it
 */
export function extra(name: string): string | undefined {
  const named = process.env[`TRADETAIL_${name.toUpperCase()}`];
  if (named) return named;
  try {
    return execFileSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).trim();
  } catch {
    const how = `${name} is neither on the PATH nor named by TRADETAIL_${name.toUpperCase()}`;
    if (process.env['TRADETAIL_REQUIRE']?.split(',').includes(name)) throw new Error(how);
    console.warn(`skipped: ${how}`);
    return undefined;
  }
}

/** @returns the folder of recorded data beside the project, or undefined (said) where it is absent */
export function recordedData(folder: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/data/${folder}`, import.meta.url));
  if (existsSync(path)) return path;
  if (required) throw new Error(`the recorded data ${folder} is required here and is absent`);
  console.warn(`skipped: the recorded data ${folder} is absent`);
  return undefined;
}
