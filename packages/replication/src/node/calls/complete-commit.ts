import type { CallResult } from '../../core/calls/calls.js';
import { applyOperations } from '../../core/values/apply.js';
import type { Operation } from '../../core/values/operations.js';
import type { SessionSnapshot } from '../api/cluster-api.js';

/**
 * The answer to a change as it would be with the document, told from what the caller had. Undefined
 * when that cannot be known: after a partition two nodes may have numbered different changes alike.
 */
export function completeCommit(
  accepted: Extract<CallResult, { kind: 'accepted' }>,
  snapshot: SessionSnapshot,
  operations: readonly Operation[],
): Extract<CallResult, { kind: 'committed' }> | undefined {
  const { version, owner, backups, copies } = accepted;
  if (snapshot.owner !== owner) return undefined;
  const document = applyOperations(snapshot.document, operations);
  return { kind: 'committed', copies, view: { ...snapshot, version, document, owner, backups } };
}
