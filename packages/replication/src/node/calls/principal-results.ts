import { createHash } from 'node:crypto';
import type { CallOutcome, OwnerCall } from '../../core/calls/calls.js';
import { LIMITS } from '../../core/limits.js';
import type { CommitId } from '../../core/record/applied-commits.js';
import { OptionError } from '../../errors.js';
import type { LockOutcome } from '../api/lock-api.js';
import type {
  EnlistRequest,
  EnlistResult,
  PrincipalSessions,
  Revoked,
} from '../api/principal-api.js';
import { failure } from './call-results.js';

const PRINCIPAL_CHARACTERS = 512;
const NO_DEVICE = new Uint8Array();

/** Key of a principal's record: its name never travels, and no session can have the same key. */
export function principalKey(principal: string): string {
  if (
    typeof principal !== 'string' ||
    principal === '' ||
    principal.length > PRINCIPAL_CHARACTERS
  ) {
    throw new OptionError(
      'principal',
      typeof principal,
      `a text of 1–${PRINCIPAL_CHARACTERS} characters`,
    );
  }
  return createHash('sha256').update(`principal\0${principal}`).digest('base64url');
}

export function enlistCall(request: EnlistRequest, key: string, id: CommitId): OwnerCall {
  const { session, handle, absoluteTimeoutMs, createdMs } = request;
  return {
    kind: 'enlist',
    key,
    id,
    handle,
    session,
    limit: request.limit ?? LIMITS.principalSessions,
    policy: request.policy ?? 'evict-oldest',
    absoluteTimeoutMs,
    createdMs,
    seenMs: request.seenMs ?? createdMs,
    device: request.device ?? NO_DEVICE,
  };
}

export function toEnlistResult(result: CallOutcome): EnlistResult {
  switch (result.kind) {
    case 'enlisted':
      return { status: 'enlisted', standing: result.standing, evicted: result.ended };
    case 'full':
      return { status: 'full', sessions: result.sessions };
    case 'destroyed':
      return { status: 'evicted' };
    default:
      throw failure(result);
  }
}

export function toDelisted(result: CallOutcome): void {
  const isDone = result.kind === 'done' || result.kind === 'unknown';
  if (!isDone) throw failure(result);
}

export function toPrincipalSessions(result: CallOutcome): PrincipalSessions {
  if (result.kind === 'unknown') return { generation: 0, sessions: [] };
  if (result.kind !== 'listed') throw failure(result);
  return { generation: result.generation, sessions: result.sessions };
}

export function toRevoked(result: CallOutcome): Revoked {
  if (result.kind === 'unknown') return { generation: 0, ended: [] };
  if (result.kind !== 'revoked') throw failure(result);
  return { generation: result.generation, ended: result.ended };
}

export function toLockOutcome(result: CallOutcome, name: string): LockOutcome {
  switch (result.kind) {
    case 'locked':
      return { status: 'locked', lock: { name, token: result.token }, leaseMs: result.leaseMs };
    case 'lock-busy':
      return { status: 'busy', retryAfterMs: result.retryAfterMs };
    case 'destroyed':
    case 'unknown':
      return { status: 'destroyed' };
    default:
      throw failure(result);
  }
}

export function toUnlocked(result: CallOutcome): boolean {
  switch (result.kind) {
    case 'done':
      return true;
    case 'lock-lost':
    case 'destroyed':
    case 'unknown':
      return false;
    default:
      throw failure(result);
  }
}
