import { InternalError } from '../../errors.js';
import { compareLineages, type Incarnation, type Lineage, type SessionRecord } from './record.js';

/**
 * Refuses transitions that the protocol rules out, so that a defect stops at its cause: a buried key
 * gets no record, and no node goes from leading a lineage to leading a lower one.
 */
export function assertTransition(
  before: SessionRecord | undefined,
  after: SessionRecord | undefined,
  self: Incarnation,
  buried: boolean,
): void {
  if (!after) return;
  if (buried) throw new InternalError(`record of a buried key became ${after.role}`);
  if (before?.role === 'owner' && after.role === 'owner' && before !== after) {
    throw new InternalError('an owned record was replaced without being demoted');
  }
  if (!before || after.role !== 'owner') return;
  const old: Lineage = {
    epoch: before.epoch,
    owner: before.role === 'owner' ? self : before.owner,
  };
  if (compareLineages({ epoch: after.epoch, owner: self }, old) < 0) {
    throw new InternalError(`owner of epoch ${after.epoch} below held epoch ${before.epoch}`);
  }
}
