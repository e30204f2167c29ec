import { createSharing } from '../http/sharing.js';
import { createEmitter } from '../state/emitter.js';
import { isOlder } from '../state/revision.js';
import { readSessionAnswer, type SessionAnswer } from '../state/session-answer.js';
import { type CallContext, runCall } from './call.js';
import { resolveOptions } from './client-settings.js';
import { prepareCall } from './prepare-call.js';
import { createSession } from './session.js';
import { createCalls, type Send } from './session-calls.js';
import type { PendingCall, SessionClient, SessionEvents } from './session-client.js';
import type { SessionClientOptions } from './session-client-options.js';

/**
 * Makes a client for an application whose sessions Understudy keeps. It sends nothing before the
 * first call.
 *
 * @throws SessionError `invalid-option` for an option that is unusable
 */
export function createSessionClient<Principal = unknown>(
  options: SessionClientOptions,
): SessionClient<Principal> {
  const settings = resolveOptions(options);
  const { retry, onReauthenticate, sessionPath, baseUrls } = settings;
  const emitter = createEmitter<SessionEvents<Principal>>();
  const underWay = new Set<AbortController>();
  const share = createSharing();
  let disposed = false;

  const send: Send = async (method, path, callOptions) => {
    const controller = new AbortController();
    const { signal } = callOptions;
    const abort = () => controller.abort(signal?.reason);
    underWay.add(controller);
    signal?.addEventListener('abort', abort);
    if (disposed || signal?.aborted) abort();
    try {
      const call = await prepareCall(method, path, callOptions, settings);
      return await runCall(call, context, controller.signal);
    } finally {
      underWay.delete(controller);
      // Not AbortSignal.any: on Node 20 a signal that lives long keeps every one made from it.
      signal?.removeEventListener('abort', abort);
    }
  };
  const calls = createCalls(send);
  // Nothing it calls may wait for the sign-in it is part of.
  const client = createCalls((method, path, callOptions) =>
    send(method, path, { ...callOptions, reauthenticate: false }),
  );
  // Shared by all who ask in the same session; after a login, an answer about the session before
  // helps nobody.
  const ask = (search = ''): Promise<void> => {
    const asked = session.seen.session;
    return share(search + asked, async () => {
      const { data, url } = await client.get<SessionAnswer<Principal>>(sessionPath + search, {
        passive: true,
        cache: 'no-store',
        parse: readSessionAnswer,
      });
      if (session.seen.session === asked) session.learn(data, url);
    });
  };
  const session = createSession<Principal>(settings, emitter, () => void ask().catch(() => {}));
  const context: CallContext = {
    ...settings,
    session,
    host: 0,
    tokens: retry.budget.max,
    logins: 0,
    renewToken: () => ask('?csrf=1'),
    signIn: (error) =>
      share('login', async () => {
        if (await onReauthenticate?.({ error, client })) context.logins += 1;
      }),
  };
  const told = async (asked: Promise<void> | PendingCall<unknown> | false) => {
    await asked;
    return session.state;
  };

  return {
    ...calls,
    get state() {
      return session.state;
    },
    subscribe: (listener) => emitter.on('change', listener),
    on: emitter.on,
    ready: () => told(session.state.status === 'unknown' && ask()),
    refresh: () => told(ask()),
    touch: () => told(calls.post(`${sessionPath}/touch`)),
    async logout() {
      // A key would need a session to live in.
      await client.delete(sessionPath, { idempotencyKey: false }).catch((error) => {
        // Over already, says the server: that is what was asked for.
        if (error.status !== 401) throw error;
      });
      session.end('logout');
    },
    hydrate(answer) {
      // A page from the browser's cache must not undo what the server has said since.
      if (!isOlder(answer.revision, session.state.revision)) {
        session.learn(answer, baseUrls[0] as string);
      }
    },
    dispose() {
      disposed = true;
      for (const controller of underWay) controller.abort();
    },
  };
}
