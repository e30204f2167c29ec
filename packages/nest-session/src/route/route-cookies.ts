import { BoundedMap } from '../identity/bounded-map.js';
import type { KeyRing } from '../identity/key-ring.js';
import { buildRouteCookie, type SessionRoute, verifyRouteCookie } from './route-cookie.js';

/** Builds and reads route cookies, remembering those that were good: a route changes rarely. */
export class RouteCookies {
  readonly #known: BoundedMap<SessionRoute>;

  constructor(
    private readonly keys: KeyRing,
    maxEntries: number,
  ) {
    this.#known = new BoundedMap(maxEntries);
  }

  build(route: SessionRoute, sessionKey: string): string {
    return buildRouteCookie(route, sessionKey, this.keys);
  }

  /** The route in the first of these values that belongs to the session. */
  find(values: readonly string[], sessionKey: string): SessionRoute | undefined {
    for (const value of values) {
      const route = this.#read(value, sessionKey);
      if (route) return route;
    }
    return undefined;
  }

  #read(value: string, sessionKey: string): SessionRoute | undefined {
    // Both are of this client's making, so neither alone says that they belong together.
    const name = `${sessionKey} ${value}`;
    const known = this.#known.get(name);
    if (known) return known;
    const route = verifyRouteCookie(value, sessionKey, this.keys);
    if (route) this.#known.set(name, route);
    return route;
  }
}
