import {
  CommitFateUnknownError,
  NotMineError,
  SessionError,
  SessionNotAvailableError,
  SessionTooLargeError,
  SessionValueRefusedError,
} from '../errors.js';

/** Codes of the engine's errors this package answers for. */
interface CodedError extends Error {
  readonly code: string;
  readonly retryAfterMs?: number;
  readonly owner?: string;
  readonly bytes?: number;
  readonly maxBytes?: number;
}

/** Seconds a client waits when the engine could not say for how long. */
const DEFAULT_RETRY_AFTER_SECONDS = 1;

/**
 * What clients are told about an error of the engine. `handlerRan` decides whether a repetition is
 * free: only while nothing ran does the answer carry `Retry-After`.
 */
export function toSessionError(error: unknown, handlerRan: boolean): SessionError {
  if (error instanceof SessionError) return error;
  const cause = error as CodedError;
  switch (cause?.code) {
    case 'ERR_SESSION_UNAVAILABLE':
    case 'ERR_CLUSTER_STOPPED':
    case 'ERR_TRANSPORT_CLOSED':
      return new SessionNotAvailableError(handlerRan ? undefined : retryAfter(cause), { cause });
    case 'ERR_NOT_OWNER':
      return handlerRan
        ? new SessionNotAvailableError(undefined, { cause })
        : new NotMineError(cause.owner ?? '', { cause });
    case 'ERR_COMMIT_UNKNOWN':
      return new CommitFateUnknownError({ cause });
    case 'ERR_VALUE':
      return new SessionValueRefusedError(cause.message, { cause });
    case 'ERR_MESSAGE_TOO_LARGE':
      return new SessionTooLargeError(cause.bytes ?? 0, cause.maxBytes ?? 0, { cause });
    case 'ERR_LIMIT':
      // Thrown before anything was sent: as a fate unknown, a client with a key would repeat for ever.
      return new SessionError('session-too-large', cause.message, { cause });
    default:
      // Something unforeseen: saying "not stored" could be a lie, so the fate is unknown.
      return handlerRan
        ? new CommitFateUnknownError({ cause })
        : new SessionNotAvailableError(DEFAULT_RETRY_AFTER_SECONDS, { cause });
  }
}

function retryAfter({ retryAfterMs }: CodedError): number {
  return Math.max(DEFAULT_RETRY_AFTER_SECONDS, Math.ceil((retryAfterMs ?? 0) / 1000));
}
