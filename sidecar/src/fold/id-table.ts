/**
 * Which ids have been seen, of the last so many, without keeping the ids: 64 bits of each, in the
 * order in which they came, and an index to find them.
 *
 *     ids     lo hi | lo hi | lo hi | …      a ring: past `max` the oldest goes
 *     shards  one of 16 by the top bits of hi: open addressing, each slot a place in the ring + 1
 *
 * Sixteen small indexes grow one at a time, so no line waits for a large one. Two of n different ids
 * are taken for one another with a probability of n² / 2^65: 1e-7 for two million of them.
 */
export interface IdTable {
  readonly max: number;
  ids: Int32Array;
  count: number;
  /** Place of the oldest, once the ring is full. */
  oldest: number;
  readonly shards: Shard[];
}

interface Shard {
  slots: Int32Array;
  count: number;
}

const SHARDS = 16;

export const newIdTable = (max: number): IdTable => ({
  max,
  ids: new Int32Array(32),
  count: 0,
  oldest: 0,
  shards: Array.from({ length: SHARDS }, () => ({ slots: new Int32Array(8), count: 0 })),
});

/** @returns where it stands among the slots, or the free slot where it would */
function find({ ids, shards }: IdTable, lo: number, hi: number): number {
  const { slots } = shards[hi >>> 28]!;
  const mask = slots.length - 1;
  let at = lo & mask;
  for (;;) {
    const place = slots[at]!;
    if (place === 0) return at;
    const id = 2 * (place - 1);
    if (ids[id] === lo && ids[id + 1] === hi) return at;
    at = (at + 1) & mask;
  }
}

export const hasId = (table: IdTable, lo: number, hi: number): boolean =>
  table.shards[hi >>> 28]!.slots[find(table, lo, hi)] !== 0;

/**
 * @param lo 32 bits of the id's hash
 * @param hi the other 32
 * @returns whether it is new
 */
export function addId(table: IdTable, lo: number, hi: number): boolean {
  const shard = table.shards[hi >>> 28]!;
  let at = find(table, lo, hi);
  if (shard.slots[at] !== 0) return false;
  let place = table.count;
  if (place < table.max) {
    table.count += 1;
    if (2 * table.count > table.ids.length) {
      const ids = new Int32Array(Math.min(2 * table.ids.length, 2 * table.max));
      ids.set(table.ids);
      table.ids = ids;
    }
  } else {
    place = table.oldest;
    table.oldest = (place + 1) % table.max;
    remove(table, table.ids[2 * place]!, table.ids[2 * place + 1]!);
    at = find(table, lo, hi);
  }
  table.ids[2 * place] = lo;
  table.ids[2 * place + 1] = hi;
  shard.slots[at] = place + 1;
  shard.count += 1;
  if (2 * shard.count > shard.slots.length) grow(table, shard);
  return true;
}

/** Takes a slot out of its run of neighbours, and moves those up that would not be found any more. */
function remove(table: IdTable, lo: number, hi: number): void {
  const shard = table.shards[hi >>> 28]!;
  const { slots } = shard;
  const mask = slots.length - 1;
  let free = find(table, lo, hi);
  for (let at = (free + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
    const home = table.ids[2 * (slots[at]! - 1)]! & mask;
    if (((at - home) & mask) < ((at - free) & mask)) continue;
    slots[free] = slots[at]!;
    free = at;
  }
  slots[free] = 0;
  shard.count -= 1;
}

function grow(table: IdTable, shard: Shard): void {
  const slots = new Int32Array(2 * shard.slots.length);
  const mask = slots.length - 1;
  for (const place of shard.slots) {
    if (place === 0) continue;
    let at = table.ids[2 * (place - 1)]! & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = place;
  }
  shard.slots = slots;
}
