import { SessionBusyError, SessionEndedError, SessionUsageError } from '../errors.js';
import type { ExchangeState } from '../exchange/exchange-state.js';
import { toSessionError } from '../exchange/store-errors.js';
import type { LockRule } from './lock-rule.js';

/**
 * Takes a lock for the rest of an exchange, and shows its session as the holder before left it.
 * Does nothing without a session. Rejects with `SessionBusyError`, `SessionEndedError`, or what a
 * failure of the engine is to a client before anything ran.
 */
export async function holdLock(state: ExchangeState, rule: LockRule): Promise<void> {
  const { live, runtime } = state;
  if (live.presence.kind !== 'present') return;
  const { locks } = runtime;
  if (!locks) throw new SessionUsageError('@SessionLock() needs a store with locks: a cluster');
  const { key } = live.presence.snapshot;
  try {
    const outcome = await locks.lock({ key, ...rule });
    if (outcome.status === 'destroyed') throw new SessionEndedError();
    if (outcome.status === 'busy') throw new SessionBusyError(outcome.retryAfterMs);
    state.lock = { key, held: outcome.lock };
    await live.catchUp();
  } catch (error) {
    freeLock(state);
    throw toSessionError(error, false);
  }
}

/**
 * Nobody waits for it: where it cannot be told, the lease ends the lock (the failure prevented: a
 * response that hangs because a node is away that it does not need any more).
 */
export function freeLock(state: ExchangeState): void {
  const { lock, runtime } = state;
  state.lock = undefined;
  if (!lock) return;
  runtime.locks?.unlock(lock.key, lock.held).catch((error: Error) => {
    runtime.logger.debug(`a lock was left to its lease: ${error.message}`);
  });
}
