import type { SessionStore } from '@understudy/replication';
import type { SessionSpan, SpanStarter } from './span-starter.js';

/**
 * The store with a span around each call that may wait for another node; itself without spans. The
 * others take no time worth one. Method by method, and not behind a `Proxy`: each request asks for
 * four of them, and each of those would cost it more than the span does.
 */
export function tracedStore(store: SessionStore, startSpan: SpanStarter | undefined): SessionStore {
  if (!startSpan) return store;
  const traced = <Argument extends readonly unknown[], Result>(
    name: string,
    call: (...args: Argument) => Promise<Result>,
  ): ((...args: Argument) => Promise<Result>) => {
    const title = `session ${name}`;
    return (...args) => {
      const span = startSpan(title);
      return span ? inSpan(span, call(...args)) : call(...args);
    };
  };
  return {
    get label() {
      return store.label;
    },
    wouldOwn: (key) => store.wouldOwn(key),
    mintTries: () => store.mintTries(),
    create: traced('create', (request) => store.create(request)),
    open: traced('open', (key, options) => store.open(key, options)),
    ...(store.peek && { peek: (key, seen) => store.peek?.(key, seen) }),
    ...(store.openNow && { openNow: (key) => store.openNow?.(key) }),
    commit: traced('commit', (request) => store.commit(request)),
    touch: (key) => store.touch(key),
    rotate: traced('rotate', (request) => store.rotate(request)),
    destroy: traced('destroy', (key, reason) => store.destroy(key, reason)),
    reserve: traced('reserve', (key, journalKey, print) => store.reserve(key, journalKey, print)),
    release: (key, journalKey) => store.release(key, journalKey),
    consume: traced('consume', (request) => store.consume(request)),
  };
}

async function inSpan<Result>(span: SessionSpan, calling: Promise<Result>): Promise<Result> {
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
