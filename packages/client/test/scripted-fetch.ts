import type { FetchFunction } from '../src/index.js';

/** What the other side does with one request. */
export type Scripted =
  | Response
  | Error
  /** Never answers; rejects when aborted, as `fetch` does. */
  | 'silence'
  | ((request: SentRequest) => Scripted | Promise<Scripted>);

export interface SentRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface ScriptedFetch {
  readonly fetch: FetchFunction;
  readonly sent: SentRequest[];
}

/** A `fetch` that follows a script, one step for each request; the last step repeats for ever. */
export function scriptedFetch(...script: Scripted[]): ScriptedFetch {
  const sent: SentRequest[] = [];
  const fetch: FetchFunction = async (url, init) => {
    const { method = 'GET', signal } = init;
    if (signal?.aborted) throw signal.reason;
    const body = await new Response(init.body as BodyInit | undefined).text();
    const request = { url, method, headers: new Headers(init.headers), body };
    let step: Scripted = script[Math.min(sent.length, script.length - 1)] ?? 'silence';
    sent.push(request);
    while (typeof step === 'function') step = await step(request);
    if (step instanceof Error) throw step;
    if (step === 'silence') {
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    }
    return step.clone();
  };
  return { fetch, sent };
}

/** A successful JSON answer. */
export function json(value: unknown, headers: HeadersInit = {}): Response {
  return Response.json(value, { headers });
}

/** An error answer as docs/http.md describes it. */
export function problem(
  status: number,
  name: string,
  headers: Record<string, string> = {},
): Response {
  const type = `urn:understudy:${name}`;
  return new Response(JSON.stringify({ type, title: name, status, code: name }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

/** What `fetch` throws when a connection breaks. */
export function brokenConnection(): TypeError {
  return new TypeError('fetch failed');
}

/** Pseudo-random numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
