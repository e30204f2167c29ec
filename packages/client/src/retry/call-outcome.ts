import { type AttemptFailure, classifyFailure } from './attempt-failure.js';

/**
 * What is known about a failed call; the three things an interface has to say differently.
 *
 * - `not-sent`: no handler ran. "Try again."
 * - `rejected`: the server decided, and nothing was changed. "Correct this."
 * - `unknown`: it may have been carried out. "We are checking." Repeat only with the same key.
 */
export type CallOutcome = 'not-sent' | 'rejected' | 'unknown';

/** What one failed attempt tells by itself. An abort is `unknown`: the request may be on its way. */
export function attemptOutcome(failure: AttemptFailure): CallOutcome {
  switch (classifyFailure(failure)) {
    case 'never-connected':
    case 'not-processed':
    case 'throttled':
    case 'misdirected':
      return 'not-sent';
    case 'connection-lost':
    case 'gateway':
    case 'in-progress':
      return 'unknown';
    case 'not-stored':
    case 'csrf':
    case 'authentication':
      return 'rejected';
    case 'final':
      return finalOutcome(failure);
  }
}

function finalOutcome(failure: AttemptFailure): CallOutcome {
  if (failure.kind !== 'status') return 'unknown';
  // A crash of the handler: its own effects elsewhere may have happened before it.
  return failure.status >= 500 && failure.code !== 'session-value' ? 'unknown' : 'rejected';
}

/**
 * What the attempts of one call tell together. Once an attempt may have been carried out, only an
 * answer that comes from the handler or from its journal settles the matter; a later refusal at the
 * door says nothing about the earlier attempt.
 */
export function callOutcome(
  previous: CallOutcome | undefined,
  failure: AttemptFailure,
): CallOutcome {
  return previous === 'unknown' && !isSettled(failure) ? 'unknown' : attemptOutcome(failure);
}

function isSettled(failure: AttemptFailure): boolean {
  if (failure.kind !== 'status' || attemptOutcome(failure) !== 'rejected') return false;
  return classifyFailure(failure) === 'final' && failure.status !== 401 && failure.status !== 403;
}
