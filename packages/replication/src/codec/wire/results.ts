import { END_REASONS } from '../../core/endings/end-reasons.js';
import { LIMITS } from '../../core/limits.js';
import {
  appended,
  flag,
  integer,
  key,
  list,
  number,
  oneOf,
  optional,
  struct,
  text,
  union,
} from '../schema.js';
import { journalEntry, label, remaining, version } from './fields.js';
import { lockResults } from './locks.js';
import { principalResults } from './principals.js';
import { document } from './session-values.js';

const view = struct({
  key,
  version,
  document,
  idleRemainingMs: remaining,
  absoluteRemainingMs: remaining,
  owner: label,
  backups: list(label, LIMITS.members),
});

/** What an owner answers. The order is the format: append, never reorder. */
export const result = union('kind', {
  record: struct({ view, lost: optional(version) }),
  committed: struct({ view, copies: integer, entry: appended(journalEntry) }),
  conflict: struct({ view }),
  replayed: struct({ entry: journalEntry }),
  reserved: struct({}),
  'in-progress': struct({ fingerprint: appended(text(128)) }),
  rate: struct({
    allowed: flag,
    remaining: integer,
    retryAfterMs: number,
    resetAfterMs: number,
  }),
  destroyed: struct({
    alias: optional(key),
    reason: appended(oneOf(...END_REASONS)),
    replay: appended(key),
    untouched: appended(flag),
  }),
  unknown: struct({}),
  done: struct({}),
  refused: struct({ reason: text(256) }),
  'fate-unknown': struct({}),
  'too-large': struct({ bytes: integer, maxBytes: integer }),
  accepted: struct({
    version,
    owner: label,
    backups: list(label, LIMITS.members),
    copies: integer,
  }),
  rotated: struct({}),
  enlisted: principalResults.enlisted,
  full: principalResults.full,
  listed: principalResults.listed,
  revoked: principalResults.revoked,
  standing: principalResults.standing,
  locked: lockResults.locked,
  'lock-busy': lockResults['lock-busy'],
  'lock-lost': lockResults['lock-lost'],
});
