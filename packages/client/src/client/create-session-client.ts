import { SessionError } from '../errors.js';
import { singleFlight } from '../http/single-flight.js';
import { ASK_TURN_LIMIT } from '../limits.js';
import { createEmitter } from '../state/emitter.js';
import { isOlder } from '../state/revision.js';
import { readSessionAnswer, type SessionAnswer } from '../state/session-answer.js';
import { type CallContext, runCall } from './call.js';
import { resolveOptions } from './client-settings.js';
import { prepareCall } from './prepare-call.js';
import { createSession } from './session.js';
import { createCalls, type Send } from './session-calls.js';
import type { SessionClient, SessionEvents } from './session-client.js';
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
  let disposed = false;

  const send: Send = async (method, path, callOptions) => {
    const controller = new AbortController();
    const { signal } = callOptions;
    const abort = () => controller.abort(signal?.reason);
    underWay.add(controller);
    signal?.addEventListener('abort', abort);
    try {
      const call = await prepareCall(method, path, callOptions, settings);
      if (disposed || signal?.aborted) {
        const fields = { code: 'aborted', outcome: 'not-sent', cause: signal?.reason } as const;
        throw new SessionError(`${method} ${path}: aborted`, fields);
      }
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
  const ask = async (search: string, turns = ASK_TURN_LIMIT): Promise<void> => {
    const { generation } = session;
    const { data, url } = await client.get<SessionAnswer<never>>(sessionPath + search, {
      passive: true,
      cache: 'no-store',
      parse: readSessionAnswer,
    });
    if (session.generation === generation || !turns) return session.learn(data, url);
    // Somebody signed in or out meanwhile: the answer is about the session before.
    return ask(search, turns - 1);
  };
  const refresh = singleFlight(() => ask(''));
  const session = createSession(settings, emitter, {
    refresh,
    renewCsrfToken: singleFlight(() => ask('?csrf=1')),
    signIn: singleFlight(async (error) => (await onReauthenticate?.({ error, client })) ?? false),
  });
  const context: CallContext = {
    settings,
    session,
    host: 0,
    tokens: retry.budget.max,
    onRetry: (event) => emitter.emit('retry', event),
  };
  const told = async (asked?: Promise<unknown>) => {
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
    ready: () => told(session.state.status === 'unknown' ? refresh() : undefined),
    refresh: () => told(refresh()),
    // No keys in these two: one would take up room in the session, or make one to live in.
    touch: () =>
      told(
        calls.post(`${sessionPath}/touch`, undefined, { idempotencyKey: false, idempotent: true }),
      ),
    async logout() {
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
