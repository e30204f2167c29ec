import { createKey } from '../http/random.js';
import { encodeBody } from '../http/request-body.js';
import { type CallSafety, IDEMPOTENT, KEYED, UNSAFE } from '../retry/retry-table.js';
import type { PreparedCall } from './call.js';
import { type ClientSettings, resolveTimeout } from './client-settings.js';
import type { CallOptions, RequestOptions } from './session-client.js';

/** True for methods that ask for no change; others carry the token and a key (RFC 9110 §9.2.1). */
export function isSafe(method: string): boolean {
  return /^(GET|HEAD|OPTIONS)$/.test(method);
}

/**
 * Decides what stays the same over all repetitions of a call: its URL, body bytes and key.
 *
 * @throws SessionError `invalid-option` for an unusable timeout
 * @throws TypeError for a body without JSON form, an impossible header or key
 */
export async function prepareCall(
  method: string,
  path: string,
  options: RequestOptions,
  settings: ClientSettings,
): Promise<PreparedCall> {
  const key = keyOf(method, options, settings);
  const body = await encodeBody(options.body);
  const headers = new Headers({
    Accept: 'application/json, */*;q=0.1',
    ...(body.contentType && { 'Content-Type': body.contentType }),
    ...(key && { 'Idempotency-Key': `"${key}"` }),
    ...(options.passive && { 'Session-Passive': '?1' }),
  });
  for (const [name, value] of new Headers(options.headers)) headers.set(name, value);
  return {
    method,
    // Appended to the base URL and never resolved against it: a path from elsewhere
    // ("//evil.example") cannot change the host, and so cannot take the token there.
    path: `/${path.replace(/^\/+/, '')}`,
    headers,
    body,
    safety: safetyOf(method, key, options),
    timeout: resolveTimeout(options.timeout, settings.timeout),
    options,
  };
}

function safetyOf(
  method: string,
  key: string | undefined,
  { idempotent = /^(PUT|DELETE)$/.test(method) }: CallOptions,
): CallSafety {
  if (key) return KEYED;
  return idempotent || isSafe(method) ? IDEMPOTENT : UNSAFE;
}

function keyOf(
  method: string,
  { idempotencyKey: key }: CallOptions,
  { idempotency, random }: ClientSettings,
): string | undefined {
  if (key === undefined && idempotency !== 'manual' && !isSafe(method)) return createKey(random);
  return key || undefined;
}
