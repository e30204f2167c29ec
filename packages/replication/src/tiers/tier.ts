import type { Version } from '../core/record/version.js';
import type { TierPolicy } from './tier-policy.js';

/** A record on its way to a tier. */
export interface TierRecord {
  /** SHA-256 of the session id as base64url; no tier ever sees an id. */
  readonly key: string;
  readonly version: Version;
  /** Opaque; sealed when the tier was given a `seal`. */
  readonly value: Uint8Array;
  /** In ms from now; after it nobody could use the record any more, and the tier forgets it. */
  readonly keepMs: number;
  /**
   * Versions whose changes are in this record, at most one for most epochs, at most 26. A lower version
   * that is not among them, of the same epoch and no higher, is of another side of a partition, and
   * stays. Absent: every lower version is replaced.
   */
  readonly contains?: readonly Version[] | undefined;
}

/** The end of a record: whatever its version, nothing of that key is served again. */
export interface TierBurial {
  readonly key: string;
  readonly version: Version;
  /** In ms from now; no copy of the session anywhere can be younger. */
  readonly keepMs: number;
}

export type TierAnswer =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'record';
      readonly version: Version;
      readonly value: Uint8Array;
      /** How long ago it was written, by the clock of the store where it has one. */
      readonly ageMs: number;
    }
  | { readonly kind: 'buried'; readonly version: Version; readonly remainingMs: number };

/** What became of a write; only `stored` changed anything. */
export type TierVerdict =
  | { readonly kind: 'stored' }
  /** The tier holds a higher version, which stays. */
  | { readonly kind: 'older'; readonly version: Version }
  /** The tier holds a version that is not higher and not among `contains`, which stays. */
  | { readonly kind: 'apart'; readonly version: Version }
  | { readonly kind: 'buried'; readonly version: Version; readonly remainingMs: number };

export type TierEvent =
  /**
   * `sameData` is false when the store may have forgotten what it had confirmed: it was started
   * anew, or another one took its place. Everything is then written again.
   */
  | { readonly kind: 'connected'; readonly sameData: boolean }
  | { readonly kind: 'disconnected'; readonly error?: Error | undefined };

/**
 * A store behind the cluster: the cold copy that brings sessions back after all nodes were down, and
 * where records go that memory has no room for. Four operations, so that any store fits;
 * `tierConformance` in `./testing` says exactly what each must do.
 *
 * Every operation compares versions, so that neither a late write nor a deposed owner ever puts an
 * older state over a newer one, or any state over a burial. Each rejects when the store cannot
 * answer (`TierUnavailableError`); it may have been carried out all the same, and is repeated.
 */
export interface Tier {
  /** For logs, such as `redis`. */
  readonly name: string;
  readonly policy: TierPolicy;
  read(key: string): Promise<TierAnswer>;
  /**
   * Stores the record unless the tier holds a higher version, a burial, or what the record does not
   * contain; an equal version is replaced.
   */
  write(record: TierRecord): Promise<TierVerdict>;
  /** Removes the record and remembers the end, at least until the later of two that were asked for. */
  bury(burial: TierBurial): Promise<void>;
  /** Connects, and does so again for ever; does not wait for the store. Called once. */
  open(listener: (event: TierEvent) => void): void;
  /** Ends what `open` began; operations under way may reject. Idempotent. */
  close(): Promise<void>;
}
