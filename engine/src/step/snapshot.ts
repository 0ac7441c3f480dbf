import type { Recorder } from '../log/recorder.ts';

/** A line may have 65,536 bytes with its envelope; what is measured here are characters of JSON, mostly ASCII. */
const PART_CHARS_MAX = 32_000;

/** The lists of engine.snapshot, in the order of the catalogue. */
export type SnapshotLists = Readonly<
  Record<'instruments' | 'strategies' | 'orders' | 'positions' | 'balances', readonly object[]>
>;

/** Records engine.snapshot in as many parts as it takes to keep every line short. */
export function recordSnapshot(recorder: Recorder, lists: SnapshotLists): void {
  const parts: Record<string, object[]>[] = [{}];
  let chars = 0;
  for (const [name, items] of Object.entries(lists)) {
    for (const one of items) {
      const item = present(one);
      const itemChars = JSON.stringify(item).length;
      if (chars > 0 && chars + itemChars > PART_CHARS_MAX) {
        parts.push({});
        chars = 0;
      }
      chars += itemChars;
      (parts.at(-1)![name] ??= []).push(item);
    }
  }
  for (const [index, part] of parts.entries())
    recorder.event(
      'engine.snapshot',
      parts.length === 1 ? part : { ...part, part: index + 1, parts: parts.length },
    );
}

/** What has no value is absent. */
function present(item: object): object {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
