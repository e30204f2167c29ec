import type { Durability } from '@understudy/replication';

/** What `session.update()` takes besides the change. */
export interface UpdateOptions {
  /**
   * How many copies this change waits for, whatever `@Durability()` of the route says: `async` none,
   * `backup` one, `all` every backup. What was changed before it is stored as the route says.
   */
  readonly durability?: Durability | undefined;
}
