import { LIMITS } from '../../core/limits.js';
import { appended, integer, list, number, oneOf, optional, struct, text } from '../schema.js';
import { incarnation, label } from './fields.js';

/** Who is there, who is alive, and what an operator tells a node. */
export const memberMessages = {
  heartbeat: struct({
    state: oneOf('joining', 'active', 'draining', 'leaving'),
    id: text(64),
    label,
    zone: optional(text(64)),
    weight: number,
    url: optional(text(LIMITS.urlCharacters)),
    pid: optional(integer),
    owned: integer,
    held: integer,
    wire: optional(struct({ min: integer, max: integer })),
    features: optional(integer),
    keys: optional(list(integer, LIMITS.keys + 1)),
    clock: appended(integer),
    ageMs: appended(integer),
  }),
  probe: struct({}),
  alive: struct({}),
  accuse: struct({ incarnation }),
  obituary: struct({ incarnation }),
  witness: struct({ label }),
  'set-state': struct({ id: text(64), state: oneOf('drain', 'undrain') }),
  failover: struct({ from: label, to: label, sessions: integer, tookMs: number }),
};
