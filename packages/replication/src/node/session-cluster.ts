import type { CallOutcome } from '../core/calls/calls.js';
import { mayLeave } from '../core/membership/may-leave.js';
import type { HeldLock } from '../core/owner/lock-calls.js';
import type { Version } from '../core/record/version.js';
import { ClusterStoppedError } from '../errors.js';
import { ranksFirst } from '../placement/rank.js';
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
} from './api/cluster-api.js';
import type { LockOutcome, LockRequest } from './api/lock-api.js';
import type {
  EnlistRequest,
  EnlistResult,
  PrincipalSessions,
  Revoked,
} from './api/principal-api.js';
import { failure, toOpenResult, toRateDecision, toReserveResult } from './calls/call-results.js';
import { checkCall } from './calls/check-call.js';
import { LocalRecords } from './calls/local-records.js';
import { OpenCalls } from './calls/open-calls.js';
import { OpenChanges } from './calls/open-changes.js';
import { commitCall, consumeCall, createCall, rotateCall } from './calls/owner-calls.js';
import {
  enlistCall,
  principalKey,
  toDelisted,
  toEnlistResult,
  toLockOutcome,
  toPrincipalSessions,
  toRevoked,
  toUnlocked,
} from './calls/principal-results.js';
import { isSilenced } from './driver/cut-off.js';
import { DrainWaiters } from './driver/drain-waiters.js';
import { NodeDriver } from './driver/node-driver.js';
import { stayAlive } from './driver/stay-alive.js';
import {
  type ClusterOptions,
  inRange,
  type NormalizedOptions,
  normalizeOptions,
} from './options.js';
import { describeMembers } from './telemetry/describe-members.js';
import { explainRecord, type RecordExplanation } from './telemetry/explain-record.js';
import { ledSessions } from './telemetry/led-sessions.js';
import type { ClusterMetric } from './telemetry/metrics.js';

const DEFAULT_DRAIN_DEADLINE_MS = 30_000;
const MAX_DRAIN_DEADLINE_MS = 24 * 60 * 60_000;

const OWNER_AND_BUS_GONE: CallOutcome = {
  kind: 'refused',
  reason: 'its owner is gone, and so is the bus',
};

const CUT_OFF: CallOutcome = {
  kind: 'refused',
  reason: 'this node is cut off, and the session may have ended elsewhere',
};

/** Nobody waits for the answer. */
const ignore = (): void => {};

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
    await stayAlive(cluster.#driver.join());
    return cluster;
  }

  readonly id: string;
  readonly label: string;
  readonly #options: NormalizedOptions;
  readonly #driver: NodeDriver;
  readonly #calls: OpenCalls;
  readonly #changes: OpenChanges;
  readonly #local: LocalRecords;
  readonly #drains = new DrainWaiters();
  readonly #nextId = () => this.#calls.nextId();

  private constructor(options: NormalizedOptions) {
    this.#options = options;
    this.id = options.settings.id;
    this.label = options.settings.label;
    this.#driver = new NodeDriver(options, {
      settled: (id, result) => this.#calls.settle(id, result),
      explained: (id, testimonies) => this.#calls.explained(id, testimonies),
      ticked: () => this.#drains.check(),
    });
    this.#calls = new OpenCalls(this.#driver, options.callTimeoutMs);
    this.#changes = new OpenChanges(this.#driver, this.#calls);
    this.#local = new LocalRecords(this.#driver);
  }

  get incarnation(): string {
    return this.#driver.incarnation;
  }

  /** Records held here, owned ones included; what a drain brings to zero. */
  get recordCount(): number {
    return this.#driver.core.records.size;
  }

  status(): ClusterStatus {
    const { state, core, tier: driver } = this.#driver;
    const tier = driver && (driver.isConnected ? 'connected' : 'unreachable');
    return { state, degraded: !core.busConnected, ...(tier ? { tier } : {}) };
  }

  members(): readonly ClusterMember[] {
    return describeMembers(this.#driver.core);
  }

  on(listener: (event: ClusterEvent) => void): () => void {
    return this.#driver.listeners.add(listener);
  }

  metrics(): readonly ClusterMetric[] {
    return this.#driver.metrics.read(this.#driver.core);
  }

  ledSessions(): readonly SessionSnapshot[] {
    return this.#driver.state === 'stopped' ? [] : ledSessions(this.#driver.core);
  }

  async explain(key: SessionKey): Promise<RecordExplanation> {
    checkCall({ kind: 'open', key });
    const { core, flights, state } = this.#driver;
    if (state === 'stopped') throw new ClusterStoppedError();
    const testimonies = await this.#calls.explain(key);
    return explainRecord(core, key, testimonies, flights.recent(key));
  }

  wouldOwn(key: SessionKey): boolean {
    return ranksFirst(key, this.id, this.#driver.core.placementMembers());
  }

  mintTries(): number {
    const { state, core } = this.#driver;
    return state === 'active' ? 4 * core.placementMembers().length : 1;
  }

  create(request: CreateRequest): Promise<CommitResult> {
    return this.#changes.make(createCall(request, this.#options.durability, this.#nextId));
  }

  open(key: SessionKey, options: OpenOptions = {}): Promise<OpenResult> {
    if (options.failedNode) this.#driver.witness(options.failedNode);
    const { seen, failedNode } = options;
    return this.#calls.call(
      { kind: 'open', key, seen },
      (result) => {
        const isGone = result.kind === 'elsewhere' && result.owner === failedNode;
        if (result.kind === 'record' && this.#isSilenced) return toOpenResult(CUT_OFF, seen);
        return toOpenResult(isGone ? OWNER_AND_BUS_GONE : result, seen);
      },
      options.hints,
    );
  }

  peek(key: SessionKey, seen?: Version): SessionSnapshot | undefined {
    return this.#isSilenced ? undefined : this.#local.peek(key, seen);
  }

  openNow(key: SessionKey): SessionSnapshot | undefined {
    return this.#isSilenced ? undefined : this.#local.use(key);
  }

  get #isSilenced(): boolean {
    return isSilenced(this.#driver.core, this.#options.settings);
  }

  commit(request: CommitRequest): Promise<CommitResult> {
    const call = commitCall(request, this.#options.durability, this.#nextId);
    return this.#changes.make(call, request.snapshot);
  }

  touch(key: SessionKey): void {
    if (this.#local.isTouched(key)) return;
    // One that cannot be delivered costs nothing but idle time; the next one makes it up.
    this.#calls.call({ kind: 'touch', key }, ignore).catch(ignore);
  }

  rotate(request: RotateRequest): Promise<RotateResult> {
    return this.#changes.make(rotateCall(request, this.#options.durability, this.#nextId));
  }

  destroy(key: SessionKey, reason: string): Promise<void> {
    return this.#calls.call({ kind: 'destroy', key, reason }, (result) => {
      const ended =
        result.kind === 'done' || result.kind === 'destroyed' || result.kind === 'unknown';
      if (!ended) throw failure(result);
    });
  }

  reserve(key: SessionKey, journalKey: string, fingerprint: string): Promise<ReserveResult> {
    // By its full name: the owner frees the reservation when the node of that name is dead.
    const id = { ...this.#nextId(), origin: this.incarnation };
    return this.#calls.call({ kind: 'reserve', key, id, journalKey, fingerprint }, toReserveResult);
  }

  release(key: SessionKey, journalKey: string): void {
    this.#calls.call({ kind: 'release', key, journalKey }, ignore).catch(() => {
      // The reservation ends by itself after a minute.
    });
  }

  consume(request: ConsumeRequest): Promise<RateDecision> {
    return this.#calls.call(consumeCall(request, this.#nextId), toRateDecision);
  }

  async enlist(request: EnlistRequest): Promise<EnlistResult> {
    const key = principalKey(request.principal);
    return this.#calls.call(enlistCall(request, key, this.#nextId()), toEnlistResult);
  }

  async delist(principal: string, handle: string): Promise<void> {
    return this.#calls.call({ kind: 'delist', key: principalKey(principal), handle }, toDelisted);
  }

  async listSessions(principal: string): Promise<PrincipalSessions> {
    return this.#calls.call({ kind: 'list', key: principalKey(principal) }, toPrincipalSessions);
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
    return this.#calls.call({ kind: 'revoke', key, which, handle, id: this.#nextId() }, toRevoked);
  }

  lock(request: LockRequest): Promise<LockOutcome> {
    const { key, name, leaseMs, waitMs = 0 } = request;
    // By its full name: the owner frees the lock when the node of that name is dead.
    const id = { ...this.#nextId(), origin: this.incarnation };
    return this.#calls.call({ kind: 'lock', key, id, name, leaseMs, waitMs }, (result) =>
      toLockOutcome(result, name),
    );
  }

  unlock(key: SessionKey, { name, token }: HeldLock): Promise<boolean> {
    return this.#calls.call({ kind: 'unlock', key, name, token }, toUnlocked);
  }

  async drain(options: { readonly deadlineMs?: number | undefined } = {}): Promise<{
    readonly left: number;
  }> {
    const { deadlineMs = DEFAULT_DRAIN_DEADLINE_MS } = options;
    inRange('deadlineMs', deadlineMs, 0, MAX_DRAIN_DEADLINE_MS);
    const driver = this.#driver;
    if (driver.state === 'stopped') throw new ClusterStoppedError();
    driver.state = 'draining';
    driver.step({ kind: 'drain', nowMs: driver.nowMs });
    const untilMs = driver.nowMs + deadlineMs;
    await this.#drains.wait(
      () => mayLeave(driver.core) || driver.nowMs >= untilMs || driver.state === 'stopped',
    );
    return { left: this.#isSafeInTier() ? 0 : this.recordCount };
  }

  async stop(): Promise<void> {
    if (this.#driver.state === 'stopped') return;
    this.#driver.leave();
    this.#calls.stop();
    this.#drains.check();
    await this.#driver.close();
  }

  /** The last node to leave has nobody to give its sessions to but the tier. */
  #isSafeInTier(): boolean {
    const { core } = this.#driver;
    const { tiering } = core;
    return tiering.enabled && tiering.isSettled && core.copyTargets().length === 0;
  }
}
