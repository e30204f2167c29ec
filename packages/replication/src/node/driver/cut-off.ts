import type { CoreSettings } from '../../core/context.js';
import type { NodeCore } from '../../core/node-core.js';

/**
 * Whether this node has lost the bus and is not to serve then, as `onIsolation: 'refuse'` says: what it
 * leads may have been ended where it cannot hear of it. Writes are refused by the core, for want of a
 * copy; this is for reads.
 */
export function isSilenced({ busConnected }: NodeCore, settings: CoreSettings): boolean {
  return !busConnected && settings.onIsolation === 'refuse' && settings.backups > 0;
}
