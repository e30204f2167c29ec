import type { BuriedKey, EncodedCopy } from '../messages.js';
import type { Version } from '../record/version.js';

/** How the core uses the store behind the cluster. */
export interface TierSettings {
  readonly mode: 'write-behind' | 'write-through';
  /** How often changes are written behind. */
  readonly flushMs: number;
  /** How long an answer waits for the tier. */
  readonly waitMs: number;
}

/** What the shell is to ask of the tier; it answers each with exactly one event of the same key. */
export type TierEffect =
  | { readonly kind: 'tier-read'; readonly key: string }
  | {
      readonly kind: 'tier-write';
      readonly key: string;
      readonly copy: EncodedCopy;
      /** What of former lineages is in it: the tier keeps a lower version that is not among these. */
      readonly contains: readonly Version[];
      /** After it nobody could use the record any more. */
      readonly keepMs: number;
    }
  | { readonly kind: 'tier-bury'; readonly buried: BuriedKey };

export type TierFound =
  | { readonly kind: 'none' }
  | { readonly kind: 'copy'; readonly copy: EncodedCopy }
  | { readonly kind: 'buried'; readonly buried: BuriedKey }
  /** The tier cannot answer now; nobody knows what it holds. */
  | { readonly kind: 'failed' };

/** What became of a write. `failed`: it may have been carried out all the same. */
export type TierOutcome =
  | { readonly kind: 'stored' }
  | { readonly kind: 'older'; readonly version: Version }
  /** The tier holds a lower version that the record may not have in it, and keeps it. */
  | { readonly kind: 'apart'; readonly version: Version }
  | { readonly kind: 'buried'; readonly buried: BuriedKey }
  | { readonly kind: 'failed' };

export type TierCoreEvent =
  | {
      readonly kind: 'tier-found';
      readonly nowMs: number;
      readonly key: string;
      readonly found: TierFound;
    }
  | {
      readonly kind: 'tier-written';
      readonly nowMs: number;
      readonly key: string;
      readonly version: Version;
      readonly outcome: TierOutcome;
    }
  | {
      readonly kind: 'tier-buried';
      readonly nowMs: number;
      readonly key: string;
      readonly done: boolean;
    }
  /** `sameData` is false when the tier may have forgotten what it had confirmed. */
  | {
      readonly kind: 'tier-status';
      readonly nowMs: number;
      readonly connected: boolean;
      readonly sameData: boolean;
    };
