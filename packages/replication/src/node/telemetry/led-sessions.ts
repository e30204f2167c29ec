import type { NodeCore } from '../../core/node-core.js';
import { viewOf } from '../../core/record/record-view.js';
import type { SessionSnapshot } from '../api/cluster-api.js';
import { toSnapshot } from '../calls/call-results.js';

/**
 * The sessions a node leads, as they are now: no copies, which their own leaders tell, no lists of
 * principals and no rate limits, and nothing whose time is over although nobody has ended it yet.
 */
export function ledSessions(core: NodeCore): SessionSnapshot[] {
  const led: SessionSnapshot[] = [];
  for (const record of core.records.values()) {
    if (record.role !== 'owner' || record.content.kind !== 'session') continue;
    const snapshot = toSnapshot(viewOf(core, record));
    if (snapshot.idleRemainingMs > 0 && snapshot.absoluteRemainingMs > 0) led.push(snapshot);
  }
  return led;
}
