import type { Operation } from './operations.js';
import type { Path } from './values.js';

/** Whether `outer` is `inner` or an object or list around it. */
export function isAtOrAround(outer: Path, inner: Path): boolean {
  return outer.length <= inner.length && outer.every((segment, at) => segment === inner[at]);
}

export function overlaps(left: Path, right: Path): boolean {
  return isAtOrAround(left, right) || isAtOrAround(right, left);
}

/** Says what a place becomes, whatever it was; the others say how it changes. */
export function isAbsolute({ kind }: Operation): boolean {
  return kind === 'set' || kind === 'delete';
}

/**
 * Whether nothing is left of what was done at `path` after this operation: it sets or removes the
 * place or something around it, or makes a number of what had places inside it.
 */
export function covers(operation: Operation, path: Path): boolean {
  if (!isAtOrAround(operation.path, path)) return false;
  if (isAbsolute(operation)) return true;
  if (operation.path.length === path.length) return false;
  return operation.kind === 'increment' || typeof path[operation.path.length] === 'string';
}
