import { invalidOption } from '../errors.js';
import { type Clock, systemClock } from '../http/clock.js';
import type { Random } from '../http/random.js';
import {
  browserTransport,
  type FetchFunction,
  type SessionTransport,
} from '../http/session-transport.js';
import { DEFAULT_RETRY, type RetryPolicy } from '../retry/retry-policy.js';
import type { SessionClientOptions, TimeoutPolicy } from './session-client-options.js';

/** Options with every default filled in and every value checked. */
export interface ClientSettings {
  readonly baseUrls: readonly string[];
  readonly transport: SessionTransport;
  readonly csrf: readonly string[] | false;
  readonly sessionPath: string;
  readonly retry: RetryPolicy;
  readonly timeout: TimeoutPolicy;
  readonly idempotency?: SessionClientOptions['idempotency'];
  readonly onReauthenticate?: SessionClientOptions['onReauthenticate'];
  readonly fetch: FetchFunction;
  readonly clock: Clock;
  readonly random: Random;
}

const DEFAULT_TIMEOUT: TimeoutPolicy = { attemptMs: 5000, totalMs: 15_000 };

/** @throws SessionError `invalid-option` for the first option that is unusable */
export function resolveOptions(options: SessionClientOptions): ClientSettings {
  const { baseUrl, retry = {}, timeout } = options;
  const { budget, ...numbers } = retry || { attempts: 1 };
  return {
    transport: browserTransport,
    csrf: ['__Host-sid-csrf', 'sid-csrf'],
    sessionPath: '/session',
    // Bound late, so that a page may wrap fetch after this client was made.
    fetch: (url, init) => fetch(url, init),
    clock: systemClock,
    random: Math.random,
    ...options,
    // An empty list is as unusable as an empty URL.
    baseUrls: (baseUrl.length ? [baseUrl].flat() : ['']).map(resolveBaseUrl),
    retry: {
      ...withDefaults('retry', DEFAULT_RETRY, numbers),
      budget: withDefaults('retry.budget', DEFAULT_RETRY.budget, budget),
    },
    timeout: withDefaults('timeout', DEFAULT_TIMEOUT, timeout),
  };
}

/**
 * Fills in defaults and checks that every number given is one.
 *
 * @throws SessionError `invalid-option`
 */
export function withDefaults<Policy>(name: string, defaults: Policy, given: object = {}): Policy {
  for (const [field, value] of Object.entries(given)) {
    // Written so that NaN fails as well.
    if (!(value >= 0)) throw invalidOption(`${name}.${field}`, value, 'a number from 0');
  }
  return { ...defaults, ...given };
}

function resolveBaseUrl(text: string): string {
  if (!/^(https?:\/)?\/[^?#]*$/.test(text)) {
    throw invalidOption('baseUrl', text, 'a URL or a path');
  }
  return text.replace(/\/+$/, '');
}
