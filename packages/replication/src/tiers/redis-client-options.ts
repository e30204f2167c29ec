import type { RedisOptions } from 'ioredis';

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2000;

export interface RedisClientSettings {
  readonly tls: object | undefined;
  /** What a command may take; the first connection a second at least. */
  readonly timeoutMs: number;
}

/** A client that reconnects for ever, and in which nothing waits while Redis is away. */
export function redisClientOptions({ tls, timeoutMs }: RedisClientSettings) {
  return {
    ...(tls ? { tls } : {}),
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: Math.max(1000, timeoutMs),
    retryStrategy: (times: number) =>
      Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(times, 10)),
    // A replica that was the primary takes no writes: find the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
}
