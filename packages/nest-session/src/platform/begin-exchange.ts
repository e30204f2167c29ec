import type { ServerResponse } from 'node:http';
import { SessionExchange } from '../exchange/session-exchange.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import { isSafeMethod, REQUEST_HEADERS } from '../http/contract.js';
import { type FrameworkRequest, requestFacts } from '../http/request-facts.js';
import { gateResponse } from '../http/response-gate.js';
import { requestFingerprint } from '../idempotency/fingerprint.js';
import { parseIdempotencyKey } from '../idempotency/idempotency-key.js';
import { provideSession, rememberExchange } from './exchange-registry.js';

/** What the two frameworks have in common, from the session layer's point of view. */
export interface PlatformSettings {
  readonly runtime: SessionRuntime;
  readonly idempotency: 'auto' | 'marked' | false;
  /** Where the health endpoint is served, which must answer when sessions cannot be. */
  readonly healthPath: string | undefined;
}

/** Begins the exchange of a request; undefined where the session layer stays out. */
export function beginExchange(
  settings: PlatformSettings,
  request: FrameworkRequest,
  raw: object,
  response: ServerResponse,
): SessionExchange | undefined {
  const { runtime, healthPath } = settings;
  // Also for requests the session layer stays out of: a kept connection holds the shutdown up.
  if (runtime.draining()) response.setHeader('Connection', 'close');
  if (healthPath !== undefined && isAt(healthPath, request.originalUrl)) return undefined;
  const facts = requestFacts(request, runtime.policy.trustProxy);
  const exchange = new SessionExchange(runtime.forRequest?.(facts) ?? runtime, facts);
  rememberExchange(raw, exchange);
  provideSession(raw);
  gateResponse(response, exchange);
  return exchange;
}

/**
 * Reserves the idempotency key of a request when it is unsafe and carries one. Called after its
 * body was parsed and before any guard. Undefined: there is none. False: the response is known
 * already; end it. Throws `SessionRequestError` when the key is malformed.
 */
export function reserveRequest(
  exchange: SessionExchange,
  body: unknown,
): Promise<boolean> | undefined {
  const { facts } = exchange;
  if (isSafeMethod(facts.method)) return undefined;
  const key = parseIdempotencyKey(facts.header(REQUEST_HEADERS.idempotencyKey));
  if (key === undefined) return undefined;
  return exchange.reserve(key, requestFingerprint(facts.method, facts.target, body));
}

/** Whether a request is for this path, with or without a query. */
function isAt(path: string, target: string): boolean {
  if (!target.startsWith(path)) return false;
  return target.length === path.length || target[path.length] === '?';
}
