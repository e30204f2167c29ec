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

const NAMES = ['url', 'prefix', 'tls', 'timeoutMs', 'logger'];
const AN_ADDRESS = 'redis://host:port or rediss://host:port';

/** Throws `OptionError`, which shows nothing of a url but its scheme and host. */
export function redisStoreOptions(options: RedisSessionStoreOptions): StoreConnectionOptions {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError('options', options, `an object with ${NAMES.join(', ')}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (NAMES.includes(name)) continue;
    // Most likely a misspelt one, such as a password, which logs would keep.
    throw new OptionError(name, `${typeof value}, not shown`, `one of ${NAMES.join(', ')}`);
  }
  const { tls, timeoutMs = 1000, prefix = 'understudy-store:' } = options;
  if (typeof prefix !== 'string' || prefix === '' || prefix.length > 64) {
    throw new OptionError('prefix', prefix, 'text of 1 to 64 characters');
  }
  if (tls !== undefined && (typeof tls !== 'object' || tls === null || Array.isArray(tls))) {
    throw new OptionError('tls', tls, 'an object, such as { ca }; for TLS alone a rediss:// url');
  }
  return {
    url: redisUrl(options.url),
    tls,
    prefix,
    timeoutMs: milliseconds('timeoutMs', timeoutMs, 10, 30_000),
    logger: loggerOption(options.logger),
  };
}

function redisUrl(url: unknown): string {
  if (typeof url !== 'string') throw new OptionError('url', url, AN_ADDRESS);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // Nothing else of it is shown: a password may stand at any place of what is no url.
  if (!parsed || !url.includes('://'))
    throw new OptionError('url', 'text that is none', AN_ADDRESS);
  if (!/^rediss?:\/\/./.test(url)) {
    throw new OptionError('url', `${parsed.protocol}//${parsed.host}`, AN_ADDRESS);
  }
  // The client would take a part of the password for the name of the host, and log it.
  if (`${parsed.pathname}${parsed.search}${parsed.hash}`.includes('@')) {
    const expected =
      "no '@' behind the host; in a password, '/', '?', '#' and '@' as %2F %3F %23 %40";
    throw new OptionError('url', 'text with a part that is not encoded', expected);
  }
  return url;
}
