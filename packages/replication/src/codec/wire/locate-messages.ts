import { LIMITS } from '../../core/limits.js';
import { integer, key, list, optional, struct, union } from '../schema.js';
import { buried } from './copies.js';
import { incarnation, lineage, version } from './fields.js';

const located = union('role', {
  none: struct({ promised: optional(lineage) }),
  owner: struct({ version }),
  backup: struct({ version, owner: incarnation, promised: optional(lineage) }),
  claiming: struct({ epoch: integer }),
  buried: struct({ buried }),
});

/** What a node knows of a record. */
export const locateMessages = {
  locate: struct({ request: integer, key }),
  located: struct({ request: integer, found: located }),
  explain: struct({ request: integer, key }),
  explained: struct({
    request: integer,
    found: located,
    copies: list(struct({ holder: incarnation, lacks: integer }), LIMITS.members),
  }),
};
