import type { HeldLock } from '../../core/owner/lock-calls.js';
import type { SessionKey } from './cluster-api.js';

export interface LockRequest {
  readonly key: SessionKey;
  /** Which of the session's locks, at most 64 characters. */
  readonly name: string;
  /** The lock is free after this in any case; at most 60 s. */
  readonly leaseMs: number;
  /** How long to wait in line; at most 30 s. Default 0: not at all. */
  readonly waitMs?: number | undefined;
}

export type LockOutcome =
  /** Pass `lock` to `commit`, and to `unlock` in the end. */
  | { readonly status: 'locked'; readonly lock: HeldLock; readonly leaseMs: number }
  | { readonly status: 'busy'; readonly retryAfterMs: number }
  | { readonly status: 'destroyed' };

/**
 * Locks that live with the owner of a session. They are for work that must not run twice at the same
 * time; changes of the session are safe without one. A lock ends with its lease, with the node that
 * holds it, and when the session changes hands; a commit that names a lock which somebody else may
 * have had since is refused (`lock-lost`).
 */
export interface LockStore {
  lock(request: LockRequest): Promise<LockOutcome>;
  /** `false`: it was lost before. */
  unlock(key: SessionKey, lock: HeldLock): Promise<boolean>;
}
