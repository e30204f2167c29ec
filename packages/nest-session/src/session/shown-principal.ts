import { isPlainObject } from './clone.js';
import type { Principal } from './principal.js';

/**
 * A principal as JSON can tell it: a big integer as its digits, at any depth (the failure prevented:
 * `JSON.stringify` throws for one, where an answer or an event is written).
 */
export function shownPrincipal(principal: Principal | null): Principal | null {
  return principal && (shown(principal) as Principal);
}

function shown(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(shown);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shown(item)]));
}
