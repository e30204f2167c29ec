import { type Tier, type TierEvent, TierUnavailableError } from '../../src/index.js';

export interface FaultyTier extends Tier {
  /** As if the store were gone: everything fails until `mend`. */
  fail(): void;
  mend(): void;
  /** Writes are on their way and arrive only at `release`; reads and burials pass them. */
  holdWrites(): void;
  release(): Promise<void>;
}

/** A tier whose network misbehaves on demand. */
export function faultyTier(tier: Tier): FaultyTier {
  let failing = false;
  let held: (() => Promise<unknown>)[] | undefined;
  let listener: ((event: TierEvent) => void) | undefined;

  function attempt<T>(operation: () => Promise<T>): Promise<T> {
    return failing ? Promise.reject(new TierUnavailableError('faulty', 'gone')) : operation();
  }

  return {
    ...tier,
    read: (key) => attempt(() => tier.read(key)),
    bury: (burial) => attempt(() => tier.bury(burial)),
    write(record) {
      const waiting = held;
      if (!waiting) return attempt(() => tier.write(record));
      return new Promise((resolve, reject) => {
        waiting.push(() => tier.write(record).then(resolve, reject));
      });
    },
    open(onEvent) {
      listener = onEvent;
      tier.open(onEvent);
    },
    fail() {
      failing = true;
      listener?.({ kind: 'disconnected', error: new Error('gone') });
    },
    mend() {
      failing = false;
      listener?.({ kind: 'connected', sameData: true });
    },
    holdWrites() {
      held = [];
    },
    async release() {
      const late = held ?? [];
      held = undefined;
      await Promise.all(late.map((write) => write()));
    },
  };
}

/** What a Redis with plain `SET` would do: whatever comes last stays. */
export function carelessTier(policy: Tier['policy'], contents: Map<string, unknown>): Tier {
  type Answer = Awaited<ReturnType<Tier['read']>>;
  const values = contents as Map<string, Answer>;
  return {
    name: 'careless',
    policy,
    read: async (key) => values.get(key) ?? { kind: 'none' },
    async write({ key, version, value }) {
      values.set(key, { kind: 'record', version, value, ageMs: 0 });
      return { kind: 'stored' };
    },
    async bury({ key, version, keepMs }) {
      values.set(key, { kind: 'buried', version, remainingMs: keepMs });
    },
    open: (listener) => listener({ kind: 'connected', sameData: true }),
    async close() {},
  };
}
