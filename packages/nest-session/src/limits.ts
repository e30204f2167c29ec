/** Every bound of this package in one place; documented in `docs/limits.md`. */

/** Longest `Cookie` header that is read; Node itself takes 16 KB of headers by default. */
export const MAX_COOKIE_HEADER_CHARACTERS = 16_384;

/** Bytes of a cookie with its name and attributes; ASVS 5.0 3.3.5, and what browsers take. */
export const MAX_COOKIE_BYTES = 4096;

/** Values of one cookie name that are tried; a browser sends one per path or domain. */
export const MAX_COOKIE_CANDIDATES = 4;

/** Cookies whose signature was checked lately and need not be checked again. */
export const MAX_VERIFIED_COOKIES = 10_000;

/** The same for route cookies. */
export const MAX_VERIFIED_ROUTES = 10_000;

/** Sessions of which it is remembered how large they may be. */
export const MAX_MEASURED_SESSIONS = 10_000;

/** Characters of an `Idempotency-Key`. */
export const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255;

/** Bytes of a remembered outcome, headers included. */
export const MAX_OUTCOME_BYTES = 4096;

/** How often `update(fn)` runs `fn` before it gives up. */
export const MAX_UPDATE_ATTEMPTS = 32;

/** Names a path passed to `increment` may have. */
export const MAX_PATH_SEGMENTS = 16;

/** Copies a route cookie names. */
export const MAX_ROUTE_BACKUPS = 7;

/** Objects of a session that nobody asked about yet; beyond it they are kept weakly: a stream may save for hours. */
export const MAX_LATEST_OBJECTS = 1000;

/** Flash messages kept under one name. */
export const MAX_FLASH_MESSAGES = 32;

/** Kinds of flash messages that are remembered without any. */
export const MAX_EMPTY_FLASH_KINDS = 16;

/** Rate limits that may apply to one route. */
export const MAX_RATE_LIMITS_PER_ROUTE = 8;

/** Takeovers remembered to tell clients about a failover. */
export const MAX_REMEMBERED_TAKEOVERS = 10_000;

/** Sessions that `SessionService` ended and whose clients were not told yet. */
export const MAX_RECENT_ENDS = 10_000;

/** Keys of clients that were given another session meanwhile, in case a late answer would clear its cookies. */
export const MAX_SUPERSEDED_KEYS = 10_000;

/** Secrets that verify cookies; the first one signs. */
export const MAX_SECRETS = 8;

/** Operations a commit may carry; a handler that changes more sets whole keys instead. */
export const MAX_OPERATIONS_PER_COMMIT = 512;

/** How long after a session of express-session was taken over its old cookie still opens it. */
export const LEGACY_GRACE_MS = 60_000;

/** How long the old store may take for one call. */
export const LEGACY_STORE_TIMEOUT_MS = 5000;

/** Characters of an id of express-session; its own have 32. */
export const MAX_LEGACY_ID_CHARACTERS = 256;

/** Operations one new value may become so that it merges with what others bring at once. */
export const MAX_INTRODUCTIONS = 32;

/** Most that `limits.perPrincipal` takes; the engine orders 128, and a login may need one beyond. */
export const MAX_SESSIONS_PER_PRINCIPAL = 100;

/** Characters of what an application tells about a login or an anomaly. */
export const MAX_EVENT_CHARACTERS = 256;

/** Sessions of one principal without a limit: on nine lists of 128, if handles spread evenly. */
export const MAX_LISTED_SESSIONS = 1152;

/** How long the clients of WebSockets have to close them when the node leaves. */
export const UPGRADED_CLOSE_MS = 1000;

/** How long a connection that has brought nothing yet is kept by a server that closes. */
export const UNUSED_CLOSE_MS = 1000;

/** How often watched sessions are looked through for those whose time has come. */
export const WATCH_TICK_MS = 1000;

/** Watched sessions looked at in one such turn. */
export const MAX_LOOKS_PER_TICK = 500;

/** When a watched session is asked for again that nobody could say anything about. */
export const WATCH_RETRY_MS = 5000;

/** How often the session of a socket is looked at when nothing is heard of it. */
export const SOCKET_LOOK_MS = 30_000;

/** Sockets that one session may have open on one node. */
export const MAX_SOCKETS_PER_SESSION = 32;

/** Event streams of one session on one node: tabs without a client that shares one. */
export const MAX_STREAMS_PER_SESSION = 8;

/** Event streams open on one node. */
export const MAX_STREAMS = 10_000;

/** How long a client waits that was refused one. */
export const STREAM_RETRY_SECONDS = 60;

/** How often the session of an event stream is looked at for what other nodes did. */
export const STREAM_LOOK_MS = 5000;

/** How often a quiet stream says that it is alive; proxies cut what is silent for a minute. */
export const STREAM_PING_MS = 25_000;

/** Bytes that may wait for a client that does not read; a stream beyond it is cut off. */
export const MAX_STREAM_BUFFER_BYTES = 65_536;

/** A session, or a form in it, expires soon when this is left, or a quarter of its time if that is less. */
export const EXPIRING_NOTICE_MS = 120_000;

/** How far clients spread their return when a node leaves. */
export const DRAIN_JITTER_MS = 2000;
