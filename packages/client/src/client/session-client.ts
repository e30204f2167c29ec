import type { SessionError } from '../errors.js';
import type { SessionInfo } from '../headers/session-info.js';
import type { SessionAnswer } from '../state/session-answer.js';
import type { SessionState } from '../state/session-state.js';
import type { TimeoutPolicy } from './session-client-options.js';

/** Options that go to `fetch` as they are; `keepalive` and `cache` are the useful ones. */
type FetchOptions = Omit<RequestInit, 'method' | 'body' | 'signal' | 'credentials'>;

/** Options of a single call. */
export interface CallOptions extends FetchOptions {
  /** Ends the call, whether it is under way or waiting to be repeated. */
  readonly signal?: AbortSignal;
  readonly timeout?: Partial<TimeoutPolicy>;
  /**
   * The call's key, 1–255 visible ASCII characters without `"` and `\`. Use one that names the
   * user's intention (an order number) to be safe across reloads. `false` sends none.
   */
  readonly idempotencyKey?: string | false;
  /** Not the user's doing (polling, prefetch): the call does not extend the idle time. */
  readonly passive?: boolean;
  /** `false`: a `401` fails at once, without `onReauthenticate`. */
  readonly reauthenticate?: boolean;
  /**
   * Makes the data of a successful answer. Default: JSON by content type, else text; `undefined`
   * when empty. What it throws becomes the `cause` of a SessionError `invalid-response`, except for
   * a TypeError: that is how `fetch` reports a body that broke off, and the call is repeated.
   */
  readonly parse?: (response: Response) => unknown;
}

export interface RequestOptions extends CallOptions {
  /**
   * Strings, forms, blobs, buffers and streams are sent as `fetch` sends them, everything else as
   * JSON. A stream cannot be repeated.
   */
  readonly body?: unknown;
}

/** A successful answer (2xx), read to its end. */
export interface SessionResponse<Data = unknown> {
  readonly data: Data;
  readonly status: number;
  readonly headers: Headers;
  readonly url: string;
  /** Times the call was sent; 1 when all went well. */
  readonly attempts: number;
  /** Which node answered with which revision, if the answer used a session. */
  readonly session: SessionInfo | undefined;
}

/** A call under way: the whole answer when awaited, its data alone through `json()`. */
export interface PendingCall<Data> extends Promise<SessionResponse<Data>> {
  /** The data of the answer. A claim about its type, not a check. */
  json<Value = Data>(): Promise<Value>;
}

/**
 * The calls, without the life cycle. They fail with {@link SessionError}; with a TypeError, before
 * anything is sent, for a body that has no JSON form or a header that cannot be one.
 */
export interface SessionCalls {
  get<Data = unknown>(path: string, options?: CallOptions): PendingCall<Data>;
  post<Data = unknown>(path: string, body?: unknown, options?: CallOptions): PendingCall<Data>;
  put<Data = unknown>(path: string, body?: unknown, options?: CallOptions): PendingCall<Data>;
  patch<Data = unknown>(path: string, body?: unknown, options?: CallOptions): PendingCall<Data>;
  delete<Data = unknown>(path: string, options?: RequestOptions): PendingCall<Data>;
  /** Any method; `path` is appended to the base URL and cannot leave it. */
  request<Data = unknown>(
    method: string,
    path: string,
    options?: RequestOptions,
  ): PendingCall<Data>;
}

/** Events of a client, by name. */
export interface SessionEvents<Principal> {
  /** The snapshot is another one. */
  change: SessionState<Principal>;
  /** Another node took the session over in the course of a call. */
  failover: { readonly from: string; readonly to: string | null };
}

export interface SessionClient<Principal = unknown> extends SessionCalls {
  /** Snapshot of what is known about the session. */
  readonly state: SessionState<Principal>;
  /** Calls back after each change of `state`; returns the function that ends it. */
  subscribe(listener: () => void): () => void;
  /** Listens to one event; returns the function that ends it. */
  on<Name extends keyof SessionEvents<Principal>>(
    name: Name,
    listener: (event: SessionEvents<Principal>[Name]) => void,
  ): () => void;
  /** The state as soon as a server has told it; asks if none has. */
  ready(): Promise<SessionState<Principal>>;
  /** Asks the server for the state. Call it after a login or another change of principal. */
  refresh(): Promise<SessionState<Principal>>;
  /** Extends the idle time; for "I am still here" buttons. */
  touch(): Promise<SessionState<Principal>>;
  /** Ends the session. Resolves once the server has acknowledged it. */
  logout(): Promise<void>;
  /** Takes in an answer of `GET /session` that the server put into the page. */
  hydrate(answer: SessionAnswer<Principal>): void;
  /** Ends all calls under way and refuses further ones. May be repeated. */
  dispose(): void;
}
