import { SessionError } from '../errors.js';
import { parseSessionInfo } from '../headers/session-info.js';
import { runAttempt } from '../http/attempt.js';
import type { EncodedBody } from '../http/request-body.js';
import { decideRetry } from '../retry/decide-retry.js';
import { refillBudget } from '../retry/retry-budget.js';
import { type CallSafety, callOutcome, type Remedy } from '../retry/retry-table.js';
import type { ClientSettings } from './client-settings.js';
import type { Session } from './session.js';
import type { CallOptions, SessionEvents, SessionResponse } from './session-client.js';
import type { TimeoutPolicy } from './session-client-options.js';

/** A call with everything decided that stays the same over its repetitions. */
export interface PreparedCall {
  readonly method: string;
  /** Path with query, to be appended to a base URL. */
  readonly path: string;
  /** Headers that do not depend on the attempt, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: EncodedBody;
  readonly safety: CallSafety;
  readonly timeout: TimeoutPolicy;
  readonly options: CallOptions;
}

/** What a call shares with the other calls of its client. */
export interface CallContext {
  readonly settings: ClientSettings;
  readonly session: Pick<Session<never>, 'begin'>;
  /** Position in the list of base URLs; it only grows. */
  host: number;
  /** The retry budget. */
  tokens: number;
  onRetry(event: SessionEvents<unknown>['retry']): void;
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
  const { baseUrls, clock, random, retry } = context.settings;
  const { method, path, body, options, timeout } = call;
  let used: readonly Remedy[] = options.reauthenticate === false ? ['login'] : [];
  let deadlineMs = clock.now() + timeout.totalMs;
  let error: SessionError | undefined;
  const stopped = new Promise<boolean>((resolve) => {
    signal.addEventListener('abort', () => resolve(false));
  });
  for (let attempts = 1; ; attempts += 1) {
    const { host } = context;
    const url = baseUrls[host % baseUrls.length] + path;
    const headers = new Headers(call.headers);
    const exchange = context.session.begin(headers, method, url);
    if (error) headers.set('Retry-Attempt', `${attempts - 1}`);
    const { response, data, failure } = await runAttempt(
      url,
      { ...options, ...body.init, method, headers, signal, credentials: 'include' },
      {
        ...context.settings,
        ...options,
        ...exchange,
        timeoutMs: Math.min(timeout.attemptMs, deadlineMs - clock.now()),
      },
    );
    const session = parseSessionInfo(response?.headers.get('session-info'));
    const { tokens } = context;
    if (!failure) {
      context.tokens = refillBudget(tokens, retry.budget, attempts > 1);
      const { status, headers, url: finalUrl } = response;
      return { data, status, headers, url: finalUrl || url, attempts, session };
    }
    const failedAtMs = clock.now();
    const remainingMs = deadlineMs - failedAtMs;
    const situation = { ...call, ...body, failure, attempts, used, remainingMs, tokens };
    const {
      stoppedBy,
      remedy,
      delayMs = 0,
    } = decideRetry({ ...situation, random: random() }, retry);
    error = new SessionError(`${method} ${path}: ${failure.code}`, {
      ...failure,
      outcome: callOutcome(error?.outcome, failure),
      attempts,
      node: session?.node,
      stoppedBy,
    });
    exchange.failed(error);
    if (stoppedBy) throw error;
    // Unless another call has already left it.
    if (context.host === host && (!response || remedy === 'move')) context.host += 1;
    let cancel: (() => void) | undefined;
    let turn: Promise<boolean>;
    if (remedy) {
      used = [...used, remedy];
      turn = exchange.cure(remedy, error);
    } else {
      context.tokens = tokens - 1;
      context.onRetry({ error, delayMs });
      turn = new Promise((resolve) => {
        cancel = clock.after(delayMs, () => resolve(true));
      });
    }
    const mayGo = await Promise.race([turn, stopped]).catch((cause) => {
      Object.assign(error as SessionError, { cause });
    });
    cancel?.();
    // A person may have been typing a password; that is not the server being slow.
    if (remedy === 'login') deadlineMs += clock.now() - failedAtMs;
    if (signal.aborted) Object.assign(error, { code: 'aborted', cause: signal.reason });
    else if (clock.now() >= deadlineMs) Object.assign(error, { stoppedBy: 'deadline' });
    else if (mayGo) continue;
    throw error;
  }
}
