import type { Durability } from '@understudy/replication';

/** What `session.update()` takes besides the change. */
export interface UpdateOptions {
  /**
   * How many copies this change waits for, whatever `@Durability()` of the route says: `async` none,
   * `backup` one, `all` every backup. What was changed before it is stored as the route says.
   */
  readonly durability?: Durability | undefined;
  /**
   * Names this change within its request, 1 to 64 of `A-Z a-z 0-9 _ . -`: with an `Idempotency-Key` it is made
   * once, however often the request is run, also when a node dies before the outcome is stored. Run again,
   * `change` is not called and `update()` resolves with the first result, which must be JSON, at most 4 KB.
   * It takes one of the 32 places for outcomes that a session has. Default, and without a key: made each time.
   */
  readonly once?: string | undefined;
}
