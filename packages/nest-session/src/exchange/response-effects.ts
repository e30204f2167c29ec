import { formatVersion, type SessionSnapshot } from '@understudy/replication';
import type { CookieNames, CookiePolicy } from '../cookie/cookie-policy.js';
import { type CookieAttributes, serializeCookie } from '../cookie/serialize-cookie.js';
import { PRIVATE_CACHE_CONTROL, RESPONSE_HEADERS } from '../http/contract.js';
import { formatFailoverEvent, formatSessionInfo } from '../http/session-info.js';
import type { SessionTransport } from '../options/transport.js';

/** What the response must tell the client; everything is decided, only the wording is left. */
export interface ResponseFacts {
  readonly names: CookieNames | undefined;
  /** By cookie, else in a header. */
  readonly channel: SessionTransport;
  readonly policy: CookiePolicy;
  readonly secure: boolean;
  readonly node: string;
  /** The session as it stands; undefined when the request used none. */
  readonly session:
    | {
        readonly snapshot: SessionSnapshot;
        /** As this response leaves it. */
        readonly idleRemainingMs: number;
        readonly copies: number;
        /** How long the browser keeps the cookies; undefined: until it is closed. */
        readonly maxAgeSeconds: number | undefined;
        /** Value of the id cookie, when it is new or rotated. */
        readonly idCookie: string | undefined;
        /** Value of the route cookie, when it moved. */
        readonly routeCookie: string | undefined;
        /** The CSRF token, when the client does not have it yet. */
        readonly csrfCookie: string | undefined;
        readonly adoptedFrom: string | undefined;
      }
    | undefined;
  /** The session was ended here, or long before: the client must forget its cookies. */
  readonly forget: boolean;
  /** Makes the client forget a cookie of express-session; undefined when it sent none. */
  readonly legacyCookie?: string | undefined;
  /** What else it must forget of a session that was ended here: value of `Clear-Site-Data`. */
  readonly clearSiteData: string | undefined;
  readonly draining: boolean;
}

/** Headers and cookies of the response. */
export function responseEffects(facts: ResponseFacts): {
  readonly headers: Record<string, string>;
  readonly cookies: string[];
} {
  const { session, names, forget, draining } = facts;
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  // A keep-alive connection to a node that leaves would hold its shutdown up.
  if (draining) headers.Connection = 'close';
  if (session) {
    headers[RESPONSE_HEADERS.sessionInfo] = formatSessionInfo({
      node: facts.node,
      revision: formatVersion(session.snapshot.version),
      idleRemainingMs: session.idleRemainingMs,
      copies: session.copies,
    });
    if (session.adoptedFrom !== undefined) {
      headers[RESPONSE_HEADERS.sessionEvent] = formatFailoverEvent(session.adoptedFrom);
    }
  }
  if (forget && facts.clearSiteData !== undefined) {
    headers[RESPONSE_HEADERS.clearSiteData] = facts.clearSiteData;
  }
  if (facts.channel === 'url') headers['Referrer-Policy'] = 'no-referrer';
  if (facts.channel !== 'cookie') {
    const token = session?.idCookie ?? (forget ? '' : undefined);
    if (token !== undefined) headers[RESPONSE_HEADERS.sessionToken] = token;
    // A page whose address opens a session is nobody else's, either.
    if (token !== undefined || facts.channel === 'url') {
      headers['Cache-Control'] = PRIVATE_CACHE_CONTROL;
    }
    return { headers, cookies };
  }
  if (!names) return { headers, cookies };
  if (facts.legacyCookie && (session || forget)) cookies.push(facts.legacyCookie);
  if (!forget && !isNews(session)) return { headers, cookies };
  const hidden = attributes(facts, true);
  if (session?.idCookie !== undefined) {
    cookies.push(serializeCookie(names.id, session.idCookie, hidden));
    headers['Cache-Control'] = PRIVATE_CACHE_CONTROL;
  }
  if (session?.routeCookie !== undefined) {
    cookies.push(serializeCookie(names.route, session.routeCookie, hidden));
  }
  if (session?.csrfCookie !== undefined) {
    cookies.push(serializeCookie(names.csrf, session.csrfCookie, attributes(facts, false)));
    // The token is worth nothing to others, but it is nobody else's either.
    headers['Cache-Control'] = PRIVATE_CACHE_CONTROL;
  }
  if (forget) {
    headers['Cache-Control'] = PRIVATE_CACHE_CONTROL;
    cookies.push(serializeCookie(names.id, '', { ...hidden, maxAgeSeconds: 0 }));
    cookies.push(serializeCookie(names.route, '', { ...hidden, maxAgeSeconds: 0 }));
    cookies.push(
      serializeCookie(names.csrf, '', { ...attributes(facts, false), maxAgeSeconds: 0 }),
    );
  }
  return { headers, cookies };
}

/** Whether there is a cookie to send. */
function isNews(session: ResponseFacts['session']): boolean {
  if (!session) return false;
  const { idCookie, routeCookie, csrfCookie } = session;
  return (idCookie ?? routeCookie ?? csrfCookie) !== undefined;
}

function attributes(
  { policy, secure, session }: ResponseFacts,
  httpOnly: boolean,
): CookieAttributes {
  return {
    path: policy.path,
    domain: policy.domain,
    secure: policy.secure === true || (policy.secure === 'auto' && secure),
    httpOnly,
    sameSite: policy.sameSite,
    partitioned: policy.partitioned,
    priority: policy.priority,
    maxAgeSeconds: session?.maxAgeSeconds,
  };
}
