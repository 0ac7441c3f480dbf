/**
 * Runs once before the stack: makes what cannot be committed, and says what is set wrongly while
 * nothing runs yet. Writes into `--out`:
 *
 * - `token`, random, kept once it is there: beyond loopback the sidecar shows nothing without it;
 * - `alertmanager.yml`: that of `--alertmanager`, its receiver `desk` extended by TRADETAIL_ALERTS:
 *
 * | TRADETAIL_ALERTS | secret in the folder of secrets | also |
 * | --- | --- | --- |
 * | (nothing) | – | only the stack's own receiver, which logs |
 * | `slack:#channel` | `slack_url` | |
 * | `telegram:CHAT_ID` | `telegram_token` | |
 * | `email:ADDRESS` | `smtp_password` | TRADETAIL_SMTP=USER@HOST:PORT, the login and its server |
 * | `pagerduty` | `pagerduty_key` | |
 *
 * Several are separated by commas. A secret is copied beside the configuration, where only the
 * services that mount it read it. Exit 2 with one line where something is missing.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';

/** Read by the owner and, in containers, by the group that the services share. */
const MODE = 0o640;

class SettingError extends Error {}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '/run/tradetail' },
    alertmanager: { type: 'string', default: '/etc/alertmanager/alertmanager.yml' },
    secrets: { type: 'string', default: '/run/secrets' },
    page: { type: 'string' },
  },
});
const { out, secrets } = values;

try {
  mkdirSync(out, { recursive: true, mode: 0o750 });
  write('token', () => randomBytes(24).toString('base64url'), 'wx');
  write('alertmanager.yml', () => stringify(alertmanager(process.env)));
  if (values.page)
    process.stdout.write(
      `prepare: the live page is ${values.page}?token=${readFileSync(path.join(out, 'token'), 'utf8')}\n`,
    );
} catch (error) {
  process.stderr.write(`prepare: ${error.message}\n`);
  process.exitCode = error instanceof SettingError ? 2 : 1;
}

/** @returns the configuration with every receiver that TRADETAIL_ALERTS names */
function alertmanager(env) {
  const config = parse(readFileSync(values.alertmanager, 'utf8'));
  const desk = config.receivers.find(({ name }) => name === 'desk');
  for (const wish of (env.TRADETAIL_ALERTS ?? '').split(',').filter(Boolean)) {
    const [channel, ...rest] = wish.trim().split(':');
    const target = rest.join(':');
    const [key, settings] = receiver(channel, target, env);
    (desk[key] ??= []).push({ ...settings, send_resolved: true });
  }
  return config;
}

/** @returns the name of Alertmanager's list and the entry for it */
function receiver(channel, target, env) {
  switch (channel) {
    case 'slack':
      return [
        'slack_configs',
        { channel: wanted(channel, target, '#channel'), api_url_file: secret('slack_url') },
      ];
    case 'telegram':
      if (!/^-?\d+$/.test(target)) wanted(channel, '', 'a chat id, such as -1001234567890');
      return [
        'telegram_configs',
        { chat_id: Number(target), bot_token_file: secret('telegram_token') },
      ];
    case 'email': {
      const smtp = /^(.+)@([^@]+:\d+)$/.exec(env.TRADETAIL_SMTP ?? '');
      if (smtp === null)
        throw new SettingError(
          `TRADETAIL_SMTP: got ${JSON.stringify(env.TRADETAIL_SMTP ?? '')}, wants USER@HOST:PORT, such as desk@example.com@smtp.example.com:587`,
        );
      return [
        'email_configs',
        {
          to: wanted(channel, target, 'an address'),
          from: smtp[1],
          smarthost: smtp[2],
          auth_username: smtp[1],
          auth_password_file: secret('smtp_password'),
        },
      ];
    }
    case 'pagerduty':
      return ['pagerduty_configs', { routing_key_file: secret('pagerduty_key') }];
    default:
      throw new SettingError(
        `TRADETAIL_ALERTS: got ${JSON.stringify(channel)}, wants slack:#channel, telegram:CHAT_ID, email:ADDRESS or pagerduty`,
      );
  }
}

function wanted(channel, target, what) {
  if (target === '')
    throw new SettingError(
      `TRADETAIL_ALERTS: got ${channel} without its target, wants ${channel}:${what}`,
    );
  return target;
}

/** @returns the path of the copy that Alertmanager reads */
function secret(name) {
  const file = path.join(secrets, name);
  let content = '';
  try {
    content = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new SettingError(`the secret ${name}: wants a file ${file} (${error.code})`);
  }
  if (content === '') throw new SettingError(`the secret ${name}: ${file} is empty`);
  write(name, () => content);
  return path.join(out, name);
}

/** @param {'w' | 'wx'} flag wx: what is there stays */
function write(name, content, flag = 'w') {
  const file = path.join(out, name);
  try {
    writeFileSync(file, content(), { flag, mode: MODE });
  } catch (error) {
    if (flag === 'wx' && error.code === 'EEXIST') return;
    throw error;
  }
}
