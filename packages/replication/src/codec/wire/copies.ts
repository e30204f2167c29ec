import { END_REASONS } from '../../core/endings/end-reasons.js';
import { LIMITS } from '../../core/limits.js';
import {
  appended,
  bytes,
  flag,
  integer,
  key,
  list,
  oneOf,
  optional,
  struct,
  text,
} from '../schema.js';
import { incarnation, remaining, stamps } from './fields.js';

/** A record on its way to a holder or a claimer. */
export const copy = struct({
  epoch: integer,
  seq: integer,
  owner: incarnation,
  backups: list(incarnation, LIMITS.members),
  base: bytes,
  tail: list(bytes, LIMITS.copyTail * 4),
  idleRemainingMs: remaining,
  absoluteRemainingMs: remaining,
  contains: appended(stamps),
});

/** The end of a record. */
export const buried = struct({
  key,
  version: struct({ epoch: integer, seq: integer, ownerTag: appended(integer) }),
  remainingMs: remaining,
  alias: optional(struct({ key, remainingMs: remaining })),
  reason: appended(oneOf(...END_REASONS)),
  andSuccessors: appended(flag),
  replay: appended(
    struct({
      journalKey: text(LIMITS.journalKeyCharacters),
      fingerprint: text(128),
      successor: key,
      remainingMs: remaining,
    }),
  ),
});
