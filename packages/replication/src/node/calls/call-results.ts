import type { CallOutcome, RecordView } from '../../core/calls/calls.js';
import type { CommitId } from '../../core/record/applied-commits.js';
import type { Version } from '../../core/record/version.js';
import {
  CommitUnknownError,
  InternalError,
  MessageTooLargeError,
  NotOwnerError,
  SessionUnavailableError,
} from '../../errors.js';
import type {
  CommitResult,
  OpenResult,
  RateDecision,
  ReserveResult,
  SessionSnapshot,
} from '../api/cluster-api.js';

/** What a client is told to wait before it repeats. */
const RETRY_AFTER_MS = 1000;

export function toSnapshot(view: RecordView): SessionSnapshot {
  return view;
}

export function toOpenResult(result: CallOutcome, seen: Version | undefined): OpenResult {
  switch (result.kind) {
    case 'record': {
      const { view, lost } = result;
      const lostRevisions = seen && lost ? { seen, found: lost } : undefined;
      return { status: 'found', snapshot: toSnapshot(view), lostRevisions };
    }
    case 'destroyed':
      return { status: 'destroyed', reason: result.reason };
    case 'unknown':
      return { status: 'unknown' };
    default:
      throw failure(result);
  }
}

export function toCommitResult(result: CallOutcome, id: CommitId): CommitResult {
  switch (result.kind) {
    case 'committed': {
      const { version, document, owner, backups } = result.view;
      const { copies, entry } = result;
      const committed = { status: 'committed', version, document, owner, backups, copies } as const;
      return entry ? { ...committed, replayed: entry } : committed;
    }
    case 'conflict':
      return { status: 'conflict', snapshot: toSnapshot(result.view) };
    case 'replayed':
      return { status: 'replayed', entry: result.entry };
    case 'lock-lost':
      return { status: 'lock-lost' };
    case 'destroyed':
    case 'unknown':
      return { status: 'destroyed' };
    default:
      throw failure(result, `${id.origin}/${id.counter}`);
  }
}

export function toReserveResult(result: CallOutcome): ReserveResult {
  switch (result.kind) {
    case 'reserved':
      return { status: 'reserved' };
    case 'in-progress':
      return { status: 'in-progress', fingerprint: result.fingerprint };
    case 'rotated':
      return { status: 'rotated' };
    case 'replayed':
      return { status: 'replayed', entry: result.entry };
    case 'destroyed':
    case 'unknown':
      return { status: 'destroyed' };
    default:
      throw failure(result);
  }
}

export function toRateDecision(result: CallOutcome): RateDecision {
  if (result.kind === 'rate') {
    const { allowed, remaining, retryAfterMs, resetAfterMs } = result;
    return { allowed, remaining, retryAfterMs, resetAfterMs };
  }
  throw failure(result);
}

/** The error for a call that was not executed, or whose fate is not known. */
export function failure(result: CallOutcome, commitId = ''): Error {
  switch (result.kind) {
    case 'refused':
      return new SessionUnavailableError(result.reason, RETRY_AFTER_MS);
    case 'elsewhere':
      return new NotOwnerError(result.owner);
    case 'fate-unknown':
      return new CommitUnknownError(commitId);
    case 'too-large':
      return new MessageTooLargeError(result.bytes, result.maxBytes);
    case 'destroyed':
    case 'unknown':
      return new SessionUnavailableError('the session has ended', RETRY_AFTER_MS);
    default:
      return new InternalError(`unexpected answer ${result.kind}`);
  }
}
