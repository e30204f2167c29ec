import { createRequire } from 'node:module';

/** What the Store of express-session does that any Store can use as it is. */
interface StoreParts {
  readonly Store: {
    readonly prototype: { createSession(this: object, request: object, session: object): object };
  };
}

/**
 * The objects that are `request.session` are made by classes of express-session that it shows to
 * nobody but its Stores. Loaded when it asks for one, so that others need not have it.
 */
export function makeExpressSession(store: object, request: object, session: object): object {
  const { Store } = createRequire(import.meta.url)('express-session') as StoreParts;
  return Store.prototype.createSession.call(store, request, session);
}
