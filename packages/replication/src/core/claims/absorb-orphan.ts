import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { EncodedCopy } from '../messages.js';
import { mergeOfLists } from '../principals/principal-merge.js';
import { hasLineage, type Stamp } from '../record/lineage-past.js';
import { readCopy } from '../record/read-copy.js';
import type { OwnedRecord, RecordContent } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { oversizeWith } from '../record/record-size.js';
import { mergeLineages } from '../sides/lineage-merge.js';
import type { LineageSide } from '../sides/lineage-sides.js';
import { reportContent, reportSuperseded } from '../sides/superseded.js';

/** The last change of an owned record, by its lineage. */
export function stampOf(context: CoreContext, { epoch, seq }: OwnedRecord): Stamp {
  return { epoch, owner: context.self, seq };
}

/** Whether nothing of that lineage can be missing from the record. */
export function isAbsorbed(context: CoreContext, record: OwnedRecord, stamp: Stamp): boolean {
  return hasLineage(stampOf(context, record), record.content.past, stamp);
}

/**
 * Merges an orphan lineage into an owned record, by a commit like any other: whoever holds a copy,
 * or takes over later, has the same result. Absorbing it again changes nothing.
 */
export function absorbOrphan(
  context: CoreContext,
  record: OwnedRecord,
  stamp: Stamp,
  copy: EncodedCopy,
): void {
  if (isAbsorbed(context, record, stamp)) return;
  const content = readCopy(context, record.key, copy);
  if (!content) return;
  const { nowMs, clock, codec } = context;
  if (content.changedAt !== undefined) context.followClock(content.changedAt, stamp.owner);
  const winner: LineageSide = {
    stamp: stampOf(context, record),
    content: record.content,
    answeredAt: record.answeredAt,
  };
  const answeredAt = trusted(context, content.answeredAt ?? 0);
  const { operations, superseded, merged } = mergeLineages(
    winner,
    { stamp, content, answeredAt },
    codec.decodeDelta,
    (at) => trusted(context, at),
  );
  const rates = laterRates(record.content, content, nowMs);
  const sinceLast = clock.next(nowMs) - (record.content.changedAt ?? 0);
  const isList = record.content.kind === 'principal';
  // Nothing of a list is superseded: who is on it on either side is on it.
  const body: DeltaBody = isList
    ? { ...mergeOfLists(record.content, content), sinceLast, merged }
    : { operations, rates, sinceLast, merged };
  const encoded = codec.encodeDelta(body);
  if (oversizeWith(context, record, body, encoded.length) === undefined) {
    context.owner.changes.advance(record, body, encoded);
    if (isList) context.owner.principals.adopted(record);
    else reportSuperseded(context, record.key, superseded);
    return;
  }
  // Together they are more than a message can carry: the record stays as it is, and says so.
  const { contains } = merged;
  const nothing = { contains, changes: [], forgotten: [], applied: [], journal: [] };
  context.owner.changes.advance(record, { operations: [], sinceLast, merged: nothing });
  reportContent(context, record.key, content);
}

/** What a clock that is too far ahead has dated loses against everything else. */
function trusted({ clock, nowMs }: CoreContext, at: number): number {
  return clock.aheadMs(at, nowMs) > 0 ? 0 : at;
}

/** A limit that was used on both sides is as exhausted as on the worse of them. */
function laterRates(
  own: RecordContent,
  other: RecordContent,
  nowMs: number,
): readonly (readonly [string, number])[] | undefined {
  const later = [...other.rates]
    .filter(([policy, arrivalMs]) => arrivalMs > Math.max(nowMs, own.rates.get(policy) ?? 0))
    .map(([policy, arrivalMs]) => [policy, arrivalMs - nowMs] as const);
  return later.length > 0 ? later.slice(-LIMITS.ratesPerRecord) : undefined;
}
