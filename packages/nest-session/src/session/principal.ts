import type { SessionValue } from '@understudy/replication';
import { SessionUsageError } from '../errors.js';
import { checkValue } from './check-value.js';
import { isPlainObject } from './clone.js';

/** Who is signed in. `id` is the application's own; further properties are carried along. */
export interface Principal {
  readonly id: string;
  /** What `@Roles()` looks at. */
  readonly roles: readonly string[];
  readonly [property: string]: SessionValue;
}

/** What `login()` takes: an id, or an object with one. `roles` default to none. */
export type PrincipalInput =
  | string
  | {
      readonly id: string;
      readonly roles?: readonly string[];
      readonly [property: string]: unknown;
    };

/** Longest id of a principal. */
const MAX_ID_CHARACTERS = 256;

/** Checks what an application passes to `login()`. Throws `SessionUsageError` or, for values a
 * session cannot hold, `SessionValueRefusedError`. */
export function toPrincipal(input: PrincipalInput): Principal {
  const given = typeof input === 'string' ? { id: input } : input;
  if (!isPlainObject(given)) throw new SessionUsageError('login() expects an id or a plain object');
  const { id, roles = [] } = given as { id?: unknown; roles?: unknown };
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_CHARACTERS) {
    throw new SessionUsageError(
      `login() expects an id of 1 to ${MAX_ID_CHARACTERS} characters; make numbers strings`,
    );
  }
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) {
    throw new SessionUsageError('login() expects roles to be a list of strings');
  }
  const principal = { ...given, id, roles: [...(roles as string[])] };
  checkValue(principal, ['system', 'principal']);
  return principal;
}
