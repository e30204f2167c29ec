import { decodeTierValue, encodeTierValue } from '../../codec/tier-codec.js';
import type { Version } from '../../core/record/version.js';
import type {
  TierCoreEvent,
  TierEffect,
  TierFound,
  TierOutcome,
} from '../../core/tier/tier-port.js';
import type { Tier, TierAnswer, TierVerdict } from '../../tiers/tier.js';
import type { TierSeal } from '../../tiers/tier-policy.js';

/** An event without its time, which the shell adds. */
export type TierReport = TierCoreEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'nowMs'>
    : never
  : never;

export interface TierListener {
  onReport(report: TierReport): void;
  /** The tier came or went. */
  onStatus(connected: boolean, error: Error | undefined): void;
  /** What the tier holds of a record cannot be read. */
  onUnreadable(key: string, error: Error): void;
}

/** How what the tier holds is kept from others. */
export interface TierSealing {
  readonly seal?: TierSeal | undefined;
  /** Take what was written without a seal, while a key is introduced. */
  readonly acceptPlain?: boolean | undefined;
}

const PURPOSE = 'understudy-tier';

/**
 * Asks the tier what the core wants of it: names cluster and record, encodes, seals, and answers each
 * effect with exactly one event, whatever the tier does. Failures are events, never exceptions.
 */
export class TierDriver {
  #connected: boolean | undefined;
  #closed = false;

  constructor(
    private readonly tier: Tier,
    private readonly clusterName: string,
    private readonly listener: TierListener,
    private readonly sealing: TierSealing = {},
  ) {}

  get isConnected(): boolean {
    return this.#connected === true;
  }

  open(): void {
    this.tier.open((event) => {
      if (this.#closed) return;
      const connected = event.kind === 'connected';
      const sameData = event.kind === 'disconnected' || event.sameData;
      const changed = connected !== this.#connected;
      this.#connected = connected;
      this.#report({ kind: 'tier-status', connected, sameData });
      const error = event.kind === 'disconnected' ? event.error : undefined;
      if (changed) this.listener.onStatus(connected, error);
    });
  }

  apply(effect: TierEffect): void {
    switch (effect.kind) {
      case 'tier-read': {
        const { key } = effect;
        this.#settle(
          () => this.#read(key),
          () => ({ kind: 'failed' }) as const,
          (found) => this.#report({ kind: 'tier-found', key, found }),
        );
        return;
      }
      case 'tier-write': {
        const { key, copy } = effect;
        const version = { epoch: copy.epoch, seq: copy.seq };
        this.#settle(
          () => this.#write(version, effect),
          () => ({ kind: 'failed' }) as const,
          (outcome) => this.#report({ kind: 'tier-written', key, version, outcome }),
        );
        return;
      }
      case 'tier-bury': {
        const { key, version, remainingMs } = effect.buried;
        this.#settle(
          async () => {
            await this.tier.bury({ key: this.#name(key), version, keepMs: remainingMs });
            return true;
          },
          () => false,
          (done) => this.#report({ kind: 'tier-buried', key, done }),
        );
        return;
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.tier.close();
  }

  /** What the core does with the answer is outside: a defect there must not look like the tier's. */
  #settle<T>(ask: () => Promise<T>, failed: () => T, done: (result: T) => void): void {
    new Promise<T>((resolve) => resolve(ask())).catch(failed).then(done);
  }

  async #read(key: string): Promise<TierFound> {
    const answer = await this.tier.read(this.#name(key));
    if (answer.kind === 'none') return answer;
    if (answer.kind === 'record') return this.#open(key, answer);
    const { version, remainingMs } = answer;
    return { kind: 'buried', buried: { key, version, remainingMs } };
  }

  async #write(
    version: Version,
    { key, copy, keepMs, contains }: Extract<TierEffect, { kind: 'tier-write' }>,
  ): Promise<TierOutcome> {
    const plain = encodeTierValue(copy);
    const { seal } = this.sealing;
    const value = seal ? seal.seal(plain, this.#associatedData(key, version)) : plain;
    const verdict: TierVerdict = await this.tier.write({
      key: this.#name(key),
      version,
      value,
      keepMs,
      contains,
    });
    if (verdict.kind !== 'buried') return verdict;
    const buried = { key, version: verdict.version, remainingMs: verdict.remainingMs };
    return { kind: 'buried', buried };
  }

  /** Bytes nobody can read are a lost session, like an unreadable copy in memory; nothing else. */
  #open(key: string, answer: Extract<TierAnswer, { kind: 'record' }>): TierFound {
    const { version, value, ageMs } = answer;
    try {
      const plain = this.#unseal(value, this.#associatedData(key, version));
      return { kind: 'copy', copy: decodeTierValue(plain, version, ageMs) };
    } catch (error) {
      this.listener.onUnreadable(key, error as Error);
      return { kind: 'none' };
    }
  }

  #unseal(value: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const { seal, acceptPlain } = this.sealing;
    if (!seal) return value;
    try {
      return seal.open(value, associatedData);
    } catch (error) {
      // From before the cluster had a key.
      if (acceptPlain) return value;
      throw error;
    }
  }

  #report(report: TierReport): void {
    if (!this.#closed) this.listener.onReport(report);
  }

  /** Clusters that share a store, and perhaps a cookie secret, must not see each other's sessions. */
  #name(key: string): string {
    return `${this.clusterName}:${key}`;
  }

  #associatedData(key: string, { epoch, seq }: Version): Uint8Array {
    return new TextEncoder().encode(`${PURPOSE}\n${this.#name(key)}\n${epoch}.${seq}`);
  }
}
