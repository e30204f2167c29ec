import { invalidOption, SessionError } from '../errors.js';
import { parseBody } from '../http/attempt.js';
import { createKey } from '../http/random.js';
import { encodeBody } from '../http/request-body.js';
import { IDEMPOTENCY_KEY_LENGTH_LIMIT } from '../limits.js';
import type { CallSafety } from '../retry/decide-retry.js';
import type { PreparedCall } from './call.js';
import { type ClientSettings, resolveTimeout } from './client-settings.js';
import type { CallOptions, RequestOptions } from './session-client.js';

/** Methods that ask for no change; all others carry the CSRF token and a key (RFC 9110 §9.2.1). */
const SAFE = /^(GET|HEAD|OPTIONS)$/;
const IDEMPOTENT = /^(GET|HEAD|OPTIONS|PUT|DELETE)$/;

const REFUSED = { code: 'invalid-option', outcome: 'not-sent' } as const;

export function isSafe(method: string): boolean {
  return SAFE.test(method);
}

/**
 * Decides what stays the same over all repetitions of a call: its URL, body bytes and key.
 *
 * @throws SessionError `invalid-option` for an unusable key or timeout
 */
export async function prepareCall(
  givenMethod: string,
  path: string,
  options: RequestOptions,
  settings: ClientSettings,
): Promise<PreparedCall> {
  const method = givenMethod.toUpperCase();
  const headers = new Headers(options.headers);
  const timeout = resolveTimeout(options.timeout, settings.timeout);
  const key = keyOf(method, options, settings);
  const body = await encodeBody(options.body).catch((cause) => {
    throw new SessionError('the body has no JSON form', { ...REFUSED, cause });
  });
  if (!headers.has('accept')) headers.set('Accept', 'application/json, */*;q=0.1');
  if (body.contentType && !headers.has('content-type')) {
    headers.set('Content-Type', body.contentType);
  }
  if (key !== undefined) headers.set('Idempotency-Key', `"${key}"`);
  if (options.passive) headers.set('Session-Passive', '?1');
  const safety = safetyOf(method, key, options);
  const parse = options.parse ?? parseBody;
  return { method, path: joinPath(path, options), headers, body, safety, timeout, options, parse };
}

function safetyOf(method: string, key: string | undefined, options: CallOptions): CallSafety {
  if (key !== undefined) return 'keyed';
  return options.idempotent || IDEMPOTENT.test(method) ? 'idempotent' : 'unsafe';
}

function keyOf(
  method: string,
  { idempotencyKey: key }: CallOptions,
  { keyedByDefault, random }: ClientSettings,
): string | undefined {
  if (key === false) return undefined;
  if (key === undefined) return keyedByDefault && !isSafe(method) ? createKey(random) : undefined;
  if (!/^[!#-[\]-~]+$/.test(key) || key.length > IDEMPOTENCY_KEY_LENGTH_LIMIT) {
    const expected = `1 to ${IDEMPOTENCY_KEY_LENGTH_LIMIT} visible ASCII characters without " and \\`;
    throw invalidOption('idempotencyKey', key, expected);
  }
  return key;
}

function joinPath(path: string, { searchParams = {} }: CallOptions): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(searchParams)) {
    if (value !== undefined) query.set(name, String(value));
  }
  // Appended, never resolved: a path from elsewhere ("//evil.example") cannot change the host, and
  // so cannot take the token there.
  const joined = `/${path.replace(/^\/+/, '')}`;
  if (query.size === 0) return joined;
  return `${joined}${joined.includes('?') ? '&' : '?'}${query}`;
}
