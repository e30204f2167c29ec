import { SessionError } from '../errors.js';
import { runAttempt } from '../http/attempt.js';
import type { Clock } from '../http/clock.js';
import { isSafe } from '../http/method.js';
import { decideRetry } from '../retry/decide-retry.js';
import { refillBudget } from '../retry/retry-budget.js';
import { callOutcome } from '../retry/retry-table.js';
import type { ClientSettings } from './client-settings.js';
import type { PreparedCall } from './prepare-call.js';
import type { Session } from './session.js';
import type { SessionResponse } from './session-client.js';

/** What a call shares with the other calls of its client. */
export interface CallContext extends ClientSettings {
  readonly session: Pick<Session<never>, 'token' | 'seen' | 'observe' | 'failed'>;
  /** Position in the list of base URLs; it only grows. */
  host: number;
  /** The retry budget. */
  tokens: number;
  /** Number of re-authentications so far. */
  logins: number;
  /** `GET /session?csrf=1`, shared by all who ask at the same time. */
  renewToken(): Promise<void>;
  /** Signs in again, shared likewise; `logins` has grown when somebody is. */
  signIn(error: SessionError): Promise<void>;
}

/**
 * Sends a call until it succeeds or `decideRetry` gives up.
 *
 * @param signal aborted when the caller, or the client's `dispose`, wants the call to end. It must
 *   be the call's own: its `onabort` is taken.
 * @throws SessionError
 */
export async function runCall(
  call: PreparedCall,
  context: CallContext,
  signal: AbortSignal,
): Promise<SessionResponse> {
  const { baseUrls, clock, random, retry, session } = context;
  const { method, path, init, attemptMs, totalMs } = call;
  const unsent = signal.aborted;
  let { used } = call;
  let deadlineMs = clock.now() + totalMs;
  let error: SessionError | undefined;
  for (let attempts = unsent ? 0 : 1; ; attempts += 1) {
    const { host, logins } = context;
    const url = baseUrls[host % baseUrls.length] + path;
    const token = session.token(url);
    const { seen } = session;
    const headers = new Headers(init.headers);
    if (seen.newest) headers.set('Session-Min-Rev', seen.newest);
    if (error) headers.set('Retry-Attempt', `${attempts - 1}`);
    if (token && !isSafe(method)) headers.set('X-CSRF-Token', token);
    const timeoutMs = Math.min(attemptMs, deadlineMs - clock.now());
    const result = await runAttempt(url, { ...init, headers, signal }, timeoutMs, context);
    const { response, data, failure } = result;
    const info = response && session.observe(response, url, seen);
    if (!failure) {
      context.tokens = refillBudget(context.tokens, retry.budget, attempts > 1);
      const { status, headers } = response;
      return { data, status, headers, url: response.url || url, attempts, session: info };
    }
    const failedAtMs = clock.now();
    const remainingMs = deadlineMs - failedAtMs;
    const budgeted = { remainingMs, tokens: context.tokens, random: random() };
    const situation = { ...call, failure, attempts, used, ...budgeted };
    const { stoppedBy, remedy, delayMs = 0 } = decideRetry(situation, retry);
    const outcome = unsent ? 'not-sent' : callOutcome(error?.outcome, failure);
    const fields = { ...failure, outcome, attempts, node: info?.node, stoppedBy };
    error = new SessionError(`${method} ${path}: ${failure.code}`, fields);
    session.failed(error, seen);
    if (stoppedBy) throw error;
    // Unless another call has already left it.
    if (context.host === host && (!response || remedy === 'move')) context.host += 1;
    if (remedy) used = [...used, remedy];
    else context.tokens -= 1;
    // Where another call's cure came between, this answer is old news.
    let cure: Promise<void> | undefined;
    if (remedy === 'csrf' && session.token(url) === token) cure = context.renewToken();
    if (remedy === 'login' && context.logins === logins) cure = context.signIn(error);
    let end = await pause(cure, delayMs, clock, signal);
    // A person may have been typing a password; that is not the server being slow.
    if (remedy === 'login') deadlineMs += clock.now() - failedAtMs;
    if (remedy === 'login' && context.logins === logins) end ??= {};
    if (clock.now() >= deadlineMs) end ??= { stoppedBy: 'deadline' };
    if (end) throw Object.assign(error, end);
  }
}

/**
 * Waits for the cure, or the time if there is none; an abort ends the wait.
 *
 * @returns what to tell of the call when it must not go on
 */
async function pause(
  cure: Promise<void> | undefined,
  delayMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<object | undefined> {
  let cancel: (() => void) | undefined;
  let end: object | undefined;
  await new Promise<unknown>((resolve, reject) => {
    signal.onabort = resolve;
    if (cure) cure.then(resolve, reject);
    else cancel = clock.after(delayMs, resolve as () => void);
  }).catch((cause) => {
    end = { cause };
  });
  cancel?.();
  return signal.aborted ? { code: 'aborted', cause: signal.reason } : end;
}
