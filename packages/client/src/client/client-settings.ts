import { invalidOption } from '../errors.js';
import { type Clock, systemClock } from '../http/clock.js';
import { type Random, systemRandom } from '../http/random.js';
import type { FetchFunction, SessionTransport } from '../http/session-transport.js';
import { browserTransport } from '../http/session-transport.js';
import { BASE_URL_LIMIT } from '../limits.js';
import { DEFAULT_RETRY, type RetryPolicy } from '../retry/retry-policy.js';
import type { CsrfPolicy, SessionClientOptions, TimeoutPolicy } from './session-client-options.js';

/** Options with every default filled in and every value checked. */
export interface ClientSettings {
  readonly baseUrls: readonly string[];
  readonly transport: SessionTransport;
  readonly csrf: CsrfPolicy | undefined;
  readonly sessionPath: string;
  readonly retry: RetryPolicy;
  readonly timeout: TimeoutPolicy;
  readonly keyedByDefault: boolean;
  readonly onReauthenticate: SessionClientOptions['onReauthenticate'];
  readonly fetch: FetchFunction;
  readonly clock: Clock;
  readonly random: Random;
}

const DEFAULT_CSRF: CsrfPolicy = {
  cookies: ['__Host-sid-csrf', 'sid-csrf'],
  header: 'X-CSRF-Token',
};

/** @throws SessionError `invalid-option` for the first option that is unusable */
export function resolveOptions(options: SessionClientOptions): ClientSettings {
  const { retry = {}, csrf = {}, idempotency = 'unsafe' } = options;
  if (idempotency !== 'unsafe' && idempotency !== 'manual') {
    throw invalidOption('idempotency', idempotency, "'unsafe' or 'manual'");
  }
  return {
    baseUrls: resolveBaseUrls(options.baseUrl),
    transport: options.transport ?? browserTransport,
    csrf: csrf ? { ...DEFAULT_CSRF, ...csrf } : undefined,
    sessionPath: options.sessionPath ?? '/session',
    retry: resolveRetry(retry),
    timeout: resolveTimeout(options.timeout),
    keyedByDefault: idempotency === 'unsafe',
    onReauthenticate: options.onReauthenticate,
    // Bound late, so that a page may wrap fetch after this client was made.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

/** @throws SessionError `invalid-option` */
export function resolveTimeout(
  timeout: Partial<TimeoutPolicy> = {},
  defaults: TimeoutPolicy = { attemptMs: 5000, totalMs: 15_000 },
): TimeoutPolicy {
  const resolved = { ...defaults, ...timeout };
  checkNumbers('timeout', resolved, 1);
  return resolved;
}

function resolveRetry(retry: Exclude<SessionClientOptions['retry'], undefined>): RetryPolicy {
  if (!retry) return { ...DEFAULT_RETRY, attempts: 1 };
  const budget = { ...DEFAULT_RETRY.budget, ...retry.budget };
  const { budget: _, ...numbers } = { ...DEFAULT_RETRY, ...retry };
  checkNumbers('retry', numbers, 0);
  checkNumbers('retry.budget', budget, 0);
  return { ...numbers, budget };
}

function resolveBaseUrls(baseUrl: string | readonly string[]): readonly string[] {
  const baseUrls = [baseUrl].flat();
  if (baseUrls.length < 1 || baseUrls.length > BASE_URL_LIMIT) {
    throw invalidOption('baseUrl', baseUrl, `1 to ${BASE_URL_LIMIT} URLs`);
  }
  return baseUrls.map((text) => {
    const url = URL.canParse(text, globalThis.location?.href)
      ? new URL(text, globalThis.location?.href)
      : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
      throw invalidOption('baseUrl', text, 'an http(s) URL without query');
    }
    return url.href.replace(/\/+$/, '');
  });
}

function checkNumbers(name: string, values: object, least: number): void {
  for (const [field, value] of Object.entries(values)) {
    // Written so that NaN fails as well.
    if (!(typeof value === 'number' && value >= least)) {
      throw invalidOption(`${name}.${field}`, value, `a number of at least ${least}`);
    }
  }
}
