import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

/**
 * The program to the letter: its version and the hash of its sources, which names the folder of its
 * bundle. What one build has written of its state no other one has to understand.
 *
 * @param url of a file of the program
 */
export function buildOf(url: string): string {
  const [, hash = 'sources'] = /\/([0-9a-f]{16})\/[^/]+$/.exec(url) ?? [];
  return `${VERSION}-${hash}`;
}

export const BUILD = buildOf(import.meta.url);
