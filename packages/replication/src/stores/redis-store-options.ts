import { OptionError } from '../errors.js';
import { loggerOption } from '../node/options.js';
import type { ClusterLogger } from '../node/telemetry/logger.js';
import { milliseconds } from '../tiers/tier-policy.js';
import type { StoreConnectionOptions } from './redis-store-connection.js';

export interface RedisSessionStoreOptions {
  /** Such as `redis://10.0.0.9:6379/0`, with `user:password@` where needed, `rediss://` for TLS. */
  readonly url: string;
  /** Put before every key, 1 to 64 characters. Default `understudy-store:`. */
  readonly prefix?: string | undefined;
  /** Passed to ioredis, for certificates of your own. */
  readonly tls?: object | undefined;
  /** How long Redis may take to answer, 10 to 30000 ms. Default 1000. */
  readonly timeoutMs?: number | undefined;
  /** Told once when Redis goes, once when it is back. Default: nobody. */
  readonly logger?: ClusterLogger | undefined;
}

/** Throws `OptionError`. */
export function redisStoreOptions(options: RedisSessionStoreOptions): StoreConnectionOptions {
  const { url, tls, timeoutMs = 1000, prefix = 'understudy-store:' } = options;
  if (typeof url !== 'string' || !/^rediss?:\/\/./.test(url)) {
    // Not shown: it may carry a password.
    throw new OptionError('url', typeof url, 'redis://host:port or rediss://host:port');
  }
  if (typeof prefix !== 'string' || prefix === '' || prefix.length > 64) {
    throw new OptionError('prefix', prefix, 'text of 1 to 64 characters');
  }
  return {
    url,
    tls,
    prefix,
    timeoutMs: milliseconds('timeoutMs', timeoutMs, 10, 30_000),
    logger: loggerOption(options.logger),
  };
}
