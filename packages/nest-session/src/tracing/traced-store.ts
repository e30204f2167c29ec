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
  const bound = new Map<PropertyKey, unknown>(calls);
  return new Proxy(store, {
    get(target, name) {
      const known = bound.get(name);
      if (known) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      // Its methods have private state and must be called on itself; bound once, not by each request.
      const method = (...args: unknown[]): unknown =>
        Reflect.apply(Reflect.get(target, name, target) as TracedCall, target, args);
      bound.set(name, method);
      return method;
    },
  });
}

function traced(
  store: SessionStore,
  name: (typeof TRACED)[number],
  startSpan: SpanStarter,
): TracedCall {
  const call: TracedCall = (...args) => Reflect.apply(store[name] as TracedCall, store, args);
  const title = `session ${name}`;
  return (...args) => {
    const span = startSpan(title);
    return span ? inSpan(span, call(...args)) : call(...args);
  };
}

async function inSpan(span: SessionSpan, calling: Promise<unknown>): Promise<unknown> {
  try {
    const result = await calling;
    describe(span, result);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
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
