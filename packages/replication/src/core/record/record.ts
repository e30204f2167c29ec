import type { Affinity } from '../calls/affinity.js';
import type { Durability } from '../calls/calls.js';
import type { EndReason } from '../endings/end-reasons.js';
import type { HeldRecord } from '../memory/held-record.js';
import type { Standing } from '../principals/standing.js';
import type { UnsharedChange } from '../sides/change-log.js';
import type { SessionDocument } from '../values/values.js';
import type { AppliedCommits } from './applied-commits.js';
import type { HybridTime } from './hybrid-clock.js';
import type { Journal } from './journal.js';
import type { LineagePast, Stamp } from './lineage-past.js';
import type { Version } from './version.js';

/** Node id + random boot id: a restarted node is a new incarnation. */
export type Incarnation = string;

/**
 * `shared` records hold rate limits that belong to no session, `principal` records the list of
 * somebody's sessions; neither leaves a tombstone.
 */
export type RecordKind = 'session' | 'shared' | 'principal';

/**
 * What a record contains, apart from who holds it: the part that is encoded, copied and adopted.
 * Instants are on the clock of the node that holds it; on the wire they travel as remaining time.
 */
export interface RecordContent {
  readonly document: SessionDocument;
  readonly idleTimeoutMs: number;
  readonly journal: Journal;
  readonly applied: AppliedCommits;
  /** Theoretical arrival times of the rate limits that ride in this record, by policy name. */
  readonly rates: ReadonlyMap<string, number>;
  readonly kind: RecordKind;
  readonly standing?: Standing | undefined;
  /** When it was last changed. */
  readonly changedAt?: HybridTime | undefined;
  /** The latest change that a client was answered for. */
  readonly answeredAt?: HybridTime | undefined;
  readonly past?: LineagePast | undefined;
}

export interface Deadlines {
  readonly idleDeadlineMs: number;
  readonly absoluteDeadlineMs: number;
}

/** A holder and how far it has acknowledged the present lineage. */
export interface BackupProgress {
  ackedSeq: number;
}

/** A commit that was numbered and waits for its copies. */
export interface CommitWaiter {
  readonly seq: number;
  readonly durability: Durability;
  readonly startedMs: number;
  /** Told how many other nodes hold the change. */
  done(copies: number): void;
  /** The session got a new id: the record that has the change from now on. */
  takenTo?(successor: OwnedRecord): void;
}

/** Of every record with which nobody waits, so that none has an empty list of its own. */
export const NOBODY_WAITS: readonly CommitWaiter[] = [];

/** A journal key whose handler is running somewhere. */
export interface Reservation {
  readonly fingerprint: string;
  readonly atMs: number;
  /** Where the handler runs: when that node dies, nobody will ever come back with an outcome. */
  readonly origin: Incarnation;
  /** Which call made it, so that a repetition of that call is not taken for a second request. */
  readonly counter: number;
}

/** This node orders and commits the changes of the record. */
export interface OwnedRecord {
  readonly role: 'owner';
  readonly key: string;
  readonly epoch: number;
  seq: number;
  content: RecordContent;
  idleDeadlineMs: number;
  readonly absoluteDeadlineMs: number;
  /** The idle deadline the backups know; touches travel only when it moved by a tenth. */
  replicatedIdleDeadlineMs: number;
  readonly backups: Map<Incarnation, BackupProgress>;
  /** Who was told to drop its copy and has not confirmed it, with what it had acknowledged. */
  leaving: Map<Incarnation, number> | undefined;
  /** An upper bound of its encoded bytes. */
  bytesAtMost: number;
  /** Recent versions, to merge a commit that was computed against an older one. */
  history: (Version & { readonly document: SessionDocument })[];
  waiters: readonly CommitWaiter[];
  /** The newest change that was answered for: who lacks it does not count as a backup. */
  answeredSeq: number;
  /** When the newest change was made that was answered for. */
  answeredAt: HybridTime;
  /** Changes that not every holder has, or not the tier. */
  unshared: UnsharedChange[];
  /** The newest change of this lineage that the tier has confirmed; below 0 none, infinite without a tier. */
  storedSeq: number;
  /** The version of a former lineage that this one goes on from: a holder may have that and no more. */
  adoptedFrom: Stamp | undefined;
  /** Its holders do not know yet that its changes are to be kept one by one. */
  isLogUntold: boolean;
  /** Journal keys whose handler is running, with the time they were reserved. */
  readonly reservations: Map<string, Reservation>;
  /** When a holder last confirmed that nobody else owns this record. */
  verifiedMs: number;
  usedMs: number;
  /** Since when this node leads it. */
  readonly ownedSinceMs: number;
  /** Which node its latest requests came through. */
  affinity: Affinity | undefined;
  /** Where its entry is in the timing wheel; kept by the table of records. */
  expirySlot: number;
  /** What it counts for in the memory of the node; kept by the table of records. */
  accountedBytes: number;
  /** `bytesAtMost` when it was exact. */
  measuredBytes: number;
}

export type SessionRecord = OwnedRecord | HeldRecord;

/** At which version a session ended, and by whom: two sides may have used the same epoch. */
export interface EndVersion extends Version {
  /** Tells incarnations apart; absent when the end belongs to no lineage. */
  readonly ownerTag?: number | undefined;
}

/** The record of a destroyed session; it dominates everything. */
export interface Tombstone {
  readonly key: string;
  readonly version: EndVersion;
  /** When this node learned of it. */
  readonly atMs: number;
  /** Kept until then: no copy of the session can be younger. */
  readonly untilMs: number;
  /** The successor after a same-principal rotation, and how long the old id answers for it. */
  readonly alias?: { readonly key: string; readonly untilMs: number } | undefined;
  readonly reason?: EndReason | undefined;
  /** The session ends under whatever id it got since, whenever this node learns of it. */
  readonly andSuccessors?: boolean | undefined;
  /** The login that took the session away, while its exact repetition gets a new id. */
  readonly replay?:
    | {
        readonly journalKey: string;
        readonly fingerprint: string;
        readonly successor: string;
        readonly untilMs: number;
      }
    | undefined;
}

/** The highest lineage a node has promised for a key; anything lower is refused, however late. */
export interface Lineage {
  readonly epoch: number;
  readonly owner: Incarnation;
}

/** Fencing order: by epoch, ties by incarnation so that two claimers never both win. */
export function compareLineages(left: Lineage, right: Lineage): number {
  if (left.epoch !== right.epoch) return left.epoch - right.epoch;
  if (left.owner === right.owner) return 0;
  return left.owner < right.owner ? -1 : 1;
}

export function versionOf(record: { readonly epoch: number; readonly seq: number }): Version {
  return { epoch: record.epoch, seq: record.seq };
}
