// @ts-check
import { createHash } from 'node:crypto';

/**
 * @typedef {object} Exchange  One request and what came back, before the SDK repeats anything.
 * @property {string} session  What logs call the session; empty without one.
 * @property {string} holders  Of that session, by the route cookie as it was sent: labels with dots
 *   between, the owner's first; empty without one.
 * @property {string} method
 * @property {string} url
 * @property {string} answer  Status, and the name of the problem if there was one; or why none came.
 * @property {boolean} ok
 * @property {string | null} info  `Session-Info`: the node, the revision, how many copies it has.
 * @property {string | null} sent  The body, when it was a text.
 */

/** As many characters of a session's hash as the logs of the nodes show. */
const HANDLE_CHARACTERS = 10;

/**
 * The platform's `fetch`, watched: for a visitor's `nodeTransport`, so that cookies are seen as sent.
 *
 * @param {(exchange: Exchange) => void} onExchange
 * @returns {(url: string, init: RequestInit) => Promise<Response>}
 */
export function watchedFetch(onExchange) {
  return async (url, init) => {
    const { method = 'GET', body } = init;
    const cookies = new Headers(init.headers).get('cookie');
    const [session, holders] = [sessionHandle(cookies), routeHolders(cookies)];
    const sent = typeof body === 'string' ? body : null;
    const known = { session, holders, method, url, sent };
    try {
      const response = await fetch(url, init);
      const { status, headers } = response;
      const answer = status < 400 ? String(status) : await describeRefusal(response.clone());
      onExchange({ ...known, answer, ok: status < 400, info: headers.get('session-info') });
      return response;
    } catch (error) {
      const answer = `no answer (${describeCause(error)})`;
      onExchange({ ...known, answer, ok: false, info: null });
      throw error;
    }
  };
}

/**
 * @param {Exchange} exchange
 * @returns {boolean} Whether a change was answered while no other node had what was answered.
 */
export function isBareChange({ method, ok, info }) {
  return ok && method === 'POST' && info !== null && /(?:^|, ?)copies=0(?:,|$)/.test(info);
}

/**
 * @param {string | null} cookies  As a request sends them.
 * @returns {string} What events and explanations of the nodes call that session; never its id.
 */
export function sessionHandle(cookies) {
  const id = /(?:^|; ?)(?:__Host-)?sid=([\w-]+)\./.exec(cookies ?? '')?.[1];
  if (id === undefined) return '';
  return createHash('sha256').update(id).digest('base64url').slice(0, HANDLE_CHARACTERS);
}

/**
 * @param {string | null} cookies  As a request sends them.
 * @returns {string} Without what only its node and the balancer need to see.
 */
export function routeHolders(cookies) {
  const route = /(?:^|; ?)(?:__Host-)?sid-route=v1\.([^;]*)/.exec(cookies ?? '')?.[1];
  // Behind the labels: epoch, number and seal.
  return route?.split('.').slice(0, -3).join('.') ?? '';
}

/** @param {Response} response */
async function describeRefusal(response) {
  /** @type {{ type?: unknown } | null} */
  const problem = await response.json().then(
    (body) => /** @type {any} */ (body),
    () => null,
  );
  const name = typeof problem?.type === 'string' ? problem.type.split(/[/:]/).at(-1) : '';
  return `${response.status} ${name || 'without a problem'}`;
}

/** @param {unknown} error */
function describeCause(error) {
  const { name, cause } = /** @type {{ name?: string, cause?: { code?: string } }} */ (error);
  return cause?.code ?? name ?? 'unknown';
}
