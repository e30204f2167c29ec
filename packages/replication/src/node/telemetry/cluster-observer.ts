import { FrameCodec } from '../../codec/frame-codec.js';
import type { KeyringKey } from '../../codec/seal.js';
import type { Heartbeat, Message } from '../../core/messages.js';
import type { Incarnation } from '../../core/record/record.js';
import { TIMINGS } from '../../core/timings.js';
import type { Transport, TransportSubscription } from '../../transport/transport.js';
import type { ClusterMember, MemberState } from '../api/cluster-api.js';
import type { ClusterObserver, FailoverNotice } from '../api/observer-api.js';
import type { Clock } from '../driver/clock.js';
import {
  clockOption,
  clusterNameOption,
  loggerOption,
  newBootId,
  transportOption,
} from '../options.js';
import { FrameStyles } from '../wire/frame-styles.js';
import { keyringOptions } from '../wire/keyring-options.js';
import { Subjects } from '../wire/subjects.js';
import type { ClusterLogger } from './logger.js';

export interface ObserverOptions {
  readonly transport: Transport;
  /** The cluster's name. Default `default`. */
  readonly cluster?: string | undefined;
  /** The cluster's keys, newest first; new ones belong here before they reach a node. Default: none. */
  readonly keyring?: readonly KeyringKey[] | undefined;
  /** As on the nodes, while a keyring is introduced. Default `false`. */
  readonly acceptPlain?: boolean | undefined;
  /** Told once of each reason for which frames cannot be read. Default: silent. */
  readonly logger?: ClusterLogger | undefined;
  readonly clock?: Clock | undefined;
}

interface Observed {
  heartbeat: Heartbeat;
  heardMs: number;
  state: MemberState;
}

/** Forgotten after this much silence. */
const FORGET_MS = 10_000;
const CHECK_MS = 100;
/** Reasons that are told; a stranger could think of ever new ones. */
const REASONS = 32;

/** Watches a cluster from outside: what a balancer or a dashboard needs, and nothing secret. */
export async function observeCluster(options: ObserverOptions): Promise<ClusterObserver> {
  const observer = new Observer(options);
  await observer.listen();
  return observer;
}

class Observer implements ClusterObserver {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #codec: FrameCodec;
  readonly #subjects: Subjects;
  readonly #styles: FrameStyles;
  readonly #logger: ClusterLogger;
  readonly #refusals = new Set<string>();
  readonly #self: Incarnation = `observer~${newBootId()}`;
  readonly #observed = new Map<Incarnation, Observed>();
  readonly #changed = new Set<() => void>();
  readonly #failed = new Set<(notice: FailoverNotice) => void>();
  #subscription: TransportSubscription | undefined;
  #status: TransportSubscription | undefined;
  #connected = true;
  #stopChecking: () => void = () => {};

  constructor(options: ObserverOptions) {
    this.#transport = transportOption(options?.transport);
    const name = clusterNameOption('cluster', options.cluster);
    this.#clock = clockOption(options.clock);
    this.#logger = loggerOption(options.logger);
    const { acceptPlain } = options;
    this.#codec = new FrameCodec(name, keyringOptions('', name, options.keyring, acceptPlain));
    const live = () => [...this.#observed.values()].map(({ heartbeat }) => heartbeat);
    const of = (incarnation: Incarnation) => this.#observed.get(incarnation)?.heartbeat;
    this.#styles = new FrameStyles(this.#codec.abilities, { live, of });
    this.#subjects = new Subjects(name);
  }

  async listen(): Promise<void> {
    this.#subscription = this.#transport.subscribe(this.#subjects.all, (message) => {
      if (!message.noResponders) this.#receive(message.payload);
    });
    this.#status = this.#transport.onStatus((status) => {
      this.#connected = status.kind === 'connected';
      // What was not heard while the bus was away proves nothing.
      for (const observed of this.#observed.values()) observed.heardMs = this.#clock.nowMs();
    });
    this.#stopChecking = this.#clock.every(CHECK_MS, () => this.#check());
    await this.#transport.flush();
  }

  members(): readonly ClusterMember[] {
    return [...this.#observed].map(([incarnation, { heartbeat, state }]) => ({
      id: heartbeat.id,
      label: heartbeat.label,
      incarnation,
      state,
      zone: heartbeat.zone,
      weight: heartbeat.weight,
      url: heartbeat.url,
      pid: heartbeat.pid,
      sessionsOwned: heartbeat.owned,
      sessionsHeld: heartbeat.held,
      self: false,
    }));
  }

  onChange(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  onFailover(listener: (notice: FailoverNotice) => void): () => void {
    this.#failed.add(listener);
    return () => this.#failed.delete(listener);
  }

  reportUnreachable(label: string): void {
    this.#broadcast({ kind: 'witness', label });
  }

  async requestState(id: string, state: 'drain' | 'undrain'): Promise<void> {
    this.#broadcast({ kind: 'set-state', id, state });
    await this.#transport.flush();
  }

  async close(): Promise<void> {
    this.#stopChecking();
    this.#subscription?.unsubscribe();
    this.#status?.unsubscribe();
    await this.#transport.close();
  }

  #broadcast(message: Message): void {
    const frame = this.#codec.encode(this.#self, message, this.#styles.toAll());
    this.#transport.publish(this.#subjects.all, frame);
  }

  #receive(payload: Uint8Array): void {
    let from: Incarnation;
    let message: Message;
    try {
      ({ from, message } = this.#codec.decode(payload));
    } catch (error) {
      this.#refused((error as Error).message);
      return;
    }
    if (message.kind === 'heartbeat') this.#heard(from, message);
    else if (message.kind === 'accuse') this.#suspect(message.incarnation);
    else if (message.kind === 'failover') this.#failover(message);
  }

  /** The nodes count refused frames; here it matters why no node can be seen. */
  #refused(reason: string): void {
    if (this.#refusals.has(reason) || this.#refusals.size >= REASONS) return;
    this.#refusals.add(reason);
    this.#logger.warn(`a message of the cluster cannot be read: ${reason}`);
  }

  #heard(from: Incarnation, heartbeat: Heartbeat): void {
    const before = this.#observed.get(from);
    if (heartbeat.state === 'leaving') {
      this.#observed.delete(from);
    } else {
      for (const [incarnation, other] of this.#observed) {
        // A node that came back replaces its former incarnation.
        if (incarnation !== from && other.heartbeat.id === heartbeat.id) {
          this.#observed.delete(incarnation);
        }
      }
      const heardMs = this.#clock.nowMs();
      this.#observed.set(from, { heartbeat, heardMs, state: heartbeat.state });
    }
    if (before?.state !== heartbeat.state || before.heartbeat.url !== heartbeat.url) this.#notify();
  }

  #suspect(incarnation: Incarnation): void {
    const observed = this.#observed.get(incarnation);
    if (!observed || observed.state === 'suspect') return;
    observed.state = 'suspect';
    this.#notify();
  }

  #failover(message: Extract<Message, { kind: 'failover' }>): void {
    const { from, to, sessions, tookMs } = message;
    for (const listener of this.#failed) listener({ at: Date.now(), from, to, sessions, tookMs });
  }

  #check(): void {
    if (!this.#connected) return;
    const nowMs = this.#clock.nowMs();
    for (const [incarnation, observed] of this.#observed) {
      const silentMs = nowMs - observed.heardMs;
      if (silentMs > FORGET_MS) {
        this.#observed.delete(incarnation);
        this.#notify();
      } else if (silentMs > TIMINGS.local.suspectAfterMs) this.#suspect(incarnation);
    }
  }

  #notify(): void {
    for (const listener of this.#changed) listener();
  }
}
