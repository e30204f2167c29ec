import { BoundedMap } from '../identity/bounded-map.js';
import { flatCopy } from '../identity/flat-copy.js';
import type { KeyRing } from '../identity/key-ring.js';
import { buildRouteCookie, type SessionRoute, verifyRouteCookie } from './route-cookie.js';

/** The last good cookie of a session, in memory of its own. */
interface Known {
  readonly value: string;
  readonly route: SessionRoute;
}

/** Builds and reads route cookies, remembering those that were good: a route changes rarely. */
export class RouteCookies {
  readonly #known: BoundedMap<Known>;

  constructor(
    private readonly keys: KeyRing,
    maxEntries: number,
  ) {
    this.#known = new BoundedMap(maxEntries);
  }

  get size(): number {
    return this.#known.size;
  }

  build(route: SessionRoute, sessionKey: string): string {
    const value = buildRouteCookie(route, sessionKey, this.keys);
    // Makes V8 write it in one piece: what is still in parts is compared with the next request's cookie
    // character by character.
    value.charCodeAt(0);
    // The client's next request brings it back.
    const { owner, backups, version } = route;
    this.#known.set(sessionKey, { value, route: { owner, backups, version } });
    return value;
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
    // Kept by the session it belongs to: a good cookie of another session is none here.
    const known = this.#known.get(sessionKey);
    if (known?.value === value) return known.route;
    const route = verifyRouteCookie(value, sessionKey, this.keys);
    if (!route) return undefined;
    const copy = copyRoute(route);
    this.#known.set(sessionKey, { value: flatCopy(value), route: copy });
    return copy;
  }
}

function copyRoute({ owner, backups, version }: SessionRoute): SessionRoute {
  return { owner: flatCopy(owner), backups: backups.map(flatCopy), version };
}
