import type { SessionStore } from '@understudy/replication';
import type { SessionSpan, SpanStarter } from './span-starter.js';

/** Calls that may leave the node; the others take no time worth a span. */
const TRACED = [
  'create',
  'open',
  'commit',
  'rotate',
  'destroy',
  'reserve',
  'consume',
] as const satisfies readonly (keyof SessionStore)[];

type TracedCall = (...args: readonly unknown[]) => Promise<unknown>;

/** The store with a span around each call that may wait for another node; itself without spans. */
export function tracedStore<Store extends SessionStore>(
  store: Store,
  startSpan: SpanStarter | undefined,
): Store {
  if (!startSpan) return store;
  const calls = new Map<PropertyKey, TracedCall>(
    TRACED.map((name) => [name, traced(store, name, startSpan)]),
  );
  return new Proxy(store, {
    get(target, name) {
      const call = calls.get(name);
      if (call) return call;
      const value: unknown = Reflect.get(target, name, target);
      // Its methods have private state and must be called on itself.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function traced(
  store: SessionStore,
  name: (typeof TRACED)[number],
  startSpan: SpanStarter,
): TracedCall {
  return async (...args) => {
    const span = startSpan(`session ${name}`);
    try {
      const result = await (store[name] as TracedCall)(...args);
      describe(span, result);
      span.end();
      return result;
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
}

/** How it went, of what all results have in common. */
function describe(span: SessionSpan, result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  const { status, copies, owner, allowed } = result as Readonly<Record<string, unknown>>;
  if (typeof status === 'string') span.set('session.status', status);
  if (typeof copies === 'number') span.set('session.copies', copies);
  if (typeof owner === 'string') span.set('session.owner', owner);
  if (typeof allowed === 'boolean') span.set('session.allowed', allowed);
}
