import { SessionError } from '../errors.js';
import { tieAbort } from '../http/abort.js';
import { CALLS_IN_FLIGHT_LIMIT } from '../limits.js';
import { createEmitter } from '../state/emitter.js';
import { compareRevisions } from '../state/revision.js';
import { createSessionStore } from '../state/session-store.js';
import { runCall } from './call.js';
import { createCallContext } from './call-context.js';
import { resolveOptions } from './client-settings.js';
import { prepareCall } from './prepare-call.js';
import { createCalls, type Send } from './session-calls.js';
import type { SessionClient, SessionEvents } from './session-client.js';
import type { SessionClientOptions } from './session-client-options.js';
import { createSessionEndpoint, type SessionEndpoint } from './session-endpoint.js';
import { createSessionMemory } from './session-memory.js';

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
  const emitter = createEmitter<SessionEvents<Principal>>();
  const store = createSessionStore<Principal>(emitter);
  const underWay = new Set<AbortController>();
  let disposed: SessionError | undefined;

  const send: Send = async (method, path, callOptions) => {
    if (disposed) throw disposed;
    if (underWay.size >= CALLS_IN_FLIGHT_LIMIT) throw refusal('too-many-calls');
    const controller = new AbortController();
    const untie = tieAbort(callOptions.signal, controller);
    underWay.add(controller);
    try {
      const call = await prepareCall(method, path, callOptions, settings);
      return await runCall(call, context, controller.signal);
    } finally {
      underWay.delete(controller);
      untie();
    }
  };
  const patient = createCalls((method, path, callOptions) =>
    send(method, path, { ...callOptions, reauthenticate: false }),
  );
  const memory = createSessionMemory(settings, store, emitter, () => {
    // Whoever has not asked yet has been told nothing that could be out of date.
    if (store.state.status !== 'unknown') endpoint.refresh().catch(() => {});
  });
  const endpoint: SessionEndpoint = createSessionEndpoint(settings.sessionPath, send, memory);
  const context = createCallContext({
    settings,
    store,
    memory,
    emitter,
    patient,
    endpoint,
  });
  const told = async (asked: Promise<void> | undefined) => {
    await asked;
    return store.state;
  };

  return {
    ...createCalls(send),
    get state() {
      return store.state;
    },
    subscribe: (listener) => emitter.on('change', listener),
    on: emitter.on,
    ready: () => told(store.state.status === 'unknown' ? endpoint.refresh() : undefined),
    refresh: () => told(endpoint.refresh()),
    touch: () => told(endpoint.touch()),
    logout: endpoint.logout,
    hydrate(answer) {
      const { status, revision } = store.state;
      const isOld = compareRevisions(answer.revision ?? undefined, revision ?? undefined) < 0;
      // A page from the browser's cache must not undo what the server has said since.
      if (status === 'unknown' || !isOld) memory.learn(answer, context.hosts.current);
    },
    dispose() {
      disposed ??= refusal('disposed');
      for (const controller of underWay) controller.abort(disposed);
      emitter.clear();
    },
  };
}

function refusal(code: 'disposed' | 'too-many-calls'): SessionError {
  return new SessionError(`call refused: ${code}`, { code, outcome: 'not-sent' });
}
