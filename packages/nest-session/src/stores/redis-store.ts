import { Logger } from '@nestjs/common';
import { RedisSessionStore, type RedisSessionStoreOptions } from '@understudy/replication';
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
 * refused at start.
 */
export function redisStore(options: RedisStoreOptions): SessionStoreSource {
  return {
    name: 'redisStore()',
    hasLocks: false,
    start: async () => {
      const logger = new Logger('SessionModule');
      return standaloneCluster(await RedisSessionStore.start({ ...options, logger }), 'redis');
    },
  };
}
