import type { Problem } from './headers/problem.js';
import type { StopReason } from './retry/decide-retry.js';
import type { CallOutcome } from './retry/retry-table.js';

/**
 * Codes the client makes itself. Any other code is the name of the server's problem
 * (`docs/http.md`), or `http-<status>` when an error answer carries none.
 */
export type ClientErrorCode =
  /** An option or argument is unusable; the message says which, what it was, what is expected. */
  | 'invalid-option'
  /** No connection came about. */
  | 'unreachable'
  /** The connection was lost, or (in a browser) never made. */
  | 'connection-lost'
  /** No complete answer in time. */
  | 'timeout'
  /** By the caller's `AbortSignal`, whose reason is the `cause`, or by `dispose()`. */
  | 'aborted'
  /** A successful answer that cannot be read; the parser's error is the `cause`. */
  | 'invalid-response';

/** What a {@link SessionError} tells; see the error's own fields. */
export interface SessionErrorFields extends ErrorOptions {
  readonly code: string;
  readonly outcome: CallOutcome;
  readonly status?: number | undefined;
  readonly problem?: Problem | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly attempts?: number;
  readonly node?: string | undefined;
  readonly stoppedBy?: StopReason | undefined;
}

/** The one error this package throws. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  /** Stable name of what happened: a {@link ClientErrorCode} or the server's problem. */
  declare readonly code: ClientErrorCode | (string & {});
  /** What is known about the call's effect. */
  declare readonly outcome: CallOutcome;
  /** Status of the last answer, if there was one. */
  declare readonly status: number | undefined;
  /** Body of the last answer, if it was a problem. */
  declare readonly problem: Problem | undefined;
  /** When the server wants to see this call again, in milliseconds from now. */
  declare readonly retryAfterMs: number | undefined;
  /** Times the call was sent. */
  readonly attempts: number = 0;
  /** Label of the node that answered last. */
  declare readonly node: string | undefined;
  /** Why it was not repeated (again). */
  declare readonly stoppedBy: StopReason | undefined;

  constructor(message: string, fields: SessionErrorFields) {
    super(message, fields);
    Object.assign(this, fields);
  }
}

/**
 * True for a {@link SessionError}, also for one thrown by another copy of this package (a page may
 * bundle two), which `instanceof` would miss.
 */
export function isSessionError(value: unknown): value is SessionError {
  return value instanceof Error && value.name === 'SessionError';
}

/** The error for an unusable option. */
export function invalidOption(option: string, value: unknown, expected: string): SessionError {
  return new SessionError(`option ${option} is ${value}, expected ${expected}`, {
    code: 'invalid-option',
    outcome: 'not-sent',
  });
}
