// A disk that is full while a file exists: `full-disk.mjs?while=/path`. It takes a few bytes first,
// as a disk does when it fills up.
import { existsSync, writeSync as write } from 'node:fs';

const flag = new URL(import.meta.url).searchParams.get('while');
let tookSome = false;

export function writeSync(fd, bytes, offset, length) {
  if (!existsSync(flag)) return write(fd, bytes, offset, length);
  if (!tookSome && length > 100) {
    tookSome = true;
    return write(fd, bytes, offset, 100);
  }
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    errno: -28,
  });
}
