/**
 * `/reports/`: the finished reports of a folder, a subfolder each, newest first. A report is one
 * self-contained document with its own scripts and styles inside, so it gets a policy that allows
 * these, and none of our origin's rights.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import express from 'express';
import type { Router } from 'express';

const REPORT = 'report.html';
const REPORT_POLICY =
  "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; " +
  "style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

/** @param folder where the reports are; undefined or absent: the index is empty */
export function reportPages(folder: string | undefined): Router {
  const router = express.Router({ strict: true });
  router.get('/', async (_request, response) => {
    const names = folder === undefined ? [] : await finishedReports(folder);
    response.set('Cache-Control', 'no-store').type('html').send(indexPage(names));
  });
  if (folder === undefined) return router;

  router.use(async (request, response, next) => {
    // What a link inside the folder points at outside of it is not a report.
    if (!(await isInside(folder, request.path))) {
      response.status(404).type('text').send('not found\n');
      return;
    }
    next();
  });
  router.use(
    express.static(folder, {
      index: REPORT,
      dotfiles: 'ignore',
      fallthrough: true,
      setHeaders: (response) => {
        response.setHeader('Content-Security-Policy', REPORT_POLICY);
        response.setHeader('Cache-Control', 'no-cache');
      },
    }),
  );
  return router;
}

async function finishedReports(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(async ({ name }) => {
        const report = await stat(path.join(folder, name, REPORT)).catch(() => undefined);
        return report?.isFile() === true ? [{ name, madeMs: report.mtimeMs }] : [];
      }),
  );
  return found
    .flat()
    .sort((a, b) => b.madeMs - a.madeMs || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

async function isInside(folder: string, requested: string): Promise<boolean> {
  try {
    const [root, file] = await Promise.all([
      realpath(folder),
      realpath(path.join(folder, decodeURIComponent(requested))),
    ]);
    return file === root || file.startsWith(root + path.sep);
  } catch {
    return false;
  }
}

function indexPage(names: readonly string[]): string {
  const items = names
    .map((name) => `<li><a href="${encodeURIComponent(name)}/">${escapeHtml(name)}</a></li>`)
    .join('');
  const list = names.length === 0 ? '<p>No report is finished yet.</p>' : `<ul>${items}</ul>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Reports · tradetail</title><link rel="stylesheet" href="/live.css"></head>
<body class="plain"><main><h1>Reports</h1>${list}<p><a href="/">Live page</a></p></main></body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
