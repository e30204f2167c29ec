import { rebaseOperations } from '../core/owner/merge.js';
import type { Version } from '../core/record/version.js';
import { applyOperations } from '../core/values/apply.js';
import type { Operation } from '../core/values/operations.js';
import { shareStructure } from '../core/values/share-structure.js';
import type { SessionDocument, SessionValue } from '../core/values/values.js';
import { InternalError, SessionUnavailableError } from '../errors.js';
import type { CommitResult, SessionKey, SessionSnapshot } from '../node/api/cluster-api.js';
import { RETRY_AFTER_MS } from './redis-store-calls.js';
import type { StoreAnswer } from './store-answers.js';

/** Where sessions are, as headers and cookies name it. */
export const LABEL = 'redis';

type Found = Extract<StoreAnswer, { kind: 'record' }>;

/** The change as it applies to the record now; without what it was computed on, by its paths. */
export function applied(
  document: SessionDocument,
  before: SessionDocument | undefined,
  operations: readonly Operation[],
): SessionDocument {
  if (!before) return applyOperations(document, operations);
  // Elements of lists are found again by their identity.
  const now = shareStructure(
    document as unknown as SessionValue,
    before as unknown as SessionValue,
  );
  const current = now as unknown as SessionDocument;
  return applyOperations(current, rebaseOperations(before, current, operations));
}

export function record(answer: StoreAnswer): Found {
  if (answer.kind === 'record') return answer;
  throw new InternalError(`unexpected answer ${answer.kind}`);
}

/** A change of a session that another version has written meanwhile: nothing was stored. */
export function unreadable(reason: string): SessionUnavailableError {
  return new SessionUnavailableError(`this version cannot read it: ${reason}`, RETRY_AFTER_MS);
}

export function snapshotOf(key: SessionKey, found: Found): SessionSnapshot {
  const { seq, document, idleRemainingMs, absoluteRemainingMs } = found;
  const where = { owner: LABEL, backups: [] };
  return { key, version: versionAt(seq), document, idleRemainingMs, absoluteRemainingMs, ...where };
}

export function committed(seq: number, document: SessionDocument): CommitResult {
  const where = { owner: LABEL, backups: [], copies: 1 };
  return { status: 'committed', version: versionAt(seq), document, ...where };
}

function versionAt(seq: number): Version {
  return { epoch: 1, seq };
}

/** Calls are checked by the rules of a cluster, which number them besides. */
export function noId() {
  return { origin: LABEL, counter: 0, watermark: 0 };
}
