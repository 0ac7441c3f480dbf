/**
 * Makes the two programs runnable from their TypeScript sources, with nothing but `npm ci`.
 *
 * `entry(name)` returns the bundled file of a program. The bundle lives in `dist/<hash>/`, where
 * the hash is that of every source file, so it is made once a change (about 100 ms) and never
 * stale; it is built beside and renamed, so that two programs that start together cannot see half
 * of one. Packages from npm stay outside and are loaded from node_modules.
 */
import { createHash } from 'node:crypto';
import { access, chmod, cp, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = {
  engine: 'engine/src/main.ts',
  'log-worker': 'engine/src/log/worker.ts',
  sidecar: 'sidecar/src/main.ts',
  'shard-worker': 'sidecar/src/shard/worker.ts',
};
/** Served as they are, so copied beside the program that serves them. */
const PAGE = 'sidecar/src/page';

/** @param {keyof typeof ENTRIES} name */
export async function entry(name) {
  const hash = await sourceHash();
  const out = path.join(root, 'dist', hash);
  const file = path.join(out, `${name}.js`);
  if (!(await exists(file))) await bundle(out);
  return pathToFileURL(file);
}

async function bundle(out) {
  const { build } = await import('esbuild');
  await mkdir(path.join(root, 'dist'), { recursive: true });
  const beside = await mkdtemp(path.join(root, 'dist', '.new-'));
  await build({
    absWorkingDir: root,
    entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: file, out })),
    outdir: beside,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
    external: await npmPackages(),
  });
  if (await exists(path.join(root, PAGE)))
    await cp(path.join(root, PAGE), path.join(beside, 'page'), { recursive: true });
  // Who builds and who runs need not be the same user.
  await chmod(beside, 0o755);
  // Lost the race: the other one's bundle has the same sources.
  await rename(beside, out).catch(() => rm(beside, { recursive: true, force: true }));
  for (const old of await readdir(path.join(root, 'dist')))
    if (/^[0-9a-f]{16}$/.test(old) && old !== path.basename(out))
      await removeIfOld(path.join(root, 'dist', old));
}

/** A running program may still load its worker from the bundle it started with: an hour is enough. */
async function removeIfOld(folder) {
  const { stat } = await import('node:fs/promises');
  // Another program that starts may have removed it a moment ago.
  const made = await stat(folder).catch(() => undefined);
  if (made && Date.now() - made.mtimeMs > 3_600_000)
    await rm(folder, { recursive: true, force: true });
}

async function npmPackages() {
  const names = [];
  for (const workspace of ['core', 'engine', 'sidecar']) {
    const manifest = JSON.parse(await readFile(path.join(root, workspace, 'package.json'), 'utf8'));
    // One that only a development install has is loaded where it is there.
    const packages = { ...manifest.dependencies, ...manifest.devDependencies };
    names.push(...Object.keys(packages).filter((name) => !name.startsWith('@tradetail/')));
  }
  return [...new Set(names)];
}

async function sourceHash() {
  const hash = createHash('sha256');
  const files = [fileURLToPath(import.meta.url)];
  for (const folder of ['core/src', 'engine/src', 'sidecar/src'])
    files.push(...(await sources(path.join(root, folder))));
  for (const file of files.sort())
    hash
      .update(path.relative(root, file))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

async function sources(folder) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => path.join(one.parentPath, one.name));
}

async function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  );
}
