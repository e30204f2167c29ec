import type { Durability as DurabilityMode } from '@understudy/replication';
import { type RouteSetting, routeSetting } from './route-setting.js';

/**
 * How many copies the changes of a route wait for: `async` none, `backup` one, `all` every backup.
 * A crash right after an `async` answer may lose what it stored.
 */
export const Durability: RouteSetting<DurabilityMode> = routeSetting((exchange, mode) =>
  exchange.setDurability(mode),
);
