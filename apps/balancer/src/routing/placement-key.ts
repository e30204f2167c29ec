import { createHash } from 'node:crypto';
import { SESSION_COOKIE_NAMES } from '../contract.js';
import { cookieValues } from './cookies.js';

const SESSION_ID = /^[A-Za-z0-9_-]{43}$/;

/** The id inside the session cookie `<id>.<issuedAt>.<mac>`; undefined without a plausible one. */
export function findSessionId(header: string | undefined, limit: number): string | undefined {
  if (header === undefined) return undefined;
  for (const name of SESSION_COOKIE_NAMES) {
    for (const value of cookieValues(header, name, limit)) {
      const id = value.slice(0, value.indexOf('.'));
      if (SESSION_ID.test(id)) return id;
    }
  }
  return undefined;
}

/** The key the cluster places the session by, so that balancer and nodes rank alike. */
export function placementKeyOf(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url');
}
