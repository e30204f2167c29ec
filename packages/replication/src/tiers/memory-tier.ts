import { compareVersions, isAmong, type Version } from '../core/record/version.js';
import type { Tier, TierAnswer, TierBurial, TierRecord, TierVerdict } from './tier.js';
import { type TierPolicyOptions, tierPolicy } from './tier-policy.js';

interface Entry {
  readonly version: Version;
  /** Undefined: the end of the record. */
  readonly value: Uint8Array | undefined;
  readonly writtenMs: number;
  readonly untilMs: number;
}

/** What several memory tiers of one process share, as they would a Redis. */
export interface MemoryTierContents {
  readonly entries: Map<string, Entry>;
}

export interface MemoryTierOptions extends TierPolicyOptions {
  /** Default: contents of its own. */
  readonly contents?: MemoryTierContents | undefined;
  /** Monotonic, in ms. Default: the process's clock. */
  readonly nowMs?: (() => number) | undefined;
}

export function createMemoryTierContents(): MemoryTierContents {
  return { entries: new Map() };
}

/**
 * A tier in the memory of this process: for tests, and the reference for what the others do. What it
 * holds survives the nodes, but not the process.
 */
export function memoryTier(options: MemoryTierOptions = {}): Tier {
  const { contents = createMemoryTierContents(), nowMs = () => performance.now() } = options;
  const { entries } = contents;
  const policy = tierPolicy(options);

  function find(key: string): Entry | undefined {
    const entry = entries.get(key);
    if (entry && nowMs() < entry.untilMs) return entry;
    entries.delete(key);
    return undefined;
  }

  return {
    name: 'memory',
    policy,
    async read(key): Promise<TierAnswer> {
      const entry = find(key);
      if (!entry) return { kind: 'none' };
      const { version, value, writtenMs, untilMs } = entry;
      return value
        ? { kind: 'record', version, value, ageMs: nowMs() - writtenMs }
        : { kind: 'buried', version, remainingMs: untilMs - nowMs() };
    },
    async write({ key, version, value, keepMs, contains }: TierRecord): Promise<TierVerdict> {
      const held = find(key);
      if (held && !held.value) {
        return { kind: 'buried', version: held.version, remainingMs: held.untilMs - nowMs() };
      }
      if (held && compareVersions(held.version, version) > 0) {
        return { kind: 'older', version: held.version };
      }
      if (held && contains && !isAmong(contains, held.version)) {
        return { kind: 'apart', version: held.version };
      }
      const writtenMs = nowMs();
      entries.set(key, { version, value, writtenMs, untilMs: writtenMs + keepMs });
      return { kind: 'stored' };
    },
    async bury({ key, version, keepMs }: TierBurial): Promise<void> {
      const held = find(key);
      const writtenMs = nowMs();
      const heldUntilMs = held && !held.value ? held.untilMs : 0;
      const untilMs = Math.max(heldUntilMs, writtenMs + keepMs);
      entries.set(key, { version, value: undefined, writtenMs, untilMs });
    },
    open(listener) {
      listener({ kind: 'connected', sameData: true });
    },
    async close() {},
  };
}
