/** How one attempt failed, as far as the client can tell. */
export type AttemptFailure =
  /** No connection came about: the server has certainly not seen the request. */
  | { readonly kind: 'never-connected' }
  /** Sent, or maybe sent, and no complete answer. All a browser ever says. */
  | { readonly kind: 'lost' }
  /** No complete answer within the attempt's deadline. */
  | { readonly kind: 'timeout' }
  /** The caller, or `dispose()`, ended it. */
  | { readonly kind: 'aborted' }
  /** A successful answer that cannot be read: broken JSON, or the caller's `parse` threw. */
  | { readonly kind: 'unreadable' }
  | StatusFailure;

export interface StatusFailure {
  readonly kind: 'status';
  readonly status: number;
  /** Name of the problem, if the body is one of ours. */
  readonly code: string | undefined;
  /** From `Retry-After`, else from an exhausted `RateLimit` policy. */
  readonly retryAfterMs: number | undefined;
}

/** What a failed attempt means for the question whether to repeat it; a row of the retry table. */
export type FailureClass =
  | 'never-connected'
  | 'connection-lost'
  | 'gateway'
  | 'not-stored'
  | 'not-processed'
  | 'throttled'
  | 'in-progress'
  | 'misdirected'
  | 'csrf'
  | 'authentication'
  | 'final';

/** Codes of a `401` that a new login can cure; other `401`s are the application's own. */
const AUTHENTICATION_CODES = ['authentication-required', 'session-lost', 'session-ended'];

/** Assigns an attempt's failure to its row of the retry table. */
export function classifyFailure(failure: AttemptFailure): FailureClass {
  switch (failure.kind) {
    case 'never-connected':
      return 'never-connected';
    case 'lost':
    case 'timeout':
      return 'connection-lost';
    case 'status':
      return classifyStatus(failure);
    default:
      return 'final';
  }
}

function classifyStatus({ status, code, retryAfterMs }: StatusFailure): FailureClass {
  switch (status) {
    case 401:
      return AUTHENTICATION_CODES.includes(code ?? '') ? 'authentication' : 'final';
    case 403:
      return code === 'csrf-invalid' ? 'csrf' : 'final';
    case 409:
      return code === 'idempotency-in-progress' ? 'in-progress' : 'final';
    case 421:
      return 'misdirected';
    case 408:
    case 502:
    case 504:
      return 'gateway';
    case 429:
      return retryAfterMs === undefined ? 'throttled' : 'not-processed';
    case 503:
      return retryAfterMs === undefined ? 'not-stored' : 'not-processed';
    default:
      return 'final';
  }
}
