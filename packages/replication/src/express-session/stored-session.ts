import { isPlainObject } from '../core/values/equal.js';
import type { SessionDocument, SessionObject } from '../core/values/values.js';
import { SessionValueError } from '../errors.js';
import type { SessionSnapshot } from '../node/api/cluster-api.js';

/** The cookie of a session as Stores keep it. */
export interface StoredCookie {
  /**
   * How long the session lasts after its latest use, in milliseconds; none: while the browser
   * runs.
   */
  readonly originalMaxAge: number | null;
  readonly expires: Date | null;
  readonly [attribute: string]: unknown;
}

/** What `get` answers: the properties of a session beside its cookie. */
export interface StoredSession {
  readonly cookie: StoredCookie;
  readonly [name: string]: unknown;
}

/** Where the cookie lies; it also tells such a session from others in the same cluster. */
const COOKIE = 'expressCookie';

/** Instants are the engine's, as a time that remains: what the cookie says of them is not kept. */
const INSTANTS = ['expires', 'originalExpires', 'maxAge'];

/** What is to be stored, taken when the application says so and not when its turn comes. */
export interface Wanted {
  readonly document: SessionDocument;
  /** At or below 0 when the session is over already. */
  readonly idleTimeoutMs: number;
}

/**
 * A session as a document. Values become what JSON makes of them, as in every other Store: code
 * that was written for one of those finds what it expects, on whichever node it reads.
 */
export function wantedOf(session: object, idleTimeoutMs: number): Wanted {
  const { cookie = {}, ...data } = JSON.parse(JSON.stringify(session)) as Record<string, never>;
  if (!isPlainObject(cookie)) throw new SessionValueError(['cookie'], 'is no cookie');
  const { expires, maxAge } = cookie;
  const originalMaxAge = cookie.originalMaxAge ?? maxAge ?? null;
  const kept: Record<string, never> = {};
  for (const [name, value] of Object.entries(cookie)) {
    if (!INSTANTS.includes(name)) kept[name] = value as never;
  }
  const hasMaxAge = typeof originalMaxAge === 'number';
  // A fixed end, which use does not move.
  const end = !hasMaxAge && typeof expires === 'string' ? { expires } : {};
  const system = { [COOKIE]: { ...kept, originalMaxAge, ...end } } as SessionObject;
  return {
    document: { data, system },
    idleTimeoutMs: hasMaxAge ? originalMaxAge : untilEnd(end.expires, idleTimeoutMs),
  };
}

/** A session that is nobody else's: what is changed in it stays there until it is stored. */
export function sessionOf(snapshot: SessionSnapshot): StoredSession | undefined {
  const { data, system } = snapshot.document;
  const stored = system[COOKIE];
  if (!isPlainObject(stored)) return undefined;
  const { expires, originalMaxAge, ...attributes } = structuredClone(stored);
  const remainingMs = Math.min(snapshot.idleRemainingMs, snapshot.absoluteRemainingMs);
  const hasMaxAge = typeof originalMaxAge === 'number';
  return {
    ...(structuredClone(data) as object),
    cookie: {
      ...attributes,
      originalMaxAge: hasMaxAge ? originalMaxAge : null,
      expires: hasMaxAge
        ? new Date(Date.now() + remainingMs)
        : typeof expires === 'string'
          ? new Date(expires)
          : null,
    },
  };
}

function untilEnd(expires: string | undefined, otherwise: number): number {
  const atMs = expires === undefined ? Number.NaN : Date.parse(expires);
  return Number.isNaN(atMs) ? otherwise : atMs - Date.now();
}
