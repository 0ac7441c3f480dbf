/** The rules of the house, as tests rather than habits. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
});
const files = stdout.trim().split('\n');
const sources = await Promise.all(
  files
    .filter((file) => /\.(ts|js)$/.test(file) && !file.startsWith('docs/'))
    .map(async (file) => ({ file, text: await readFile(path.join(root, file), 'utf8') })),
);
const program = sources.filter(({ file }) => /^(core|engine|sidecar|grafana)\/src\//.test(file));

const page = await readFile(path.join(root, 'sidecar/src/page/index.html'), 'utf8');
const scriptsOfPage = [...page.matchAll(/src="\/?([^"]+\.js)"/g)].map(
  (match) => `sidecar/src/page/${match[1]}`,
);

const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]!);

/** The file that an import names, from the root. */
const target = (file: string, specifier: string): string =>
  specifier.startsWith('.')
    ? path.posix.join(path.posix.dirname(file), specifier)
    : specifier.replace(/^@tradetail\/(core|engine|sidecar|grafana)\//, '$1/src/');

describe('the way of the data', () => {
  const forbidden: readonly (readonly [string, string, string])[] = [
    ['core/', 'engine/', 'core knows neither side'],
    ['core/', 'sidecar/', 'core knows neither side'],
    ['core/', 'node:', 'core has no IO'],
    ['engine/', 'sidecar/', 'they meet in the log only'],
    ['sidecar/', 'engine/', 'they meet in the log only'],
    ['core/', 'grafana/', 'what is shown depends on nobody who shows it'],
    ['engine/', 'grafana/', 'the engine knows nothing of being watched'],
    ['sidecar/', 'grafana/', 'what is shown depends on nobody who shows it'],
    ['grafana/', 'engine/', 'dashboards know the catalogues, not the programs'],
    ['engine/', 'core/src/ledger/', 'each checks the other'],
    ['engine/src/strategy/', 'engine/src/venue/', 'a strategy knows no venue'],
    ['engine/src/venue/', 'engine/src/strategy/', 'a venue knows no strategy'],
    ['sidecar/src/fold/', 'sidecar/src/metrics/', 'state knows nothing of how it is shown'],
    ['sidecar/src/follow/', 'sidecar/src/fold/', 'the follower knows no meaning'],
  ];
  test.each(forbidden)('%s imports nothing of %s: %s', (from, to) => {
    const found = program
      .filter(({ file }) => file.startsWith(from))
      .flatMap(({ file, text }) =>
        importsOf(text).map((specifier) => [file, target(file, specifier)] as const),
      )
      .filter(([, imported]) => imported.startsWith(to));
    expect(found).toEqual([]);
  });
});

describe('every source file', () => {
  test('is named after one noun, in kebab-case', () => {
    const bad = sources
      .map(({ file }) => path.basename(file))
      .filter(
        (name) =>
          !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config)?\.(ts|js)$/.test(name) ||
          /^(utils?|helpers?|common|misc|types|manager)\./.test(name),
      );
    expect(bad).toEqual([]);
  });

  test('is used by somebody', () => {
    const used = new Set(
      sources.flatMap(({ file, text }) =>
        importsOf(text).map((specifier) => target(file, specifier)),
      ),
    );
    // Where programs and pages begin.
    const roots = [
      'engine/src/main.ts',
      'engine/src/log/worker.ts',
      'sidecar/src/main.ts',
      'sidecar/src/shard/worker.ts',
      ...scriptsOfPage,
    ];
    expect(
      program.map(({ file }) => file).filter((file) => !used.has(file) && !roots.includes(file)),
    ).toEqual([]);
  });

  test('leaves nothing unfinished and no test switched off', () => {
    const marks = new RegExp(
      [
        'TO' + 'DO',
        'FIX' + 'ME',
        String.raw`\b` + 'X'.repeat(3) + String.raw`\b`,
        String.raw`\b(test|it|describe)\.(only|skip|todo)\(`,
      ].join('|'),
    );
    expect(sources.filter(({ text }) => marks.test(text)).map(({ file }) => file)).toEqual([]);
  });

  test('takes time and chance from their seams', () => {
    const seams = [
      'engine/src/clock.ts',
      'engine/src/random.ts',
      'sidecar/src/clock.ts',
      'sidecar/src/page/',
    ];
    const bad = program
      .filter(({ file }) => !seams.some((seam) => file.startsWith(seam)))
      .filter(({ text }) =>
        /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|performance\.now\(/.test(text),
      )
      .map(({ file }) => file);
    expect(bad).toEqual([]);
  });
});

describe('the whole tree', () => {
  /** What a checker has to say; nothing when all is well. */
  const complaints = (...command: readonly [string, ...string[]]): Promise<string> =>
    run('npx', command, { cwd: root, maxBuffer: 1e8 }).then(
      () => '',
      (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
    );

  test.each(['core', 'engine', 'sidecar', 'grafana', 'tsconfig.test.json'])(
    '%s type-checks',
    async (project) => {
      expect(await complaints('tsc', '-p', project)).toBe('');
    },
    240_000,
  );

  test('passes the linter', async () => {
    expect(await complaints('eslint', '.', '--max-warnings', '0')).toBe('');
  }, 300_000);

  test('is formatted', async () => {
    expect(await complaints('prettier', '--check', '--log-level', 'warn', '.')).toBe('');
  }, 120_000);
});
