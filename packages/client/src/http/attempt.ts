import { type Problem, parseProblem, problemCode } from '../headers/problem.js';
import { parseHttpDate, parseRetryAfter } from '../headers/retry-after.js';
import type { AttemptFailure } from '../retry/retry-table.js';
import type { Clock } from './clock.js';
import type { FetchFunction, SessionTransport } from './session-transport.js';

/** What an attempt needs besides its request. */
export interface AttemptOptions {
  readonly fetch: FetchFunction;
  readonly transport: SessionTransport;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Makes the data of a successful answer; default JSON by content type, else text. */
  readonly parse?: (response: Response) => unknown;
  /** Sees the response when its headers are there. */
  readonly arrived: (response: Response) => void;
}

/** A failed attempt with what a `SessionError` is to tell about it. */
export interface FailedAttempt extends AttemptFailure {
  readonly problem?: Problem | undefined;
  readonly cause?: unknown;
}

export type AttemptResult =
  | { readonly response: Response; readonly data: unknown; readonly failure?: undefined }
  | {
      readonly response?: Response | undefined;
      readonly data?: undefined;
      readonly failure: FailedAttempt;
    };

/**
 * Sends a request once and reads its answer. Never rejects: a failure is a result.
 *
 * @param init its `signal` ends the attempt, and its `onabort` is taken
 */
export async function runAttempt(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
  { fetch, transport, clock, timeoutMs, parse = parseBody, arrived }: AttemptOptions,
): Promise<AttemptResult> {
  const { signal } = init;
  const controller = new AbortController();
  const abort = () => controller.abort();
  const stopTimer = clock.after(timeoutMs, abort);
  let response: Response | undefined;
  signal.onabort = abort;
  try {
    response = await fetch(url, { ...init, signal: controller.signal });
    arrived(response);
    const { ok, status, headers } = response;
    if (ok) return { response, data: await parse(response) };
    const problem = parseProblem(await response.text());
    const serverNowMs = parseHttpDate(headers.get('date')) || clock.now();
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'), serverNowMs);
    const code = problemCode(problem) ?? `http-${status}`;
    return { response, failure: { code, status, problem, retryAfterMs } };
  } catch (cause) {
    // A body that breaks off is a TypeError (Fetch Standard); worth a repetition, unlike a parser's.
    let code = response && !(cause instanceof TypeError) ? 'invalid-response' : 'connection-lost';
    if (!response && transport.neverConnected?.(cause)) code = 'unreachable';
    if (controller.signal.aborted) code = signal.aborted ? 'aborted' : 'timeout';
    return { response, failure: { code, cause } };
  } finally {
    stopTimer();
  }
}

/** Default reader of successful answers: JSON by content type, else text; nothing when empty. */
async function parseBody(response: Response): Promise<unknown> {
  const text = await response.text();
  const isJson = /[/+]json\b/i.test(response.headers.get('content-type') ?? '');
  return text && isJson ? JSON.parse(text) : text || undefined;
}
