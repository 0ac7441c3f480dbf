import type { Segment } from './line-sink.ts';

// The run is 26 characters and n has no leading zero, so the name reads from the right even where
// the engine's own name holds dots, dashes or what looks like a run.
const NAME = /^([A-Za-z0-9._-]{1,64})-([0-9A-Z]{26})\.([1-9]\d{0,14})\.jsonl$/;

/** @returns what a file's name says it is, undefined where it is no segment's name */
export function parseSegment(fileName: string): Segment | undefined {
  const [, engine, run, n] = NAME.exec(fileName) ?? [];
  if (engine === undefined || run === undefined) return undefined;
  return { engine, run, n: Number(n) };
}
