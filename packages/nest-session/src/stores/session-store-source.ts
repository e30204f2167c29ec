import type { Cluster } from '@understudy/replication';

/** Where sessions are kept in place of the memory of the processes; what `store` takes. */
export interface SessionStoreSource {
  /** How messages call it. */
  readonly name: string;
  /** Without locks `timeouts.renew` and `@SessionLock()` are refused at start. */
  readonly hasLocks: boolean;
  /** Connects; resolves also while the store is away. */
  start(): Promise<Cluster>;
}
