import { OptionError } from '../errors.js';
import type { Durability } from '../node/api/cluster-api.js';

export interface ClusterStoreOptions {
  /**
   * How long a session whose cookie has no `maxAge` lasts when nobody comes back, in milliseconds;
   * with a `maxAge`, that is it. Default 24 h.
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * How long a session lasts at most, in milliseconds, however often it is used; express-session
   * itself knows no such limit. The end of a session is remembered for what was left of it. Default
   * 30 days.
   */
  readonly absoluteTimeoutMs?: number | undefined;
  /** How many copies a change waits for. Default: that of the cluster. */
  readonly durability?: Durability | undefined;
}

export interface NormalizedStoreOptions {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  readonly durability: Durability | undefined;
}

const HOUR_MS = 60 * 60_000;
const DEFAULT_IDLE_MS = 24 * HOUR_MS;
const DEFAULT_ABSOLUTE_MS = 30 * 24 * HOUR_MS;
const DURABILITIES: readonly unknown[] = ['async', 'backup', 'all', undefined];

const NAMES = ['idleTimeoutMs', 'absoluteTimeoutMs', 'durability'];

/** Throws `OptionError`. */
export function storeOptions(options: ClusterStoreOptions): NormalizedStoreOptions {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError('options', options, `an object with ${NAMES.join(', ')}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!NAMES.includes(name)) throw new OptionError(name, value, `one of ${NAMES.join(', ')}`);
  }
  const { durability } = options;
  if (!DURABILITIES.includes(durability)) {
    throw new OptionError('durability', durability, "'async', 'backup' or 'all'");
  }
  const absoluteTimeoutMs = milliseconds(
    'absoluteTimeoutMs',
    options.absoluteTimeoutMs ?? DEFAULT_ABSOLUTE_MS,
  );
  const usualIdleMs = Math.min(DEFAULT_IDLE_MS, absoluteTimeoutMs);
  const idleTimeoutMs = milliseconds('idleTimeoutMs', options.idleTimeoutMs ?? usualIdleMs);
  if (idleTimeoutMs > absoluteTimeoutMs) {
    const expected = `at most absoluteTimeoutMs, ${absoluteTimeoutMs}`;
    throw new OptionError('idleTimeoutMs', idleTimeoutMs, expected);
  }
  return { idleTimeoutMs, absoluteTimeoutMs, durability };
}

function milliseconds(option: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new OptionError(option, value, 'a finite number of milliseconds above 0');
}
