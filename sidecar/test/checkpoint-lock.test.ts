import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockState } from '../src/state-lock.ts';
import { logFolder } from './follow/log-folder.ts';

async function otherProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000); console.log(1)']);
  await once(child.stdout, 'data');
  return {
    pid: child.pid!,
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('a state folder is locked while its holder lives, and free after it was killed', async () => {
  const folder = logFolder();
  const other = await otherProcess();
  lockState(folder, other.pid);
  expect(lockState(folder)).toBe(other.pid);
  await other.kill();
  expect(lockState(folder)).toHaveProperty('release');
});

test('a process id that was given to another program since is no holder', async () => {
  const folder = logFolder();
  const other = await otherProcess();
  writeFileSync(join(folder, 'lock'), `${other.pid} 12345\n`);
  expect(lockState(folder)).toHaveProperty('release');
  await other.kill();
});

test('a lock that says nothing sensible is no lock', () => {
  const folder = logFolder();
  writeFileSync(join(folder, 'lock'), 'what?');
  expect(lockState(folder)).toHaveProperty('release');
});

test('a released lock leaves nothing behind', () => {
  const folder = logFolder();
  const lock = lockState(folder);
  expect(readFileSync(join(folder, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  if (typeof lock !== 'number') lock.release();
  expect(existsSync(join(folder, 'lock'))).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});
