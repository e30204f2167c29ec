import { createKey } from '../http/random.js';
import { encodeBody } from '../http/request-body.js';
import { IDEMPOTENT, KEYED, UNSAFE } from '../retry/retry-table.js';
import type { PreparedCall } from './call.js';
import { type ClientSettings, withDefaults } from './client-settings.js';
import type { RequestOptions } from './session-client.js';

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
  { idempotency, random, timeout }: ClientSettings,
): Promise<PreparedCall> {
  const isKeyed = idempotency !== 'manual' && !isSafe(method);
  const { idempotencyKey: key = isKeyed && createKey(random), idempotent, passive } = options;
  const body = await encodeBody(options.body);
  return {
    method,
    // Appended to the base URL and never resolved against it: a path from elsewhere
    // ("//evil.example") cannot change the host, and so cannot take the token there.
    path: `/${path.replace(/^\/+/, '')}`,
    headers: {
      accept: 'application/json, */*;q=0.1',
      ...(body.contentType && { 'content-type': body.contentType }),
      ...(key && { 'idempotency-key': `"${key}"` }),
      ...(passive && { 'session-passive': '?1' }),
      ...Object.fromEntries(new Headers(options.headers)),
    },
    body,
    safety: key
      ? KEYED
      : idempotent || isSafe(method) || /^(PUT|DELETE)$/.test(method)
        ? IDEMPOTENT
        : UNSAFE,
    timeout: withDefaults('timeout', timeout, options.timeout),
    options,
  };
}
