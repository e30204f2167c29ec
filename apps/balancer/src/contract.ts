/**
 * The few names of `docs/http.md` that a balancer needs. They are repeated here rather than
 * imported because the balancer must not depend on the session module; `contract.test.ts` compares
 * them with that page.
 */

/** Cookies that name owner and backups; the `__Host-` one belongs to https. */
export const ROUTE_COOKIE_NAMES: readonly string[] = ['__Host-sid-route', 'sid-route'];

/** Cookies that carry the signed session id, whose hash is the placement key. */
export const SESSION_COOKIE_NAMES: readonly string[] = ['__Host-sid', 'sid'];

/** Prefix of every header that only balancer and nodes may speak, in lower case. */
export const INTERNAL_HEADER_PREFIX = 'x-understudy-';

/** On a request: the node that could not be reached before this one. */
export const FAILED_NODE_HEADER = 'X-Understudy-Failed-Node';

/** On a 421: nothing ran, ask the node with this label. In lower case, as it is looked up. */
export const NOT_MINE_HEADER = 'x-understudy-not-mine';

/** Makes an unsafe request safe to repeat. In lower case, as it is looked up. */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';

/** What a label looks like wherever one is shown. */
export const LABEL_PATTERN = /^[A-Za-z0-9_-]{1,32}$/;

/** Where a node answers for its health. */
export const HEALTH_PATH = '/healthz';
