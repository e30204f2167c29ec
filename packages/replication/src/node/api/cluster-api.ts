import type { EndReason } from '../../core/endings/end-reasons.js';
import type { HeldLock } from '../../core/owner/lock-calls.js';
import type { Standing } from '../../core/principals/standing.js';
import type { Version } from '../../core/record/version.js';
import type { Operation } from '../../core/values/operations.js';
import type { Path, SessionDocument, SessionObject } from '../../core/values/values.js';
import type { RecordExplanation } from '../telemetry/explain-record.js';
import type { ClusterMetric } from '../telemetry/metrics.js';
import type { LockStore } from './lock-api.js';
import type { PrincipalStore } from './principal-api.js';

/** SHA-256 of a session id as base64url (43 characters); the only form the cluster knows. */
export type SessionKey = string;

/** How many other nodes hold a change before its commit resolves. Default `backup`. */
export type Durability = 'async' | 'backup' | 'all';

/** A record as it was when it was read. The document is shared and must not be modified. */
export interface SessionSnapshot {
  /** The key of the record; differs from the asked one after a same-principal rotation (alias). */
  readonly key: SessionKey;
  readonly version: Version;
  readonly document: SessionDocument;
  readonly idleRemainingMs: number;
  readonly absoluteRemainingMs: number;
  /** Label of the node that orders the changes of this record. */
  readonly owner: string;
  /** Labels of the nodes that hold a copy. */
  readonly backups: readonly string[];
}

export type OpenResult =
  | {
      readonly status: 'found';
      readonly snapshot: SessionSnapshot;
      /** Set when the client has seen a newer revision than any node that could answer still holds. */
      readonly lostRevisions?: { readonly seen: Version; readonly found: Version } | undefined;
    }
  /** Ended on purpose: logged out, revoked, rotated away or expired. Final. */
  | { readonly status: 'destroyed'; readonly reason?: EndReason | undefined }
  /** Every member has answered and none knows the key. */
  | { readonly status: 'unknown' };

export interface OpenOptions {
  /** The newest revision the client has seen; an older copy is never served in silence. */
  readonly seen?: Version | undefined;
  /** Labels of likely owners, best first; a hint from the route cookie that saves a hop. */
  readonly hints?: readonly string[] | undefined;
  /** A node the balancer could not reach; a hint that shortens failure detection. */
  readonly failedNode?: string | undefined;
}

/** An entry of the idempotency journal; commits together with the change it belongs to. */
export interface JournalEntry {
  /** The client's `Idempotency-Key`, at most 255 characters. */
  readonly key: string;
  /** Digest of method, route and body: the same key with another fingerprint is a client error. */
  readonly fingerprint: string;
  /** What is answered when the request is repeated; at most 4 KB, opaque to the engine. */
  readonly outcome: Uint8Array;
}

export interface CommitRequest {
  readonly key: SessionKey;
  /** The version the operations were computed against. */
  readonly base: Version;
  readonly operations: readonly Operation[];
  /**
   * What the record was at `base`, when the caller still has it: an owner elsewhere then answers
   * without the document, however large it is. Default: the whole document is sent back.
   */
  readonly snapshot?: SessionSnapshot | undefined;
  /** `exact`: apply only if the record is still at `base`. Default `merge`, by path. */
  readonly expect?: 'merge' | 'exact' | undefined;
  readonly durability?: Durability | undefined;
  readonly journal?: JournalEntry | undefined;
  /** New idle timeout of this record from now on, in ms. */
  readonly idleTimeoutMs?: number | undefined;
  /** Apply only while this lock cannot have been anybody else's; else `lock-lost`. */
  readonly lock?: HeldLock | undefined;
}

export interface Committed {
  readonly status: 'committed';
  readonly version: Version;
  readonly document: SessionDocument;
  readonly owner: string;
  readonly backups: readonly string[];
  /** Other nodes that hold this change now. 0 = nobody could; counted and shown. */
  readonly copies: number;
  /**
   * Of a rotation: the same login had gone through under the old id, and its answer may not have
   * arrived. The session has a new id once more, and this is what was to be answered.
   */
  readonly replayed?: JournalEntry | undefined;
}

export type CommitResult =
  | Committed
  /** With `expect: 'exact'`: the record moved on; here is what it is now. */
  | { readonly status: 'conflict'; readonly snapshot: SessionSnapshot }
  /** The journal already holds this key: nothing was applied. */
  | { readonly status: 'replayed'; readonly entry: JournalEntry }
  /** With `lock`: somebody else may have had it since; nothing was applied. */
  | { readonly status: 'lock-lost' }
  | { readonly status: 'destroyed' };

export interface CreateRequest {
  readonly key: SessionKey;
  readonly data: SessionObject;
  readonly system: SessionObject;
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  readonly durability?: Durability | undefined;
  readonly journal?: JournalEntry | undefined;
  /** From `enlist`: on whose list the session is. */
  readonly standing?: Standing | undefined;
}

export interface RotateRequest {
  readonly from: SessionKey;
  /** Minted by the handling node; only the hash travels. */
  readonly to: SessionKey;
  readonly base: Version;
  readonly operations: readonly Operation[];
  /**
   * True when the principal or its rights change: the old id is dead on every node before this
   * resolves. False: the old id answers through an alias for a short while, so that parallel tabs
   * are not signed out.
   */
  readonly acrossLogin: boolean;
  readonly durability?: Durability | undefined;
  readonly journal?: JournalEntry | undefined;
  readonly idleTimeoutMs?: number | undefined;
  readonly absoluteTimeoutMs?: number | undefined;
  /** From `enlist`, with `acrossLogin`: on whose list the session is from now on. Default: nobody's. */
  readonly standing?: Standing | undefined;
}

export type RotateResult = CommitResult;

export type ReserveResult =
  | { readonly status: 'reserved' }
  /** The first request with this key is still running; with another fingerprint it is another one. */
  | { readonly status: 'in-progress'; readonly fingerprint?: string | undefined }
  /**
   * The same login went through under this id within the last 30 s and its answer may not have
   * arrived: `rotate` with the same journal key and fingerprint gives the session a new id once more
   * and returns what was answered; the id that did not arrive is buried.
   */
  | { readonly status: 'rotated' }
  | { readonly status: 'replayed'; readonly entry: JournalEntry }
  | { readonly status: 'destroyed' };

/** A rate limit in GCRA terms: `burst` at once, then one every `intervalMs`. */
export interface RatePolicy {
  readonly name: string;
  readonly intervalMs: number;
  readonly burst: number;
}

export interface RateDecision {
  readonly allowed: boolean;
  /** Whole requests that would still be allowed now. */
  readonly remaining: number;
  /** 0 when allowed. */
  readonly retryAfterMs: number;
  /** Until the full burst is available again. */
  readonly resetAfterMs: number;
}

export interface ConsumeRequest {
  /**
   * `session`: the limit rides in that session's record. `shared`: a record of its own, owned by
   * the first-ranked node and backed up like any other; `id` is hashed before it travels.
   */
  readonly scope:
    | { readonly kind: 'session'; readonly key: SessionKey }
    | { readonly kind: 'shared'; readonly id: string };
  readonly policy: RatePolicy;
  /** Default 1. 0 = look without consuming; negative = give back (a successful login). */
  readonly cost?: number | undefined;
}

export type MemberState = 'joining' | 'active' | 'draining' | 'leaving' | 'suspect' | 'dead';

export interface ClusterMember {
  readonly id: string;
  /** Opaque; what cookies and headers show. */
  readonly label: string;
  /** A restarted node is a new incarnation. */
  readonly incarnation: string;
  readonly state: MemberState;
  readonly zone?: string | undefined;
  readonly weight: number;
  /** Where the node takes HTTP, when it told. */
  readonly url?: string | undefined;
  readonly pid?: number | undefined;
  readonly sessionsOwned: number;
  readonly sessionsHeld: number;
  readonly self: boolean;
}

export type ClusterEvent =
  | {
      readonly kind: 'member';
      readonly member: ClusterMember;
      readonly previous?: MemberState | undefined;
    }
  | { readonly kind: 'bus'; readonly connected: boolean }
  /** This node made itself owner after the owner was gone. */
  | {
      readonly kind: 'takeover';
      readonly keyHash: string;
      readonly from?: string | undefined;
      readonly version: Version;
      readonly tookMs: number;
    }
  | { readonly kind: 'handoff'; readonly keyHash: string; readonly to: string }
  /** A change was acknowledged although no other node could hold a copy. */
  | { readonly kind: 'no-copy'; readonly keyHash: string }
  /** The tier came or went. */
  | { readonly kind: 'tier'; readonly connected: boolean; readonly reason?: string | undefined }
  /** No node had this session but the tier did: it is led by this node now. */
  | { readonly kind: 'restored'; readonly keyHash: string; readonly version: Version }
  /**
   * A change (`write-through`) or an end was answered, or refused where `onIsolation` says so,
   * before the tier had it. It is told again until it has.
   */
  | { readonly kind: 'tier-behind'; readonly keyHash: string }
  | {
      readonly kind: 'lost-revisions';
      readonly keyHash: string;
      readonly seen: Version;
      readonly found: Version;
    }
  /** A session ended; told by the node that decided it. `key` is for audit logs, which must match it. */
  | {
      readonly kind: 'ended';
      readonly keyHash: string;
      readonly key: SessionKey;
      readonly reason: string;
    }
  /**
   * This node has learnt that a session ended: every node tells it once, for what it holds open for
   * that session. `successorHash`: it goes on under another key, after a rotation within a login.
   */
  | {
      readonly kind: 'buried';
      readonly keyHash: string;
      readonly reason?: EndReason | undefined;
      readonly successorHash?: string | undefined;
    }
  /**
   * A value that was acknowledged on one side of a partition and is not in the merged session. Both
   * times are milliseconds since 1970. No `byMs`: its session ended on the other side, got another id
   * there, or nobody could take the change any more. The value itself is not told.
   */
  | {
      readonly kind: 'superseded';
      readonly keyHash: string;
      readonly path: Path;
      readonly changedMs: number;
      readonly byMs?: number | undefined;
    }
  /** The wall clock of a node is more than five minutes ahead of the one here, and not followed. */
  | { readonly kind: 'clock-ahead'; readonly node: string; readonly aheadMs: number }
  /** Bytes from the bus were refused. */
  | { readonly kind: 'frame-refused'; readonly reason: string };

/**
 * What a session layer needs of the engine. Every method rejects with `SessionUnavailableError`
 * (nothing happened, repeat), `CommitUnknownError` (may have happened) or `ClusterStoppedError`.
 */
export interface SessionStore {
  readonly label: string;
  /** True when this node should mint ids for itself and `key` ranks it first. */
  wouldOwn(key: SessionKey): boolean;
  /** How many random ids to try before taking one that another node would own; 1 while draining. */
  mintTries(): number;
  create(request: CreateRequest): Promise<CommitResult>;
  /** Rejects with `NotOwnerError` besides when the bus is away and another node has the session. */
  open(key: SessionKey, options?: OpenOptions): Promise<OpenResult>;
  /**
   * The session as this node holds it, where it may speak of it without asking anybody; undefined:
   * use `open`. It counts as no use of the session. A store that is always asked has none.
   */
  peek?(key: SessionKey, seen?: Version): SessionSnapshot | undefined;
  /** What `open` would resolve with, under the conditions of `peek`; undefined: use `open`. */
  openNow?(key: SessionKey): SessionSnapshot | undefined;
  commit(request: CommitRequest): Promise<CommitResult>;
  /** Extends the idle deadline; cheap, throttled, never waits for a copy. */
  touch(key: SessionKey): void;
  rotate(request: RotateRequest): Promise<RotateResult>;
  /** Resolves when every reachable node has buried the key; also for one already dead or unknown. */
  destroy(key: SessionKey, reason: string): Promise<void>;
  reserve(key: SessionKey, journalKey: string, fingerprint: string): Promise<ReserveResult>;
  /** Gives a reservation back when the handler failed and nothing is to be remembered. */
  release(key: SessionKey, journalKey: string): void;
  consume(request: ConsumeRequest): Promise<RateDecision>;
}

export interface ClusterStatus {
  readonly state: 'joining' | 'active' | 'draining' | 'stopped';
  /** The bus is gone: serving from memory. */
  readonly degraded: boolean;
  /** Absent without a tier. */
  readonly tier?: 'connected' | 'unreachable' | undefined;
}

export interface Cluster extends SessionStore, PrincipalStore, LockStore {
  readonly id: string;
  readonly incarnation: string;
  status(): ClusterStatus;
  members(): readonly ClusterMember[];
  on(listener: (event: ClusterEvent) => void): () => void;
  /** Counters, gauges and histograms under Prometheus names. Walks all records: not for hot paths. */
  metrics(): readonly ClusterMetric[];
  /**
   * The sessions this node leads; those of all nodes are all there are. Walks all records: not for
   * hot paths.
   */
  ledSessions(): readonly SessionSnapshot[];
  /**
   * Asks every node what it knows of a record: who leads it, who holds which version, who promised
   * what, and what happened to it here lately. Never its contents. Takes a second at most. Throws
   * `OptionError` when `key` is none, `ClusterStoppedError` after `stop()`.
   */
  explain(key: SessionKey): Promise<RecordExplanation>;
  /**
   * Announces draining, hands every record over, resolves when each has its copies elsewhere or the
   * deadline (0 to a day, default 30 s) passed.
   */
  drain(options?: { readonly deadlineMs?: number | undefined }): Promise<{ readonly left: number }>;
  stop(): Promise<void>;
}
