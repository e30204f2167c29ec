import { ReplicationError, SessionUnavailableError } from '../errors.js';

/** Statuses of what the engine rejects with; anything else is the application's, and a 500. */
const STATUSES: ReadonlyMap<string, number> = new Map([
  ['ERR_SESSION_UNAVAILABLE', 503],
  ['ERR_CLUSTER_STOPPED', 503],
  ['ERR_TRANSPORT_CLOSED', 503],
  ['ERR_NOT_OWNER', 503],
  ['ERR_COMMIT_UNKNOWN', 504],
  ['ERR_MESSAGE_TOO_LARGE', 413],
  ['ERR_LIMIT', 413],
]);

/**
 * Adds what the error handling of Express and of Fastify takes from an error that nobody caught:
 * without it, a cluster that is away for a second is a 500. Only where nothing ran yet may clients
 * be told to repeat: a handler that has run may have sent a letter.
 */
export function withStatus(error: unknown, isBeforeHandler: boolean): unknown {
  if (!(error instanceof ReplicationError)) return error;
  const status = STATUSES.get(error.code);
  if (status === undefined) return error;
  const mayRepeat = status === 503 && isBeforeHandler;
  const headers = mayRepeat ? { 'Retry-After': String(secondsOf(error)) } : {};
  return Object.assign(error, { status, statusCode: status, headers });
}

function secondsOf(error: ReplicationError): number {
  const ms = error instanceof SessionUnavailableError ? error.retryAfterMs : 0;
  return Math.max(1, Math.ceil(ms / 1000));
}
