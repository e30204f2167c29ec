import type { SessionRecord } from '../record/record.js';
import type { SlabUsage } from './slab-store.js';

/**
 * Bytes in the slabs that no record accounts for; 0 unless a record was replaced without giving its
 * place back. Negative when a record counts bytes that the slabs do not have.
 */
export function leakedBytes(records: Iterable<SessionRecord>, usage: SlabUsage): number {
  let held = 0;
  for (const record of records) if (record.role === 'backup') held += record.encodedBytes;
  return usage.usedBytes - held;
}
