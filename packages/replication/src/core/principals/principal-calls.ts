import type { CommitId } from '../record/applied-commits.js';
import type { Standing } from './standing.js';

/** What happens to a login beyond the limit of its principal. */
export type EnlistPolicy = 'evict-oldest' | 'reject';

/** A session's place on the list of its principal. */
export interface PlaceFacts {
  readonly handle: string;
  /** Its present key; of a login, the one that the session will have after it. */
  readonly session: string;
  /** Facts of the session layer, returned as they are. */
  readonly createdMs: number;
  readonly seenMs: number;
  readonly device: Uint8Array;
}

/** A place that a login is to get before it is committed. */
export interface PlaceRequest extends PlaceFacts {
  readonly limit: number;
  readonly policy: EnlistPolicy;
  /** How long the session may live. */
  readonly absoluteTimeoutMs: number;
}

/** A session on the list of its principal. */
export interface ListedSession extends PlaceFacts {
  /** False: its place is reserved and nobody has confirmed the login yet. */
  readonly confirmed: boolean;
}

/** What the session layer asks of the owner of a principal's record. */
export type PrincipalCall =
  /** Reserves a place on the list before the login is committed; the only call that makes a list. */
  | (PlaceRequest & {
      readonly kind: 'enlist';
      readonly key: string;
      readonly id: CommitId;
    })
  | {
      readonly kind: 'delist';
      readonly key: string;
      readonly handle: string;
      /** Only while the place is that of this session. */
      readonly session?: string | undefined;
    }
  | { readonly kind: 'list'; readonly key: string }
  | {
      readonly kind: 'revoke';
      readonly key: string;
      readonly id: CommitId;
      readonly which: 'all' | 'others' | 'one';
      /** Whom to spare (`others`) or to end (`one`). */
      readonly handle?: string | undefined;
    }
  /** Whether a session that was taken over is still on the list. */
  | {
      readonly kind: 'standing';
      readonly key: string;
      readonly session: string;
      readonly standing: Standing;
    };

/** A session that ended because of a call. */
export interface EndedSession {
  readonly handle: string;
  readonly session: string;
}

export type PrincipalResult =
  | {
      readonly kind: 'enlisted';
      readonly standing: Standing;
      readonly ended: readonly EndedSession[];
    }
  /** `reject`: as many sessions as allowed are alive. Nothing was changed. */
  | { readonly kind: 'full'; readonly sessions: number }
  | {
      readonly kind: 'listed';
      readonly generation: number;
      readonly sessions: readonly ListedSession[];
    }
  | {
      readonly kind: 'revoked';
      readonly generation: number;
      readonly ended: readonly EndedSession[];
    }
  | { readonly kind: 'standing'; readonly valid: boolean };
