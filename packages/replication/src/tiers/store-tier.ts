import { compareVersions, isAmong, type Version } from '../core/record/version.js';
import { OptionError, TierUnavailableError } from '../errors.js';
import type { ExpressSessionStore, StoredSession } from './express-store.js';
import { KeyedQueue } from './keyed-queue.js';
import type { Tier, TierAnswer, TierBurial, TierEvent, TierRecord, TierVerdict } from './tier.js';
import { milliseconds, type TierPolicyOptions, tierPolicy } from './tier-policy.js';

export interface StoreTierOptions extends TierPolicyOptions {
  /** Put before every id the store sees, up to 64 characters. Default `understudy:`. */
  readonly prefix?: string | undefined;
  /** How long one call of the store may take, 10 to 30000 ms. Default 2000. */
  readonly timeoutMs?: number | undefined;
}

/** What is kept of a record or of its end. */
interface Kept {
  readonly epoch: number;
  readonly seq: number;
  readonly savedMs: number;
  readonly untilMs: number;
  readonly value?: string | undefined;
}

/**
 * Any Store of express-session as the cold tier: Postgres, MySQL, Mongo, DynamoDB, files, through
 * the stores that exist for them.
 *
 * What is guaranteed: the end of a session is kept under an id of its own, which no write touches, so
 * no order of operations revives it. Versions are compared by reading before writing, one operation
 * of a key after the other within this node. A Store knows no atomic compare, so two *nodes* that
 * write one key at the same moment (both sides of a partition, a deposed owner's last write) may
 * leave the older version; the owner's next write mends it. Ages are taken from the clocks of the
 * nodes, which should agree within seconds.
 *
 * @throws OptionError
 */
export function storeTier(store: ExpressSessionStore, options: StoreTierOptions = {}): Tier {
  if (!['get', 'set', 'destroy'].every((name) => typeof store?.[name as 'get'] === 'function')) {
    throw new OptionError('tier.store', store, 'a Store of express-session');
  }
  const policy = tierPolicy(options);
  const timeoutMs = milliseconds('tier.timeoutMs', options.timeoutMs ?? 2000, 10, 30_000);
  const calls = new StoreCalls(store, timeoutMs);
  const queue = new KeyedQueue();
  const prefix = prefixOption(options.prefix);
  const recordId = (key: string) => `${prefix}${key}`;
  const endId = (key: string) => `${prefix}${key}:end`;

  async function read(key: string): Promise<TierAnswer> {
    const [end, record] = await Promise.all([calls.get(endId(key)), calls.get(recordId(key))]);
    if (end) return buriedAs(end);
    if (record?.value === undefined) return { kind: 'none' };
    const ageMs = Math.max(0, Date.now() - record.savedMs);
    const value = new Uint8Array(Buffer.from(record.value, 'base64'));
    return { kind: 'record', version: versionOf(record), value, ageMs };
  }

  async function write(record: TierRecord): Promise<TierVerdict> {
    const { key, version, value, keepMs, contains } = record;
    const [end, held] = await Promise.all([calls.get(endId(key)), calls.get(recordId(key))]);
    if (end) return buriedAs(end);
    if (held && compareVersions(held, version) > 0) {
      return { kind: 'older', version: versionOf(held) };
    }
    if (held && contains && !isAmong(contains, held)) {
      return { kind: 'apart', version: versionOf(held) };
    }
    const text = Buffer.from(value).toString('base64');
    await calls.set(recordId(key), keep(version, keepMs, text));
    return { kind: 'stored' };
  }

  async function bury({ key, version, keepMs }: TierBurial): Promise<void> {
    const held = await calls.get(endId(key));
    const longerMs = Math.max(keepMs, held ? held.untilMs - Date.now() : 0);
    await calls.set(endId(key), keep(version, longerMs, undefined));
    await calls.destroy(recordId(key));
  }

  const status = new StoreStatus(store);
  return {
    name: 'store',
    policy,
    read: (key) => queue.run(key, () => read(key)),
    write: (record) => queue.run(record.key, () => write(record)),
    bury: (burial) => queue.run(burial.key, () => bury(burial)),
    open: (listener) => status.open(listener),
    close: async () => status.close(),
  };
}

/** Promises for callbacks; what takes too long has failed, what failed twice fails once. */
class StoreCalls {
  constructor(
    private readonly store: ExpressSessionStore,
    private readonly timeoutMs: number,
  ) {}

  async get(sid: string): Promise<Kept | undefined> {
    const session = await this.#call((done) => this.store.get(sid, done));
    const kept = (session as { readonly understudy?: Kept } | undefined | null)?.understudy;
    // Stores forget late: some sweep once a minute, some never.
    return kept && Date.now() < kept.untilMs ? kept : undefined;
  }

  async set(sid: string, session: StoredSession): Promise<void> {
    await this.#call((done) => this.store.set(sid, session as never, done));
  }

  async destroy(sid: string): Promise<void> {
    await this.#call((done) => this.store.destroy(sid, done));
  }

  #call(start: (done: (error?: unknown, result?: unknown) => void) => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        const reason = error instanceof Error ? error.message : 'failed';
        reject(new TierUnavailableError('store', reason, { cause: error }));
      };
      const timer = setTimeout(() => fail(new Error('no answer in time')), this.timeoutMs);
      try {
        const returned = start((error, result) => {
          if (error) return fail(error);
          clearTimeout(timer);
          resolve(result);
        });
        // Some stores report an error twice, by callback and by a promise nobody waits for.
        Promise.resolve(returned).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}

/** Passes on what a store says of its connection; one that says nothing counts as connected. */
class StoreStatus {
  #connected: (() => void) | undefined;
  #disconnected: (() => void) | undefined;

  constructor(private readonly store: ExpressSessionStore) {}

  open(listener: (event: TierEvent) => void): void {
    listener({ kind: 'connected', sameData: true });
    let wasLost = false;
    this.#connected = () => {
      // Nobody knows whether the same data came back.
      if (wasLost) listener({ kind: 'connected', sameData: false });
      wasLost = false;
    };
    this.#disconnected = () => {
      wasLost = true;
      listener({ kind: 'disconnected' });
    };
    this.store.on?.('connect', this.#connected);
    this.store.on?.('disconnect', this.#disconnected);
  }

  close(): void {
    if (this.#connected) this.store.removeListener?.('connect', this.#connected);
    if (this.#disconnected) this.store.removeListener?.('disconnect', this.#disconnected);
  }
}

function keep(version: Version, keepMs: number, value: string | undefined): StoredSession {
  const nowMs = Date.now();
  const maxAge = Math.max(1, Math.ceil(keepMs));
  const { epoch, seq } = version;
  const understudy: Kept = { epoch, seq, savedMs: nowMs, untilMs: nowMs + maxAge, value };
  return {
    cookie: { originalMaxAge: maxAge, maxAge, expires: new Date(nowMs + maxAge) },
    understudy,
  };
}

function buriedAs(end: Kept): TierAnswer & TierVerdict & { readonly kind: 'buried' } {
  const remainingMs = Math.max(0, end.untilMs - Date.now());
  return { kind: 'buried', version: versionOf(end), remainingMs };
}

function versionOf({ epoch, seq }: Kept): Version {
  return { epoch, seq };
}

function prefixOption(prefix: unknown = 'understudy:'): string {
  if (typeof prefix === 'string' && prefix.length <= 64) return prefix;
  throw new OptionError('tier.prefix', prefix, 'text of at most 64 characters');
}
