/**
 * What changed between two states, small enough to send ten times a second.
 *
 * A patch has the shape of the state with only what changed in it, as in a JSON merge patch
 * (RFC 7396), with two differences. There null means removal; here null is a value, because the
 * state says null for what cannot be given and its members never go away. There an array is always
 * sent whole; here an array of objects that keeps its length is patched by index
 * (`{"engines": {"0": {"up": false}}}`), because everything that moves is below one.
 * `page/patch.js` applies it.
 */

type Members = Record<string, unknown>;

/**
 * @param omit members that never count as changed, wherever they are
 * @returns the patch from `before` to `after`, or undefined where nothing changed
 */
export function patchOf(before: unknown, after: unknown, omit: ReadonlySet<string>): unknown {
  if (Object.is(before, after)) return undefined;
  if (!isObject(before) || !isObject(after) || !sameMembers(before, after))
    return same(before, after) ? undefined : after;
  // Without a prototype, so that a member called __proto__ is one like any other.
  const patch = Object.create(null) as Members;
  let changed = false;
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (omit.has(name)) continue;
    const member = Object.hasOwn(before, name)
      ? patchOf(before[name], after[name] ?? null, omit)
      : after[name];
    if (member === undefined) continue;
    patch[name] = member;
    changed = true;
  }
  return changed ? patch : undefined;
}

/** @returns whether one can be patched into the other: two objects, or two arrays of as many objects */
function sameMembers(before: Members, after: Members): boolean {
  if (!Array.isArray(before) || !Array.isArray(after))
    return Array.isArray(before) === Array.isArray(after);
  return (
    before.length === after.length && after.every((one) => isObject(one) && !Array.isArray(one))
  );
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

function same(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((element, i) => same(element, b[i]));
}
