import type { CoreContext } from '../context.js';
import type { NodeState } from '../messages.js';
import type { Incarnation, OwnedRecord } from '../record/record.js';

/** Of a holder that never acknowledged anything of this lineage. */
export const NOTHING_ACKED = -1;

/** Which holders of a record count: who is well, who may stay, and who has what. */
export class HolderHealth {
  constructor(private readonly context: CoreContext) {}

  isHealthy(holder: Incarnation): boolean {
    return this.mayStay(holder) && !this.context.replicator.isStalled(holder);
  }

  mayStay(holder: Incarnation): boolean {
    const member = this.context.membership.members.get(holder);
    return member !== undefined && member.status !== 'dead' && mayHold(member.heartbeat.state);
  }

  healthyCount(record: OwnedRecord): number {
    let count = 0;
    for (const holder of record.backups.keys()) if (this.isHealthy(holder)) count++;
    return count;
  }
}

export function mayHold(state: NodeState): boolean {
  return state === 'active' || state === 'joining';
}

/** What everybody has acknowledged who may hold it; without a holder, everything. */
export function leastAcked({ backups, leaving }: OwnedRecord): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { ackedSeq } of backups.values()) least = Math.min(least, ackedSeq);
  if (leaving) for (const ackedSeq of leaving.values()) least = Math.min(least, ackedSeq);
  return least;
}

/** How many holders have acknowledged a change. */
export function copiesOf(record: OwnedRecord, seq: number): number {
  let copies = 0;
  for (const progress of record.backups.values()) if (progress.ackedSeq >= seq) copies++;
  return copies;
}
