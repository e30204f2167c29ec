import type { RecordView } from '../calls/calls.js';
import type { CoreContext } from '../context.js';
import type { OwnedRecord } from './record.js';

/** A record as its owner answers it. */
export function viewOf(context: CoreContext, record: OwnedRecord): RecordView {
  const { nowMs, settings } = context;
  return {
    key: record.key,
    version: { epoch: record.epoch, seq: record.seq },
    document: record.content.document,
    idleRemainingMs: Math.max(0, record.idleDeadlineMs - nowMs),
    absoluteRemainingMs: Math.max(0, record.absoluteDeadlineMs - nowMs),
    owner: settings.label,
    backups: upToDate(context, record),
  };
}

/** The nodes that hold all that was answered for: where a failover loses nothing. */
function upToDate(context: CoreContext, { backups, answeredSeq }: OwnedRecord): string[] {
  let labels: string[] = [];
  for (const [holder, { ackedSeq }] of backups) {
    if (ackedSeq < answeredSeq) continue;
    const label = context.labelOf(holder);
    // Pushing to an empty list would reserve room for sixteen, in every answer.
    if (labels.length === 0) labels = [label];
    else labels.push(label);
  }
  return labels;
}
