import type { SessionError } from '../errors.js';
import { createHosts } from '../http/hosts.js';
import { singleFlight } from '../http/single-flight.js';
import type { Remedy } from '../retry/decide-retry.js';
import type { Emitter } from '../state/emitter.js';
import type { EndReason } from '../state/session-state.js';
import type { SessionStore } from '../state/session-store.js';
import type { CallContext } from './call.js';
import type { ClientSettings } from './client-settings.js';
import { isSafe } from './prepare-call.js';
import type { SessionCalls, SessionEvents } from './session-client.js';
import type { SessionEndpoint } from './session-endpoint.js';
import type { SessionMemory } from './session-memory.js';

/** The parts of a client that its calls share. */
export interface ClientParts<Principal> {
  readonly settings: ClientSettings;
  readonly store: SessionStore<Principal>;
  readonly memory: SessionMemory<Principal>;
  readonly emitter: Emitter<SessionEvents<Principal>>;
  readonly endpoint: SessionEndpoint;
  /** Calls that never wait for a re-authentication. */
  readonly patient: SessionCalls;
}

/** Ties calls to the session they are made in. */
export function createCallContext<Principal>({
  settings,
  store,
  memory,
  emitter,
  endpoint,
  patient,
}: ClientParts<Principal>): CallContext {
  const { csrf, transport, retry, onReauthenticate } = settings;
  const remedies: Remedy[] = [];
  if (csrf) remedies.push('refresh-csrf');
  if (onReauthenticate) remedies.push('reauthenticate');
  const signInAgain = singleFlight(async (error: SessionError) => {
    const signedIn = (await onReauthenticate?.({ error, client: patient })) ?? false;
    if (signedIn) memory.signedIn();
    return signedIn;
  });

  return {
    settings,
    remedies,
    hosts: createHosts(settings.baseUrls),
    budget: { tokens: retry.budget.max },
    depart(call, url, headers) {
      const sent = memory.depart(url);
      if (sent.seen.newest) headers.set('Session-Min-Rev', sent.seen.newest);
      if (csrf && sent.csrfToken && !isSafe(call.method)) headers.set(csrf.header, sent.csrfToken);
      transport.attach?.(headers, url);
      return sent;
    },
    observe: memory.observe,
    failed({ code, status }, sent) {
      if (code === 'unreachable' || code === 'connection-lost' || code === 'timeout') {
        store.patch({ reachable: false });
      }
      // An answer that was on its way during a login is not about the session there is now.
      if (status !== 401 || sent.seen.session !== memory.session) return;
      if (code === 'session-lost' || code === 'session-ended') {
        memory.end(code as EndReason);
      } else if (store.state.status === 'unknown') store.patch({ status: 'anonymous' });
      // Signed in, and yet not enough: a guard may want a fresh login. Only the server can tell.
      else if (store.state.status === 'authenticated') void endpoint.refresh().catch(() => {});
    },
    async remedy(remedy, error, url, sent) {
      if (remedy === 'reauthenticate') {
        // Another call's re-authentication came between: this 401 is old news.
        return memory.logins !== sent.logins || signInAgain(error);
      }
      if (memory.csrfToken(url) === sent.csrfToken) await endpoint.renewCsrfToken();
      return true;
    },
    retrying: (event) => emitter.emit('retry', event),
  };
}
