/**
 * The command line of the sidecar: what may be said, and what comes of what is wrong. A command is
 * loaded when it is given, so that none waits for what another needs.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import type { ServeSettings } from './commands/serve.ts';
import { systemClock } from './clock.ts';
import { isLoopback } from './http/access.ts';
import { newProgress } from './query/progress.ts';
import type { ReadSurroundings } from './query/line-reader.ts';
import type { Cores } from './shard/sharded.ts';
import { VERSION } from './version.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Cells of the terminal that `out` goes to, and whether `err` goes to one; absent: none. */
  readonly terminalWidth?: number | undefined;
  readonly isErrTerminal?: boolean;
  /** The folder of the live page. */
  readonly pageDir: string;
  /** The program itself, to be started again for a report. */
  readonly program?: string;
  /** What `scan` may use; absent: one. */
  readonly cores?: Cores;
  /** Ends `serve`. */
  readonly signal: AbortSignal;
}

/** A setting that is wrong: which one, what it got, what it wants. */
class SettingError extends Error {
  constructor(field: string, got: string, wants: string) {
    super(`${field}: got ${JSON.stringify(got)}, wants ${wants}`);
  }
}

interface Flags {
  readonly logs?: readonly string[];
  readonly host?: string;
  readonly port?: string;
  readonly stateDir?: string;
  readonly allowHost?: readonly string[];
  readonly poll?: true;
  readonly follower?: string;
  readonly out?: string;
  readonly run?: string;
  readonly pdf?: boolean;
  readonly compare?: readonly string[];
}

const LOGS = 'logs/*.jsonl';

/**
 * @param args what stands behind the program's name
 * @returns the exit code: 0 done, 1 failed while running, 2 wrong arguments or settings
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err, env } = surroundings;
  let exitCode = 0;
  const program = new Command('tradetail-sidecar')
    .description('Reads the logs of trading engines, and shows what they say.')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: out, writeErr: out, outputError: () => undefined });
  program
    .command('serve')
    .description('follows logs, serves metrics and the live page')
    .addOption(logsOption())
    .option(
      '--host <address>',
      'where to listen; beyond loopback a token is required (default: 127.0.0.1)',
    )
    .option('--port <number>', 'TCP port, 0 for any free one (default: 9464)')
    .option('--state-dir <folder>', 'keeps the checkpoint (default: .tradetail)')
    .addOption(
      repeatable(
        '--allow-host <name>',
        'another name in the Host header that is answered (repeatable)',
      ),
    )
    .option(
      '--poll',
      'look for changes instead of being told: for network file systems and Docker Desktop',
    )
    .option(
      '--follower <name>',
      'file, or tail: the npm package, which loses lines at rotations and cannot resume (default: file)',
    )
    .addHelpText(
      'after',
      '\nEnvironment: TRADETAIL_LOGS, TRADETAIL_HOST, TRADETAIL_PORT, TRADETAIL_STATE_DIR, TRADETAIL_ALLOW_HOST, TRADETAIL_FOLLOWER,' +
        '\nTRADETAIL_TOKEN or TRADETAIL_TOKEN_FILE. A flag goes before its variable.',
    )
    .action(async (flags: Flags) => {
      const { pageDir, program: own, signal } = surroundings;
      const { serve } = await import('./commands/serve.ts');
      const started = (url: string) => out(`tradetail-sidecar serves ${url}\n`);
      await serve(serveSettings(flags, env), { pageDir, program: own, signal, started });
    });
  program
    .command('scan')
    .description('reads logs once and prints their metrics')
    .addOption(logsOption())
    .action(async (flags: Flags) => {
      const logs = logsOf(flags, env);
      const { scan } = await import('./commands/scan.ts');
      const metrics = await scan(logs, surroundings.cores);
      if (metrics !== undefined) out(metrics);
      else {
        err(`tradetail-sidecar: logs: no file matches ${logs.join(' ')}\n`);
        exitCode = 1;
      }
    });
  program
    .command('report')
    .description('writes the report of a run: HTML, JSON, CSV')
    .addOption(logsOption())
    .option('--out <folder>', 'where the files go (default: reports)')
    .option('--run <id>', 'which run of the logs (default: the latest)')
    .option('--pdf', 'also report.pdf, printed by a Chromium on the PATH')
    .addOption(repeatable('--compare <glob>', 'logs of another run to compare with (repeatable)'))
    .action(
      async ({ out: folder = 'reports', run, pdf = false, compare = [], ...flags }: Flags) => {
        if (folder === '') throw new SettingError('out', folder, 'a folder');
        const logs = logsOf(flags, env);
        const { report } = await import('./commands/report.ts');
        const written = await report({ logs, out: folder, run, pdf, compare });
        if (written !== undefined) {
          const state = written.complete ? '' : ' (incomplete: see its first page)';
          out(`tradetail-sidecar: report of ${written.run} in ${written.file}${state}\n`);
          return;
        }
        err(`tradetail-sidecar: logs: no file matches ${logs.join(' ')}\n`);
        exitCode = 1;
      },
    );
  program
    .command('query')
    .description('answers a question in SQL about the logs')
    .argument('<sql>', 'one SELECT, such as "SELECT symbol, count(*) FROM fills GROUP BY symbol"')
    .addOption(logsOption())
    .addOption(new Option('--json', 'an array of objects').conflicts('csv'))
    .option('--csv', 'comma-separated values, the first line names the columns')
    .addHelpText(
      'after',
      '\nViews: orders, order_events, fills, books, trades, positions, risk, events' +
        '\n(`DESCRIBE fills` shows the columns, docs/query.md explains them).',
    )
    .action(async (sql: string, flags: Flags & { json?: true; csv?: true }) => {
      const { query } = await import('./query/query.ts');
      const format = flags.json ? 'json' : flags.csv ? 'csv' : 'table';
      await answer(flags, (logs, reading) =>
        query(sql, logs, format, surroundings.terminalWidth, out, reading),
      );
    });
  program
    .command('explain')
    .description('shows everything that the logs say about one order')
    .argument('<id>', "the order's id, ours or the venue's")
    .addOption(logsOption())
    .option('--json', 'as JSON, see docs/explain.md')
    .action(async (id: string, flags: Flags & { json?: true }) => {
      const { explain } = await import('./explain/explain.ts');
      const isColoured = surroundings.terminalWidth !== undefined && !env['NO_COLOR'];
      await answer(flags, (logs, reading) =>
        explain(id, logs, flags.json ? 'json' : 'text', isColoured, out, reading),
      );
    });
  /** A command that reads the logs once, showing how far it is. */
  async function answer(
    flags: Flags,
    command: (logs: readonly string[], reading: ReadSurroundings) => Promise<boolean>,
  ): Promise<void> {
    const logs = logsOf(flags, env);
    const progress = newProgress(surroundings.isErrTerminal ? err : undefined);
    const { signal } = surroundings;
    try {
      const isThere = await command(logs, {
        clock: systemClock(),
        signal,
        progress: progress.show,
      });
      if (isThere) return;
    } finally {
      progress.clear();
    }
    err(`tradetail-sidecar: logs: no file matches ${logs.join(' ')}\n`);
    exitCode = 1;
  }
  try {
    if (args.length === 0) program.help();
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const isUsage = error instanceof CommanderError;
    const message = (error as Error).message.replace(/^error: /, '').replaceAll('\n', ' ');
    err(`tradetail-sidecar: ${message}${isUsage ? ' (see --help)' : ''}\n`);
    return isUsage || error instanceof SettingError ? 2 : 1;
  }
}

function repeatable(flags: string, text: string): Option {
  return new Option(flags, text).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
}

function logsOption(): Option {
  return repeatable(
    '--logs <glob>',
    `which files, with *, **, ? and {a,b}; quote it (repeatable; default: ${LOGS})`,
  );
}

type Env = Surroundings['env'];

function logsOf({ logs = [] }: Flags, env: Env): readonly string[] {
  const given = logs.length > 0 ? logs : [env['TRADETAIL_LOGS'] || LOGS];
  if (given.includes('')) throw new SettingError('logs', '', 'a glob, such as logs/*.jsonl');
  return given;
}

function serveSettings(flags: Flags, env: Env): ServeSettings {
  const host = flags.host ?? (env['TRADETAIL_HOST'] || '127.0.0.1');
  if (!/^[A-Za-z0-9.:_-]+$/.test(host))
    throw new SettingError('host', host, 'an address or a host name');
  const port = flags.port ?? (env['TRADETAIL_PORT'] || '9464');
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new SettingError('port', port, 'an integer from 0 to 65535');
  const stateDir = flags.stateDir ?? (env['TRADETAIL_STATE_DIR'] || '.tradetail');
  if (stateDir === '') throw new SettingError('state-dir', stateDir, 'a folder');
  const follower = flags.follower ?? (env['TRADETAIL_FOLLOWER'] || 'file');
  if (follower !== 'file' && follower !== 'tail')
    throw new SettingError('follower', follower, 'file or tail');
  const token = tokenOf(env);
  if (token === undefined && !isLoopback(host))
    throw new SettingError(
      'host',
      host,
      'loopback, or a token in TRADETAIL_TOKEN or TRADETAIL_TOKEN_FILE',
    );
  return {
    logs: logsOf(flags, env),
    host,
    port: Number(port),
    stateDir,
    poll: flags.poll ?? false,
    follower,
    token,
    allowedHosts: flags.allowHost ?? (env['TRADETAIL_ALLOW_HOST'] || '').split(',').filter(Boolean),
  };
}

/** It never appears in a message. */
function tokenOf(env: Env): string | undefined {
  const file = env['TRADETAIL_TOKEN_FILE'];
  if (!file) return env['TRADETAIL_TOKEN'] || undefined;
  let token = '';
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new SettingError(
      'TRADETAIL_TOKEN_FILE',
      file,
      `a file that can be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  if (token === '')
    throw new SettingError('TRADETAIL_TOKEN_FILE', file, 'a file with the token in it');
  return token;
}
