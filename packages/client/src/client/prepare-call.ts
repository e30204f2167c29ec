import { isIdempotent, isSafe } from '../http/method.js';
import { createKey } from '../http/random.js';
import { encodeBody } from '../http/request-body.js';
import { type CallSafety, IDEMPOTENT, KEYED, type Remedy, UNSAFE } from '../retry/retry-table.js';
import { type ClientSettings, withDefaults } from './client-settings.js';
import type { RequestOptions } from './session-client.js';
import type { TimeoutPolicy } from './session-client-options.js';

/** `duplex` is what a stream needs; the DOM's types do not know it yet. */
interface StreamingInit extends Omit<RequestInit, 'body'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyInit | undefined;
  readonly duplex: 'half';
}

/** Any host will do. */
const HOST = 'http://a/';

/** A call with everything decided that stays the same over its repetitions. */
export interface PreparedCall extends TimeoutPolicy {
  readonly method: string;
  /** Path with query, to be appended to a base URL. */
  readonly path: string;
  /** What `fetch` is to be given; the headers are completed for each attempt. */
  readonly init: StreamingInit;
  readonly safety: CallSafety;
  /** Remedies it must not use. */
  readonly used: readonly Remedy[];
  /** False for a stream: its bytes are gone after the first attempt. */
  readonly repeatable: boolean;
}

/**
 * Decides what stays the same over all repetitions of a call: its path, body bytes and key.
 *
 * @throws SessionError `invalid-option` for an unusable timeout or key
 * @throws TypeError for a body without JSON form, an impossible header
 */
export async function prepareCall(
  method: string,
  path: string,
  options: RequestOptions,
  { idempotency, random, timeout }: ClientSettings,
): Promise<PreparedCall> {
  const { body, passive } = options;
  const isKeyed = idempotency !== 'manual' && !isSafe(method);
  const { idempotencyKey: key = isKeyed && createKey(random) } = options;
  const [content, type] = await encodeBody(body);
  return {
    ...withDefaults('timeout', timeout, options.timeout),
    method,
    // Read as `fetch` will, and only then appended to the base URL: a path from elsewhere
    // ("//evil.example", "\\evil.example", "../admin") can change neither its host nor its folder, and
    // so cannot take the token there.
    path: new URL(HOST + path).href.slice(HOST.length - 1).replace(/^\/+/, '/'),
    init: {
      credentials: 'include',
      ...options,
      method,
      body: content,
      duplex: 'half',
      headers: {
        accept: 'application/json',
        ...(type && { 'content-type': type }),
        ...(key !== false && { 'idempotency-key': `"${key}"` }),
        ...(passive && { 'session-passive': '?1' }),
        ...Object.fromEntries(new Headers(options.headers)),
      },
    },
    safety: key !== false ? KEYED : isIdempotent(method) ? IDEMPOTENT : UNSAFE,
    used: options.reauthenticate === false ? ['login'] : [],
    repeatable: !(body instanceof ReadableStream),
  };
}
