import { type Problem, parseProblem, problemCode } from '../headers/problem.js';
import { parseRetryAfter } from '../headers/retry-after.js';
import type { AttemptFailure } from '../retry/retry-table.js';
import type { Clock } from './clock.js';
import type { FetchFunction, SessionTransport } from './session-transport.js';

/** What is handed to `fetch`, and how the answer is read. */
export interface AttemptInit extends Omit<RequestInit, 'body'> {
  readonly body: BodyInit | undefined;
  /** Ends the attempt; its `onabort` is taken. */
  readonly signal: AbortSignal;
  /** Makes the data of a successful answer; default JSON by content type, else text. */
  readonly parse?: (response: Response) => unknown;
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
  url: string,
  init: AttemptInit,
  timeoutMs: number,
  { fetch, transport, clock }: AttemptPlatform,
): Promise<AttemptResult> {
  const { signal, parse = parseBody } = init;
  const controller = new AbortController();
  const abort = () => controller.abort();
  const stopTimer = clock.after(timeoutMs, abort);
  let response: Response | undefined;
  signal.onabort = abort;
  if (signal.aborted) abort();
  try {
    response = await fetch(url, { ...init, signal: controller.signal } as RequestInit);
    const { ok, status, headers } = response;
    if (ok) return { response, data: await parse(response) };
    const problem = parseProblem(await response.text());
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'), clock.now());
    const code = problemCode(problem) ?? `http-${status}`;
    return { response, failure: { code, status, problem, retryAfterMs } };
  } catch (cause) {
    let code = 'connection-lost';
    let status: number | undefined;
    if (controller.signal.aborted) code = signal.aborted ? 'aborted' : 'timeout';
    else if (!response) code = transport.neverConnected?.(cause) ? 'unreachable' : code;
    // A body that breaks off is a TypeError (Fetch Standard); what else goes wrong is the parser's.
    else if (!(cause instanceof TypeError)) {
      code = 'invalid-response';
      status = response.status;
    }
    return { response, failure: { code, status, cause } };
  } finally {
    stopTimer();
  }
}

/** Default reader of successful answers: JSON by content type, else text; nothing when empty. */
async function parseBody(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!text) return undefined;
  // Without a type it is tested as the text "null".
  return /json/.test(response.headers.get('content-type') as string) ? JSON.parse(text) : text;
}
