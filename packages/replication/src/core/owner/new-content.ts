import type { OwnerCall } from '../calls/calls.js';
import { DAY_MS } from '../limits.js';
import { rememberApplied } from '../record/applied-commits.js';
import type { HybridTime } from '../record/hybrid-clock.js';
import type { RecordContent } from '../record/record.js';

type Create = Extract<OwnerCall, { kind: 'create' }>;

/** A rate limit nobody used for a day is as good as new. */
const LIMITS_IDLE_MS = DAY_MS;
export const LIMITS_ABSOLUTE_MS = 365 * DAY_MS;

/** The contents of a session that begins. */
export function newSessionContent(call: Create, changedAt: HybridTime): RecordContent {
  return {
    document: { data: call.data, system: call.system },
    idleTimeoutMs: call.idleTimeoutMs,
    journal: call.journal ? [call.journal] : [],
    applied: rememberApplied([], call.id),
    rates: new Map(),
    kind: 'session',
    changedAt,
    standing: call.standing,
  };
}

/** The contents of a record for rate limits that belong to no session. */
export function newLimitsContent(): RecordContent {
  return {
    document: { data: {}, system: {} },
    idleTimeoutMs: LIMITS_IDLE_MS,
    journal: [],
    applied: [],
    rates: new Map(),
    kind: 'shared',
  };
}
