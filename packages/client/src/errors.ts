import type { Problem } from './headers/problem.js';
import type { CallOutcome } from './retry/call-outcome.js';
import type { StopReason } from './retry/decide-retry.js';

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
  /** The caller's `AbortSignal`; the signal's reason is the `cause`. */
  | 'aborted'
  /** The client was disposed of. */
  | 'disposed'
  /** A successful answer that cannot be read; the parser's error is the `cause`. */
  | 'invalid-response'
  /** Too many calls under way at once. */
  | 'too-many-calls';

export interface SessionErrorFields {
  readonly code: string;
  readonly outcome: CallOutcome;
  readonly status?: number | undefined;
  readonly problem?: Problem | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly attempts?: number;
  readonly node?: string | undefined;
  readonly stoppedBy?: StopReason | undefined;
  readonly cause?: unknown;
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
  declare readonly attempts: number;
  /** Label of the node that answered last. */
  declare readonly node: string | undefined;
  /** Why it was not repeated (again). */
  declare readonly stoppedBy: StopReason | undefined;

  constructor(message: string, { cause, ...fields }: SessionErrorFields) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, { attempts: 0 }, fields);
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
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new SessionError(`option ${option} is ${shown}, expected ${expected}`, {
    code: 'invalid-option',
    outcome: 'not-sent',
  });
}
