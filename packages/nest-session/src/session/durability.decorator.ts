import type { Durability as DurabilityMode } from '@understudy/replication';
import { DURABILITIES } from '../options/durability.js';
import { oneOf } from '../options/one-of.js';
import { type RouteSetting, routeSetting } from './route-setting.js';

const setDurability = routeSetting<DurabilityMode>((exchange, mode) =>
  exchange.setDurability(mode),
);

/**
 * How many copies the changes of a route wait for: `async` none, `backup` one, `all` every backup.
 * A crash right after an `async` answer may lose what it stored. Throws `SessionOptionError` at once
 * for anything else.
 */
export const Durability: RouteSetting<DurabilityMode> = (mode) =>
  setDurability(oneOf('@Durability', mode, DURABILITIES));
