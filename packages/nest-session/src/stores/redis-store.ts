import { Logger } from '@nestjs/common';
import {
  OptionError,
  RedisSessionStore,
  type RedisSessionStoreOptions,
} from '@understudy/replication';
import { SessionOptionError } from '../errors.js';
import type { SessionStoreSource } from './session-store-source.js';
import { standaloneCluster } from './standalone-cluster.js';

/** As of `RedisSessionStore` of `@understudy/replication`: `url`, `prefix`, `tls`, `timeoutMs`. */
export type RedisStoreOptions = Omit<RedisSessionStoreOptions, 'logger'>;

/**
 * Sessions in Redis alone: for when state must be central and processes stateless. Needs the
 * package `ioredis` beside this one. Every request with a session costs a round trip, and while
 * Redis is away it is answered `503`, the node's health is `503`, and the log says once why; `tier: redisTier()` behind a cluster has neither cost.
 *
 * What it keeps is what a cluster keeps, but locks: `timeouts.renew` and `@SessionLock()` are
 * refused at start. Throws `SessionOptionError` for options that mean nothing.
 */
export function redisStore(options: RedisStoreOptions): SessionStoreSource {
  checked(() => RedisSessionStore.check(options));
  return {
    name: 'redisStore()',
    hasLocks: false,
    start: async () => {
      const logger = new Logger('SessionModule');
      return standaloneCluster(await RedisSessionStore.start({ ...options, logger }), 'redis');
    },
  };
}

/** With the name that the application knows: it never called the store behind it. */
function checked(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new SessionOptionError(`redisStore ${error.option}`, error.value, error.expected);
  }
}
