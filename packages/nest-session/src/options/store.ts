import { SessionOptionError } from '../errors.js';
import type { SessionModuleOptions } from '../session.options.js';
import type { SessionStoreSource } from '../stores/session-store-source.js';
import { refuseBesideCookies } from './cookie-store.js';
import type { NormalizedTimeouts } from './timeouts.js';

export interface NormalizedStore {
  /** In place of the memory of the processes. */
  readonly store: SessionStoreSource | undefined;
}

/** A store in place of a cluster: what only a cluster or its memory has cannot be asked for besides. */
export function normalizeStore(
  { store, ...others }: SessionModuleOptions,
  { renewTimeoutMs }: Pick<NormalizedTimeouts, 'renewTimeoutMs'>,
): NormalizedStore {
  if (store === undefined) return { store };
  if (typeof store?.start !== 'function') {
    throw new SessionOptionError('store', store, 'a store such as redisStore({ url })');
  }
  if (store.inCookies) refuseBesideCookies({ store, ...others }, store.name);
  const excluded = ['cluster', 'tier', ...(store.inCookies ? [] : ['clock'])] as const;
  for (const name of excluded as readonly ('cluster' | 'tier' | 'clock')[]) {
    if (others[name] === undefined) continue;
    throw new SessionOptionError(name, typeof others[name], `nothing beside store: ${store.name}`);
  }
  // Without a lock every one of parallel requests would renew, and all but one end in a 401.
  if (!store.hasLocks && renewTimeoutMs !== undefined) {
    const expected = `none beside store: ${store.name}, which has no locks`;
    throw new SessionOptionError('timeouts.renew', `${renewTimeoutMs} ms`, expected);
  }
  return { store };
}
