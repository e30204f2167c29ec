export { createSessionClient } from './client/create-session-client.js';
export type {
  CallOptions,
  PendingCall,
  RequestOptions,
  SessionCalls,
  SessionClient,
  SessionEvents,
  SessionResponse,
} from './client/session-client.js';
export type {
  ReauthenticationContext,
  SessionClientOptions,
  TimeoutPolicy,
} from './client/session-client-options.js';
export type { ClientErrorCode } from './errors.js';
export { isSessionError, SessionError } from './errors.js';
export type { Problem } from './headers/problem.js';
export { parseProblem, problemCode } from './headers/problem.js';
export type { RateLimit } from './headers/rate-limit.js';
export { parseRateLimit } from './headers/rate-limit.js';
export { parseRetryAfter } from './headers/retry-after.js';
export type { SessionInfo } from './headers/session-info.js';
export { parseFailover, parseSessionInfo } from './headers/session-info.js';
export type { Clock } from './http/clock.js';
export { systemClock } from './http/clock.js';
export type { Random } from './http/random.js';
export type { FetchFunction, SessionTransport } from './http/session-transport.js';
export { browserTransport } from './http/session-transport.js';
export type { RetryDecision, RetrySituation, StopReason } from './retry/decide-retry.js';
export { decideRetry } from './retry/decide-retry.js';
export type { BudgetPolicy } from './retry/retry-budget.js';
export type { RetryPolicy } from './retry/retry-policy.js';
export { DEFAULT_RETRY } from './retry/retry-policy.js';
export type { AttemptFailure, CallOutcome, CallSafety, Remedy } from './retry/retry-table.js';
export type { SessionAnswer } from './state/session-answer.js';
export type { EndReason, SessionState, SessionStatus } from './state/session-state.js';
