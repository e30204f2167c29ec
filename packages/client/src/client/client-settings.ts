import { invalidOption } from '../errors.js';
import { type Clock, systemClock } from '../http/clock.js';
import type { CsrfPolicy } from '../http/csrf-token.js';
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
  readonly csrf: CsrfPolicy | undefined;
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
const DEFAULT_CSRF: CsrfPolicy = {
  cookies: ['__Host-sid-csrf', 'sid-csrf'],
  header: 'X-CSRF-Token',
};

/** @throws SessionError `invalid-option` for the first option that is unusable */
export function resolveOptions(options: SessionClientOptions): ClientSettings {
  const { baseUrl, csrf, retry = {}, timeout } = options;
  const { budget, ...numbers } = retry || { attempts: 1 };
  return {
    transport: browserTransport,
    sessionPath: '/session',
    // Bound late, so that a page may wrap fetch after this client was made.
    fetch: (url, init) => fetch(url, init),
    clock: systemClock,
    random: () => Math.random(),
    ...options,
    baseUrls: [baseUrl].flat().map(resolveBaseUrl),
    csrf: csrf === false ? undefined : { ...DEFAULT_CSRF, ...csrf },
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
  const page = globalThis.location?.href;
  const url = page ? new URL(text, page).href : text;
  if (!/^https?:[^?#]+$/.test(url)) throw invalidOption('baseUrl', text, 'a URL without query');
  return url.replace(/\/+$/, '');
}
