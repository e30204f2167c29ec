import type { CoreContext } from '../context.js';
import type { OwnedRecord } from '../record/record.js';

/**
 * Whether somebody else may lead this record by now, and is still to be asked. A node that is cut
 * off has nobody to ask and speaks for what it owns. But one that wakes up from a pause and finds
 * its connection closed, as a broker does to whoever took nothing, has not been serving meanwhile:
 * it is back in a moment, and everything it owned may have been led elsewhere for seconds (the
 * failure prevented: requests that waited for it are served from yesterday's copy, lists and locks
 * included).
 */
export function isUnverified(context: CoreContext, record: OwnedRecord): boolean {
  const speaksAlone = !context.busConnected && !context.awaitsBus;
  return !speaksAlone && record.verifiedMs < context.unverifiedSinceMs;
}
