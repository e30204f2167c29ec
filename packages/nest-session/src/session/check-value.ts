import { assertSessionValue, type SessionValue } from '@understudy/replication';
import { SessionValueRefusedError } from '../errors.js';

/**
 * Throws {@link SessionValueRefusedError}, which names the path, unless a session can hold the
 * value: JSON types, `Date`, `Map`, `Set`, `bigint` and bytes, without cycles.
 */
export function checkValue(
  value: unknown,
  path: readonly (string | number)[],
): asserts value is SessionValue {
  try {
    assertSessionValue(value, path);
  } catch (error) {
    throw new SessionValueRefusedError((error as Error).message, { cause: error });
  }
}
