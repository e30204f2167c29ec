import { LIMITS } from '../../core/limits.js';
import { integer, key, number, struct, text } from '../schema.js';
import { commitId, incarnation } from './fields.js';

const lockName = text(LIMITS.lockNameCharacters);
const lockToken = struct({ epoch: integer, owner: incarnation, counter: integer });

/** A commit that is applied only under this lock. */
export const heldLock = struct({ name: lockName, token: lockToken });

/** Calls to the owner of a lock. */
export const lockCalls = {
  lock: struct({ key, id: commitId, name: lockName, leaseMs: number, waitMs: number }),
  unlock: struct({ key, name: lockName, token: lockToken }),
};

/** What it answers. */
export const lockResults = {
  locked: struct({ token: lockToken, leaseMs: number }),
  'lock-busy': struct({ retryAfterMs: number }),
  'lock-lost': struct({}),
};
