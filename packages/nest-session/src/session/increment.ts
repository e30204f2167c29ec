import { SessionUsageError } from '../errors.js';
import { MAX_PATH_SEGMENTS } from '../limits.js';
import { define, isPlainObject, type MutableObject } from './clone.js';

/** Where a number lies in a session: `'visits'`, `'stats.views'` or `['stats', 'views']`. */
export type IncrementPath = string | readonly string[];

/** Reads a path; throws when it is empty or longer than any sensible one. */
export function incrementPath(path: IncrementPath): readonly string[] {
  const segments = typeof path === 'string' ? path.split('.') : path;
  if (segments.length === 0 || segments.length > MAX_PATH_SEGMENTS || segments.includes('')) {
    throw new SessionUsageError(
      `increment() got the path ${JSON.stringify(path)}, expected 1 to ${MAX_PATH_SEGMENTS} names`,
    );
  }
  return segments;
}

/**
 * Adds `by` to the number at `path` inside `root`, in place, making the objects on the way by `begin`.
 * Returns the root (another one when it was missing, frozen or itself the number) and the sum.
 */
export function addAt(
  root: unknown,
  path: readonly string[],
  by: number,
  begin: () => MutableObject = () => ({}),
): { readonly root: unknown; readonly sum: number } {
  const [name, ...rest] = path;
  if (name === undefined) {
    if (root !== undefined && typeof root !== 'number') {
      throw new SessionUsageError('increment() found something that is not a number');
    }
    const sum = (root ?? 0) + by;
    return { root: sum, sum };
  }
  const found = root ?? begin();
  if (!isPlainObject(found)) {
    throw new SessionUsageError(`increment() found no object around ${JSON.stringify(name)}`);
  }
  const parent = Object.isExtensible(found) ? found : Object.assign(begin(), found);
  const below = addAt(Object.hasOwn(parent, name) ? parent[name] : undefined, rest, by, begin);
  define(parent, name, below.root);
  return { root: parent, sum: below.sum };
}

/**
 * Whether an addition at `path` means the same inside `root` as {@link addAt} makes of it: a number
 * or nothing at its end, objects or nothing on the way. The engine makes what is missing, too.
 */
export function canAddAt(root: unknown, path: readonly string[]): boolean {
  let place = root;
  for (const name of path) {
    if (place === undefined) return true;
    if (!isPlainObject(place)) return false;
    place = Object.hasOwn(place, name) ? place[name] : undefined;
  }
  return place === undefined || typeof place === 'number';
}
