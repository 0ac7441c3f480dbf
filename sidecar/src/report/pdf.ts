/**
 * The report on paper: a Chromium prints the page. The page is given to it on a pipe's end of the file
 * system, alone, and the browser has no network: every host resolves to nothing and no proxy is used.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const TIMEOUT_MS = 60_000;
const run = promisify(execFile);

/** @throws Error where there is no Chromium, or it does not print */
export async function printPdf(html: string, out: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tradetail-pdf-'));
  try {
    const page = path.join(folder, 'report.html');
    const printed = path.join(folder, 'report.pdf');
    await writeFile(page, html, { mode: 0o600 });
    const args = [
      '--headless',
      '--disable-gpu',
      '--no-first-run',
      '--no-pdf-header-footer',
      '--disable-extensions',
      '--disable-background-networking',
      '--proxy-server=http://127.0.0.1:9',
      '--proxy-bypass-list=<-loopback>',
      '--host-resolver-rules=MAP * ~NOTFOUND',
      `--user-data-dir=${path.join(folder, 'profile')}`,
      // Root has no sandbox of its own.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      `--print-to-pdf=${printed}`,
      pathToFileURL(page).href,
    ];
    await print(args);
    await rename(printed, out).catch(async () => {
      const { copyFile } = await import('node:fs/promises');
      await copyFile(printed, out);
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function print(args: readonly string[]): Promise<void> {
  for (const browser of BROWSERS) {
    try {
      await run(browser, args, { timeout: TIMEOUT_MS });
      return;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT')
        throw new Error(`pdf: ${browser} does not print: ${message.split('\n')[0]}`, {
          cause: error,
        });
    }
  }
  throw new Error(`pdf: no Chromium on the PATH (looked for ${BROWSERS.join(', ')})`);
}
