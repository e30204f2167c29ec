import { Adoption } from './adoption.js';
import { AntiEntropy } from './anti-entropy.js';
import { BackupKeeper } from './backup-keeper.js';
import { Burials } from './burials.js';
import { Claims } from './claims.js';
import type { CoreContext, CoreSettings, PlacementNode } from './context.js';
import type { CoreEffect, CoreEvent, CoreNotice } from './events.js';
import { Expiry, type ExpiryActions } from './expiry.js';
import { Handoffs } from './handoffs.js';
import { HybridClock, type HybridTime } from './hybrid-clock.js';
import { Inquiries } from './inquiries.js';
import { LIMITS } from './limits.js';
import { locate } from './locate.js';
import { type Member, Membership, type MembershipAction } from './membership.js';
import { MemoryCap } from './memory-cap.js';
import type { BuriedKey, Heartbeat, Message, NodeState } from './messages.js';
import { OrphanLineages } from './orphan-lineages.js';
import { Owner } from './owner.js';
import { PROMISE_MS, Promises } from './promises.js';
import type { Incarnation, Lineage, OwnedRecord, SessionRecord, Tombstone } from './record.js';
import type { RecordCodec } from './record-codec.js';
import { type RecordMap, RecordTable } from './record-table.js';
import { Replicator } from './replicator.js';
import { assertTransition } from './role.js';
import { Router } from './router.js';
import type { SlabUsage } from './slab-store.js';
import { Tiering } from './tiering.js';
import { mergeTombstone } from './tombstones.js';
import { Verifier } from './verifier.js';

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

  nowMs: number;
  state: NodeState = 'active';
  busConnected = true;
  unverifiedSinceMs = Number.NEGATIVE_INFINITY;

  readonly #records = new RecordTable();
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #keeper: BackupKeeper;
  readonly #verifier: Verifier;
  readonly #adoption: Adoption;
  readonly #antiEntropy: AntiEntropy;
  readonly #inquiries = new Inquiries(this);
  readonly #expiry: Expiry;
  #effects: CoreEffect[] = [];
  #lastRequest = 0;
  #heartbeatMs = Number.NEGATIVE_INFINITY;
  /** When it woke up from its last pause; not from one that began while it was cut off. */
  #resumedMs = Number.NEGATIVE_INFINITY;
  #tickMs: number;
  #rebirthWanted = false;
  /** Whose clocks are too far ahead; reported once. */
  readonly #clocksAhead = new Set<Incarnation>();

  constructor(
    readonly settings: CoreSettings,
    readonly codec: RecordCodec,
    public self: Incarnation,
    nowMs: number,
  ) {
    this.nowMs = nowMs;
    this.#tickMs = nowMs;
    this.membership = new Membership(settings.timings);
    this.tiering = new Tiering(this, this.#tombstones, (record) =>
      this.#verifier.verify(record, () => {}),
    );
    this.#keeper = new BackupKeeper(this);
    this.replicator = new Replicator(this, () => this.#keeper);
    this.owner = new Owner(this, this.#keeper);
    const demote = this.owner.demote.bind(this.owner);
    this.claims = new Claims(this, demote);
    this.burials = new Burials(this);
    this.handoffs = new Handoffs(this, demote);
    this.#verifier = new Verifier(this, demote);
    this.router = new Router(this, this.#verifier);
    this.#adoption = new Adoption(this);
    this.#antiEntropy = new AntiEntropy(
      this,
      (key) => this.#adoption.has(key),
      (record) => this.#verifier.verify(record, () => {}),
      (record) => this.#keeper.repairs.consider(record),
    );
    this.memory = new MemoryCap(this, this.#records);
    const actions: ExpiryActions = {
      expire: (record) => this.#expire(record),
      collect: (key) => this.setRecord(key, undefined),
      forgetTombstone: (key) => this.#forgetTombstone(key),
    };
    this.#expiry = new Expiry(this.#records, actions, nowMs, PROMISE_MS);
    this.orphans = new OrphanLineages(this, this.#verifier);
  }

  get records(): RecordMap {
    return this.#records;
  }

  get ownedCount(): number {
    return this.#records.ownedCount;
  }

  get awaitsBus(): boolean {
    const { deadAloneAfterMs } = this.settings.timings;
    return !this.busConnected && this.nowMs - this.#resumedMs < deadAloneAfterMs;
  }

  get slabUsage(): SlabUsage {
    return this.#records.slabUsage;
  }

  get tombstones(): ReadonlyMap<string, Tombstone> {
    return this.#tombstones;
  }

  /** What all records take, about; see `memory.maxBytes`. */
  get memoryBytes(): number {
    return this.#records.memoryBytes;
  }

  get tombstoneCount(): number {
    return this.#tombstones.size;
  }

  step(event: CoreEvent): CoreEffect[] {
    this.nowMs = event.nowMs;
    this.#effects = [];
    this.#noticePause();
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
        this.#receive(event.from, event.message);
        return;
      case 'unreachable':
        this.#act(this.membership.unreachable(event.incarnation, this.nowMs));
        return;
      case 'witness':
        this.#act(this.membership.witnessed(event.label, this.nowMs));
        return;
      case 'unsent': {
        const { request, to, bytes, maxBytes } = event;
        this.router.result(request, to, { kind: 'too-large', bytes, maxBytes });
        return;
      }
      case 'bus':
        this.#busChanged(event.connected);
        return;
      case 'call':
        this.router.start(event.call, event.hints, event.deadlineMs, (result) =>
          this.emit({ kind: 'settle', id: event.id, result }),
        );
        return;
      case 'explain':
        this.#inquiries.start(event.key, (testimonies) =>
          this.emit({ kind: 'explained', id: event.id, testimonies }),
        );
        return;
      case 'drain':
        this.#changeState('draining');
        return;
      case 'undrain':
        this.#changeState('active');
        return;
      case 'leave':
        this.#changeState('leaving');
        return;
      case 'reborn':
        this.#reborn(event.incarnation);
        return;
      default:
        this.tiering.step(event);
    }
  }

  #receive(from: Incarnation, message: Message): void {
    if (from === this.self) return;
    const { known, actions } = this.membership.heard(from, this.nowMs);
    if (!known) {
      // Answered by an obituary, one would never end: two nodes that buried each other go on anew.
      if (message.kind === 'obituary') this.#readObituary(message.incarnation);
      else this.send(from, { kind: 'obituary', incarnation: from });
      return;
    }
    this.#act(actions);
    this.replicator.heard(from);
    this.#dispatch(from, message);
  }

  #dispatch(from: Incarnation, message: Message): void {
    switch (message.kind) {
      case 'heartbeat':
        this.#heard(from, message);
        return;
      case 'probe':
        this.send(from, { kind: 'alive' });
        return;
      case 'alive':
        return;
      case 'accuse':
        if (message.incarnation === this.self) this.broadcast(this.#heartbeat());
        else this.#act(this.membership.accused(message.incarnation, from, this.nowMs));
        return;
      case 'obituary':
        this.#readObituary(message.incarnation);
        return;
      case 'witness':
        this.#act(this.membership.witnessed(message.label, this.nowMs));
        return;
      case 'set-state':
        if (message.id === this.settings.id) {
          this.#changeState(message.state === 'drain' ? 'draining' : 'active');
        }
        return;
      case 'failover':
        return;
      default:
        this.#dispatchRecord(from, message);
    }
  }

  #dispatchRecord(
    from: Incarnation,
    message: Exclude<
      Message,
      {
        kind:
          | 'heartbeat'
          | 'probe'
          | 'alive'
          | 'accuse'
          | 'obituary'
          | 'witness'
          | 'set-state'
          | 'failover';
      }
    >,
  ): void {
    switch (message.kind) {
      case 'call':
        this.router.receive(from, message.request, message.call);
        return;
      case 'result':
        this.router.result(message.request, from, message.result);
        return;
      case 'moved':
        this.router.moved(message.request, from, message.owner);
        return;
      case 'locate': {
        const found = locate(this, message.key);
        this.send(from, { kind: 'located', request: message.request, found });
        return;
      }
      case 'located':
        if (this.#antiEntropy.located(message.request, from, message.found)) return;
        this.router.located(message.request, from, message.found);
        return;
      case 'explain':
        this.#inquiries.answer(from, message.request, message.key);
        return;
      case 'explained':
        this.#inquiries.answered(message.request, from, message);
        return;
      case 'orphan':
        this.orphans.receive(from, message);
        return;
      case 'adopted':
        this.orphans.answered(from, message);
        return;
      case 'claim':
        // The claimer has found them gone: what nobody here has asked is to be looked into.
        for (const gone of message.gone ?? []) {
          this.#act(this.membership.accused(gone, from, this.nowMs));
        }
        this.claims.receive(from, message);
        return;
      case 'claimed':
        this.claims.answered(message.request, from, message.answer);
        return;
      case 'replicate':
      case 'repair':
        this.replicator.receive(from, message);
        return;
      case 'replicated':
        this.replicator.acknowledged(from, message);
        return;
      case 'link-gap':
        this.replicator.gap(from, message.linkEpoch);
        return;
      case 'bury':
        this.burials.receive(message.buried, () =>
          this.send(from, { kind: 'buried', request: message.request }),
        );
        return;
      case 'buried':
        this.burials.answered(message.request, from);
        return;
      case 'grant': {
        const accepted = this.handoffs.receive(from, message);
        this.send(from, { kind: 'granted', request: message.request, accepted });
        return;
      }
      case 'granted':
        this.handoffs.answered(message.request, from, message.accepted);
        return;
      case 'digest':
      case 'digest-sums':
      case 'stamps':
      case 'mismatched':
      case 'ends':
        this.#antiEntropy.receive(from, message);
        return;
    }
  }

  #tick(): void {
    const { timings } = this.settings;
    this.#tickMs = this.nowMs;
    if (this.nowMs - this.#heartbeatMs >= timings.heartbeatMs) this.#beat();
    this.#act(this.membership.tick(this.nowMs));
    this.replicator.tick();
    this.claims.tick();
    this.burials.tick();
    this.handoffs.tick();
    this.tiering.tick();
    this.#verifier.tick();
    this.#keeper.tick();
    this.router.tick();
    this.#inquiries.tick();
    this.owner.locks.tick();
    this.owner.principals.tick();
    this.#adoption.tick();
    this.#antiEntropy.tick();
    this.orphans.tick();
    if (this.state === 'draining') this.#drainSome();
    this.#expiry.tick(this.nowMs, this.busConnected);
    this.promises.forgetOld(this.nowMs);
    this.memory.tick();
    this.#records.compactStep();
  }

  /**
   * Ticks come every few milliseconds; a long gap means this process was paused. What it did not
   * hear meanwhile proves nothing, and what it owned may be owned elsewhere. Noticed before any
   * event is handled, because queued requests run before the tick does.
   */
  #noticePause(): void {
    if (this.nowMs - this.#tickMs <= this.settings.timings.pauseMs) return;
    this.#tickMs = this.nowMs;
    this.membership.forgive(this.nowMs);
    this.unverifiedSinceMs = this.nowMs;
    if (this.busConnected) this.#resumedMs = this.nowMs;
  }

  #beat(): void {
    this.#heartbeatMs = this.nowMs;
    this.broadcast(this.#heartbeat());
  }

  #heartbeat(): Heartbeat {
    const { id, label, zone, weight, url, pid, abilities } = this.settings;
    const { ownedCount, size } = this.#records;
    return {
      kind: 'heartbeat',
      state: this.state,
      id,
      label,
      zone,
      weight,
      url,
      pid,
      owned: ownedCount,
      held: size - ownedCount,
      ...abilities,
      clock: this.clock.read(this.nowMs),
    };
  }

  #heard(from: Incarnation, heartbeat: Heartbeat): void {
    if (this.membership.members.size >= LIMITS.members && !this.membership.members.has(from)) {
      this.notice({ kind: 'limit', limit: 'members' });
      return;
    }
    const isNew = !this.membership.members.has(from);
    if (heartbeat.clock !== undefined) this.followClock(heartbeat.clock, from);
    this.#act(this.membership.heartbeat(from, heartbeat, this.nowMs));
    if (!isNew || !this.membership.members.has(from)) return;
    this.send(from, this.#heartbeat());
    this.tiering.memberJoined();
    this.#antiEntropy.met(from);
  }

  #act(actions: readonly MembershipAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'probe':
          this.send(action.to, { kind: 'probe' });
          break;
        case 'accuse':
          this.broadcast({ kind: 'accuse', incarnation: action.incarnation });
          break;
        case 'changed':
          this.#memberChanged(action.incarnation, action.previous);
          break;
      }
    }
  }

  #memberChanged(incarnation: Incarnation, previous: string): void {
    const member = this.membership.members.get(incarnation);
    if (!member) return;
    this.notice({ kind: 'member', incarnation, previous });
    if (member.status !== 'alive') this.burials.memberLost(incarnation);
    if (member.status === 'dead') this.#memberDied(member);
    if (member.status !== 'suspect') this.#keeper.memberChanged(member);
    this.#antiEntropy.memberChanged(incarnation);
  }

  #memberDied(member: Member): void {
    const { incarnation } = member;
    this.replicator.memberDied(incarnation);
    this.handoffs.memberDied(incarnation);
    this.claims.memberDied(incarnation);
    this.router.memberDied(incarnation);
    this.#adoption.lookForOrphans();
    this.tiering.memberDied();
  }

  #busChanged(connected: boolean): void {
    if (connected === this.busConnected) return;
    this.busConnected = connected;
    this.membership.busChanged(connected, this.nowMs);
    if (connected) {
      this.unverifiedSinceMs = this.nowMs;
      this.replicator.restartAll();
      this.#antiEntropy.hasten();
      this.#beat();
    } else {
      this.#keeper.busLost();
      this.burials.busLost();
      this.router.busLost();
    }
  }

  #changeState(state: NodeState): void {
    if (this.state === state || this.state === 'leaving') return;
    this.state = state;
    this.#beat();
  }

  /** This node was declared dead while it was away: everything it led may be led elsewhere. */
  #readObituary(incarnation: Incarnation): void {
    // Everyone who buried it says so, but it comes back once.
    if (incarnation !== this.self || this.#rebirthWanted) return;
    this.#rebirthWanted = true;
    this.#demoteAll();
    this.emit({ kind: 'rebirth' });
  }

  /** What was made or taken over since the obituary is led by a name that others buried, too. */
  #reborn(incarnation: Incarnation): void {
    this.#demoteAll();
    this.self = incarnation;
    this.#rebirthWanted = false;
    this.replicator.forgetAll();
    this.claims.reborn();
    this.#antiEntropy.reborn();
    this.#adoption.lookForOrphans();
    this.#beat();
  }

  #demoteAll(): void {
    for (const record of [...this.#records.values()]) {
      if (record.role !== 'owner') continue;
      this.owner.demote(record, { epoch: record.epoch, owner: this.self });
    }
  }

  #drainSome(): void {
    for (const record of this.#records.values()) {
      if (this.handoffs.size >= LIMITS.handoffsInFlight) return;
      if (record.role === 'owner' && !this.handoffs.isFrozen(record.key)) {
        this.handoffs.start(record);
      }
    }
  }

  /** An end is final everywhere, so nobody declares it who may have lost the record to another. */
  #expire(record: OwnedRecord): void {
    if (this.#verifier.needed(record)) this.#verifier.verify(record, () => {});
    else this.owner.expire(record);
  }

  #forgetTombstone(key: string): Tombstone | undefined {
    const tombstone = this.#tombstones.get(key);
    if (tombstone && this.nowMs <= tombstone.untilMs) return tombstone;
    this.#tombstones.delete(key);
    return undefined;
  }

  // What the parts use.

  send(to: Incarnation, message: Message): void {
    this.#effects.push({ kind: 'send', to, message });
  }

  broadcast(message: Message): void {
    this.#effects.push({ kind: 'broadcast', message });
  }

  emit(effect: CoreEffect): void {
    this.#effects.push(effect);
  }

  notice(notice: CoreNotice): void {
    this.#effects.push({ kind: 'notice', notice });
  }

  nextRequest(): number {
    return ++this.#lastRequest;
  }

  followClock(time: HybridTime, of: Incarnation): void {
    const aheadMs = this.clock.follow(time, this.nowMs);
    if (aheadMs === 0) this.#clocksAhead.delete(of);
    else if (!this.#clocksAhead.has(of)) {
      if (this.#clocksAhead.size < LIMITS.members) this.#clocksAhead.add(of);
      this.notice({ kind: 'clock-ahead', incarnation: of, aheadMs });
    }
  }

  setRecord(key: string, record: SessionRecord | undefined): void {
    const before = this.#records.get(key);
    assertTransition(before, record, this.self, this.#tombstones.has(key));
    this.#records.set(key, record);
    if (record) this.#expiry.recordSet(record);
    if (record?.role === 'owner') this.tiering.changed(record);
    else this.tiering.forget(key);
  }

  recordChanged(record: OwnedRecord): void {
    this.#expiry.deadlineMoved(record);
    this.#records.account(record);
  }

  tombstone(key: string): Tombstone | undefined {
    return this.#tombstones.get(key);
  }

  bury(buried: BuriedKey): void {
    const existing = this.#tombstones.get(buried.key);
    this.orphans.buried(this.#records.get(buried.key), buried);
    this.setRecord(buried.key, undefined);
    const tombstone = mergeTombstone(existing, buried, this.nowMs);
    this.#tombstones.set(buried.key, tombstone);
    if (!existing) this.#expiry.buried(tombstone);
    if (this.#tombstones.size > LIMITS.tombstones) {
      this.#tombstones.delete(this.#tombstones.keys().next().value as string);
      this.notice({ kind: 'limit', limit: 'tombstones' });
    }
    this.router.redispatch(buried.key);
  }

  promise(key: string, lineage: Lineage): void {
    this.promises.make(key, lineage, this.nowMs);
  }

  placementMembers(): PlacementNode[] {
    const nodes = this.copyTargets().filter((node) => node.state === 'active');
    const { id, weight, zone } = this.settings;
    if (this.state === 'active') {
      nodes.push({ id, weight, zone, incarnation: this.self, state: this.state });
    }
    return nodes;
  }

  copyTargets(): PlacementNode[] {
    const nodes: PlacementNode[] = [];
    for (const { status, heartbeat, incarnation } of this.membership.members.values()) {
      const { id, weight, zone, state } = heartbeat;
      if (status !== 'alive' || weight <= 0) continue;
      if (state !== 'active' && state !== 'joining') continue;
      if (!this.replicator.isStalled(incarnation)) {
        nodes.push({ id, weight, zone, incarnation, state });
      }
    }
    return nodes;
  }

  labelOf(incarnation: Incarnation): string {
    if (incarnation === this.self) return this.settings.label;
    return this.membership.members.get(incarnation)?.heartbeat.label ?? 'gone';
  }
}
