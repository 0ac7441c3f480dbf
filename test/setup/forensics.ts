/** The questions of docs/forensics.md by their number: LogQL, with `$name` where a value is put in. */
import { readFileSync } from 'node:fs';
import { root } from './program.ts';

const SECTION = /^## (\d+)\. [^\n]*\n(?:(?!```|## )[^\n]*\n)*```logql\n([^]*?)```/gm;

export const questions: ReadonlyMap<number, string> = new Map(
  [...readFileSync(`${root}docs/forensics.md`, 'utf8').matchAll(SECTION)].map(
    ([, number, logql]) => [Number(number), logql!.trim()],
  ),
);
