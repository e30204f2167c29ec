import { LIMITS } from '../../core/limits.js';
import { bytes, integer, key, list, struct, union } from '../schema.js';
import { buried, copy } from './copies.js';
import { lineage, remaining } from './fields.js';

const entry = union('kind', {
  delta: struct({ key, epoch: integer, seq: integer, idleRemainingMs: remaining, body: bytes }),
  snapshot: struct({ key, copy }),
  touch: struct({ key, epoch: integer, idleRemainingMs: remaining }),
  drop: struct({ key, epoch: integer }),
  bury: struct({ buried }),
  rotate: struct({ key, copy, buried }),
});

const refusal = union('kind', {
  fenced: struct({ key, by: lineage }),
  'need-snapshot': struct({ key }),
  buried: struct({ buried }),
});

/** Frames from an owner to a holder of copies, and what it acknowledges. */
export const linkMessages = {
  replicate: struct({
    linkEpoch: integer,
    linkSeq: integer,
    entries: list(entry, LIMITS.frameEntries),
  }),
  replicated: struct({
    linkEpoch: integer,
    linkSeq: integer,
    refusals: list(refusal, LIMITS.frameEntries),
  }),
  'link-gap': struct({ linkEpoch: integer }),
  repair: struct({
    linkEpoch: integer,
    linkSeq: integer,
    entries: list(entry, LIMITS.frameEntries),
  }),
};
