import type { CoreSettings } from '../core/context.js';
import type { NodeCore } from '../core/node-core.js';

/**
 * Whether this node hears of nobody and is not to serve then, as `onIsolation: 'refuse'` says: what it
 * holds may have been ended, or changed, where it cannot hear of it. Writes are refused by the core,
 * for want of a copy; this is for reads.
 */
export function isSilenced(
  { busConnected, membership }: NodeCore,
  settings: CoreSettings,
): boolean {
  if (settings.onIsolation === 'serve' || settings.backups === 0) return false;
  if (!busConnected) return true;
  for (const { status } of membership.live()) if (status === 'alive') return false;
  return true;
}
