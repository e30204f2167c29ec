import { OptionError } from '../errors.js';

/** Keeps what a tier holds unreadable without the key. */
export interface TierSeal {
  /** `associatedData` binds the bytes to their cluster, key and version. */
  seal(plain: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** Throws on bytes that were not sealed with this associated data. */
  open(sealed: Uint8Array, associatedData: Uint8Array): Uint8Array;
}

export interface TierPolicyOptions {
  /**
   * `write-behind` (default): changes reach the tier every `flushMs`, many changes of one session as
   * one; no answer waits for it. `write-through`: a commit is answered once the tier has it.
   * The end of a session is written through in both.
   */
  readonly mode?: 'write-behind' | 'write-through' | undefined;
  /**
   * How often changes are written behind, 20 to 60000 ms. Default 500. What a crash of *all* nodes
   * may cost; a crash of some costs nothing.
   */
  readonly flushMs?: number | undefined;
  /**
   * How long an answer waits for the tier, 50 to 30000 ms. Default 1000. Then `onIsolation` decides:
   * `serve` answers, counts and goes on trying; `refuse` says that the session is unavailable.
   */
  readonly waitMs?: number | undefined;
  /**
   * Default: with the cluster's keyring, if it has one; else records are plain msgpack under the hash
   * of their session id.
   */
  readonly seal?: TierSeal | undefined;
}

/** The options with every choice made. */
export interface TierPolicy {
  readonly mode: 'write-behind' | 'write-through';
  readonly flushMs: number;
  readonly waitMs: number;
  readonly seal: TierSeal | undefined;
}

/** Checks what all tiers have in common; throws {@link OptionError}. */
export function tierPolicy(options: TierPolicyOptions): TierPolicy {
  const { mode = 'write-behind', seal } = options;
  if (mode !== 'write-behind' && mode !== 'write-through') {
    throw new OptionError('tier.mode', mode, 'write-behind or write-through');
  }
  if (
    seal !== undefined &&
    !(typeof seal?.seal === 'function' && typeof seal.open === 'function')
  ) {
    throw new OptionError('tier.seal', seal, 'an object with seal() and open()');
  }
  return {
    mode,
    seal,
    flushMs: milliseconds('tier.flushMs', options.flushMs ?? 500, 20, 60_000),
    waitMs: milliseconds('tier.waitMs', options.waitMs ?? 1000, 50, 30_000),
  };
}

export function milliseconds(option: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new OptionError(option, value, `a number from ${min} to ${max}`);
}
