import type { EndReason } from '../endings/end-reasons.js';
import type { HeldLock, LockCall, LockResult } from '../owner/lock-calls.js';
import type { PrincipalCall, PrincipalResult } from '../principals/principal-calls.js';
import type { Standing } from '../principals/standing.js';
import type { CommitId } from '../record/applied-commits.js';
import type { JournalRecord } from '../record/journal.js';
import type { Version } from '../record/version.js';
import type { Operation } from '../values/operations.js';
import type { SessionDocument, SessionObject } from '../values/values.js';

/** How many other nodes hold a change before its commit resolves. */
export type Durability = 'async' | 'backup' | 'all';

/** What a session layer asks of the owner of a record. Travels unchanged when the owner is remote. */
export type OwnerCall =
  | { readonly kind: 'open'; readonly key: string; readonly seen?: Version | undefined }
  | {
      readonly kind: 'create';
      readonly key: string;
      readonly id: CommitId;
      readonly data: SessionObject;
      readonly system: SessionObject;
      readonly idleTimeoutMs: number;
      readonly absoluteTimeoutMs: number;
      readonly durability: Durability;
      readonly journal?: JournalRecord | undefined;
      /** On whose list the session is. */
      readonly standing?: Standing | undefined;
    }
  | {
      readonly kind: 'commit';
      readonly key: string;
      readonly id: CommitId;
      readonly base: Version;
      readonly operations: readonly Operation[];
      readonly exact: boolean;
      readonly durability: Durability;
      readonly journal?: JournalRecord | undefined;
      readonly idleTimeoutMs?: number | undefined;
      /** Whoever asks has the document at `base`: another node need not send it back. */
      readonly hasBase?: boolean | undefined;
      /** A repeated login, whose journal entry is answered with it. */
      readonly again?: boolean | undefined;
      readonly lock?: HeldLock | undefined;
    }
  | {
      readonly kind: 'rotate';
      readonly key: string;
      readonly id: CommitId;
      readonly to: string;
      readonly base: Version;
      readonly operations: readonly Operation[];
      readonly acrossLogin: boolean;
      readonly durability: Durability;
      readonly journal?: JournalRecord | undefined;
      readonly idleTimeoutMs?: number | undefined;
      readonly absoluteTimeoutMs?: number | undefined;
      /** A login whose answer was lost: only the id is new, and the journal is not asked. */
      readonly again?: boolean | undefined;
      /** On whose list the session is after a login. */
      readonly standing?: Standing | undefined;
    }
  | { readonly kind: 'destroy'; readonly key: string; readonly reason: string }
  | {
      readonly kind: 'reserve';
      readonly key: string;
      readonly id: CommitId;
      readonly journalKey: string;
      readonly fingerprint: string;
    }
  | { readonly kind: 'release'; readonly key: string; readonly journalKey: string }
  | { readonly kind: 'touch'; readonly key: string }
  | {
      readonly kind: 'consume';
      readonly key: string;
      /** `shared` makes the record when there is none. */
      readonly scope: 'session' | 'shared';
      readonly id: CommitId;
      readonly policy: string;
      readonly intervalMs: number;
      readonly burst: number;
      readonly cost: number;
    }
  | PrincipalCall
  | LockCall;

/** A record as the owner answers it. */
export interface RecordView {
  readonly key: string;
  readonly version: Version;
  readonly document: SessionDocument;
  readonly idleRemainingMs: number;
  readonly absoluteRemainingMs: number;
  readonly owner: string;
  readonly backups: readonly string[];
}

export type CallResult =
  /** `lost`: the client has seen more; this was the best that any node still had. */
  | { readonly kind: 'record'; readonly view: RecordView; readonly lost?: Version | undefined }
  | {
      readonly kind: 'committed';
      readonly view: RecordView;
      readonly copies: number;
      /** A repeated login: what was answered the first time. */
      readonly entry?: JournalRecord | undefined;
    }
  | { readonly kind: 'conflict'; readonly view: RecordView }
  | { readonly kind: 'replayed'; readonly entry: JournalRecord }
  | { readonly kind: 'reserved' }
  /** With the fingerprint of the request that runs: another one means another request. */
  | { readonly kind: 'in-progress'; readonly fingerprint?: string | undefined }
  /** The same login went through, and its answer may not have arrived: rotate once more. */
  | { readonly kind: 'rotated' }
  | {
      readonly kind: 'rate';
      readonly allowed: boolean;
      readonly remaining: number;
      readonly retryAfterMs: number;
      readonly resetAfterMs: number;
    }
  | {
      readonly kind: 'destroyed';
      readonly alias?: string | undefined;
      readonly reason?: EndReason | undefined;
      /** What a login made of this session, asked for by a repetition of that login. */
      readonly replay?: string | undefined;
      /** Whoever says so leads what the session goes on as: no sending of the call was executed. */
      readonly untouched?: boolean | undefined;
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'done' }
  /** Not executed: a limit was reached or the node refuses; the message is for the log. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Executed or not, nobody can tell: the deadline passed while an owner had the call. */
  | { readonly kind: 'fate-unknown' }
  /** Not executed: with this change no message could carry the record. */
  | { readonly kind: 'too-large'; readonly bytes: number; readonly maxBytes: number }
  /** Committed by another node, and the document is what it was at `base` with this change alone. */
  | {
      readonly kind: 'accepted';
      readonly version: Version;
      readonly owner: string;
      readonly backups: readonly string[];
      readonly copies: number;
    }
  | PrincipalResult
  | LockResult;

/** While the tier does not answer, nobody may say what it has. */
export const TIER_SILENT: CallResult = { kind: 'refused', reason: 'the tier does not answer' };

/** What whoever made a call is told. */
export type CallOutcome =
  | CallResult
  /** Nothing ran: the bus is away, and this other node leads the record. */
  | { readonly kind: 'elsewhere'; readonly owner: string };
