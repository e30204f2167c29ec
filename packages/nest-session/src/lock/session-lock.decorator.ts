import { SessionOptionError } from '../errors.js';
import { type RouteSetting, routeSetting } from '../session/route-setting.js';
import { type LockRule, lockRule, type SessionLockOptions } from './lock-rule.js';

const holdSessionLock = routeSetting<LockRule>(
  (exchange, rule) => exchange.lock(rule),
  ({ store }) => {
    if (store?.hasLocks !== false) return;
    throw new SessionOptionError('store', store.name, 'a cluster in its place for @SessionLock()');
  },
);

/**
 * Runs the handler for one request of a session at a time, in the whole cluster: for work outside
 * the session that must not be done twice at once. The handler sees what the one before it stored.
 * Parallel changes of the session itself are safe without it. The lock is free again when the
 * response begins.
 *
 * A request that waited too long is answered 503 `session-busy` with `Retry-After`; one that held
 * the lock beyond its lease while somebody else got it, 409 `lock-lost`, and nothing is stored. A
 * client without a session has nobody to exclude and holds no lock. Throws at once when an option
 * is wrong, and at start where `store` keeps no locks.
 */
export const SessionLock = (options: SessionLockOptions = {}): ReturnType<RouteSetting<LockRule>> =>
  holdSessionLock(lockRule(options));
