import type { Operation, Path, SessionValue } from '@understudy/replication';
import { MAX_INTRODUCTIONS } from '../limits.js';
import { isPlainObject } from './clone.js';

/**
 * Makes what a request brings into being mergeable: two first requests of a visitor that each do
 * `session.cart ??= { items: [] }` and add to it must not end with one of the carts. Where nothing
 * stood before, an object is set member by member and a list is begun by adding to it, so that both
 * survive; a value that would take too many operations is set whole.
 */
export function introduceMembers(
  shadow: SessionValue,
  operations: readonly Operation[],
): Operation[] {
  return operations.flatMap((operation) => {
    // Area and key lead to the shadow; what follows leads inside of it.
    const isNew = operation.kind === 'set' && at(shadow, operation.path.slice(2)) === undefined;
    if (!isNew) return [operation];
    const members = introduce(operation.value, operation.path);
    return members.length <= MAX_INTRODUCTIONS ? members : [operation];
  });
}

function introduce(value: SessionValue, path: Path): Operation[] {
  if (Array.isArray(value)) {
    return [{ kind: 'splice', path, index: 0, deleteCount: 0, items: value }];
  }
  if (isPlainObject(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    if (members.length > 0) {
      return members.flatMap(([name, member]) =>
        introduce(member as SessionValue, [...path, name]),
      );
    }
  }
  return [{ kind: 'set', path, value }];
}

function at(value: SessionValue, path: Path): SessionValue {
  let current: unknown = value;
  for (const segment of path) {
    if (Array.isArray(current)) current = current[Number(segment)];
    else if (isPlainObject(current) && Object.hasOwn(current, segment)) current = current[segment];
    else return undefined;
  }
  return current as SessionValue;
}
