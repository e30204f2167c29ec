/**
 * The names of the HTTP contract (`docs/http.md`). Header names are as they are sent; look them up
 * in lower case.
 */

/** Name of the id cookie over https; its prefix makes browsers pin it to host, path and TLS. */
export const SECURE_COOKIE_NAME = '__Host-sid';

/** Name of the id cookie over plain http, which is for development. */
export const PLAIN_COOKIE_NAME = 'sid';

/** Appended to the name of the id cookie. */
export const ROUTE_COOKIE_SUFFIX = '-route';
/** Appended to the name of the id cookie. */
export const CSRF_COOKIE_SUFFIX = '-csrf';

/** First field of a route cookie. */
export const ROUTE_COOKIE_VERSION = 'v1';

/** Form field that may carry the CSRF token instead of the header. */
export const CSRF_FORM_FIELD = '_csrf';

/** Scheme of `Authorization` whose credentials are the value of the id cookie. */
export const TOKEN_SCHEME = 'Session';

/** Parameter of an address that carries the same, where the option `transport` allows `url`. */
export const TOKEN_PARAMETER = 'session_token';

/** Headers of requests that this package reads (`docs/http.md`). */
export const REQUEST_HEADERS = {
  authorization: 'Authorization',
  idempotencyKey: 'Idempotency-Key',
  csrfToken: 'X-CSRF-Token',
  sessionPassive: 'Session-Passive',
  sessionMinRev: 'Session-Min-Rev',
  retryAttempt: 'Retry-Attempt',
  failedNode: 'X-Understudy-Failed-Node',
  forwardedFor: 'X-Forwarded-For',
  forwardedProto: 'X-Forwarded-Proto',
  forwardedHost: 'X-Forwarded-Host',
} as const;

/** Headers of responses that this package sets (`docs/http.md`). */
export const RESPONSE_HEADERS = {
  sessionInfo: 'Session-Info',
  sessionEvent: 'Session-Event',
  sessionToken: 'Session-Token',
  retryAfter: 'Retry-After',
  rateLimit: 'RateLimit',
  rateLimitPolicy: 'RateLimit-Policy',
  idempotentReplayed: 'Idempotent-Replayed',
  notMine: 'X-Understudy-Not-Mine',
  clearSiteData: 'Clear-Site-Data',
} as const;

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** `type` of a problem is this and its name. */
export const PROBLEM_TYPE_PREFIX = 'urn:understudy:';

/** Sent with responses that set the id cookie, so that no shared cache keeps the cookie. */
export const PRIVATE_CACHE_CONTROL = 'private, no-store';

/** Methods that promise to change nothing (RFC 9110 §9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}
