import type { SessionError } from '../errors.js';
import { parseFailover, parseSessionInfo } from '../headers/session-info.js';
import { createCsrfTokens } from '../http/csrf-token.js';
import type { Remedy } from '../retry/retry-table.js';
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
import { isSafe } from './prepare-call.js';
import type { SessionEvents } from './session-client.js';

/** One request and its answer, as the session sees them: judged by what was known when it left. */
export interface Exchange {
  /** Takes in the headers of the response. */
  arrived(response: Response): void;
  /** Takes in the failure: no answer, or a verdict about the session. */
  failed(error: SessionError): void;
  /** Resolves to whether the request is worth sending again. */
  cure(remedy: Remedy, error: SessionError): Promise<boolean>;
}

/** What the client knows of its session: the newest revision, the CSRF token, the state. */
export interface Session<Principal> {
  readonly state: SessionState<Principal>;
  /** Moves when the session became another one, or ended. */
  readonly generation: number;
  /** Adds what a request to `url` tells of the session; call it right before sending. */
  begin(headers: Headers, method: string, url: string): Exchange;
  /** Takes in an answer of `GET /session`. */
  learn(answer: SessionAnswer<Principal>, url: string): void;
  /** The session is over. */
  end(reason: EndReason): void;
}

/** What the session asks of its surroundings; each is shared by all who ask at the same time. */
export interface SessionHelp {
  /** `GET /session` */
  refresh(): Promise<void>;
  /** `GET /session?csrf=1` */
  renewCsrfToken(): Promise<void>;
  /** Resolves to whether somebody is signed in again. */
  signIn(error: SessionError): Promise<boolean>;
}

export function createSession<Principal>(
  { csrf, transport, clock }: ClientSettings,
  emitter: Emitter<SessionEvents<Principal>>,
  help: SessionHelp,
): Session<Principal> {
  let state: SessionState<Principal> = INITIAL_STATE;
  let seen: SeenRevision = { newest: null, session: 0 };
  let logins = 0;
  let lastCookie = '';
  const tokens = createCsrfTokens(csrf ? csrf.cookies : [], transport);

  const patch = (change: Partial<SessionState<Principal>>): void => {
    const before = state;
    state = patchState(state, { ...change, revision: seen.newest });
    if (state !== before) emitter.emit('change', state);
  };
  const see = (next: SeenRevision): void => {
    const replaced = next.session !== seen.session;
    seen = next;
    // Whoever has not asked yet has been told nothing that could be out of date.
    if (replaced && state.status !== 'unknown') help.refresh().catch(() => {});
  };
  const end = (endedBy: EndReason): void => {
    seen = { newest: null, session: seen.session + 1 };
    tokens.learn();
    patch({ ...NO_SESSION, status: 'anonymous', endedBy });
  };
  // One token belongs to one session. A login, here or in another tab, shows in nothing else a
  // script may read; the revisions of the old session must not be demanded from the new one.
  const noticeReplacement = (url: string): void => {
    const cookie = tokens.cookie(url);
    if (lastCookie && cookie && cookie !== lastCookie) {
      see({ newest: null, session: seen.session + 1 });
    }
    lastCookie = cookie;
  };

  return {
    end,
    get state() {
      return state;
    },
    get generation() {
      return seen.session;
    },
    learn({ authenticated, principal = null, csrfToken, revision = null }, url) {
      tokens.learn(csrfToken, url);
      if (isOlder(seen.newest, revision)) seen = { ...seen, newest: revision };
      patch({
        status: authenticated ? 'authenticated' : 'anonymous',
        principal,
        endedBy: authenticated ? null : state.endedBy,
      });
    },
    begin(headers, method, url) {
      noticeReplacement(url);
      const atSend = seen;
      const loginsAtSend = logins;
      const token = tokens.current(url);
      if (seen.newest) headers.set('Session-Min-Rev', seen.newest);
      if (csrf && token && !isSafe(method)) headers.set(csrf.header, token);
      transport.attach?.(headers, url);
      // An answer that was under way during a login is not about the session there is now.
      const isCurrent = () => atSend.session === seen.session;
      return {
        arrived(response) {
          const { headers } = response;
          transport.receive?.(response, url);
          noticeReplacement(url);
          const info = parseSessionInfo(headers.get('session-info'));
          const {
            node = state.node,
            copies = state.copies,
            rev,
            exp,
          } = (isCurrent() && info) || {};
          if (rev) see(seeRevision(seen, rev, atSend));
          // In whole seconds, so that answers that arrive together do not make two states.
          const expiresAtMs =
            exp === undefined ? state.expiresAtMs : Math.round(clock.now() / 1000 + exp) * 1000;
          patch({ reachable: true, node, copies, expiresAtMs });
          const failover = parseFailover(headers.get('session-event'));
          if (failover) emitter.emit('failover', { ...failover, to: node });
        },
        failed({ code, status }) {
          if (/^(unreachable|connection-lost|timeout)$/.test(code)) patch({ reachable: false });
          if (status !== 401 || !isCurrent()) return;
          if (code.startsWith('session-')) end(code as EndReason);
          if (code !== 'authentication-required') return;
          // Signed in, and yet not enough: a guard may want a fresh login.
          if (state.status === 'authenticated') help.refresh().catch(() => {});
          else patch({ status: 'anonymous' });
        },
        async cure(remedy, error) {
          // Where another call's cure came between, this answer is old news.
          if (remedy === 'login' && logins === loginsAtSend) {
            if (!(await help.signIn(error))) return false;
            logins += 1;
          }
          if (remedy === 'csrf' && tokens.current(url) === token) await help.renewCsrfToken();
          return true;
        },
      };
    },
  };
}
