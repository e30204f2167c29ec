import type { CallOutcome } from './calls/calls.js';
import type { Router } from './calls/router.js';
import type { Claims } from './claims/claims.js';
import type { Handoffs } from './claims/handoffs.js';
import { Promises } from './claims/promises.js';
import type { CoreContext, CoreSettings, PlacementNode } from './context.js';
import type { Replicator } from './copies/replicator.js';
import type { Burials } from './endings/burials.js';
import type { CoreEffect, CoreEvent, CoreNotice } from './events.js';
import { LIMITS } from './limits.js';
import { ClocksAhead } from './membership/clocks-ahead.js';
import type { Membership } from './membership/membership.js';
import { PauseWatch } from './membership/pause-watch.js';
import { copyTargets, placementMembers } from './membership/placement-nodes.js';
import { Presence } from './membership/presence.js';
import { Rebirth } from './membership/rebirth.js';
import type { MemoryCap } from './memory/memory-cap.js';
import type { SlabUsage } from './memory/slab-store.js';
import { MessageDispatch } from './message-dispatch.js';
import type { BuriedKey, Message, NodeState } from './messages.js';
import { NodeParts } from './node-parts.js';
import type { Owner } from './owner/owner.js';
import { HybridClock, type HybridTime } from './record/hybrid-clock.js';
import type {
  Incarnation,
  Lineage,
  OwnedRecord,
  SessionRecord,
  Tombstone,
} from './record/record.js';
import type { RecordCodec } from './record/record-codec.js';
import type { RecordMap, RecordTable } from './record/record-table.js';
import type { OrphanLineages } from './sides/orphan-lineages.js';
import type { Tiering } from './tier/tiering.js';

/**
 * One node of the cluster as a state machine: `step(event)` returns what the shell is to do. No
 * clock, timer, randomness, socket or promise inside, so a run is a list of events and can be
 * replayed; the simulator drives the same code as production.
 */
export class NodeCore implements CoreContext {
  readonly membership: Membership;
  readonly replicator: Replicator;
  readonly owner: Owner;
  readonly claims: Claims;
  readonly burials: Burials;
  readonly router: Router;
  readonly handoffs: Handoffs;
  readonly memory: MemoryCap;
  readonly tiering: Tiering;
  readonly orphans: OrphanLineages;
  readonly clock = new HybridClock();
  readonly promises = new Promises();
  readonly tombstones: ReadonlyMap<string, Tombstone>;

  nowMs: number;
  state: NodeState = 'active';
  busConnected = true;
  unverifiedSinceMs = Number.NEGATIVE_INFINITY;

  readonly #parts: NodeParts;
  readonly #table: RecordTable;
  readonly #presence: Presence;
  readonly #rebirth: Rebirth;
  readonly #dispatch: MessageDispatch;
  readonly #pauses: PauseWatch;
  readonly #clocksAhead: ClocksAhead;
  #effects: CoreEffect[] = [];
  #lastRequest = 0;

  constructor(
    readonly settings: CoreSettings,
    readonly codec: RecordCodec,
    public self: Incarnation,
    nowMs: number,
  ) {
    this.nowMs = nowMs;
    const parts = new NodeParts(this, nowMs);
    this.#parts = parts;
    this.#table = parts.records.table;
    this.tombstones = parts.records.tombstones;
    this.membership = parts.membership;
    this.replicator = parts.replicator;
    this.owner = parts.owner;
    this.claims = parts.claims;
    this.burials = parts.burials;
    this.router = parts.router;
    this.handoffs = parts.handoffs;
    this.memory = parts.memory;
    this.tiering = parts.tiering;
    this.orphans = parts.orphans;
    this.#pauses = new PauseWatch(this, nowMs);
    this.#clocksAhead = new ClocksAhead(this);
    this.#presence = new Presence(this, parts);
    this.#rebirth = new Rebirth(this, parts, this.#presence);
    this.#dispatch = new MessageDispatch(this, parts, this.#presence, this.#rebirth);
  }

  get records(): RecordMap {
    return this.#table;
  }

  get ownedCount(): number {
    return this.#table.ownedCount;
  }

  get slabUsage(): SlabUsage {
    return this.#table.slabUsage;
  }

  /** What all records take, about; see `memory.maxBytes`. */
  get memoryBytes(): number {
    return this.#table.memoryBytes;
  }

  get tombstoneCount(): number {
    return this.tombstones.size;
  }

  get awaitsBus(): boolean {
    return this.#pauses.awaitsBus;
  }

  step(event: CoreEvent): CoreEffect[] {
    this.nowMs = event.nowMs;
    this.#effects = [];
    this.#pauses.notice();
    this.#handle(event);
    return this.#effects;
  }

  #handle(event: CoreEvent): void {
    switch (event.kind) {
      case 'tick':
        if (event.wallMs !== undefined) this.clock.setWall(event.wallMs, event.nowMs);
        this.#tick();
        return;
      case 'flush':
        this.replicator.flush();
        return;
      case 'message':
        this.#dispatch.receive(event.from, event.message);
        return;
      case 'unreachable':
        this.#presence.act(this.membership.unreachable(event.incarnation, this.nowMs));
        return;
      case 'witness':
        this.#presence.witnessed(event.label);
        return;
      case 'watch':
        this.#presence.watch();
        return;
      case 'unsent': {
        const { request, to, bytes, maxBytes } = event;
        this.router.result(request, to, { kind: 'too-large', bytes, maxBytes });
        return;
      }
      case 'bus':
        this.#presence.busChanged(event.connected);
        return;
      case 'call':
        this.#start(event);
        return;
      case 'explain':
        this.#parts.inquiries.start(event.key, (testimonies) =>
          this.emit({ kind: 'explained', id: event.id, testimonies }),
        );
        return;
      case 'drain':
        this.#presence.changeState('draining');
        return;
      case 'undrain':
        this.#presence.changeState('active');
        return;
      case 'leave':
        this.#presence.changeState('leaving');
        return;
      case 'reborn':
        this.#rebirth.reborn(event.incarnation);
        return;
      default:
        this.tiering.step(event);
    }
  }

  /** Keeps the id and not the event: whatever an answer keeps, thousands of calls keep. */
  #start({ id, call, hints, deadlineMs }: Extract<CoreEvent, { kind: 'call' }>): void {
    const settle = (result: CallOutcome) => this.emit({ kind: 'settle', id, result });
    this.router.start(call, hints, deadlineMs, settle);
  }

  #tick(): void {
    this.#pauses.ticked();
    this.#presence.tick();
    this.#parts.tick();
    if (this.state === 'draining') this.#drainSome();
    this.#parts.records.expire();
    this.promises.forgetOld(this.nowMs);
    this.memory.tick();
    this.#table.compactStep();
  }

  #drainSome(): void {
    for (const record of this.#table.values()) {
      if (this.handoffs.size >= LIMITS.handoffsInFlight) return;
      if (record.role === 'owner' && !this.handoffs.isFrozen(record.key)) {
        this.handoffs.start(record);
      }
    }
  }

  // What the parts use.

  send(to: Incarnation, message: Message): void {
    this.emit({ kind: 'send', to, message });
  }

  broadcast(message: Message): void {
    this.emit({ kind: 'broadcast', message });
  }

  emit(effect: CoreEffect): void {
    // Most steps have one effect; pushing to an empty list would reserve room for sixteen.
    if (this.#effects.length === 0) this.#effects = [effect];
    else this.#effects.push(effect);
  }

  notice(notice: CoreNotice): void {
    this.emit({ kind: 'notice', notice });
  }

  nextRequest(): number {
    return ++this.#lastRequest;
  }

  followClock(time: HybridTime, of: Incarnation): void {
    this.#clocksAhead.follow(time, of);
  }

  setRecord(key: string, record: SessionRecord | undefined): void {
    this.#parts.records.set(key, record);
  }

  recordChanged(record: OwnedRecord): void {
    this.#parts.records.changed(record);
  }

  tombstone(key: string): Tombstone | undefined {
    return this.tombstones.get(key);
  }

  bury(buried: BuriedKey): void {
    this.#parts.records.bury(buried);
  }

  exhume(buried: BuriedKey): boolean {
    return this.#parts.records.exhume(buried);
  }

  promise(key: string, lineage: Lineage): void {
    this.promises.make(key, lineage, this.nowMs);
  }

  placementMembers(): PlacementNode[] {
    return placementMembers(this);
  }

  copyTargets(): PlacementNode[] {
    return copyTargets(this);
  }

  labelOf(incarnation: Incarnation): string {
    if (incarnation === this.self) return this.settings.label;
    return this.membership.members.get(incarnation)?.heartbeat.label ?? 'gone';
  }
}
