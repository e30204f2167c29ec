import type { CommitId } from '../record/applied-commits.js';
import { compareLineages, type Incarnation } from '../record/record.js';

/**
 * Says which grant of a lock somebody holds. Later grants have higher tokens, takeovers included, so
 * that whatever a lock protects can refuse who came too late.
 */
export interface LockToken {
  readonly epoch: number;
  readonly owner: Incarnation;
  readonly counter: number;
}

/** A commit that is to be applied only while its lock was not given to anybody else. */
export interface HeldLock {
  readonly name: string;
  readonly token: LockToken;
}

export type LockCall =
  | {
      readonly kind: 'lock';
      readonly key: string;
      readonly id: CommitId;
      readonly name: string;
      readonly leaseMs: number;
      /** How long to wait for it; 0 = not at all. */
      readonly waitMs: number;
    }
  | {
      readonly kind: 'unlock';
      readonly key: string;
      readonly name: string;
      readonly token: LockToken;
    };

export type LockResult =
  | { readonly kind: 'locked'; readonly token: LockToken; readonly leaseMs: number }
  /** Somebody has it, or too many wait for it. */
  | { readonly kind: 'lock-busy'; readonly retryAfterMs: number }
  /** Not executed: the lock was given to somebody else meanwhile, or back. */
  | { readonly kind: 'lock-lost' };

export function compareLockTokens(left: LockToken, right: LockToken): number {
  return compareLineages(left, right) || left.counter - right.counter;
}
