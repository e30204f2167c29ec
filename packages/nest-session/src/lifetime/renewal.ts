import { type LockStore, ReplicationError, type SessionStore } from '@understudy/replication';
import type { VerifiedId } from '../identity/id-cookie.js';
import type { Timeouts } from './timeout-profiles.js';

/**
 * Held from a renewal on, and never given back: it moves with the session and lapses after the old id
 * has ceased to answer (15 s), so whoever came with the old id cannot renew once more.
 */
const RENEWAL_LOCK = { name: 'understudy-renewal', leaseMs: 30_000 } as const;

/** Whether an id is as old as `timeouts.renew` lets it become; its cookie says when it was given. */
export function isRenewalDue(
  { issuedAtSeconds }: VerifiedId,
  { policy, now }: { readonly policy: Timeouts; readonly now: () => number },
): boolean {
  const { renewTimeoutMs } = policy;
  return renewTimeoutMs !== undefined && now() - issuedAtSeconds * 1000 >= renewTimeoutMs;
}

/**
 * Whether this request is the one that gives the session its next id. Of parallel requests it is
 * exactly one; the others, and all while the cluster cannot say, go on under the present id (the
 * failure prevented: a second rotation of an id that is gone already ends in a 401).
 */
export async function mayRenew(
  { store, locks }: { readonly store: SessionStore; readonly locks: LockStore | undefined },
  key: string,
): Promise<boolean> {
  try {
    const outcome = await locks?.lock({ key, ...RENEWAL_LOCK });
    if (outcome?.status !== 'locked') return false;
    // Locks end with their owner: the lock may be new although the id has been replaced.
    const opened = await store.open(key);
    return opened.status === 'found' && opened.snapshot.key === key;
  } catch (error) {
    if (error instanceof ReplicationError) return false;
    throw error;
  }
}
