import type { Cluster } from '@understudy/replication';

/** Where sessions are kept in place of the memory of the processes; what `store` takes. */
export interface SessionStoreSource {
  /** How messages call it. */
  readonly name: string;
  /** Without locks `timeouts.renew` and `@SessionLock()` are refused at start. */
  readonly hasLocks: boolean;
  /** Sessions travel with their requests, and what needs a server to remember is refused. */
  readonly inCookies?: InCookies | undefined;
  /** Connects; resolves also while the store is away. */
  start(): Promise<Cluster>;
}

/** How sessions travel. */
export interface InCookies {
  readonly audience: string;
  /** Told of every session that its own request ended. */
  tellEnd(key: string, reason: string): void;
}
