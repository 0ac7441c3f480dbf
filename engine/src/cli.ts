/** The command line of the engine: what may be said, and what comes of what is wrong. */
import { Command, CommanderError, Option } from 'commander';
import { ConfigError, readConfig, type EngineConfig, type Overrides } from './config.ts';
import { run } from './run.ts';
import { VERSION } from './version.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The bundled `log/worker.ts`. */
  readonly workerUrl: URL;
}

interface RunFlags extends Overrides {
  readonly config?: string;
  readonly logDir?: string;
}

/**
 * @param args what stands behind the program's name
 * @returns the exit code: 0 done, 1 failed while running, 2 wrong arguments or settings
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err } = surroundings;
  let exitCode = 0;
  const program = new Command('tradetail-engine')
    .description('Trades, and says everything it does in its log.')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: out, writeErr: out, outputError: () => undefined });
  runCommand(program.command('run')).action(async (flags: RunFlags) => {
    exitCode = await start(flags, surroundings);
  });
  program
    .command('record')
    .description('writes the raw frames of a market to a file that replay reads')
    .action(() => {
      throw new ConfigError('record: wants a market to record; this build has none');
    });
  try {
    if (args.length === 0) program.help();
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError || error instanceof ConfigError) {
      err(`tradetail-engine: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}\n`);
      return 2;
    }
    err(`tradetail-engine: ${(error as Error).message}\n`);
    return 1;
  }
}

function runCommand(command: Command): Command {
  const option = (flags: string, text: string): Option => new Option(flags, text);
  const options = [
    option('--market <name>', 'sim, replay, binance or kite (default: sim)'),
    option('--data <file...>', 'replay: the recorded files of one session'),
    option('--speed <n>', 'sim and replay: times real time, or max (default: 1)'),
    option('--seed <n>', 'of everything random (default: drawn)'),
    option('--duration <time>', 'engine time to run, such as 30s, 10m, 1h'),
    option('--strategies <names>', 'market_maker,liquidity_taker (default: both)'),
    option('--mode <mode>', 'READ_ONLY, PAPER, LIVE_LIMITED or LIVE (default: PAPER)'),
    option('--config <file>', 'all settings, JSON'),
    option('--log-dir <folder>', 'folder of the log (default: logs)'),
    option('--engine <name>', 'name of the instance (default: engine-1)'),
  ];
  command
    .description('runs one engine')
    .addHelpText(
      'after',
      '\nEach option can come from the environment: TRADETAIL_MARKET for --market, and so on\n' +
        '(TRADETAIL_DATA: files separated by commas). Flag over environment over file.\n' +
        'A line `kill` or `rearm NAME` in <log-dir>/<engine>.control halts or trades again; SIGUSR2 halts.',
    );
  for (const one of options) command.addOption(one);
  return command;
}

async function start(flags: RunFlags, { env, out, workerUrl }: Surroundings): Promise<number> {
  const fromEnv = (name: string): string | undefined => env[`TRADETAIL_${name}`] || undefined;
  const config = readConfig(flags.config ?? fromEnv('CONFIG'), {
    market: flags.market ?? fromEnv('MARKET'),
    data: flags.data ?? fromEnv('DATA')?.split(','),
    speed: flags.speed ?? fromEnv('SPEED'),
    seed: flags.seed ?? fromEnv('SEED'),
    duration: flags.duration ?? fromEnv('DURATION'),
    strategies: flags.strategies ?? fromEnv('STRATEGIES'),
    mode: flags.mode ?? fromEnv('MODE'),
    log_dir: flags.logDir ?? fromEnv('LOG_DIR'),
    engine: flags.engine ?? fromEnv('ENGINE'),
  });
  checkLive(config, fromEnv('CONFIRM'));
  return run(config, workerUrl, {
    ownsProcess: true,
    started: (segment) => out(`tradetail-engine ${config.engine} logs to ${segment}\n`),
  });
}

/** Real money asks twice. */
function checkLive({ mode, market }: EngineConfig, confirmed: string | undefined): void {
  if (mode !== 'LIVE' && mode !== 'LIVE_LIMITED') return;
  if (confirmed !== mode)
    throw new ConfigError(
      `TRADETAIL_CONFIRM: got ${confirmed ?? 'nothing'}, wants ${mode} to confirm --mode ${mode}`,
    );
  if (market === 'sim' || market === 'replay')
    throw new ConfigError(`mode: got ${mode}, wants READ_ONLY or PAPER on --market ${market}`);
}
