import type { Durability, Tier } from '@understudy/replication';
import { type CookiePolicy, cookiePolicy } from '../cookie/cookie-policy.js';
import { SessionOptionError } from '../errors.js';
import { type CheckedRule, checkRule } from '../rate-limit/rate-limit-rule.js';
import type {
  NewSessionLimit,
  SessionClusterOptions,
  SessionModuleOptions,
} from '../session.options.js';
import { byteSizeOption } from './byte-size.js';
import { durationOption } from './duration.js';
import { chooseSecrets } from './secrets.js';

/** The options with every choice made and nothing optional. */
export interface NormalizedSessionOptions {
  readonly secrets: readonly string[];
  /** True when the secret was made up here and cookies end with the process. */
  readonly secretIsRandom: boolean;
  readonly cluster: SessionClusterOptions | undefined;
  readonly tier: Tier | undefined;
  readonly drainDeadlineMs: number;
  readonly cookies: CookiePolicy;
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  readonly maxBytes: number;
  readonly newSessions: CheckedRule | undefined;
  readonly durability: Durability;
  readonly csrf: { readonly trustedOrigins: readonly string[] } | undefined;
  readonly idempotency: 'auto' | 'marked' | false;
  readonly trustProxy: boolean;
  readonly strict: boolean;
}

/** What the options are checked against besides themselves. */
export interface OptionsEnvironment {
  /** `NODE_ENV` is `production`. */
  readonly production: boolean;
  randomSecret(): string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Options and what they may hold; a name that is not here is a mistake worth stopping for. */
const KNOWN: Readonly<Record<string, readonly string[] | undefined>> = {
  secret: undefined,
  cluster: [
    'servers',
    'transport',
    'name',
    'keyring',
    'acceptPlain',
    'node',
    'zone',
    'backups',
    'durability',
    'onIsolation',
    'timings',
    'drainDeadline',
    'user',
    'pass',
    'token',
    'tls',
  ],
  tier: undefined,
  cookie: ['name', 'secure', 'sameSite', 'domain', 'path'],
  timeouts: ['idle', 'absolute'],
  limits: ['maxBytes', 'newSessions'],
  csrf: ['trustedOrigins'],
  idempotency: undefined,
  trustProxy: undefined,
  strict: undefined,
};

/** Checks everything once. Throws {@link SessionOptionError} with option, value and expectation. */
export function normalizeSessionOptions(
  options: SessionModuleOptions,
  environment: OptionsEnvironment,
): NormalizedSessionOptions {
  checkNames(options);
  const { cluster, tier, timeouts = {}, limits = {} } = options;
  const idleTimeoutMs = durationOption('timeouts.idle', timeouts.idle, 30 * MINUTE_MS, {
    min: MINUTE_MS,
    max: 30 * DAY_MS,
  });
  const absoluteDefaultMs = Math.max(12 * 60 * MINUTE_MS, idleTimeoutMs);
  checkCluster(cluster);
  checkTier(tier);
  return {
    ...chooseSecrets(options.secret, (cluster ?? tier) !== undefined, environment),
    cluster,
    tier,
    drainDeadlineMs: durationOption('cluster.drainDeadline', cluster?.drainDeadline, 30_000, {
      min: 0,
      max: 10 * MINUTE_MS,
    }),
    cookies: cookiePolicy(options.cookie),
    idleTimeoutMs,
    absoluteTimeoutMs: durationOption('timeouts.absolute', timeouts.absolute, absoluteDefaultMs, {
      min: idleTimeoutMs,
      max: 365 * DAY_MS,
    }),
    maxBytes: byteSizeOption('limits.maxBytes', limits.maxBytes, 256 * 1024, {
      min: 1024,
      max: 4 * 1024 * 1024,
    }),
    newSessions: newSessionRule(limits.newSessions),
    durability: oneOf('cluster.durability', cluster?.durability ?? 'backup', [
      'async',
      'backup',
      'all',
    ]),
    csrf: csrfOptions(options.csrf),
    idempotency: oneOf('idempotency', options.idempotency ?? 'auto', ['auto', 'marked', false]),
    trustProxy: oneOf('trustProxy', options.trustProxy ?? false, [true, false]),
    strict: oneOf('strict', options.strict ?? !environment.production, [true, false]),
  };
}

function checkNames(options: SessionModuleOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(KNOWN, name)) {
      throw new SessionOptionError(name, value, `one of ${Object.keys(KNOWN).join(', ')}`);
    }
    const inner = KNOWN[name];
    if (!inner || value === undefined || typeof value === 'boolean') continue;
    if (typeof value !== 'object' || value === null) {
      throw new SessionOptionError(name, value, `an object with ${inner.join(', ')}`);
    }
    for (const [innerName, innerValue] of Object.entries(value)) {
      if (inner.includes(innerName)) continue;
      const expected = `no such option; there are ${inner.join(', ')}`;
      throw new SessionOptionError(`${name}.${innerName}`, innerValue, expected);
    }
  }
}

/** The engine checks the rest of what it is given; only the choice of a bus is ours. */
function checkCluster(cluster: SessionClusterOptions | undefined): void {
  if (!cluster) return;
  const { servers, transport, keyring } = cluster;
  if ((servers === undefined) === (transport === undefined)) {
    throw new SessionOptionError('cluster.servers', servers, 'either servers or a transport');
  }
  // An empty list would be no keyring at all, and nobody would notice.
  if (keyring !== undefined && !(Array.isArray(keyring) && keyring.length > 0)) {
    const expected = 'a list of { id, secret }, newest first';
    throw new SessionOptionError('cluster.keyring', typeof keyring, expected);
  }
}

function checkTier(tier: Tier | undefined): void {
  if (tier === undefined || typeof tier?.write === 'function') return;
  throw new SessionOptionError('tier', tier, 'a tier such as redisTier({ url })');
}

function newSessionRule(
  limit: NewSessionLimit | false = { limit: 300, window: '1m' },
): CheckedRule | undefined {
  return limit === false ? undefined : checkRule({ ...limit, name: 'new-sessions', by: 'ip' });
}

function csrfOptions(csrf: SessionModuleOptions['csrf']): NormalizedSessionOptions['csrf'] {
  if (csrf === false) return undefined;
  const { trustedOrigins = [] } = typeof csrf === 'object' ? csrf : {};
  for (const origin of trustedOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      const expected = "origins such as 'https://admin.example', without a path";
      throw new SessionOptionError('csrf.trustedOrigins', origin, expected);
    }
  }
  return { trustedOrigins };
}

function oneOf<const T>(option: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  const expected = choices.map((choice) => JSON.stringify(choice)).join(' or ');
  throw new SessionOptionError(option, value, expected);
}
