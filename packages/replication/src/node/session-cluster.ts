import { createHash, randomBytes } from 'node:crypto';
import { FrameCodec } from '../codec/frame-codec.js';
import { recordCodec } from '../codec/record-codec.js';
import { DataSealer } from '../codec/seal.js';
import type { CommitId } from '../core/applied-commits.js';
import type { CallOutcome, CallResult, OwnerCall } from '../core/calls.js';
import type { CoreEffect, CoreEvent } from '../core/events.js';
import type { Testimony } from '../core/inquiries.js';
import type { HeldLock } from '../core/lock-calls.js';
import { mayLeave } from '../core/may-leave.js';
import { NodeCore } from '../core/node-core.js';
import { compareVersions } from '../core/version.js';
import { ClusterStoppedError, MessageTooLargeError } from '../errors.js';
import { ranksFirst } from '../placement/rank.js';
import {
  failure,
  toCommitResult,
  toOpenResult,
  toRateDecision,
  toReserveResult,
} from './call-results.js';
import { checkCall } from './check-call.js';
import type {
  Cluster,
  ClusterEvent,
  ClusterMember,
  ClusterStatus,
  CommitRequest,
  CommitResult,
  ConsumeRequest,
  CreateRequest,
  OpenOptions,
  OpenResult,
  RateDecision,
  ReserveResult,
  RotateRequest,
  RotateResult,
  SessionKey,
  SessionSnapshot,
} from './cluster-api.js';
import { CommitIds } from './commit-ids.js';
import { completeCommit } from './complete-commit.js';
import { describeMembers } from './describe-members.js';
import { explainRecord, type RecordExplanation } from './explain-record.js';
import { FailoverReport } from './failover-report.js';
import { FlightRecorder } from './flight-recorder.js';
import { peersOf } from './frame-styles.js';
import type { LockOutcome, LockRequest } from './lock-api.js';
import { type ClusterMetric, NodeMetrics } from './metrics.js';
import { NodeWire } from './node-wire.js';
import {
  type ClusterOptions,
  inRange,
  type NormalizedOptions,
  newBootId,
  normalizeOptions,
} from './options.js';
import type { EnlistRequest, EnlistResult, PrincipalSessions, Revoked } from './principal-api.js';
import {
  enlistCall,
  principalKey,
  toDelisted,
  toEnlistResult,
  toLockOutcome,
  toPrincipalSessions,
  toRevoked,
  toUnlocked,
} from './principal-results.js';
import { recordHandle } from './record-handle.js';
import { TierDriver, type TierListener } from './tier-driver.js';
import { toClusterEvent } from './to-cluster-event.js';

/** Often enough to notice a pause before queued HTTP work runs. */
const TICK_MS = 20;
/** Of the boot id, in commit ids: 48 random bits. */
const ORIGIN_CHARACTERS = 8;
/** While draining: how often the node looks whether it is empty. */
const DEFAULT_DRAIN_DEADLINE_MS = 30_000;
const MAX_DRAIN_DEADLINE_MS = 24 * 60 * 60_000;

const NO_HINTS: readonly string[] = [];

const OWNER_AND_BUS_GONE: CallOutcome = {
  kind: 'refused',
  reason: 'its owner is gone, and so is the bus',
};

/** Nobody waits for the answer. */
const ignore = (): void => {};

interface OpenCall {
  readonly call: OwnerCall;
  /** What the caller is answered; throws what it is refused with. */
  readonly read: (result: CallOutcome) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

type Change = Extract<OwnerCall, { kind: 'create' | 'commit' | 'rotate' }>;

/**
 * One node of a session cluster: drives the pure core with a clock, a transport and randomness.
 * Everything it promises is in {@link Cluster}.
 *
 * ```ts
 * const cluster = await SessionCluster.start({
 *   transport: await natsTransport({ servers: 'nats://127.0.0.1:4222' }),
 *   cluster: { name: 'shop' },
 *   node: { id: 'n1' },
 * });
 * ```
 */
export class SessionCluster implements Cluster {
  /** Listens for peers first, so that a restarted node never calls a living session unknown. */
  static async start(options: ClusterOptions): Promise<SessionCluster> {
    const cluster = new SessionCluster(normalizeOptions(options));
    await cluster.#join();
    return cluster;
  }

  readonly id: string;
  readonly label: string;
  readonly #options: NormalizedOptions;
  readonly #core: NodeCore;
  readonly #wire: NodeWire;
  readonly #calls = new Map<number, OpenCall>();
  readonly #commitIds = new CommitIds();
  readonly #listeners = new Set<(event: ClusterEvent) => void>();
  readonly #drainWaiters = new Set<() => void>();
  readonly #failovers: FailoverReport;
  readonly #flights = new FlightRecorder();
  readonly #metrics = new NodeMetrics();
  readonly #explaining = new Map<number, (testimonies: readonly Testimony[]) => void>();
  readonly #tier: TierDriver | undefined;
  #lastCall = 0;
  #stopTicking: () => void = () => {};
  #state: ClusterStatus['state'] = 'joining';

  private constructor(options: NormalizedOptions) {
    const { settings, clock, clusterName, keyring, acceptPlain } = options;
    const frames = new FrameCodec(clusterName, { keyring, acceptPlain });
    this.#options = options;
    this.id = settings.id;
    this.label = settings.label;
    const incarnation = `${settings.id}~${newBootId()}`;
    this.#core = new NodeCore(
      { ...settings, abilities: frames.abilities },
      // No message could have brought more.
      recordCodec(options.transport.maxPayloadBytes),
      incarnation,
      clock.nowMs(),
    );
    this.#core.state = 'joining';
    this.#wire = new NodeWire(
      options.transport,
      clusterName,
      frames,
      {
        onMessage: (from, message) =>
          this.#step({ kind: 'message', nowMs: this.#now, from, message }),
        onUnreachable: (target) =>
          this.#step({ kind: 'unreachable', nowMs: this.#now, incarnation: target }),
        onBus: (connected) => this.#busChanged(connected),
        onRefused: (reason) => this.#frameRefused(reason),
      },
      peersOf(this.#core.membership),
    );
    this.#tier = this.#makeTier();
    this.#failovers = new FailoverReport(settings.label, (message) =>
      this.#wire.broadcast(this.incarnation, message),
    );
  }

  get incarnation(): string {
    return this.#core.self;
  }

  /** Records held here, owned ones included; what a drain brings to zero. */
  get recordCount(): number {
    return this.#core.records.size;
  }

  status(): ClusterStatus {
    const tier = this.#tier && (this.#tier.isConnected ? 'connected' : 'unreachable');
    return { state: this.#state, degraded: !this.#core.busConnected, ...(tier ? { tier } : {}) };
  }

  members(): readonly ClusterMember[] {
    return describeMembers(this.#core);
  }

  on(listener: (event: ClusterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  metrics(): readonly ClusterMetric[] {
    return this.#metrics.read(this.#core);
  }

  async explain(key: SessionKey): Promise<RecordExplanation> {
    checkCall({ kind: 'open', key });
    if (this.#state === 'stopped') throw new ClusterStoppedError();
    const testimonies = await new Promise<readonly Testimony[]>((resolve) => {
      const id = ++this.#lastCall;
      this.#explaining.set(id, resolve);
      this.#step({ kind: 'explain', nowMs: this.#now, id, key });
    });
    return explainRecord(this.#core, key, testimonies, this.#flights.recent(key));
  }

  wouldOwn(key: SessionKey): boolean {
    return ranksFirst(key, this.id, this.#core.placementMembers());
  }

  mintTries(): number {
    return this.#state === 'active' ? 4 * this.#core.placementMembers().length : 1;
  }

  create(request: CreateRequest): Promise<CommitResult> {
    const { key, data, system, idleTimeoutMs, absoluteTimeoutMs, journal, standing } = request;
    const durability = request.durability ?? this.#options.durability;
    return this.#change({
      kind: 'create',
      key,
      id: this.#nextId(),
      data,
      system,
      idleTimeoutMs,
      absoluteTimeoutMs,
      durability,
      journal,
      standing,
    });
  }

  open(key: SessionKey, options: OpenOptions = {}): Promise<OpenResult> {
    if (options.failedNode) {
      this.#step({ kind: 'witness', nowMs: this.#now, label: options.failedNode });
    }
    const { seen, failedNode } = options;
    return this.#call(
      { kind: 'open', key, seen },
      (result) => {
        const isGone = result.kind === 'elsewhere' && result.owner === failedNode;
        return toOpenResult(isGone ? OWNER_AND_BUS_GONE : result, seen);
      },
      options.hints,
    );
  }

  commit(request: CommitRequest): Promise<CommitResult> {
    const { key, base, operations, journal, idleTimeoutMs, lock, snapshot } = request;
    const durability = request.durability ?? this.#options.durability;
    const exact = request.expect === 'exact';
    const hasBase = snapshot && compareVersions(snapshot.version, base) === 0 ? true : undefined;
    const id = this.#nextId();
    return this.#change(
      {
        kind: 'commit',
        key,
        id,
        base,
        operations,
        exact,
        durability,
        journal,
        idleTimeoutMs,
        hasBase,
        lock,
      },
      snapshot,
    );
  }

  touch(key: SessionKey): void {
    this.#call({ kind: 'touch', key }, ignore).catch(() => {
      // A touch that cannot be delivered costs nothing but idle time; the next one makes it up.
    });
  }

  rotate(request: RotateRequest): Promise<RotateResult> {
    const { from, to, base, operations, acrossLogin, journal, standing } = request;
    const { idleTimeoutMs, absoluteTimeoutMs } = request;
    const durability = request.durability ?? this.#options.durability;
    return this.#change({
      kind: 'rotate',
      key: from,
      id: this.#nextId(),
      to,
      base,
      operations,
      acrossLogin,
      durability,
      journal,
      idleTimeoutMs,
      absoluteTimeoutMs,
      standing,
    });
  }

  destroy(key: SessionKey, reason: string): Promise<void> {
    return this.#call({ kind: 'destroy', key, reason }, (result) => {
      const ended =
        result.kind === 'done' || result.kind === 'destroyed' || result.kind === 'unknown';
      if (!ended) throw failure(result);
    });
  }

  reserve(key: SessionKey, journalKey: string, fingerprint: string): Promise<ReserveResult> {
    // By its full name: the owner frees the reservation when the node of that name is dead.
    const id = { ...this.#nextId(), origin: this.incarnation };
    return this.#call({ kind: 'reserve', key, id, journalKey, fingerprint }, toReserveResult);
  }

  release(key: SessionKey, journalKey: string): void {
    this.#call({ kind: 'release', key, journalKey }, ignore).catch(() => {
      // The reservation ends by itself after a minute.
    });
  }

  consume(request: ConsumeRequest): Promise<RateDecision> {
    const { scope, policy, cost = 1 } = request;
    const call: OwnerCall = {
      kind: 'consume',
      key: scope.kind === 'session' ? scope.key : sharedKey(scope.id),
      scope: scope.kind,
      policy: policy.name,
      intervalMs: policy.intervalMs,
      burst: policy.burst,
      cost,
      // Last: an id that is taken and never answered would hold up the watermark for ever.
      id: this.#nextId(),
    };
    return this.#call(call, toRateDecision);
  }

  async enlist(request: EnlistRequest): Promise<EnlistResult> {
    const key = principalKey(request.principal);
    return this.#call(enlistCall(request, key, this.#nextId()), toEnlistResult);
  }

  async delist(principal: string, handle: string): Promise<void> {
    return this.#call({ kind: 'delist', key: principalKey(principal), handle }, toDelisted);
  }

  async listSessions(principal: string): Promise<PrincipalSessions> {
    return this.#call({ kind: 'list', key: principalKey(principal) }, toPrincipalSessions);
  }

  async revokeAll(principal: string): Promise<Revoked> {
    return this.#revoke(principalKey(principal), 'all');
  }

  async revokeOthers(principal: string, handle: string): Promise<Revoked> {
    return this.#revoke(principalKey(principal), 'others', handle);
  }

  async revokeOne(principal: string, handle: string): Promise<Revoked> {
    return this.#revoke(principalKey(principal), 'one', handle);
  }

  #revoke(key: SessionKey, which: 'all' | 'others' | 'one', handle?: string): Promise<Revoked> {
    return this.#call({ kind: 'revoke', key, which, handle, id: this.#nextId() }, toRevoked);
  }

  lock(request: LockRequest): Promise<LockOutcome> {
    const { key, name, leaseMs, waitMs = 0 } = request;
    // By its full name: the owner frees the lock when the node of that name is dead.
    const id = { ...this.#nextId(), origin: this.incarnation };
    return this.#call({ kind: 'lock', key, id, name, leaseMs, waitMs }, (result) =>
      toLockOutcome(result, name),
    );
  }

  unlock(key: SessionKey, { name, token }: HeldLock): Promise<boolean> {
    return this.#call({ kind: 'unlock', key, name, token }, toUnlocked);
  }

  async drain(options: { readonly deadlineMs?: number | undefined } = {}): Promise<{
    readonly left: number;
  }> {
    const { deadlineMs = DEFAULT_DRAIN_DEADLINE_MS } = options;
    inRange('deadlineMs', deadlineMs, 0, MAX_DRAIN_DEADLINE_MS);
    if (this.#state === 'stopped') throw new ClusterStoppedError();
    this.#state = 'draining';
    this.#step({ kind: 'drain', nowMs: this.#now });
    const untilMs = this.#now + deadlineMs;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (mayLeave(this.#core) || this.#now >= untilMs || this.#state === 'stopped') {
          this.#drainWaiters.delete(check);
          resolve();
        }
      };
      this.#drainWaiters.add(check);
      check();
    });
    return { left: this.#isSafeInTier() ? 0 : this.#core.records.size };
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#step({ kind: 'leave', nowMs: this.#now });
    this.#state = 'stopped';
    this.#stopTicking();
    for (const open of this.#calls.values()) this.#fail(open, new ClusterStoppedError());
    this.#calls.clear();
    for (const resolve of this.#explaining.values()) resolve([]);
    this.#explaining.clear();
    for (const check of this.#drainWaiters) check();
    this.#failovers.stop();
    await Promise.all([this.#wire.close(), this.#tier?.close()]);
  }

  get #now(): number {
    return this.#options.clock.nowMs();
  }

  async #join(): Promise<void> {
    const { clock, joinMs } = this.#options;
    this.#tier?.open();
    await this.#wire.listen(this.incarnation);
    this.#stopTicking = clock.every(TICK_MS, () => this.#tick());
    this.#stepTick();
    const untilMs = this.#now + joinMs;
    await new Promise<void>((resolve) => {
      const stop = clock.every(TICK_MS, () => {
        if (this.#now < untilMs) return;
        stop();
        resolve();
      });
    });
    this.#state = 'active';
    this.#step({ kind: 'undrain', nowMs: this.#now });
  }

  #stepTick(): void {
    const wallMs = this.#options.clock.wallMs();
    this.#step({ kind: 'tick', nowMs: this.#now, wallMs });
  }

  #tick(): void {
    this.#stepTick();
    for (const check of [...this.#drainWaiters]) check();
    if (this.#state !== 'stopped') this.#followCoreState();
  }

  /** An operator may drain or undrain a node over the bus. */
  #followCoreState(): void {
    const { state } = this.#core;
    if (state === 'draining' || state === 'active') this.#state = state;
  }

  #makeTier(): TierDriver | undefined {
    const { tier, clusterName, keyring, acceptPlain } = this.#options;
    if (!tier) return undefined;
    const seal = tier.policy.seal ?? (keyring && new DataSealer(keyring, 'tier', randomBytes(16)));
    const listener: TierListener = {
      onReport: (report) => this.#step({ ...report, nowMs: this.#now } as CoreEvent),
      onStatus: (connected, error) =>
        this.#emit({ kind: 'tier', connected, reason: error?.message }),
      onUnreadable: (key, error) => {
        const reason = `the tier's copy of record ${recordHandle(key)} is unreadable: ${error.message}`;
        this.#frameRefused(reason);
      },
    };
    return new TierDriver(tier, clusterName, listener, { seal, acceptPlain });
  }

  /** The last node to leave has nobody to give its sessions to but the tier. */
  #isSafeInTier(): boolean {
    const { tiering } = this.#core;
    return tiering.enabled && tiering.isSettled && this.#core.copyTargets().length === 0;
  }

  #busChanged(connected: boolean): void {
    if (connected === this.#core.busConnected) return;
    this.#step({ kind: 'bus', nowMs: this.#now, connected });
    this.#emit({ kind: 'bus', connected });
  }

  #nextId(): CommitId {
    // Random enough to tell origins apart within one record, and a fourth of an incarnation's bytes.
    return this.#commitIds.next(this.incarnation.slice(-ORIGIN_CHARACTERS));
  }

  #change(call: Change, snapshot?: SessionSnapshot): Promise<CommitResult> {
    const startedMs = this.#now;
    const done = (result: CallOutcome): CommitResult => {
      if (result.kind === 'committed') {
        this.#metrics.committed(call.durability, this.#now - startedMs);
      }
      return toCommitResult(result, call.id);
    };
    return this.#call(call, (result) =>
      result.kind === 'accepted'
        ? this.#completed(result, call, snapshot).then(done)
        : done(result),
    );
  }

  /** A change that another node made, with the document that came of it. */
  async #completed(
    accepted: Extract<CallResult, { kind: 'accepted' }>,
    call: OwnerCall,
    snapshot: SessionSnapshot | undefined,
  ): Promise<CallOutcome> {
    if (call.kind === 'commit' && snapshot) {
      const committed = completeCommit(accepted, snapshot, call.operations);
      if (committed) return committed;
    }
    const found = await this.#call({ kind: 'open', key: call.key }, (result) => result);
    if (found.kind !== 'record') return found;
    return { kind: 'committed', view: found.view, copies: accepted.copies };
  }

  /** Hands a call to the core; one promise for all the way, because each costs a commit time. */
  #call<T>(
    call: OwnerCall,
    read: (result: CallOutcome) => T | Promise<T>,
    hints: readonly string[] = NO_HINTS,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => this.#begin({ call, read, resolve, reject }, hints));
  }

  #begin(open: OpenCall, hints: readonly string[]): void {
    const { call } = open;
    const id = ++this.#lastCall;
    try {
      if (this.#state === 'stopped') throw new ClusterStoppedError();
      checkCall(call);
      this.#calls.set(id, open);
      const nowMs = this.#now;
      const waitMs = call.kind === 'lock' ? call.waitMs : 0;
      const deadlineMs = nowMs + waitMs + this.#options.callTimeoutMs;
      this.#step({ kind: 'call', nowMs, id, call, hints, deadlineMs });
    } catch (error) {
      this.#calls.delete(id);
      this.#fail(open, error);
    }
  }

  #settle(id: number, result: CallOutcome): void {
    if (result.kind === 'refused') this.#metrics.callRefused();
    const open = this.#calls.get(id);
    if (!open) return;
    this.#calls.delete(id);
    try {
      open.resolve(open.read(result) as never);
      this.#ended(open);
    } catch (error) {
      this.#fail(open, error);
    }
  }

  #fail(open: OpenCall, error: unknown): void {
    this.#ended(open);
    open.reject(error);
  }

  /** From now on nobody repeats the call, so that its id can be forgotten everywhere. */
  #ended({ call }: OpenCall): void {
    if ('id' in call) this.#commitIds.answered(call.id);
  }

  #step(event: CoreEvent): void {
    if (this.#state === 'stopped') return;
    let effects: CoreEffect[];
    try {
      effects = this.#core.step(event);
    } catch (error) {
      // A message must never bring the node down; anything else is a defect to be seen.
      if (event.kind !== 'message') throw error;
      this.#options.logger.error(`a message was refused: ${(error as Error).message}`);
      this.#frameRefused((error as Error).message);
      return;
    }
    for (const effect of effects) this.#apply(effect);
  }

  #apply(effect: CoreEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#sendSafely(
          () => this.#wire.send(this.incarnation, effect.to, effect.message),
          ({ bytes, maxBytes }) => {
            if (effect.message.kind !== 'call') return;
            const { to } = effect;
            const { request } = effect.message;
            this.#step({ kind: 'unsent', nowMs: this.#now, to, request, bytes, maxBytes });
          },
        );
        return;
      case 'broadcast':
        this.#sendSafely(() => this.#wire.broadcast(this.incarnation, effect.message));
        return;
      case 'settle':
        this.#settle(effect.id, effect.result);
        return;
      case 'explained':
        this.#explaining.get(effect.id)?.(effect.testimonies);
        this.#explaining.delete(effect.id);
        return;
      case 'schedule-flush':
        this.#options.clock.afterTurn(() => this.#step({ kind: 'flush', nowMs: this.#now }));
        return;
      case 'rebirth':
        void this.#rebirth();
        return;
      case 'tier-read':
      case 'tier-write':
      case 'tier-bury':
        this.#tier?.apply(effect);
        return;
      case 'notice': {
        this.#metrics.notice(effect.notice);
        this.#flights.add(this.#now, effect.notice);
        if (effect.notice.kind === 'takeover') this.#failovers.add(effect.notice);
        const event = toClusterEvent(effect.notice, this.#core);
        if (event) this.#emit(event);
        return;
      }
    }
  }

  #sendSafely(send: () => void, onTooLarge?: (error: MessageTooLargeError) => void): void {
    try {
      send();
    } catch (error) {
      if (error instanceof MessageTooLargeError) onTooLarge?.(error);
      else if (this.#state === 'stopped') return;
      this.#options.logger.warn(`a message was not sent: ${(error as Error).message}`);
    }
  }

  /** Declared dead while away: come back as a new incarnation, so old messages reach nobody. */
  async #rebirth(): Promise<void> {
    const incarnation = `${this.id}~${newBootId()}`;
    this.#options.logger.warn('this node was declared dead while it was away; it joins anew');
    await this.#wire.listen(incarnation);
    this.#step({ kind: 'reborn', nowMs: this.#now, incarnation });
  }

  #frameRefused(reason: string): void {
    this.#metrics.frameRefused();
    this.#emit({ kind: 'frame-refused', reason });
  }

  #emit(event: ClusterEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#options.logger.error(`a cluster listener failed: ${(error as Error).message}`);
      }
    }
  }
}

/** Keys of records that belong to no session; hashed, so that an address never travels. */
function sharedKey(id: string): string {
  return createHash('sha256').update(`shared\0${id}`).digest('base64url');
}
