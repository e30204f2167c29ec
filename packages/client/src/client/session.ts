import type { SessionError } from '../errors.js';
import { parseFailover, parseSessionInfo, type SessionInfo } from '../headers/session-info.js';
import type { Emitter } from '../state/emitter.js';
import { isOlder, type SeenRevision, seeRevision } from '../state/revision.js';
import type { SessionAnswer } from '../state/session-answer.js';
import {
  type EndReason,
  INITIAL_STATE,
  NO_SESSION,
  patchState,
  type SessionState,
} from '../state/session-state.js';
import type { ClientSettings } from './client-settings.js';
import type { SessionEvents } from './session-client.js';

/** What the client knows of its session: the newest revision, the CSRF token, the state. */
export interface Session<Principal> {
  readonly state: SessionState<Principal>;
  /** To be kept with each request, for its answer is judged by what was seen when it left. */
  readonly seen: SeenRevision;
  /** The CSRF token to send to `url` now; empty when there is none, and never to be cached. */
  token(url: string): string;
  /** Takes in the headers of a response, and returns what they say of the session. */
  observe(response: Response, url: string, sent: SeenRevision): SessionInfo | undefined;
  /** Takes in a failed attempt: no answer, or a verdict about the session. */
  failed(error: SessionError, sent: SeenRevision): void;
  /** Takes in an answer of `GET /session`. */
  learn(answer: SessionAnswer<Principal>, url: string): void;
  /** The session is over. */
  end(endedBy: EndReason): void;
}

/** @param askAgain called when the state may be out of date, and only the server can tell */
export function createSession<Principal>(
  { csrf, transport, clock }: ClientSettings,
  emitter: Emitter<SessionEvents<Principal>>,
  askAgain: () => void,
): Session<Principal> {
  let state: SessionState<Principal> = INITIAL_STATE;
  let seen: SeenRevision = { newest: null, session: 0 };
  let lastCookie = '';
  let learntToken = '';
  let cookieThen = '';

  const patch = (change: Partial<SessionState<Principal>>): void => {
    const before = state;
    state = patchState(before, { ...change, revision: seen.newest });
    if (state !== before) emitter.emit('change', state);
  };
  const see = (next: SeenRevision): void => {
    const replaced = next.session !== seen.session;
    seen = next;
    // Whoever has not asked yet has been told nothing that could be out of date.
    if (replaced && state.status !== 'unknown') askAgain();
  };
  const next = (): SeenRevision => ({ newest: null, session: seen.session + 1 });
  const readCookie = (url: string): string =>
    (csrf || []).map((name) => transport.readCookie?.(name, url)).find(Boolean) ?? '';
  const token = (url: string): string => {
    const cookie = readCookie(url);
    // One token belongs to one session. A login, here or in another tab, shows in nothing else a
    // script may read; the revisions of the old session must not be demanded from the new one.
    if (lastCookie && cookie && cookie !== lastCookie) see(next());
    lastCookie = cookie;
    // The cookie may have been changed by another tab. A token learnt from GET /session wins while
    // the cookie is what it was then: it may be unreadable, or stale and just refused.
    return (csrf && cookie === cookieThen && learntToken) || cookie;
  };
  const end = (endedBy: EndReason): void => {
    seen = next();
    learntToken = '';
    patch({ ...NO_SESSION, status: 'anonymous', endedBy });
  };
  return {
    token,
    end,
    get state() {
      return state;
    },
    get seen() {
      return seen;
    },
    observe({ headers }, url, sent) {
      token(url);
      const info = parseSessionInfo(headers.get('session-info'));
      const isCurrent = sent.session === seen.session;
      const { node = state.node, copies = state.copies, rev, exp } = (isCurrent && info) || {};
      if (rev) see(seeRevision(seen, rev, sent));
      const expiresAtMs = exp === undefined ? state.expiresAtMs : clock.now() + exp * 1000;
      patch({ node, copies, expiresAtMs, reachable: true });
      const from = parseFailover(headers.get('session-event'));
      if (from) emitter.emit('failover', { from, to: state.node });
      return info;
    },
    failed({ code, status }, sent) {
      if (!status && code !== 'aborted') patch({ reachable: false });
      // An answer that was under way during a login is not about the session there is now.
      if (status !== 401 || sent.session !== seen.session) return;
      if (/^session-/.test(code)) end(code as EndReason);
      // A guard may want a fresh login of somebody who is signed in: no verdict by itself.
      else if (/^auth/.test(code) && state.status !== 'anonymous') askAgain();
    },
    learn({ authenticated, principal = null, csrfToken, revision = null }, url) {
      learntToken = csrfToken ?? '';
      cookieThen = readCookie(url);
      if (isOlder(seen.newest, revision)) seen = { ...seen, newest: revision };
      patch({
        status: authenticated ? 'authenticated' : 'anonymous',
        principal,
        endedBy: authenticated ? null : state.endedBy,
      });
    },
  };
}
