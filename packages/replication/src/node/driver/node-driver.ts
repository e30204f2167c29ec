import { randomBytes } from 'node:crypto';
import { FrameCodec } from '../../codec/frame-codec.js';
import { recordCodec } from '../../codec/record-codec.js';
import { DataSealer } from '../../codec/seal.js';
import type { CallOutcome } from '../../core/calls/calls.js';
import type { Testimony } from '../../core/claims/inquiries.js';
import type { CoreEffect, CoreEvent, CoreNotice } from '../../core/events.js';
import type { Message } from '../../core/messages.js';
import { NodeCore } from '../../core/node-core.js';
import type { Incarnation } from '../../core/record/record.js';
import { MessageTooLargeError } from '../../errors.js';
import type { ClusterStatus } from '../api/cluster-api.js';
import { type NormalizedOptions, newBootId } from '../options.js';
import { ClusterListeners } from '../telemetry/cluster-listeners.js';
import { FailoverReport } from '../telemetry/failover-report.js';
import { FlightRecorder } from '../telemetry/flight-recorder.js';
import { NodeMetrics } from '../telemetry/metrics.js';
import { recordHandle } from '../telemetry/record-handle.js';
import { toClusterEvent } from '../telemetry/to-cluster-event.js';
import { peersOf } from '../wire/frame-styles.js';
import { NodeWire } from '../wire/node-wire.js';
import { CloseWatch } from './close-watch.js';
import { rehearse } from './rehearsal.js';
import { TierDriver, type TierListener } from './tier-driver.js';
import { tellTierStatus } from './tier-status.js';

/** Often enough to notice a pause before queued HTTP work runs. */
const TICK_MS = 20;

/** Between two attempts to join anew: the bus may go away once more meanwhile. */
const REBIRTH_RETRY_MS = 200;

/** Who waits for what the core finds out. */
export interface Askers {
  settled(id: number, result: CallOutcome): void;
  explained(id: number, testimonies: readonly Testimony[]): void;
  ticked(): void;
}

/**
 * Drives a core: tells it what happens, with the time, and does what it wants done, on the bus, in
 * the tier and towards whoever asked.
 */
export class NodeDriver {
  readonly core: NodeCore;
  readonly listeners: ClusterListeners;
  readonly flights = new FlightRecorder();
  readonly metrics = new NodeMetrics();
  readonly tier: TierDriver | undefined;
  state: ClusterStatus['state'] = 'joining';
  /** While it stays the same, so does everything the core knows. */
  stepCount = 0;
  readonly #wire: NodeWire;
  readonly #failovers: FailoverReport;
  readonly #closeWatch: CloseWatch;
  #stopTicking: () => void = () => {};
  #rebirthMs: number | undefined;
  #tickedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: NormalizedOptions,
    private readonly askers: Askers,
  ) {
    const { settings, clock, clusterName, keyring, acceptPlain, logger } = options;
    const frames = new FrameCodec(clusterName, { keyring, acceptPlain });
    this.listeners = new ClusterListeners(logger);
    const incarnation = `${settings.id}~${newBootId()}`;
    this.core = new NodeCore(
      { ...settings, abilities: frames.abilities },
      // No message could have brought more.
      recordCodec(options.transport.maxPayloadBytes),
      incarnation,
      clock.nowMs(),
    );
    this.core.state = 'joining';
    this.#wire = new NodeWire(
      options.transport,
      clusterName,
      frames,
      {
        onMessage: (from, message) => this.#receive(from, message),
        onUnreachable: (target) =>
          this.step({ kind: 'unreachable', nowMs: this.nowMs, incarnation: target }),
        onBus: (connected) => this.#busChanged(connected),
        onRefused: (reason) => this.#frameRefused(reason),
      },
      peersOf(this.core.membership),
    );
    this.tier = this.#makeTier();
    this.#closeWatch = new CloseWatch(clock, () => this.step({ kind: 'watch', nowMs: this.nowMs }));
    this.#failovers = new FailoverReport(settings.label, (message) =>
      this.#wire.broadcast(this.incarnation, message),
    );
  }

  get incarnation(): string {
    return this.core.self;
  }

  get nowMs(): number {
    return this.options.clock.nowMs();
  }

  /**
   * Longer than usual no tick has come. The core notices by itself before it handles an event; who
   * looks at its records between two events has to look at this first.
   */
  get mayHavePaused(): boolean {
    return this.nowMs - this.#tickedMs > this.core.settings.timings.pauseMs;
  }

  /** Serves once it has listened for `joinMs`. */
  async join(): Promise<void> {
    const { clock, joinMs } = this.options;
    this.tier?.open();
    await this.#wire.listen(this.incarnation);
    this.#stopTicking = clock.every(TICK_MS, () => this.#tick());
    this.#stepTick();
    const stopRehearsing = rehearse();
    const untilMs = this.nowMs + joinMs;
    await new Promise<void>((resolve) => {
      const stop = clock.every(TICK_MS, () => {
        if (this.nowMs < untilMs) return;
        stop();
        resolve();
      });
    });
    stopRehearsing();
    this.state = 'active';
    this.step({ kind: 'undrain', nowMs: this.nowMs });
  }

  /** Says goodbye; from now on nothing reaches the core. */
  leave(): void {
    this.step({ kind: 'leave', nowMs: this.nowMs });
    this.state = 'stopped';
    this.#stopTicking();
  }

  async close(): Promise<void> {
    this.#failovers.stop();
    await Promise.all([this.#wire.close(), this.tier?.close()]);
  }

  step(event: CoreEvent): void {
    if (this.state === 'stopped') return;
    this.stepCount++;
    let effects: CoreEffect[];
    try {
      effects = this.core.step(event);
    } catch (error) {
      // A message must never bring the node down; anything else is a defect to be seen.
      if (event.kind !== 'message') throw error;
      this.options.logger.error(`a message was refused: ${(error as Error).message}`);
      this.#frameRefused((error as Error).message);
      return;
    }
    for (const effect of effects) this.#apply(effect);
  }

  /** A request found a node gone. */
  witness(label: string): void {
    this.step({ kind: 'witness', nowMs: this.nowMs, label });
    this.#watch(label);
  }

  #receive(from: Incarnation, message: Message): void {
    this.step({ kind: 'message', nowMs: this.nowMs, from, message });
    if (message.kind === 'witness') this.#watch(message.label);
  }

  #watch(label: string): void {
    if (this.state !== 'stopped' && this.core.membership.byLabel(label)) this.#closeWatch.begin();
  }

  #stepTick(): void {
    const wallMs = this.options.clock.wallMs();
    const { nowMs } = this;
    this.step({ kind: 'tick', nowMs, wallMs });
    this.#tickedMs = nowMs;
  }

  #tick(): void {
    this.#stepTick();
    if (this.#rebirthMs !== undefined && this.nowMs >= this.#rebirthMs) void this.#rebirth();
    this.askers.ticked();
    if (this.state !== 'stopped') this.#followCoreState();
  }

  /** An operator may drain or undrain a node over the bus. */
  #followCoreState(): void {
    const { state } = this.core;
    if (state === 'draining' || state === 'active') this.state = state;
  }

  #apply(effect: CoreEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(effect);
        return;
      case 'broadcast':
        this.#sendSafely(() => this.#wire.broadcast(this.incarnation, effect.message));
        return;
      case 'settle':
        if (effect.result.kind === 'refused') this.metrics.callRefused();
        this.askers.settled(effect.id, effect.result);
        return;
      case 'explained':
        this.askers.explained(effect.id, effect.testimonies);
        return;
      case 'schedule-flush':
        this.options.clock.afterTurn(() => this.step({ kind: 'flush', nowMs: this.nowMs }));
        return;
      case 'rebirth':
        this.options.logger.warn('this node was declared dead while it was away; it joins anew');
        void this.#rebirth();
        return;
      case 'tier-read':
      case 'tier-write':
      case 'tier-bury':
        this.tier?.apply(effect);
        return;
      case 'notice':
        this.#notice(effect.notice);
        return;
    }
  }

  #send({ to, message }: Extract<CoreEffect, { kind: 'send' }>): void {
    this.#sendSafely(
      () => this.#wire.send(this.incarnation, to, message),
      ({ bytes, maxBytes }) => {
        if (message.kind !== 'call') return;
        const { request } = message;
        this.step({ kind: 'unsent', nowMs: this.nowMs, to, request, bytes, maxBytes });
      },
    );
  }

  #sendSafely(send: () => void, onTooLarge?: (error: MessageTooLargeError) => void): void {
    try {
      send();
    } catch (error) {
      if (error instanceof MessageTooLargeError) onTooLarge?.(error);
      else if (this.state === 'stopped') return;
      this.options.logger.warn(`a message was not sent: ${(error as Error).message}`);
    }
  }

  #notice(notice: CoreNotice): void {
    this.metrics.notice(notice);
    this.flights.add(this.nowMs, notice);
    if (notice.kind === 'takeover') this.#failovers.add(notice);
    const event = toClusterEvent(notice, this.core);
    if (event) this.listeners.emit(event);
  }

  /** Declared dead while away: come back as a new incarnation, so old messages reach nobody. */
  async #rebirth(): Promise<void> {
    this.#rebirthMs = undefined;
    const { settings, logger } = this.options;
    const incarnation = `${settings.id}~${newBootId()}`;
    try {
      await this.#wire.listen(incarnation);
    } catch (error) {
      // Stopped meanwhile; or the bus is gone again, and without another attempt nobody would ever
      // hear of this node.
      if (this.state === 'stopped') return;
      logger.warn(`joining anew failed, and is tried again: ${(error as Error).message}`);
      this.#rebirthMs = this.nowMs + REBIRTH_RETRY_MS;
      return;
    }
    this.step({ kind: 'reborn', nowMs: this.nowMs, incarnation });
  }

  #busChanged(connected: boolean): void {
    if (connected === this.core.busConnected) return;
    this.step({ kind: 'bus', nowMs: this.nowMs, connected });
    this.listeners.emit({ kind: 'bus', connected });
  }

  #makeTier(): TierDriver | undefined {
    const { tier, clusterName, keyring, acceptPlain } = this.options;
    if (!tier) return undefined;
    const seal = tier.policy.seal ?? (keyring && new DataSealer(keyring, 'tier', randomBytes(16)));
    const listener: TierListener = {
      onReport: (report) => this.step({ ...report, nowMs: this.nowMs } as CoreEvent),
      onStatus: (connected, error) => {
        tellTierStatus(this.options.logger, tier.name, connected, error);
        this.listeners.emit({ kind: 'tier', connected, reason: error?.message });
      },
      onUnreadable: (key, error) => {
        const reason = `the tier's copy of record ${recordHandle(key)} is unreadable: ${error.message}`;
        this.#frameRefused(reason);
      },
    };
    return new TierDriver(tier, clusterName, listener, { seal, acceptPlain });
  }

  #frameRefused(reason: string): void {
    this.metrics.frameRefused();
    this.listeners.emit({ kind: 'frame-refused', reason });
  }
}
