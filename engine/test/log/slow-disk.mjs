// A disk that takes its time: `slow-disk.mjs?ms=30`.
import { writeSync as write } from 'node:fs';

const ms = Number(new URL(import.meta.url).searchParams.get('ms'));
const sleep = new Int32Array(new SharedArrayBuffer(4));

export function writeSync(...args) {
  Atomics.wait(sleep, 0, 0, ms);
  return write(...args);
}
