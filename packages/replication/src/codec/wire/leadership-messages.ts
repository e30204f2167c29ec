import { LIMITS } from '../../core/limits.js';
import { appended, flag, integer, key, list, oneOf, optional, struct, union } from '../schema.js';
import { buried, copy } from './copies.js';
import { incarnation, lineage, remaining, stamp, version } from './fields.js';

const claimAnswer = union('kind', {
  promised: struct({ copy: optional(copy), holds: flag }),
  refused: struct({ by: lineage, owner: flag }),
  buried: struct({ buried }),
});

/** Who leads a record: claims after a death, handoffs, lineages that nobody leads any more. */
export const leadershipMessages = {
  claim: struct({
    request: integer,
    key,
    epoch: integer,
    have: optional(struct({ epoch: integer, seq: integer, owner: incarnation })),
    gone: optional(list(incarnation, LIMITS.members)),
  }),
  claimed: struct({ request: integer, answer: claimAnswer }),
  grant: struct({
    request: integer,
    key,
    epoch: integer,
    from: version,
    idleRemainingMs: remaining,
    copy: appended(copy),
    isLogOpen: appended(flag),
  }),
  granted: struct({ request: integer, accepted: flag }),
  orphan: struct({ request: integer, key, stamp, copy: optional(copy) }),
  adopted: struct({
    request: integer,
    verdict: oneOf('merged', 'wanted', 'elsewhere'),
    owner: optional(incarnation),
  }),
};
