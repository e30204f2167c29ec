/** Longest name and value of one cookie together, in characters (RFC 6265bis §5.7). */
export const COOKIE_LENGTH_LIMIT = 4096;

/** Longest attribute value that is read; a longer attribute is ignored (RFC 6265bis §5.6). */
export const COOKIE_ATTRIBUTE_LENGTH_LIMIT = 1024;

/** Most cookies kept for one host; the oldest goes first. */
export const COOKIES_PER_HOST_LIMIT = 50;

/** Most cookies in one jar; the oldest goes first. */
export const COOKIES_PER_JAR_LIMIT = 1000;

/** Longest life of a cookie: 400 days (RFC 6265bis §5.5). */
export const COOKIE_AGE_LIMIT_MS = 400 * 24 * 60 * 60 * 1000;

/** Default number of redirects followed in one request, as browsers have it. */
export const REDIRECT_LIMIT = 20;
