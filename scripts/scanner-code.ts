/** The byte scanner compiled to WebAssembly: what the sidecar loads, as a module of TypeScript. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SOURCE = 'sidecar/assembly/line-scanner.ts';
const COMPILER = 'node_modules/assemblyscript/bin/asc.js';
/** 64 KiB each; as far as `INPUT` goes in the source, and zeros after it. */
const PAGES = '93';
/** Where the compiler may put its own constants. */
const CONSTANTS_AT = '8192';
const LINE_CHARACTERS = 96;

const root = fileURLToPath(new URL('..', import.meta.url));

export async function scannerCode(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tradetail-scanner-'));
  try {
    const out = path.join(folder, 'scanner.wasm');
    await promisify(execFile)(
      process.execPath,
      [
        ...[COMPILER, SOURCE, '--outFile', out, '-O3', '--runtime', 'stub', '--enable', 'simd'],
        ...['--memoryBase', CONSTANTS_AT, '--initialMemory', PAGES, '--maximumMemory', PAGES],
      ],
      { cwd: root },
    );
    return moduleOf(await readFile(out));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function moduleOf(code: Buffer): string {
  const text = code.toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return [
    `/** Made of ${SOURCE} by \`npm run generate\`. */`,
    'export const SCANNER_CODE =',
    ...lines.map((line, index) => `  '${line}'${index === lines.length - 1 ? ';' : ' +'}`),
    '',
  ].join('\n');
}
