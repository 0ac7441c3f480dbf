/**
 * Files by pattern. `*`, `?` and `[…]` match within one name, `**` any number of folders, `{a,b}`
 * either; a name that begins with a dot is matched by a dot only. Only folders that a pattern can
 * reach are listed. `**` does not enter symbolic links, which may lead in circles.
 */
import { dirname, join, resolve } from 'node:path';
import { errorCode, isAbsence } from './disk.ts';
import type { Disk, FileStat } from './disk.ts';

export interface Found {
  /** Regular files, by absolute path, in the order of their paths. */
  readonly files: ReadonlyMap<string, FileStat>;
  /** Folders in which a file may appear or change, or the nearest that there is above one that does not exist yet. */
  readonly folders: ReadonlySet<string>;
  /** Files and folders that are there and cannot be seen, with the error's code. */
  readonly unseen: ReadonlyMap<string, string>;
}

type Step = string | RegExp | typeof ANY_DEPTH;
const ANY_DEPTH = Symbol('**');
const MAGIC = /[*?[\]]/;

export interface Glob {
  readonly root: string;
  readonly steps: readonly Step[];
}

/** @returns one glob for each way to read the braces */
export function parseGlob(pattern: string): Glob[] {
  return expandBraces(pattern).map((one) => {
    const names = resolve(one).split('/').slice(1);
    if (names.at(-1) === '**') names.push('*');
    const fixed = names.findIndex((name) => MAGIC.test(name));
    const from = fixed === -1 ? names.length - 1 : fixed;
    return { root: `/${names.slice(0, from).join('/')}`, steps: names.slice(from).map(parseStep) };
  });
}

export function findFiles(globs: readonly Glob[], disk: Disk): Found {
  const files = new Map<string, FileStat>();
  const folders = new Set<string>();
  const unseen = new Map<string, string>();
  const attempt = <T>(path: string, action: () => T): T | undefined => {
    try {
      return action();
    } catch (error) {
      if (!isAbsence(error)) unseen.set(path, errorCode(error));
      return undefined;
    }
  };
  const walk = (folder: string, steps: readonly Step[]): void => {
    const [step, ...rest] = steps;
    if (step === undefined) return;
    const entries = attempt(folder, () => disk.list(folder));
    if (entries === undefined) {
      folders.add(nearestFolder(folder, disk));
      return;
    }
    folders.add(folder);
    if (step === ANY_DEPTH) walk(folder, rest);
    for (const { name, folder: isFolder } of entries) {
      const path = join(folder, name);
      if (step === ANY_DEPTH) {
        if (isFolder && !name.startsWith('.')) walk(path, steps);
      } else if (typeof step === 'string' ? step === name : step.test(name)) {
        const stat = attempt(path, () => disk.stat(path));
        if (stat === undefined) continue;
        if (rest.length > 0 && stat.folder) walk(path, rest);
        if (rest.length === 0 && stat.regular) files.set(path, stat);
      }
    }
  };
  for (const { root, steps } of globs) walk(root, steps);
  const ordered = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return { files: new Map(ordered), folders, unseen };
}

function nearestFolder(path: string, disk: Disk): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      if (folder === '/' || disk.stat(folder).folder) return folder;
    } catch {
      continue;
    }
  }
}

function parseStep(name: string): Step {
  if (name === '**') return ANY_DEPTH;
  if (!MAGIC.test(name)) return name;
  const source = name.replace(
    /\[(!?)([^\]]+)\]|\*+|\?|[\\^$.|+(){}[\]]/g,
    (found, not: string, set: string) => {
      if (set !== undefined) return `[${not && '^'}${set.replace(/[\\^[\]]/g, '\\$&')}]`;
      if (found.startsWith('*')) return '[^/]*';
      return found === '?' ? '[^/]' : `\\${found}`;
    },
  );
  return new RegExp(`^${/^[*?[]/.test(name) ? '(?!\\.)' : ''}${source}$`, 's');
}

/** Outermost braces first; a brace without its partner, or without a comma, stands for itself. */
function expandBraces(pattern: string): string[] {
  for (let open = pattern.indexOf('{'); open !== -1; open = pattern.indexOf('{', open + 1)) {
    const cuts = [open];
    let depth = 0;
    for (let at = open; at < pattern.length; at += 1) {
      const letter = pattern[at];
      if (letter === '{') depth += 1;
      if (letter === ',' && depth === 1) cuts.push(at);
      if (letter === '}') depth -= 1;
      if (depth > 0) continue;
      if (cuts.length === 1) break;
      const choices = [...cuts.slice(1), at].map((end, index) =>
        pattern.slice(cuts[index]! + 1, end),
      );
      return choices.flatMap((one) =>
        expandBraces(pattern.slice(0, open) + one + pattern.slice(at + 1)),
      );
    }
  }
  return [pattern];
}
