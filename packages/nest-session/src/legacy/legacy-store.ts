import { SessionNotAvailableError } from '../errors.js';
import { LEGACY_STORE_TIMEOUT_MS } from '../limits.js';

/** The part of express-session's Store that a migration uses, by shape. */
export interface LegacyStore {
  get(sid: string, callback: (error: unknown, session?: never) => void): unknown;
  destroy(sid: string, callback?: (error?: unknown) => void): unknown;
}

type Done = (error?: unknown, value?: unknown) => void;

export function readLegacy(store: LegacyStore, sid: string): Promise<unknown> {
  return call((done) => store.get(sid, done));
}

export async function destroyLegacy(store: LegacyStore, sid: string): Promise<void> {
  await call((done) => store.destroy(sid, done));
}

/** A Store that fails, or says nothing in time, is a session that is not available. */
function call(start: (done: Done) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      reject(new SessionNotAvailableError(1, { cause }));
    };
    const timer = setTimeout(
      () => fail(new Error('the old store did not answer in time')),
      LEGACY_STORE_TIMEOUT_MS,
    );
    try {
      const returned = start((error, value) => {
        // Some stores say so by an error that there is nothing.
        if (error && (error as { code?: unknown }).code !== 'ENOENT') return fail(error);
        clearTimeout(timer);
        resolve(error ? undefined : value);
      });
      // Some stores report an error twice, by callback and by a promise nobody waits for.
      Promise.resolve(returned).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
}
