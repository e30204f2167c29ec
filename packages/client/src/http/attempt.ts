import { type Problem, parseProblem, problemCode } from '../headers/problem.js';
import { parseHttpDate, parseRetryAfter } from '../headers/retry-after.js';
import type { AttemptFailure } from '../retry/retry-table.js';
import type { Clock } from './clock.js';
import type { FetchFunction, SessionTransport } from './session-transport.js';

export interface AttemptRequest {
  readonly url: string;
  /** Its `signal` ends the attempt; its `onabort` is taken. */
  readonly init: RequestInit & { readonly signal: AbortSignal };
  readonly timeoutMs: number;
  readonly parse: ((response: Response) => unknown) | undefined;
  /** Sees the response when its headers are there. */
  readonly onResponse: (response: Response) => void;
}

export interface AttemptPlatform {
  readonly fetch: FetchFunction;
  readonly transport: SessionTransport;
  readonly clock: Clock;
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

/** Sends a request once and reads its answer. Never rejects: a failure is a result. */
export async function runAttempt(
  { url, init, timeoutMs, parse = parseBody, onResponse }: AttemptRequest,
  { fetch, transport, clock }: AttemptPlatform,
): Promise<AttemptResult> {
  const { signal } = init;
  const controller = new AbortController();
  const abort = () => controller.abort();
  const stopTimer = clock.after(timeoutMs, abort);
  let code = 'connection-lost';
  let response: Response | undefined;
  let status: number | undefined;
  signal.onabort = abort;
  try {
    response = await fetch(url, { ...init, signal: controller.signal });
    onResponse(response);
    // Read whole before it is parsed: a broken connection is worth a repetition, a broken text not.
    const bytes = await response.arrayBuffer();
    const whole = new Response(bytes.byteLength ? bytes : null, response);
    status = response.status;
    if (!response.ok)
      return { response, failure: describeFailure(whole, await whole.text(), clock) };
    code = 'invalid-response';
    return { response, data: await parse(whole) };
  } catch (cause) {
    if (!response && transport.neverConnected?.(cause)) code = 'unreachable';
    if (controller.signal.aborted) code = signal.aborted ? 'aborted' : 'timeout';
    return { response, failure: { code, cause, ...(status && { status }) } };
  } finally {
    stopTimer();
  }
}

function describeFailure({ status, headers }: Response, text: string, clock: Clock): FailedAttempt {
  const problem = parseProblem(text);
  const serverNowMs = parseHttpDate(headers.get('date')) || clock.now();
  return {
    code: problemCode(problem) ?? `http-${status}`,
    status,
    problem,
    retryAfterMs: parseRetryAfter(headers.get('retry-after'), serverNowMs),
  };
}

/** Default reader of successful answers: JSON by content type, else text; nothing when empty. */
async function parseBody(response: Response): Promise<unknown> {
  const text = await response.text();
  const isJson = /[/+]json\b/i.test(response.headers.get('content-type') ?? '');
  return text && isJson ? JSON.parse(text) : text || undefined;
}
