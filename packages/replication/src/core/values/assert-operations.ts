import { LimitError, SessionValueError } from '../../errors.js';
import { LIMITS } from '../limits.js';
import { assertSessionValue, isForbiddenKey, isWellFormed } from './assert-value.js';
import type { Operation } from './operations.js';
import type { Path } from './values.js';

/**
 * Throws for operations that could be applied but not copied: an owner that took them would hold a
 * record that no other node can read. {@link LimitError} when there are too many,
 * {@link SessionValueError} for a path that leads nowhere or a value a session cannot hold there.
 */
export function assertOperations(operations: readonly Operation[]): void {
  if (operations.length > LIMITS.operationsPerCommit) {
    throw new LimitError('operationsPerCommit', operations.length, LIMITS.operationsPerCommit);
  }
  for (const operation of operations) {
    const { path } = operation;
    assertPath(path);
    // Nesting is counted from below `data` or `system`, as in a whole session.
    const place = path.slice(1);
    switch (operation.kind) {
      case 'set':
        assertSessionValue(operation.value, place);
        break;
      case 'splice':
        assertSessionValue(operation.items, place);
        break;
      case 'increment':
        assertSessionValue(operation.by, place);
        break;
      case 'delete':
        break;
    }
  }
}

function assertPath(path: Path): void {
  const [area] = path;
  if (path.length < 2 || (area !== 'data' && area !== 'system')) {
    throw new SessionValueError(path, 'is not a place in a session');
  }
  if (path.length > LIMITS.valueDepth + 1) {
    throw new SessionValueError(path, `is nested deeper than ${LIMITS.valueDepth}`);
  }
  for (const segment of path) {
    if (typeof segment === 'number') {
      if (!Number.isSafeInteger(segment)) throw new SessionValueError(path, 'has no such index');
    } else if (isForbiddenKey(segment)) throw new SessionValueError(path, 'has a forbidden name');
    else if (!isWellFormed(segment)) {
      throw new SessionValueError(path, 'has half of a character in its name');
    }
  }
}
