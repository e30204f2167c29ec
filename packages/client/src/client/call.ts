import { SessionError } from '../errors.js';
import { parseSessionInfo } from '../headers/session-info.js';
import { untilAborted } from '../http/abort.js';
import { type AttemptResult, runAttempt } from '../http/attempt.js';
import type { Hosts } from '../http/hosts.js';
import type { EncodedBody } from '../http/request-body.js';
import { LEAST_USEFUL_ATTEMPT_MS } from '../limits.js';
import { type CallOutcome, callOutcome } from '../retry/call-outcome.js';
import {
  type CallSafety,
  decideRetry,
  type Remedy,
  type RetryDecision,
  type StopReason,
} from '../retry/decide-retry.js';
import { refillBudget, spendBudget } from '../retry/retry-budget.js';
import type { ClientSettings } from './client-settings.js';
import type { CallOptions, SessionEvents, SessionResponse } from './session-client.js';
import type { TimeoutPolicy } from './session-client-options.js';
import type { SentWith } from './session-memory.js';

/** A call with everything decided that stays the same over its repetitions. */
export interface PreparedCall {
  readonly method: string;
  /** Path with query, to be appended to a base URL. */
  readonly path: string;
  /** Headers that do not depend on the attempt; the idempotency key among them. */
  readonly headers: Headers;
  readonly body: EncodedBody;
  readonly safety: CallSafety;
  readonly timeout: TimeoutPolicy;
  readonly options: CallOptions;
  readonly parse: (response: Response) => unknown;
}

/** What a call needs from its client. */
export interface CallContext {
  readonly settings: ClientSettings;
  readonly hosts: Hosts;
  /** The retry budget, shared by all calls. */
  readonly budget: { tokens: number };
  /** Adds what depends on the moment of sending, and returns what the answer is judged by. */
  depart(call: PreparedCall, url: string, headers: Headers): SentWith;
  observe(response: Response, url: string, sent: SentWith): void;
  /** Sees every failed attempt. */
  failed(error: SessionError, sent: SentWith): void;
  readonly remedies: readonly Remedy[];
  /** Resolves to whether the call is worth sending again. */
  remedy(remedy: Remedy, error: SessionError, url: string, sent: SentWith): Promise<boolean>;
  retrying(event: SessionEvents<unknown>['retry']): void;
}

interface Progress {
  attempts: number;
  repetitions: number;
  outcome: CallOutcome | undefined;
  deadlineMs: number;
  redirected: boolean;
  remedies: readonly Remedy[];
}

type FailedAttempt = Extract<AttemptResult, { ok: false }>;

/**
 * Sends a call until it succeeds or `decideRetry` gives up.
 *
 * @param signal aborted when the caller, or the client's `dispose`, wants it to end
 * @throws SessionError
 */
export async function runCall(
  call: PreparedCall,
  context: CallContext,
  signal: AbortSignal,
): Promise<SessionResponse> {
  const { settings, hosts, budget } = context;
  const { clock, retry } = settings;
  const progress: Progress = {
    attempts: 0,
    repetitions: 0,
    outcome: undefined,
    deadlineMs: clock.now() + call.timeout.totalMs,
    redirected: false,
    remedies: call.options.reauthenticate === false ? ['refresh-csrf'] : context.remedies,
  };
  for (;;) {
    if (signal.aborted) throw abortedError(call, progress, signal);
    const baseUrl = hosts.current;
    const url = baseUrl + call.path;
    const { result, sent } = await send(call, url, progress, context, signal);
    if (result.ok) {
      budget.tokens = refillBudget(budget.tokens, retry.budget, progress.repetitions > 0);
      return describe(result, url, progress.attempts);
    }
    progress.outcome = callOutcome(progress.outcome, result.failure);
    const decision = decideRetry(
      {
        ...progress,
        failure: result.failure,
        safety: call.safety,
        bodyRepeatable: call.body.repeatable,
        remainingMs: progress.deadlineMs - clock.now(),
        tokens: budget.tokens,
        random: settings.random(),
      },
      retry,
    );
    const stoppedBy = decision.action === 'fail' ? decision.because : undefined;
    const error = failureError(call, result, progress, signal, stoppedBy);
    context.failed(error, sent);
    if (decision.action === 'fail') throw error;
    if (decision.action === 'repeat') {
      if (decision.otherHost) hosts.leave(baseUrl);
      await waitForTurn(decision, error, call, progress, context, signal);
    } else {
      await applyRemedy(decision.action, error, { url, sent }, progress, context, signal);
    }
  }
}

async function send(
  call: PreparedCall,
  url: string,
  progress: Progress,
  context: CallContext,
  signal: AbortSignal,
): Promise<{ readonly result: AttemptResult; readonly sent: SentWith }> {
  const { settings } = context;
  const headers = new Headers(call.headers);
  const sent = context.depart(call, url, headers);
  if (progress.attempts > 0) headers.set('Retry-Attempt', String(progress.attempts));
  progress.attempts += 1;
  const { keepalive, cache } = call.options;
  const { content: body, repeatable } = call.body;
  const init: RequestInit & { duplex?: 'half' } = {
    method: call.method,
    headers,
    credentials: 'include',
    ...(body !== undefined && { body }),
    ...(!repeatable && { duplex: 'half' }),
    ...(keepalive && { keepalive }),
    ...(cache && { cache }),
  };
  const remainingMs = progress.deadlineMs - settings.clock.now();
  const timeoutMs = Math.min(call.timeout.attemptMs, remainingMs);
  const onResponse = (response: Response) => context.observe(response, url, sent);
  const request = { url, init, timeoutMs, signal, parse: call.parse, onResponse };
  return { result: await runAttempt(request, settings), sent };
}

async function waitForTurn(
  { delayMs }: Extract<RetryDecision, { action: 'repeat' }>,
  error: SessionError,
  call: PreparedCall,
  progress: Progress,
  { settings, budget, retrying }: CallContext,
  signal: AbortSignal,
): Promise<void> {
  budget.tokens = spendBudget(budget.tokens) ?? 0;
  progress.repetitions += 1;
  progress.redirected ||= error.status === 421;
  const { attempts } = progress;
  retrying({ method: call.method, path: call.path, attempts, code: error.code, delayMs });
  let cancel = () => {};
  const elapsed = new Promise<void>((resolve) => {
    cancel = settings.clock.after(delayMs, resolve);
  });
  // An abort ends the wait early; the loop then sees the signal.
  await untilAborted(elapsed, signal).catch(() => {});
  cancel();
}

async function applyRemedy(
  remedy: Remedy,
  error: SessionError,
  { url, sent }: { readonly url: string; readonly sent: SentWith },
  progress: Progress,
  { settings, ...context }: CallContext,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = settings;
  const startedMs = clock.now();
  progress.remedies = progress.remedies.filter((other) => other !== remedy);
  let cause: unknown;
  const cured = await untilAborted(context.remedy(remedy, error, url, sent), signal).catch(
    (reason) => {
      cause = reason;
      return signal.aborted;
    },
  );
  if (!cured) throw new SessionError(error.message, { ...error, cause });
  // A person may have been typing a password; that is not the server being slow.
  if (remedy === 'reauthenticate') progress.deadlineMs += clock.now() - startedMs;
  if (progress.deadlineMs - clock.now() < LEAST_USEFUL_ATTEMPT_MS) {
    throw new SessionError(error.message, { ...error, stoppedBy: 'deadline' });
  }
}

function describe(
  { response, data }: Extract<AttemptResult, { ok: true }>,
  url: string,
  attempts: number,
): SessionResponse {
  const { headers, status } = response;
  return {
    data,
    status,
    headers,
    url: response.url || url,
    attempts,
    replayed: headers.get('idempotent-replayed') === 'true',
    session: parseSessionInfo(headers.get('session-info')),
  };
}

const CODES = {
  'never-connected': 'unreachable',
  lost: 'connection-lost',
  timeout: 'timeout',
  unreadable: 'invalid-response',
} as const;

function failureError(
  call: PreparedCall,
  { failure, problem, response, cause }: FailedAttempt,
  progress: Progress,
  signal: AbortSignal,
  stoppedBy: StopReason | undefined,
): SessionError {
  if (failure.kind === 'aborted') return abortedError(call, progress, signal);
  const isStatus = failure.kind === 'status';
  const code = isStatus ? (failure.code ?? `http-${failure.status}`) : CODES[failure.kind];
  const { attempts, outcome = 'unknown' } = progress;
  const detail = problem?.detail ?? problem?.title;
  return new SessionError(
    `${call.method} ${call.path}: ${code}${detail ? `, ${detail}` : ''}` +
      (attempts > 1 ? ` (${attempts} attempts)` : ''),
    {
      code,
      outcome,
      attempts,
      problem,
      stoppedBy,
      cause,
      status: response?.status,
      retryAfterMs: isStatus ? failure.retryAfterMs : undefined,
      node: response && parseSessionInfo(response.headers.get('session-info'))?.node,
    },
  );
}

function abortedError(
  { method, path }: PreparedCall,
  { attempts, outcome = 'not-sent' }: Progress,
  { reason: cause }: AbortSignal,
): SessionError {
  // dispose() aborts with an error of ours.
  const code = cause instanceof SessionError ? cause.code : 'aborted';
  return new SessionError(`${method} ${path}: ${code}`, { code, outcome, attempts, cause });
}
