import { HttpException } from '@nestjs/common';
import { RESPONSE_HEADERS } from './http/contract.js';
import { type Problem, type ProblemName, problem, problemStatus } from './http/problem.js';

/** An option of `SessionModule` cannot be used; thrown while the application starts. */
export class SessionOptionError extends Error {
  readonly code = 'ERR_SESSION_OPTION';
  override readonly name = 'SessionOptionError';
  constructor(
    readonly option: string,
    readonly value: unknown,
    readonly expected: string,
  ) {
    super(`SessionModule option ${option} is ${describe(value)}, expected ${expected}`);
  }
}

/** Extras of a {@link SessionError}: what else its response says. */
export interface SessionErrorOptions extends ErrorOptions {
  /** Response headers, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Further members of the problem document. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What went wrong with a session, as an HTTP exception. `code` is one of the names in
 * `docs/http.md`; the response is that problem document, whoever renders it.
 */
export class SessionError extends HttpException {
  override readonly name: string = this.constructor.name;
  readonly code: ProblemName;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemName, detail: string, options: SessionErrorOptions = {}) {
    super(problem(code, detail, options.extensions), problemStatus(code), { cause: options.cause });
    this.code = code;
    this.message = detail;
    this.headers = options.headers ?? {};
  }

  /** The document clients get. */
  get problem(): Problem {
    return this.getResponse() as Problem;
  }
}

/** Body, key or parameter of the request is malformed. */
export class SessionRequestError extends SessionError {
  constructor(detail: string) {
    super('bad-request', detail);
  }
}

/** A guard wants a principal, or a session, and the request has none. */
export class AuthenticationRequiredError extends SessionError {
  constructor(detail = 'this needs a signed-in session') {
    super('authentication-required', detail);
  }
}

/** The last login is too long ago for this, or was by too few kinds of proof. */
export class FreshLoginRequiredError extends SessionError {
  constructor(maxAgeSeconds: number, factors: number) {
    super('fresh-login-required', 'this needs a login that has just been made', {
      extensions: { maxAgeSeconds, factors },
    });
  }
}

/** The session existed and no node that answered has it. */
export class SessionLostError extends SessionError {
  constructor() {
    super('session-lost', 'the session is gone although nobody ended it; sign in again');
  }
}

/** The session was logged out, revoked or expired while the request ran, or is used after that. */
export class SessionEndedError extends SessionError {
  constructor(detail = 'the session was ended; nothing was stored') {
    super('session-ended', detail);
  }
}

/** The CSRF token is missing or wrong, or the request comes from another site. */
export class CsrfInvalidError extends SessionError {
  constructor(detail: string) {
    super('csrf-invalid', detail);
  }
}

/** A page of another site wants to load what belongs to a session. */
export class CrossSiteError extends SessionError {
  constructor() {
    super('cross-site', 'pages of other sites cannot load this');
  }
}

/** The principal lacks the role. */
export class ForbiddenError extends SessionError {
  constructor(detail = 'the principal lacks the role this needs') {
    super('forbidden', detail);
  }
}

/** A login was refused because its principal has as many sessions as `limits.perPrincipal` allows. */
export class SessionLimitError extends SessionError {
  constructor(readonly limit: number) {
    super('session-limit', `at most ${limit} sessions at a time; sign out elsewhere first`);
  }
}

/** The first request with this idempotency key still runs. */
export class IdempotencyInProgressError extends SessionError {
  constructor(retryAfterSeconds: number) {
    super('idempotency-in-progress', 'the first request with this key has not finished', {
      headers: { [RESPONSE_HEADERS.retryAfter]: String(retryAfterSeconds) },
    });
  }
}

/** The same idempotency key came with another request. */
export class IdempotencyMismatchError extends SessionError {
  constructor(how = 'with another method, path or body') {
    super('idempotency-mismatch', `this key was used ${how}`);
  }
}

/** Another request changed the session since this one read it, and `onConflict` is `reject`. */
export class SessionConflictError extends SessionError {
  constructor() {
    super('session-conflict', 'another request changed the session; nothing was stored');
  }
}

/** The request held the lock of `@SessionLock()` beyond its lease, and another one got it. */
export class LockLostError extends SessionError {
  constructor() {
    super('lock-lost', 'the lock was given to another request; nothing was stored');
  }
}

/** Another request holds the lock of `@SessionLock()`; no handler ran. */
export class SessionBusyError extends SessionError {
  constructor(retryAfterMs: number) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
    super('session-busy', 'another request of the session is at work; nothing was done', {
      headers: { [RESPONSE_HEADERS.retryAfter]: String(seconds) },
    });
  }
}

/** The session would exceed `limits.maxBytes`. */
export class SessionTooLargeError extends SessionError {
  constructor(
    readonly bytes: number,
    readonly maxBytes: number,
    options: ErrorOptions = {},
  ) {
    const detail = `the session would take ${bytes} bytes, at most ${maxBytes} fit`;
    super('session-too-large', detail, options);
  }
}

/** A rate limit is used up. */
export class QuotaExceededError extends SessionError {
  /** `headers`: such as `RateLimit`, where nobody else tells them. */
  constructor(
    policies: readonly string[],
    retryAfterSeconds: number,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super('quota-exceeded', `try again in ${retryAfterSeconds} s`, {
      headers: { ...headers, [RESPONSE_HEADERS.retryAfter]: String(retryAfterSeconds) },
      extensions: { 'violated-policies': policies },
    });
  }
}

/** This node works on as many requests of the kind as it may; nothing ran. */
export class ReducedCapacityError extends SessionError {
  constructor(policies: readonly string[], retryAfterSeconds = 1) {
    super('temporary-reduced-capacity', 'this node is busy; nothing was done', {
      headers: { [RESPONSE_HEADERS.retryAfter]: String(retryAfterSeconds) },
      extensions: { 'violated-policies': policies },
    });
  }
}

/** The application stored something a session cannot hold, or wrote to a reserved name. */
export class SessionValueRefusedError extends SessionError {
  constructor(detail: string, options: ErrorOptions = {}) {
    super('session-value', detail, options);
  }
}

/** The application used a session in a way that cannot work; a defect of the application. */
export class SessionUsageError extends SessionError {
  constructor(detail: string, options: ErrorOptions = {}) {
    super('session-value', detail, options);
  }
}

/**
 * The session cannot be served. With `retryAfterSeconds` no handler ran and the request may be
 * repeated at will; without, the handler ran and nothing was stored.
 */
export class SessionNotAvailableError extends SessionError {
  constructor(retryAfterSeconds: number | undefined, options: ErrorOptions = {}) {
    super(
      'session-unavailable',
      retryAfterSeconds === undefined
        ? 'the change was not stored; repeat it only with an idempotency key'
        : 'no node can serve the session right now; nothing was done',
      {
        ...options,
        ...(retryAfterSeconds === undefined
          ? {}
          : { headers: { [RESPONSE_HEADERS.retryAfter]: String(retryAfterSeconds) } }),
      },
    );
  }
}

/** Another node has the session and this one cannot reach it; nothing ran. The balancer goes there. */
export class NotMineError extends SessionError {
  constructor(owner: string, options: ErrorOptions = {}) {
    super('not-mine', `node ${owner} has the session`, {
      ...options,
      headers: { [RESPONSE_HEADERS.notMine]: owner },
    });
  }
}

/** The owner was lost between send and acknowledgement. */
export class CommitFateUnknownError extends SessionError {
  constructor(options: ErrorOptions = {}) {
    super(
      'commit-unknown',
      'the change may or may not have been stored; repeat it only with an idempotency key',
      options,
    );
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) {
    return `a ${value.constructor?.name ?? 'object'}`;
  }
  return String(value);
}
