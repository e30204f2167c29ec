import type { FrameCodec } from '../codec/frame-codec.js';
import { msgpackRecordCodec } from '../codec/record-codec.js';
import type { CallOutcome, OwnerCall } from '../core/calls/calls.js';
import type { CoreSettings } from '../core/context.js';
import type { CoreEffect, CoreEvent, CoreNotice } from '../core/events.js';
import { laneOf } from '../core/lane.js';
import { mayLeave } from '../core/membership/may-leave.js';
import type { Message } from '../core/messages.js';
import { NodeCore } from '../core/node-core.js';
import type { CommitId } from '../core/record/applied-commits.js';
import type { Subscriber } from './connection.js';
import { DRAIN_DEADLINE_MS } from './faults.js';
import type { Monitor } from './monitor.js';
import type { Network } from './network.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { SimTier } from './sim-tier.js';
import { describeFields, describeMessage, type Trace } from './trace.js';

/** As the shell ticks, joins, and limits calls. */
const TICK_MS = 20;
const JOIN_MS = 400;
const CALL_TIMEOUT_MS = 5000;
/** When every simulation begins, on true wall clocks. */
const EPOCH_MS = 1_767_225_600_000;
const MAX_SKEW_MS = 2000;

export interface ProcessHost {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly codec: FrameCodec;
  readonly trace: Trace;
  /** The store behind all nodes, when there is one. */
  readonly tier: SimTier | undefined;
  /** A node answered before the tier had this. */
  behind(key: string): void;
  readonly monitor: Monitor;
  /** The core threw, or did something else that no input may make it do. */
  defect(node: string, text: string): void;
  notice(node: string, notice: CoreNotice): void;
}

/** Against true time: where it starts, and how much faster it runs. */
export interface SimClock {
  readonly offsetMs: number;
  readonly drift: number;
}

type Deferred = { readonly kind: 'bus' | 'local'; readonly run: () => void };

/** What a call comes to: an answer, or nothing because the process died. */
export type Settle = (result: CallOutcome | undefined) => void;

/**
 * One life of one node: what the shell does around the core, under virtual time. A paused process
 * gets nothing and then everything, its tick first or last.
 */
export class SimProcess implements Subscriber {
  readonly core: NodeCore;
  phase: 'joining' | 'serving' | 'draining' = 'joining';
  alive = true;
  paused = false;
  readonly #calls = new Map<number, Settle>();
  readonly #commitsUnderWay = new Set<number>();
  #deferred: Deferred[] = [];
  #tickIsDue = false;
  #lastCall = 0;
  #lastCommit = 0;
  #drainUntilMs = 0;
  #onEmpty: (() => void) | undefined;
  /** By how much its wall clock is wrong. */
  readonly #skewMs: number;
  /** Sees what this process sends; for faults that wait for a certain message. */
  onSend: ((message: Message) => void) | undefined;
  readonly #bornMs: number;
  readonly #drift: number;
  #offsetMs: number;

  constructor(
    readonly id: string,
    private readonly host: ProcessHost,
    private readonly random: Random,
    settings: CoreSettings,
    clock: SimClock,
  ) {
    this.#skewMs = random.stream('wall clock').between(-MAX_SKEW_MS, MAX_SKEW_MS);
    this.#offsetMs = clock.offsetMs;
    this.#drift = clock.drift;
    this.#bornMs = host.scheduler.nowMs;
    const incarnation = this.#newIncarnation();
    this.core = new NodeCore(settings, msgpackRecordCodec, incarnation, this.#nowMs);
    this.core.state = 'joining';
    host.network.connect(this, incarnation);
    this.#stepTick();
    this.#scheduleTick();
    host.scheduler.after(JOIN_MS, () =>
      this.#enter('local', () => {
        // It may have been told to leave before it had come up.
        if (this.phase !== 'joining') return;
        this.phase = 'serving';
        this.#step({ kind: 'undrain', nowMs: this.#nowMs });
      }),
    );
  }

  get serves(): boolean {
    return this.alive && this.phase !== 'joining';
  }

  // The bus.

  receive(bytes: Uint8Array): void {
    this.#enter('bus', () => {
      let frame: { readonly from: string; readonly message: Message };
      try {
        frame = this.host.codec.decode(bytes);
      } catch (error) {
        this.host.defect(this.id, `refused a frame: ${(error as Error).message}`);
        return;
      }
      if (this.host.trace.enabled && frame.message.kind !== 'heartbeat') {
        const text = describeMessage(frame.message);
        this.host.trace.received(this.host.scheduler.nowMs, this.id, bytes, text);
      }
      this.#step({ kind: 'message', nowMs: this.#nowMs, ...frame });
    });
  }

  unreachable(incarnation: string): void {
    this.#enter('bus', () => {
      this.#trace(`nobody listens at ${incarnation}`);
      this.#step({ kind: 'unreachable', nowMs: this.#nowMs, incarnation });
    });
  }

  busChanged(connected: boolean): void {
    this.#enter('bus', () => {
      if (connected === this.core.busConnected) return;
      this.#trace(`bus ${connected ? 'connected' : 'lost'}`);
      this.#step({ kind: 'bus', nowMs: this.#nowMs, connected });
    });
  }

  // Its life.

  kill(): void {
    this.#trace('killed');
    this.alive = false;
    this.host.network.close(this);
    this.#deferred = [];
    for (const settle of [...this.#calls.values()]) settle(undefined);
    this.#calls.clear();
  }

  pause(): void {
    this.#trace('paused');
    this.paused = true;
  }

  resume(): void {
    this.#trace('resumed');
    this.paused = false;
    const deferred = this.#deferred;
    this.#deferred = [];
    const tickFirst = this.random.chance(0.5);
    if (this.#tickIsDue && tickFirst) this.#tick();
    const bus = deferred.filter((item) => item.kind === 'bus');
    const local = deferred.filter((item) => item.kind === 'local');
    // Sockets of the bus and of clients are read in any order.
    for (const item of this.random.chance(0.5) ? [...bus, ...local] : [...local, ...bus]) {
      if (this.alive) item.run();
    }
    if (this.alive) this.host.network.resumed(this);
    if (this.#tickIsDue && !tickFirst) this.#tick();
  }

  leap(ms: number): void {
    this.#trace(`its clock leaps ${ms.toFixed(0)} ms`);
    this.#offsetMs += ms;
  }

  /** Hands everything over; calls back when the process may stop. */
  drain(onEmpty: () => void): void {
    this.#enter('local', () => {
      this.#trace('drains');
      this.phase = 'draining';
      this.#onEmpty = onEmpty;
      this.#drainUntilMs = this.#nowMs + DRAIN_DEADLINE_MS;
      this.#step({ kind: 'drain', nowMs: this.#nowMs });
    });
  }

  /** The orderly end after a drain. */
  leave(): void {
    if (this.#nowMs < this.#drainUntilMs) this.host.monitor.leaving(this);
    this.#step({ kind: 'leave', nowMs: this.#nowMs });
    // The client library sends what it has before it closes.
    this.host.scheduler.after(1, () => {
      if (this.alive) this.kill();
    });
  }

  // What a session layer asks of it.

  nextCommitId(): CommitId {
    const counter = ++this.#lastCommit;
    this.#commitsUnderWay.add(counter);
    const watermark = this.#commitsUnderWay.values().next().value ?? counter;
    return { origin: this.core.self, counter, watermark };
  }

  /** The process reads the request when it runs; until then it waits in the socket. */
  call(make: (process: SimProcess) => OwnerCall, hints: readonly string[], settle: Settle): void {
    if (!this.alive) {
      settle(undefined);
      return;
    }
    const id = ++this.#lastCall;
    this.#calls.set(id, settle);
    this.#enter('local', () => {
      const call = make(this);
      this.#calls.set(id, (result) => {
        if ('id' in call) this.#commitsUnderWay.delete(call.id.counter);
        settle(result);
      });
      const nowMs = this.#nowMs;
      if (this.host.trace.enabled) this.#trace(`call ${id} ${describeFields(call)}`);
      this.#step({ kind: 'call', nowMs, id, call, hints, deadlineMs: nowMs + CALL_TIMEOUT_MS });
    });
  }

  get #nowMs(): number {
    const aliveMs = this.host.scheduler.nowMs - this.#bornMs;
    return this.#offsetMs + aliveMs * (1 + this.#drift);
  }

  #newIncarnation(): string {
    return `${this.id}~${this.random.text(8)}`;
  }

  #enter(kind: Deferred['kind'], run: () => void): void {
    if (!this.alive) return;
    if (this.paused) this.#deferred.push({ kind, run });
    else run();
  }

  #scheduleTick(): void {
    this.host.scheduler.after(TICK_MS + this.random.between(0, 2), () => {
      if (!this.alive) return;
      if (this.paused) this.#tickIsDue = true;
      else this.#tick();
    });
  }

  #tick(): void {
    this.#tickIsDue = false;
    this.#stepTick();
    this.#scheduleTick();
    const onEmpty = this.#onEmpty;
    if (onEmpty && (mayLeave(this.core) || this.#nowMs >= this.#drainUntilMs)) {
      this.#onEmpty = undefined;
      onEmpty();
    }
  }

  #stepTick(): void {
    const wallMs = EPOCH_MS + this.host.scheduler.nowMs + this.#skewMs;
    this.#step({ kind: 'tick', nowMs: this.#nowMs, wallMs });
  }

  #step(event: CoreEvent): void {
    if (!this.alive) return;
    const watched = this.host.monitor.watch(this, event);
    let effects: CoreEffect[];
    try {
      effects = this.core.step(event);
    } catch (error) {
      const { message, stack } = error as Error;
      this.host.defect(this.id, `threw at ${event.kind}: ${message}`);
      this.#trace(`threw ${stack}`);
      return;
    }
    watched(effects);
    for (const effect of effects) this.#apply(effect);
  }

  #apply(effect: CoreEffect): void {
    const { network, scheduler } = this.host;
    switch (effect.kind) {
      case 'send':
        network.send(this, laneOf(effect.message), effect.to, this.#encode(effect.message));
        this.onSend?.(effect.message);
        return;
      case 'broadcast':
        network.broadcast(this, this.#encode(effect.message));
        return;
      case 'settle': {
        const settle = this.#calls.get(effect.id);
        this.#calls.delete(effect.id);
        if (this.host.trace.enabled)
          this.#trace(`settle ${effect.id} ${describeFields(effect.result)}`);
        settle?.(effect.result);
        return;
      }
      case 'schedule-flush':
        scheduler.after(this.random.between(0, 0.2), () =>
          this.#enter('local', () => this.#step({ kind: 'flush', nowMs: this.#nowMs })),
        );
        return;
      case 'rebirth':
        this.#rebirth();
        return;
      case 'tier-read':
      case 'tier-write':
      case 'tier-bury':
        this.host.tier?.apply(effect, (report) =>
          this.#enter('local', () => this.#step({ ...report, nowMs: this.#nowMs } as CoreEvent)),
        );
        return;
      case 'notice':
        if (effect.notice.kind === 'tier-behind') this.host.behind(effect.notice.key);
        if (this.host.trace.enabled) this.#trace(`notice ${describeFields(effect.notice)}`);
        this.host.notice(this.id, effect.notice);
        return;
    }
  }

  #encode(message: Message): Uint8Array {
    const { codec, trace, scheduler } = this.host;
    const bytes = codec.encode(this.core.self, message);
    trace.sent(scheduler.nowMs, this.id, bytes);
    return bytes;
  }

  /** Listens anew, and tells the core once the bus knows. */
  #rebirth(): void {
    const incarnation = this.#newIncarnation();
    this.host.network.resubscribe(this, incarnation);
    this.host.scheduler.after(this.random.between(0.5, 5), () =>
      this.#enter('local', () => {
        this.#trace(`reborn as ${incarnation}`);
        this.#step({ kind: 'reborn', nowMs: this.#nowMs, incarnation });
      }),
    );
  }

  #trace(text: string): void {
    this.host.trace.add(this.host.scheduler.nowMs, this.id, text);
  }
}
