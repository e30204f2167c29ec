import { parseRateLimit } from '../headers/rate-limit.js';
import { parseHttpDate } from '../headers/retry-after.js';
import { parseFailover, parseSessionInfo } from '../headers/session-info.js';
import { createCsrfTokens } from '../http/csrf-token.js';
import type { Emitter } from '../state/emitter.js';
import {
  compareRevisions,
  forgetRevision,
  NOTHING_SEEN,
  type SeenRevision,
  seeRevision,
} from '../state/revision.js';
import type { SessionAnswer } from '../state/session-answer.js';
import {
  type EndReason,
  patchFromAnswer,
  patchFromEnd,
  patchFromInfo,
} from '../state/session-state.js';
import type { SessionStore } from '../state/session-store.js';
import type { ClientSettings } from './client-settings.js';
import type { SessionEvents } from './session-client.js';

/** What was known of the session when a request left; its answer is judged by it. */
export interface SentWith {
  readonly seen: SeenRevision;
  readonly csrfToken: string | undefined;
  /** Number of the last re-authentication. */
  readonly logins: number;
}

/** What the client knows of its session: the newest revision, the CSRF token, the state. */
export interface SessionMemory<Principal> {
  /** Session counter; moves when the session became another one or ended. */
  readonly session: number;
  csrfToken(url: string): string | undefined;
  /** Call right before sending to `url`. */
  depart(url: string): SentWith;
  /** The application has signed in again. */
  signedIn(): void;
  readonly logins: number;
  /** Takes in the headers of any response. */
  observe(response: Response, url: string, sent: SentWith): void;
  /** Takes in an answer of `GET /session`. */
  learn(answer: SessionAnswer<Principal>, url: string, headers?: Headers): void;
  /** The server said that the session is over. */
  end(reason: EndReason): void;
}

/** @param onReplaced called when the session turned into another one behind the client's back */
export function createSessionMemory<Principal>(
  { csrf, transport, clock }: ClientSettings,
  store: SessionStore<Principal>,
  emitter: Emitter<SessionEvents<Principal>>,
  onReplaced: () => void,
): SessionMemory<Principal> {
  let seen = NOTHING_SEEN;
  let lastCookie: string | undefined;
  let logins = 0;
  const readCookie = (url: string): string | undefined => {
    for (const name of csrf?.cookies ?? []) {
      const value = transport.readCookie?.(name, url);
      if (value) return value;
    }
    return undefined;
  };
  const tokens = createCsrfTokens(readCookie);

  const replace = (next: SeenRevision): void => {
    const replaced = next.session !== seen.session;
    seen = next;
    if (replaced) onReplaced();
  };
  // One token belongs to one session. A login, here or in another tab, shows in nothing else a
  // script may read; the revisions of the old session must not be demanded from the new one.
  const noticeReplacement = (url: string): void => {
    const cookie = readCookie(url);
    const replaced = lastCookie && cookie && cookie !== lastCookie;
    lastCookie = cookie;
    if (replaced) replace(forgetRevision(seen));
  };

  return {
    get session() {
      return seen.session;
    },
    csrfToken: (url) => (csrf ? tokens.read(url) : undefined),
    depart(url) {
      noticeReplacement(url);
      return { seen, csrfToken: this.csrfToken(url), logins };
    },
    get logins() {
      return logins;
    },
    signedIn() {
      logins += 1;
    },
    observe(response, url, sent) {
      const { headers } = response;
      transport.receive?.(response, url);
      noticeReplacement(url);
      const info = parseSessionInfo(headers.get('session-info'));
      const isCurrent = sent.seen.session === seen.session;
      if (info?.revision && isCurrent) replace(seeRevision(seen, info.revision, sent.seen));
      store.patch({
        ...(info && isCurrent && patchFromInfo(info, clock.now())),
        revision: seen.newest ?? null,
        reachable: true,
      });
      const failover = parseFailover(headers.get('session-event'));
      if (failover) emitter.emit('failover', { from: failover.from, to: info?.node });
      const limits = parseRateLimit(headers.get('ratelimit'));
      if (limits.length > 0) emitter.emit('limits', limits);
    },
    learn(answer, url, headers) {
      const serverNowMs = parseHttpDate(headers?.get('date') ?? null);
      const skewMs = serverNowMs === undefined ? 0 : clock.now() - serverNowMs;
      const revision = answer.revision ?? undefined;
      tokens.learn(answer.csrfToken, url);
      if (compareRevisions(revision, seen.newest) > 0) seen = { ...seen, newest: revision };
      store.patch({ ...patchFromAnswer(answer, skewMs), revision: seen.newest ?? null });
    },
    end(reason) {
      seen = forgetRevision(seen);
      tokens.forget();
      const before = store.state;
      store.patch(patchFromEnd(reason));
      if (store.state !== before) emitter.emit('ended', { reason });
    },
  };
}
