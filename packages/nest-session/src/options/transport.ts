import { SessionOptionError } from '../errors.js';

const TRANSPORTS = ['cookie', 'header', 'url'] as const;

/**
 * How an id travels. `header`: `Authorization: Session <token>`, answered in `Session-Token`; for clients
 * that are no browsers. `url`: the parameter `session_token` of GET requests. Dangerous: addresses end in logs,
 * histories and `Referer` (ASVS 14.2.1).
 */
export type SessionTransport = (typeof TRANSPORTS)[number];

export interface NormalizedTransport {
  readonly transport: ReadonlySet<SessionTransport>;
}

export function normalizeTransport(
  transport: SessionTransport | readonly SessionTransport[] = 'cookie',
): NormalizedTransport {
  const given: readonly unknown[] = Array.isArray(transport) ? transport : [transport];
  const unknown = given.find((name) => !TRANSPORTS.includes(name as SessionTransport));
  if (unknown !== undefined) {
    throw new SessionOptionError('transport', unknown, `some of ${TRANSPORTS.join(', ')}`);
  }
  const chosen = new Set(given as readonly SessionTransport[]);
  if (chosen.has('cookie') || chosen.has('header')) return { transport: chosen };
  throw new SessionOptionError(
    'transport',
    chosen.size === 0 ? 'empty' : 'url',
    'cookie or header as well, because without them no client is ever given an id',
  );
}
