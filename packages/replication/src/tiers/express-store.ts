/** What a Store of express-session keeps under a session id. */
export interface StoredSession {
  readonly cookie: {
    readonly originalMaxAge: number;
    readonly maxAge: number;
    readonly expires: Date;
  };
  readonly [name: string]: unknown;
}

type Done = (error?: unknown) => void;

/**
 * The part of express-session's Store that `storeTier` uses, by shape: any store that works with
 * express-session fits.
 */
export interface ExpressSessionStore {
  get(sid: string, callback: (error: unknown, session?: unknown) => void): unknown;
  set(sid: string, session: never, callback?: Done): unknown;
  destroy(sid: string, callback?: Done): unknown;
  on?(event: 'connect' | 'disconnect', listener: () => void): unknown;
  removeListener?(event: 'connect' | 'disconnect', listener: () => void): unknown;
}
