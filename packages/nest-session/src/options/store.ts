import { SessionOptionError } from '../errors.js';
import type { SessionModuleOptions } from '../session.options.js';
import type { SessionStoreSource } from '../stores/session-store-source.js';

export interface NormalizedStore {
  /** In place of the memory of the processes. */
  readonly store: SessionStoreSource | undefined;
}

/** A store in place of a cluster: what only a cluster or its memory has cannot be asked for besides. */
export function normalizeStore({ store, ...others }: SessionModuleOptions): NormalizedStore {
  if (store === undefined) return { store };
  if (typeof store?.start !== 'function') {
    throw new SessionOptionError('store', store, 'a store such as redisStore({ url })');
  }
  for (const name of ['cluster', 'tier', 'clock'] as const) {
    if (others[name] === undefined) continue;
    throw new SessionOptionError(name, typeof others[name], `nothing beside store: ${store.name}`);
  }
  return { store };
}
