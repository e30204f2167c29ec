import { SessionError } from '../errors.js';
import { parseSessionInfo } from '../headers/session-info.js';
import { runAttempt } from '../http/attempt.js';
import type { EncodedBody } from '../http/request-body.js';
import { decideRetry } from '../retry/decide-retry.js';
import { refillBudget, spendBudget } from '../retry/retry-budget.js';
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
  /** Headers that do not depend on the attempt; the idempotency key among them. */
  readonly headers: Headers;
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
 *   be the call's own: its `onabort` is taken by whatever the call is waiting for.
 * @throws SessionError
 */
export async function runCall(
  call: PreparedCall,
  context: CallContext,
  signal: AbortSignal,
): Promise<SessionResponse> {
  const { session, settings } = context;
  const { baseUrls, clock, random, retry } = settings;
  const { method, path, safety, body, options, timeout } = call;
  let remedies: readonly Remedy[] = ['csrf', 'move', 'login'];
  if (options.reauthenticate === false) remedies = remedies.slice(0, 2);
  let deadlineMs = clock.now() + timeout.totalMs;
  let attempts = 0;
  let repetitions = 0;
  let error: SessionError | undefined;
  for (;;) {
    const { host } = context;
    const url = baseUrls[host % baseUrls.length] + path;
    const headers = new Headers(call.headers);
    const exchange = session.begin(headers, method, url);
    if (attempts) headers.set('Retry-Attempt', `${attempts}`);
    attempts += 1;
    const { response, data, failure } = await runAttempt(
      {
        url,
        init: { ...options, ...body.init, method, headers, signal, credentials: 'include' },
        timeoutMs: Math.min(timeout.attemptMs, deadlineMs - clock.now()),
        parse: options.parse,
        onResponse: exchange.arrived,
      },
      settings,
    );
    const info = parseSessionInfo(response?.headers.get('session-info'));
    if (!failure) {
      context.tokens = refillBudget(context.tokens, retry.budget, repetitions > 0);
      const { status, headers } = response;
      const replayed = headers.get('idempotent-replayed') === 'true';
      return { data, status, headers, url: response.url || url, attempts, replayed, session: info };
    }
    const pausedAtMs = clock.now();
    const remainingMs = deadlineMs - pausedAtMs;
    const { tokens } = context;
    const situation = { ...body, failure, safety, repetitions, remedies, remainingMs, tokens };
    const { remedy, delayMs, stoppedBy } = decideRetry({ ...situation, random: random() }, retry);
    const outcome = callOutcome(error?.outcome, failure);
    const fields = { ...failure, attempts, outcome, stoppedBy, node: info?.node };
    error = new SessionError(`${method} ${path}: ${failure.code}`, fields);
    exchange.failed(error);
    if (stoppedBy) throw error;
    // Unless another call has already left it.
    if (context.host === host && (!response || remedy === 'move')) context.host += 1;
    if (remedy) {
      remedies = remedies.filter((other) => other !== remedy);
      await takeTurn(exchange.cure(remedy, error), error, signal);
      // A person may have been typing a password; that is not the server being slow.
      if (remedy === 'login') deadlineMs += clock.now() - pausedAtMs;
    } else {
      context.tokens = spendBudget(tokens);
      context.onRetry({ error, delayMs });
      repetitions += 1;
      let cancel: (() => void) | undefined;
      const turn = new Promise<boolean>((resolve) => {
        cancel = clock.after(delayMs, () => resolve(true));
      });
      await takeTurn(turn, error, signal).finally(cancel);
    }
    if (clock.now() >= deadlineMs) {
      throw new SessionError(error.message, { ...error, stoppedBy: 'deadline' });
    }
  }
}

/** Waits until the call may be sent again; throws when it may not. */
async function takeTurn(
  turn: Promise<boolean>,
  error: SessionError,
  signal: AbortSignal,
): Promise<void> {
  let { code } = error;
  const aborted = new Promise<never>((_, reject) => {
    signal.onabort = () => {
      code = 'aborted';
      reject(signal.reason);
    };
  });
  const mayGo = await Promise.race([turn, aborted]).catch((cause) => {
    throw new SessionError(error.message, { ...error, code, cause });
  });
  if (!mayGo) throw error;
}
