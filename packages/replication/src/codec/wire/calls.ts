import { LIMITS } from '../../core/limits.js';
import { appended, flag, key, number, oneOf, optional, struct, text, union } from '../schema.js';
import { commitId, durability, journalEntry, version } from './fields.js';
import { heldLock, lockCalls } from './locks.js';
import { operations } from './operations.js';
import { principalCalls, standing } from './principals.js';
import { object } from './session-values.js';

/** What a node asks of the owner of a record. The order is the format: append, never reorder. */
export const call = union('kind', {
  open: struct({ key, seen: optional(version) }),
  create: struct({
    key,
    id: commitId,
    data: object,
    system: object,
    idleTimeoutMs: number,
    absoluteTimeoutMs: number,
    durability,
    journal: optional(journalEntry),
    standing: appended(standing),
  }),
  commit: struct({
    key,
    id: commitId,
    base: version,
    operations,
    exact: flag,
    durability,
    journal: optional(journalEntry),
    idleTimeoutMs: optional(number),
    hasBase: optional(flag),
    again: appended(flag),
    lock: appended(heldLock),
  }),
  rotate: struct({
    key,
    id: commitId,
    to: key,
    base: version,
    operations,
    acrossLogin: flag,
    durability,
    journal: optional(journalEntry),
    idleTimeoutMs: optional(number),
    absoluteTimeoutMs: optional(number),
    again: appended(flag),
    standing: appended(standing),
  }),
  destroy: struct({ key, reason: text(64) }),
  reserve: struct({
    key,
    id: commitId,
    journalKey: text(LIMITS.journalKeyCharacters),
    fingerprint: text(128),
  }),
  release: struct({ key, journalKey: text(LIMITS.journalKeyCharacters) }),
  touch: struct({ key }),
  consume: struct({
    key,
    scope: oneOf('session', 'shared'),
    id: commitId,
    policy: text(128),
    intervalMs: number,
    burst: number,
    cost: number,
  }),
  enlist: principalCalls.enlist,
  delist: principalCalls.delist,
  list: principalCalls.list,
  revoke: principalCalls.revoke,
  standing: principalCalls.standing,
  lock: lockCalls.lock,
  unlock: lockCalls.unlock,
});
