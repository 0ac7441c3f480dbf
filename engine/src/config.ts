/**
 * The settings of an engine: what may be set, and one line about the first thing that is wrong.
 * A flag wins over the environment, the environment over the file. Keys of venues are no settings:
 * they come from the environment only, so that nothing printed or logged here is a secret.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MODES } from '@tradetail/core/events/catalogue.ts';
import { z } from 'zod';
import { simConfig } from './feed/sim-config.ts';
import { ENGINE_NAME } from './log/segment-file.ts';
import { riskConfig } from './risk/config.ts';
import { stepConfig } from './step/config.ts';
import { strategiesConfig } from './strategy/config.ts';
import { paperConfig } from './venue/paper-config.ts';

const UNIT_NS = { ms: 1e6, s: 1e9, m: 60e9, h: 3_600e9, d: 86_400e9 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const MIB = 1 << 20;

const logConfig = z
  .strictObject({
    segment_bytes: z
      .int()
      .min(64 * 1024)
      .default(128 * MIB)
      .describe('Size at which a segment is closed, about'),
    budget_bytes: z
      .int()
      .min(128 * 1024)
      .default(4096 * MIB)
      .describe('All segments of the engine together; the oldest are deleted past it'),
    ring_bytes: z
      .int()
      .min(4 * MIB)
      .max(1024 * MIB)
      .refine((size) => Math.log2(size) % 1 === 0, 'wants a power of two')
      .default(32 * MIB)
      .describe('What is recorded and not yet in the file; half of it for market data'),
  })
  .prefault({});

export const engineConfig = z.strictObject({
  market: z
    .enum(['sim', 'replay', 'binance', 'kite'])
    .default('sim')
    .describe('Where market data comes from'),
  data: z
    .array(z.string().min(1))
    .default([])
    .describe('replay: files of one session, in their order'),
  speed: z
    .union(
      [z.literal('max'), z.number().positive('wants max or a number above 0').max(1e6)],
      'wants max or a number above 0',
    )
    .default(1)
    .describe('sim and replay: so many times real time; max: as fast as it goes'),
  seed: z.int().min(0).optional().describe('Of everything random; one is drawn where absent'),
  duration: z
    .string()
    .regex(DURATION, 'wants a time such as 30s, 10m or 1h')
    .optional()
    .describe('Engine time after which the run ends'),
  start_time: z.iso
    .datetime('wants a time such as 2026-01-01T00:00:00Z')
    .default('2026-01-01T00:00:00Z')
    .describe('sim: engine time at which the run starts'),
  mode: z.enum(MODES).default('PAPER').describe('What may be sent to a venue'),
  log_dir: z.string().min(1).default('logs').describe('Folder of the log'),
  engine: z
    .string()
    .regex(ENGINE_NAME, 'wants 1 to 64 letters, digits, dots, underscores or hyphens')
    .default('engine-1')
    .describe('Name of the instance'),
  strategies: strategiesConfig,
  risk: riskConfig,
  step: stepConfig,
  sim: simConfig.prefault({}),
  paper: paperConfig.prefault({}),
  log: logConfig,
});

export type EngineConfig = z.infer<typeof engineConfig>;

/** Wrong arguments or settings; the message is one line: which, what it got, what it wants. */
export class ConfigError extends Error {}

/** Settings as they come from flags and environment, as text, by their names in the file. */
export interface Overrides {
  readonly market?: string | undefined;
  readonly data?: readonly string[] | undefined;
  readonly speed?: string | undefined;
  readonly seed?: string | undefined;
  readonly duration?: string | undefined;
  readonly strategies?: string | undefined;
  readonly mode?: string | undefined;
  readonly log_dir?: string | undefined;
  readonly engine?: string | undefined;
}

/**
 * @param file path of the settings, JSON
 * @throws ConfigError
 */
export function readConfig(file: string | undefined, overrides: Overrides): EngineConfig {
  const settings: Record<string, unknown> = file === undefined ? {} : readSettings(file);
  const { speed, seed, strategies, ...texts } = overrides;
  for (const [name, value] of Object.entries(texts))
    if (value !== undefined) settings[name] = value;
  if (speed !== undefined) settings['speed'] = numberOr(speed);
  if (seed !== undefined) settings['seed'] = numberOr(seed);
  if (strategies !== undefined)
    settings['strategies'] = {
      ...(settings['strategies'] as object | undefined),
      enabled: listOf(strategies),
    };
  const parsed = engineConfig.safeParse(settings);
  if (!parsed.success) throw new ConfigError(oneLine(parsed.error.issues[0]!, settings));
  return checkTogether(parsed.data);
}

/** @returns ns of a valid duration text */
export function durationNs(text: string): number {
  const [, count, unit] = DURATION.exec(text)!;
  return Math.round(Number(count) * UNIT_NS[unit as keyof typeof UNIT_NS]);
}

/** What `engine.started` says of the configuration: nothing of the machine it runs on. */
export function recordedConfig(config: EngineConfig): {
  readonly config: object;
  readonly sha256: string;
} {
  const { log_dir: _folder, data, ...rest } = config;
  const recorded = { ...rest, data: data.map((file) => path.basename(file)) };
  return {
    config: recorded,
    sha256: createHash('sha256').update(JSON.stringify(recorded)).digest('hex'),
  };
}

/** What each setting alone cannot say. */
function checkTogether(config: EngineConfig): EngineConfig {
  if (config.market === 'replay' && config.data.length === 0)
    throw new ConfigError('data: got nothing, wants the files that --market replay reads');
  if (config.log.budget_bytes < 2 * config.log.segment_bytes)
    throw new ConfigError(
      `log.budget_bytes: got ${config.log.budget_bytes}, wants at least twice log.segment_bytes (${config.log.segment_bytes})`,
    );
  return config;
}

function readSettings(file: string): Record<string, unknown> {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(
      `config: got ${file}, wants a readable JSON file (${firstLine((error as Error).message)})`,
    );
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw new ConfigError(`config: got ${file}, wants a JSON object in it`);
  return settings as Record<string, unknown>;
}

/** Text that is no number stays text, for the message about it. */
const numberOr = (text: string): unknown =>
  text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

function oneLine(issue: z.core.$ZodIssue, settings: unknown): string {
  const name = (keys: readonly PropertyKey[]): string => keys.map(String).join('.');
  let got: unknown = settings;
  for (const key of issue.path) got = (got as Record<PropertyKey, unknown> | undefined)?.[key];
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    return `${name([...issue.path, key])}: got ${show((got as Record<string, unknown>)[key])}, wants no setting of that name`;
  }
  const wants =
    issue.code === 'invalid_value'
      ? `wants ${issue.values.map(String).join(' or ')}`
      : issue.message;
  return `${name(issue.path)}: got ${show(got)}, ${wants.startsWith('wants') ? wants : `wants ${expected(wants)}`}`;
}

const show = (value: unknown): string =>
  firstLine(JSON.stringify(value) ?? 'nothing').slice(0, 100);
const firstLine = (text: string): string => text.split('\n', 1)[0]!;
/** zod's words without what we say ourselves. */
const expected = (message: string): string =>
  message.replace(/^[A-Z][^:]*: expected /, '').replace(/, received .*$/, '');
