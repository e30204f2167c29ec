import type { Stamp } from './anti-entropy/digest.js';
import type { CallResult, OwnerCall } from './calls/calls.js';
import type { EndReason } from './endings/end-reasons.js';
import type { WireAbilities } from './membership/wire-abilities.js';
import type { HybridTime } from './record/hybrid-clock.js';
import type { Stamp as LineageStamp } from './record/lineage-past.js';
import type { EndVersion, Incarnation, Lineage } from './record/record.js';
import type { Version } from './record/version.js';

export type NodeState = 'joining' | 'active' | 'draining' | 'leaving';

/** What a node tells everyone about itself, several times a second. */
export interface Heartbeat extends WireAbilities {
  readonly kind: 'heartbeat';
  readonly state: NodeState;
  readonly id: string;
  readonly label: string;
  readonly zone?: string | undefined;
  readonly weight: number;
  readonly url?: string | undefined;
  readonly pid?: number | undefined;
  readonly owned: number;
  readonly held: number;
  /** Of the sender, so that clocks that run apart are noticed. */
  readonly clock?: HybridTime | undefined;
  /** For how long the sender has been telling of itself under this name. */
  readonly ageMs?: number | undefined;
}

/** An encoded copy of a record on its way to a holder or a claimer. */
export interface EncodedCopy {
  readonly epoch: number;
  readonly seq: number;
  readonly owner: Incarnation;
  readonly backups: readonly Incarnation[];
  readonly base: Uint8Array;
  readonly tail: readonly Uint8Array[];
  readonly idleRemainingMs: number;
  readonly absoluteRemainingMs: number;
  /** Former lineages that are in it: whoever holds more of one than that has an orphan. */
  readonly contains?: readonly LineageStamp[] | undefined;
}

export interface BuriedKey {
  readonly key: string;
  readonly version: EndVersion;
  readonly remainingMs: number;
  readonly alias?: { readonly key: string; readonly remainingMs: number } | undefined;
  readonly reason?: EndReason | undefined;
  /** The session ends under whatever id it got since. */
  readonly andSuccessors?: boolean | undefined;
  /** The login that took the session away, while its answer may be asked for again. */
  readonly replay?:
    | {
        readonly journalKey: string;
        readonly fingerprint: string;
        readonly successor: string;
        readonly remainingMs: number;
      }
    | undefined;
}

/** One thing an owner tells a backup, inside a replication frame. */
export type LinkEntry =
  | {
      readonly kind: 'delta';
      readonly key: string;
      readonly epoch: number;
      readonly seq: number;
      readonly idleRemainingMs: number;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'snapshot'; readonly key: string; readonly copy: EncodedCopy }
  | {
      readonly kind: 'touch';
      readonly key: string;
      readonly epoch: number;
      readonly idleRemainingMs: number;
    }
  /** The receiver no longer holds this record; it has its copies elsewhere. */
  | { readonly kind: 'drop'; readonly key: string; readonly epoch: number }
  | { readonly kind: 'bury'; readonly buried: BuriedKey }
  /** The successor and the burial of its predecessor, as one: never half of a rotation. */
  | {
      readonly kind: 'rotate';
      readonly key: string;
      readonly copy: EncodedCopy;
      readonly buried: BuriedKey;
    };

export type Refusal =
  | { readonly kind: 'fenced'; readonly key: string; readonly by: Lineage }
  | { readonly kind: 'need-snapshot'; readonly key: string }
  | { readonly kind: 'buried'; readonly buried: BuriedKey };

export type Message =
  | Heartbeat
  | { readonly kind: 'probe' }
  | { readonly kind: 'alive' }
  /** The sender has evidence of its own that this node is gone. */
  | { readonly kind: 'accuse'; readonly incarnation: Incarnation }
  /** Told to a node that was declared dead and speaks again: come back as a new incarnation. */
  | { readonly kind: 'obituary'; readonly incarnation: Incarnation }
  /** A balancer saw this node refuse a connection. */
  | { readonly kind: 'witness'; readonly label: string }
  | { readonly kind: 'set-state'; readonly id: string; readonly state: 'drain' | 'undrain' }
  | {
      readonly kind: 'failover';
      readonly from: string;
      readonly to: string;
      readonly sessions: number;
      readonly tookMs: number;
    }
  | { readonly kind: 'call'; readonly request: number; readonly call: OwnerCall }
  | { readonly kind: 'result'; readonly request: number; readonly result: CallResult }
  /** Not the owner; perhaps this one is. */
  | {
      readonly kind: 'moved';
      readonly request: number;
      readonly owner?: Incarnation | undefined;
      readonly epoch: number;
    }
  | { readonly kind: 'locate'; readonly request: number; readonly key: string }
  | { readonly kind: 'located'; readonly request: number; readonly found: Located }
  | {
      readonly kind: 'claim';
      readonly request: number;
      readonly key: string;
      readonly epoch: number;
      /** What the claimer holds; a holder sends its copy only when it is newer. */
      readonly have?: (Version & { readonly owner: Incarnation }) | undefined;
      /** Whom the claimer takes for dead and therefore has not asked. */
      readonly gone?: readonly Incarnation[] | undefined;
    }
  | { readonly kind: 'claimed'; readonly request: number; readonly answer: ClaimAnswer }
  | {
      readonly kind: 'replicate';
      readonly linkEpoch: number;
      readonly linkSeq: number;
      readonly entries: readonly LinkEntry[];
    }
  | {
      readonly kind: 'replicated';
      readonly linkEpoch: number;
      readonly linkSeq: number;
      readonly refusals: readonly Refusal[];
    }
  /** A frame is missing: start the link anew. */
  | { readonly kind: 'link-gap'; readonly linkEpoch: number }
  | { readonly kind: 'bury'; readonly request: number; readonly buried: readonly BuriedKey[] }
  | { readonly kind: 'buried'; readonly request: number }
  | {
      readonly kind: 'grant';
      readonly request: number;
      readonly key: string;
      readonly epoch: number;
      readonly from: Version;
      readonly idleRemainingMs: number;
      /** What the target holds, with the changes that some other node may lack. */
      readonly copy?: EncodedCopy | undefined;
      /** Another side may go on from this version. */
      readonly isLogOpen?: boolean | undefined;
    }
  | { readonly kind: 'granted'; readonly request: number; readonly accepted: boolean }
  | { readonly kind: 'explain'; readonly request: number; readonly key: string }
  | {
      readonly kind: 'explained';
      readonly request: number;
      readonly found: Located;
      readonly copies: readonly HeldCopy[];
    }
  /** The sums of what the receiver should hold of the sender, and of the ends the sender knows. */
  | { readonly kind: 'digest'; readonly copies: Uint8Array; readonly ends: Uint8Array }
  /** They differ here: the sums of each bucket. */
  | { readonly kind: 'digest-sums'; readonly part: ComparedPart; readonly sums: Uint8Array }
  | {
      readonly kind: 'stamps';
      /** `led`: what the receiver should hold of the sender; `held`: what the sender holds. */
      readonly part: 'led' | 'held';
      /** Buckets of which the receiver is to list what it holds. */
      readonly buckets: readonly number[];
      readonly stamps: readonly Stamp[];
    }
  /**
   * Of what the receiver listed: `led`, not held here; `held`, not led here; `ends`, unknown here
   * until now.
   */
  | {
      readonly kind: 'mismatched';
      readonly part: 'led' | 'held' | 'ends';
      readonly keys: readonly string[];
    }
  | { readonly kind: 'ends'; readonly buried: readonly BuriedKey[] }
  /** As `replicate`, of a second link: copies that make up for lost ones delay no changes. */
  | {
      readonly kind: 'repair';
      readonly linkEpoch: number;
      readonly linkSeq: number;
      readonly entries: readonly LinkEntry[];
    }
  /** The sender holds a lineage that the receiver's record may not contain; whole when it was wanted. */
  | {
      readonly kind: 'orphan';
      readonly request: number;
      readonly key: string;
      readonly stamp: LineageStamp;
      readonly copy?: EncodedCopy | undefined;
    }
  | {
      readonly kind: 'adopted';
      readonly request: number;
      readonly verdict: OrphanVerdict;
      /** Who may lead the record, when it is not the sender. */
      readonly owner?: Incarnation | undefined;
    };

/** What two nodes compare. */
export type ComparedPart = 'copies' | 'ends';

/** `merged`: it is in the record and in its copies, or was already. */
export type OrphanVerdict = 'merged' | 'wanted' | 'elsewhere';

/** A copy of a record, and how many changes it has not acknowledged yet. */
export interface HeldCopy {
  readonly holder: Incarnation;
  readonly lacks: number;
}

/** What a node knows of a key. */
export type Located =
  | { readonly role: 'none'; readonly promised?: Lineage | undefined }
  | { readonly role: 'owner'; readonly version: Version }
  | {
      readonly role: 'backup';
      readonly version: Version;
      readonly owner: Incarnation;
      readonly promised?: Lineage | undefined;
    }
  | { readonly role: 'claiming'; readonly epoch: number }
  | { readonly role: 'buried'; readonly buried: BuriedKey };

export type ClaimAnswer =
  | { readonly kind: 'promised'; readonly copy?: EncodedCopy | undefined; readonly holds: boolean }
  /** Somebody owns it or was promised more. */
  | { readonly kind: 'refused'; readonly by: Lineage; readonly owner: boolean }
  | { readonly kind: 'buried'; readonly buried: BuriedKey };
