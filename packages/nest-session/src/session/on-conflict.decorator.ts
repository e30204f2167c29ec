import { needsServer } from '../options/cookie-store.js';
import { checkOnConflict, type OnConflict as Mode } from '../options/on-conflict.js';
import { type RouteSetting, routeSetting } from './route-setting.js';

const setOnConflict = routeSetting<Mode>((exchange, mode) => exchange.setOnConflict(mode));

const reject = routeSetting<Mode>(
  (exchange, mode) => exchange.setOnConflict(mode),
  needsServer("@OnConflict('reject')", 'conflicts are seen there'),
);

/**
 * What happens when a route changed properties of a session that another request changed since this
 * one read it: `merge` keeps both, `reject` answers 409 `session-conflict` and stores nothing. In
 * place of the option `onConflict`. Throws `SessionOptionError` at once when it is neither.
 */
export const OnConflict: RouteSetting<Mode> = (mode) =>
  (mode === 'reject' ? reject : setOnConflict)(checkOnConflict('@OnConflict', mode));
