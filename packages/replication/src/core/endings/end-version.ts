import type { BuriedKey } from '../messages.js';
import type { EndVersion, Incarnation, OwnedRecord, SessionRecord } from '../record/record.js';

/** The version at which its owner ends a record. */
export function endVersion({ epoch, seq }: OwnedRecord, self: Incarnation): EndVersion {
  return { epoch, seq: seq + 1, ownerTag: tagOf(self) };
}

/** Whether a record of `owner` was ended by a lineage that it is not of. */
export function endedElsewhere(
  record: SessionRecord,
  owner: Incarnation,
  { version }: BuriedKey,
): boolean {
  const { epoch, seq, ownerTag } = version;
  if (record.epoch !== epoch || record.seq >= seq) return true;
  return ownerTag !== undefined && ownerTag !== tagOf(owner);
}

/** FNV-1a: four bytes in each of a million tombstones instead of a name. */
function tagOf(incarnation: Incarnation): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < incarnation.length; at++) {
    value = Math.imul(value ^ incarnation.charCodeAt(at), 0x01000193);
  }
  return value >>> 0;
}
