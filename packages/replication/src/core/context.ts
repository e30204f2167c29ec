import type { PlacementMember } from '../placement/rank.js';
import type { CallResult } from './calls/calls.js';
import type { Router } from './calls/router.js';
import type { Claims } from './claims/claims.js';
import type { Handoffs } from './claims/handoffs.js';
import type { Promises } from './claims/promises.js';
import type { Replicator } from './copies/replicator.js';
import type { Burials } from './endings/burials.js';
import type { CoreEffect, CoreNotice } from './events.js';
import type { Membership } from './membership/membership.js';
import type { WireAbilities } from './membership/wire-abilities.js';
import type { ColdCopies, MemoryCap } from './memory/memory-cap.js';
import type { BuriedKey, Message, NodeState } from './messages.js';
import type { Owner } from './owner/owner.js';
import type { HybridClock, HybridTime } from './record/hybrid-clock.js';
import type {
  Incarnation,
  Lineage,
  OwnedRecord,
  SessionRecord,
  Tombstone,
} from './record/record.js';
import type { RecordCodec } from './record/record-codec.js';
import type { RecordMap } from './record/record-table.js';
import type { OrphanLineages } from './sides/orphan-lineages.js';
import type { TierSettings } from './tier/tier-port.js';
import type { Tiering } from './tier/tiering.js';
import type { Timings } from './timings.js';

export interface CoreSettings {
  readonly id: string;
  readonly label: string;
  readonly zone?: string | undefined;
  readonly weight: number;
  readonly url?: string | undefined;
  readonly pid?: number | undefined;
  /** Copies of each record on other nodes. */
  readonly backups: number;
  readonly onIsolation: 'serve' | 'refuse';
  readonly timings: Timings;
  /** How fast lost copies are made up for. Default: 20 MB/s. */
  readonly repair?: { readonly bytesPerSecond: number } | undefined;
  /** A record is not allowed to grow beyond what a message can carry. Default: no bound. */
  readonly maxRecordBytes?: number | undefined;
  /** What all records of the node may take. Default: no bound. */
  readonly maxMemoryBytes?: number | undefined;
  /** Where records go when memory is short. Default: the tier; without one they stay. */
  readonly cold?: ColdCopies | undefined;
  /** What this node reads; told in its heartbeats. */
  readonly abilities?: WireAbilities | undefined;
  /** How the store behind the cluster is used. Default: there is none. */
  readonly tier?: TierSettings | undefined;
}

export type Reply = (result: CallResult) => void;

/** Whoever made a call, seen from where it is executed. */
export interface Recipient {
  answer(result: CallResult): void;
  /** The call could not run here: it is to be routed anew. */
  redirect(owner: Incarnation | undefined, epoch: number): void;
  /** The change is part of the record: from now on it may surface, whatever the answer becomes. */
  numbered(): void;
  /** It was answered while it waited: a change that was refused must not be made after all. */
  isOver?(): boolean;
}

/** The answer alone, for whoever neither numbers nor redirects. */
export function replyOf(recipient: Recipient): Reply {
  return (result) => recipient.answer(result);
}

/**
 * The state of one node and the ways its parts reach each other. No part touches another's fields;
 * everything that changes who owns a record goes through {@link CoreContext.setRecord}.
 */
export interface CoreContext {
  readonly settings: CoreSettings;
  readonly codec: RecordCodec;
  readonly membership: Membership;
  readonly records: RecordMap;
  readonly tombstones: ReadonlyMap<string, Tombstone>;
  readonly promises: Promises;
  self: Incarnation;
  nowMs: number;
  state: NodeState;
  busConnected: boolean;
  /** Dates changes; never decides who may write. */
  readonly clock: HybridClock;
  /** Records confirmed before this are to be verified before they are served. */
  unverifiedSinceMs: number;
  /** Cut off since a pause, and not for long: it asks when it is back instead of serving alone. */
  readonly awaitsBus: boolean;

  send(to: Incarnation, message: Message): void;
  broadcast(message: Message): void;
  emit(effect: CoreEffect): void;
  notice(notice: CoreNotice): void;
  nextRequest(): number;
  /** Goes past a time that another node has told, or reports it as too far ahead. */
  followClock(time: HybridTime, of: Incarnation): void;

  /** The one place where a role changes; refuses impossible transitions. */
  setRecord(key: string, record: SessionRecord | undefined): void;
  /** An owned record changed: without this it would end when its former deadline is due. */
  recordChanged(record: OwnedRecord): void;
  tombstone(key: string): Tombstone | undefined;
  bury(buried: BuriedKey): void;
  /** Takes back a burial that nobody was told of; false when more is known of that end by now. */
  exhume(buried: BuriedKey): boolean;
  promise(key: string, lineage: Lineage): void;
  /** Nodes that may own records: active, alive, not stalled; this one included while active. */
  placementMembers(): PlacementNode[];
  /** Other nodes that may hold copies; one that is still joining may, it only serves later. */
  copyTargets(): PlacementNode[];
  labelOf(incarnation: Incarnation): string;

  readonly replicator: Replicator;
  readonly owner: Owner;
  readonly claims: Claims;
  readonly burials: Burials;
  readonly router: Router;
  readonly handoffs: Handoffs;
  readonly tiering: Tiering;
  readonly memory: MemoryCap;
  readonly orphans: OrphanLineages;
}

export interface PlacementNode extends PlacementMember {
  readonly incarnation: Incarnation;
  readonly state: NodeState;
}
