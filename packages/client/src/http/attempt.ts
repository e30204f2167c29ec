import { type Problem, parseProblem, problemCode } from '../headers/problem.js';
import { parseRateLimit } from '../headers/rate-limit.js';
import { parseHttpDate, parseRetryAfter } from '../headers/retry-after.js';
import type { AttemptFailure } from '../retry/attempt-failure.js';
import { tieAbort } from './abort.js';
import type { Clock } from './clock.js';
import type { FetchFunction, SessionTransport } from './session-transport.js';

export interface AttemptRequest {
  readonly url: string;
  readonly init: RequestInit;
  readonly timeoutMs: number;
  /** Ends the attempt as `aborted`. */
  readonly signal: AbortSignal;
  readonly parse: (response: Response) => unknown;
  /** Sees the response when its headers are there. */
  readonly onResponse: (response: Response) => void;
}

export interface AttemptPlatform {
  readonly fetch: FetchFunction;
  readonly transport: SessionTransport;
  readonly clock: Clock;
}

export type AttemptResult =
  | { readonly ok: true; readonly response: Response; readonly data: unknown }
  | {
      readonly ok: false;
      readonly failure: AttemptFailure;
      readonly response?: Response;
      readonly problem?: Problem | undefined;
      readonly cause?: unknown;
    };

/** Sends a request once and reads its answer. Never rejects; a failure is a result. */
export async function runAttempt(
  request: AttemptRequest,
  { fetch, transport, clock }: AttemptPlatform,
): Promise<AttemptResult> {
  const controller = new AbortController();
  const untie = tieAbort(request.signal, controller);
  const stopTimer = clock.after(request.timeoutMs, () => controller.abort());
  let response: Response | undefined;
  try {
    response = await fetch(request.url, { ...request.init, signal: controller.signal });
    request.onResponse(response);
    // Read whole before it is parsed: a broken connection is worth a repetition, a broken text not.
    const bytes = await response.arrayBuffer();
    const whole = new Response(bytes.byteLength > 0 ? bytes : null, response);
    if (!response.ok) return await readFailure(response, whole, clock.now());
    return await readSuccess(response, whole, request.parse);
  } catch (cause) {
    const kind = request.signal.aborted
      ? 'aborted'
      : controller.signal.aborted
        ? 'timeout'
        : !response && transport.neverConnected?.(cause)
          ? 'never-connected'
          : 'lost';
    return { ok: false, failure: { kind }, cause, ...(response && { response }) };
  } finally {
    stopTimer();
    untie();
  }
}

/** Default reader of successful answers: JSON by content type, else text; nothing when empty. */
export async function parseBody(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  return /\bjson\b/i.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
}

async function readSuccess(
  response: Response,
  whole: Response,
  parse: AttemptRequest['parse'],
): Promise<AttemptResult> {
  try {
    return { ok: true, response, data: await parse(whole) };
  } catch (cause) {
    return { ok: false, response, cause, failure: { kind: 'unreadable' } };
  }
}

async function readFailure(
  response: Response,
  whole: Response,
  nowMs: number,
): Promise<AttemptResult> {
  const { headers, status } = response;
  const problem = parseProblem(headers.get('content-type'), await whole.text());
  const serverNowMs = parseHttpDate(headers.get('date')) ?? nowMs;
  const retryAfterMs =
    parseRetryAfter(headers.get('retry-after'), serverNowMs) ??
    (status === 429 ? exhaustedForMs(headers.get('ratelimit')) : undefined);
  const code = problemCode(problem);
  return { ok: false, response, problem, failure: { kind: 'status', status, code, retryAfterMs } };
}

/** The longest wait any used-up policy asks for. */
function exhaustedForMs(header: string | null): number | undefined {
  const waits = parseRateLimit(header).flatMap(({ remaining, resetMs }) =>
    remaining < 1 && resetMs !== undefined ? [resetMs] : [],
  );
  return waits.length > 0 ? Math.max(...waits) : undefined;
}
