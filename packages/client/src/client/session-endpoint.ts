import { isSessionError, SessionError } from '../errors.js';
import { singleFlight } from '../http/single-flight.js';
import { ASK_TURN_LIMIT } from '../limits.js';
import { isSessionAnswer } from '../state/session-answer.js';
import type { Send } from './session-calls.js';
import type { SessionMemory } from './session-memory.js';

/** The session module's own endpoints (docs/http.md), as the client uses them. */
export interface SessionEndpoint {
  /** `GET /session`; makes no session. */
  readonly refresh: () => Promise<void>;
  /** `GET /session?csrf=1`; makes a session if need be, to hold the token. */
  readonly renewCsrfToken: () => Promise<void>;
  touch(): Promise<void>;
  logout(): Promise<void>;
}

export function createSessionEndpoint<Principal>(
  path: string,
  send: Send,
  memory: SessionMemory<Principal>,
): SessionEndpoint {
  const ask = async (search: string): Promise<void> => {
    for (let turn = 0; turn < ASK_TURN_LIMIT; turn += 1) {
      const { session } = memory;
      const { data, url, headers, status, attempts } = await send('GET', path + search, {
        passive: true,
        reauthenticate: false,
        cache: 'no-store',
      });
      if (!isSessionAnswer(data)) {
        const fields = { code: 'invalid-response', outcome: 'rejected', status, attempts } as const;
        throw new SessionError(`GET ${path}: not an answer about a session`, fields);
      }
      if (session === memory.session) return memory.learn(data, url, headers);
      // Somebody signed in or out meanwhile: the answer is about the session before.
    }
  };
  return {
    refresh: singleFlight(() => ask('')),
    renewCsrfToken: singleFlight(() => ask('?csrf=1')),
    async touch() {
      await send('POST', `${path}/touch`, { idempotencyKey: false, idempotent: true });
    },
    async logout() {
      // No key: it would need a session to live in.
      try {
        await send('DELETE', path, { idempotencyKey: false, reauthenticate: false });
      } catch (error) {
        // Over already, says the server: that is what was asked for.
        if (!isSessionError(error) || error.status !== 401) throw error;
      }
      memory.end('logout');
    },
  };
}
