/**
 * Applies what `/api/stream` sends as `patch` (its shape: `sidecar/src/http/state-patch.ts`).
 *
 * @param target the state so far; changed in place
 * @returns the state afterwards
 */
export function applyPatch(target, patch) {
  if (!isObject(patch) || Array.isArray(patch) || !isObject(target)) return patch;
  for (const name of Object.keys(patch)) {
    if (name !== '__proto__') target[name] = applyPatch(target[name], patch[name]);
  }
  return target;
}

const isObject = (value) => typeof value === 'object' && value !== null;
