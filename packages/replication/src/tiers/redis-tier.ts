import type { Version } from '../core/record/version.js';
import { OptionError, TierUnavailableError } from '../errors.js';
import { RedisConnection } from './redis-connection.js';
import type { Tier, TierAnswer, TierBurial, TierRecord, TierVerdict } from './tier.js';
import { milliseconds, type TierPolicyOptions, tierPolicy } from './tier-policy.js';

export interface RedisTierOptions extends TierPolicyOptions {
  /** Such as `redis://10.0.0.9:6379/0`, with `user:password@` where needed, `rediss://` for TLS. */
  readonly url: string;
  /** Put before every key, 1 to 64 characters. Default `understudy:`. */
  readonly prefix?: string | undefined;
  /** Passed to ioredis, for certificates of your own. */
  readonly tls?: object | undefined;
  /** How long Redis may take to answer, 10 to 30000 ms. Default 1000; then the operation failed. */
  readonly timeoutMs?: number | undefined;
  /** Operations under way, 1 to 100000. Default 10000; further ones fail at once. */
  readonly maxInFlight?: number | undefined;
}

const VERDICTS: readonly string[] = ['stored', 'older', 'apart', 'buried'];

/**
 * Redis (5 or later) as the cold tier, through `ioredis`, which the application installs. Each
 * operation is a script of one key, so versions are compared and written as one step. Connects for
 * ever; while Redis is away operations fail at once, and nothing is buffered.
 *
 * Give Redis `maxmemory-policy noeviction` or room enough: an evicted burial is a logout forgotten.
 *
 * @throws OptionError
 */
export function redisTier(options: RedisTierOptions): Tier {
  const policy = tierPolicy(options);
  const prefix = prefixOption(options.prefix);
  const connection = new RedisConnection({
    url: redisUrl(options?.url),
    tls: options.tls,
    timeoutMs: milliseconds('tier.timeoutMs', options.timeoutMs ?? 1000, 10, 30_000),
    maxInFlight: inFlightOption(options.maxInFlight ?? 10_000),
  });
  return {
    name: 'redis',
    policy,
    async read(key): Promise<TierAnswer> {
      return readAnswer(await connection.run((redis) => redis.understudyReadBuffer(prefix + key)));
    },
    async write({ key, version, value, keepMs, contains }: TierRecord): Promise<TierVerdict> {
      const { epoch, seq } = version;
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      const keep = wholeMs(keepMs);
      return readVerdict(
        await connection.run((redis) =>
          redis.understudyWrite(prefix + key, epoch, seq, bytes, keep, ...argumentsOf(contains)),
        ),
      );
    },
    async bury({ key, version, keepMs }: TierBurial): Promise<void> {
      const { epoch, seq } = version;
      await connection.run((redis) =>
        redis.understudyBury(prefix + key, epoch, seq, wholeMs(keepMs)),
      );
    },
    open: (listener) => connection.open(listener),
    close: () => connection.close(),
  };
}

function readAnswer(raw: unknown): TierAnswer {
  if (raw === null || raw === undefined) return { kind: 'none' };
  const [epoch, seq, value, keepMs, buried, ttlMs] = asList(raw);
  const version = versionOf(epoch, seq);
  const remainingMs = Math.max(0, Number(ttlMs));
  if (buried !== null) return { kind: 'buried', version, remainingMs };
  if (!(value instanceof Uint8Array)) throw unexpected(raw);
  const ageMs = Math.max(0, Number(String(keepMs)) - remainingMs);
  return { kind: 'record', version, value, ageMs };
}

function readVerdict(raw: unknown): TierVerdict {
  const [kind, epoch, seq, ttlMs] = asList(raw);
  if (kind === 'stored') return { kind };
  if (typeof kind !== 'string' || !VERDICTS.includes(kind)) throw unexpected(raw);
  const version = versionOf(epoch, seq);
  return kind === 'older' || kind === 'apart'
    ? { kind, version }
    : { kind: 'buried', version, remainingMs: Math.max(0, Number(ttlMs)) };
}

function argumentsOf(contains: TierRecord['contains']): readonly number[] {
  return contains ? [1, ...contains.flatMap(({ epoch, seq }) => [epoch, seq])] : [];
}

function versionOf(epoch: unknown, seq: unknown): Version {
  const version = { epoch: Number(String(epoch)), seq: Number(String(seq)) };
  if (Number.isSafeInteger(version.epoch) && Number.isSafeInteger(version.seq)) return version;
  throw unexpected([epoch, seq]);
}

function asList(raw: unknown): readonly unknown[] {
  if (Array.isArray(raw)) return raw;
  throw unexpected(raw);
}

function unexpected(raw: unknown): TierUnavailableError {
  return new TierUnavailableError('redis', `unexpected answer of type ${typeof raw}`);
}

/** Rounded up: a burial must not end a fraction of a millisecond early, and none lasts for ever. */
function wholeMs(keepMs: number): number {
  return Math.max(1, Math.ceil(keepMs));
}

function redisUrl(url: unknown): string {
  if (typeof url === 'string' && URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) {
    return url;
  }
  // Not repeated in the message: it may hold a password.
  throw new OptionError('tier.url', undefined, 'a redis:// or rediss:// URL');
}

function prefixOption(prefix: unknown = 'understudy:'): string {
  if (typeof prefix === 'string' && prefix.length >= 1 && prefix.length <= 64) return prefix;
  throw new OptionError('tier.prefix', prefix, 'text of 1 to 64 characters');
}

function inFlightOption(value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 100_000) {
    return value as number;
  }
  throw new OptionError('tier.maxInFlight', value, 'a whole number from 1 to 100000');
}
