import type { SessionModuleOptions } from '../session.options.js';
import { BINDING_OPTION_NAMES, type NormalizedBinding, normalizeBinding } from './binding.js';
import { type NormalizedClearSiteData, normalizeClearSiteData } from './clear-site-data.js';
import { type NormalizedClock, normalizeClock } from './clock.js';
import { CLUSTER_OPTION_NAMES, type NormalizedCluster, normalizeCluster } from './cluster.js';
import { COOKIE_OPTION_NAMES, type NormalizedCookie, normalizeCookie } from './cookie.js';
import { besideCookies } from './cookie-store.js';
import { CSRF_OPTION_NAMES, type NormalizedCsrf, normalizeCsrf } from './csrf.js';
import type { OptionsEnvironment } from './environment.js';
import {
  LEGACY_COOKIE_OPTION_NAMES,
  type NormalizedLegacyCookies,
  normalizeLegacyCookies,
} from './legacy-cookies.js';
import { LIMIT_OPTION_NAMES, type NormalizedLimits, normalizeLimits } from './limits.js';
import { type NormalizedOnConflict, normalizeOnConflict } from './on-conflict.js';
import { oneOf } from './one-of.js';
import { checkOptionNames, type KnownOptions } from './option-names.js';
import { type NormalizedSchema, normalizeSchema, SCHEMA_OPTION_NAMES } from './schema.js';
import { type ChosenSecrets, chooseSecrets } from './secrets.js';
import { type NormalizedShutdown, normalizeShutdown, SHUTDOWN_OPTION_NAMES } from './shutdown.js';
import { type NormalizedSockets, normalizeSockets, SOCKET_OPTION_NAMES } from './sockets.js';
import { type NormalizedStore, normalizeStore } from './store.js';
import { type NormalizedTier, normalizeTier } from './tier.js';
import { type NormalizedTimeouts, normalizeTimeouts } from './timeouts.js';
import { type NormalizedTouch, normalizeTouch } from './touch.js';
import { type NormalizedTransport, normalizeTransport } from './transport.js';

/** The options with every choice made and nothing optional; each group has a file of its own. */
export interface NormalizedSessionOptions
  extends ChosenSecrets,
    NormalizedBinding,
    NormalizedClearSiteData,
    NormalizedClock,
    NormalizedCluster,
    NormalizedCookie,
    NormalizedCsrf,
    NormalizedLegacyCookies,
    NormalizedLimits,
    NormalizedOnConflict,
    NormalizedSchema,
    NormalizedShutdown,
    NormalizedSockets,
    NormalizedStore,
    NormalizedTier,
    NormalizedTimeouts,
    NormalizedTouch,
    NormalizedTransport {
  readonly idempotency: 'auto' | 'marked' | false;
  readonly trustProxy: boolean;
  readonly strict: boolean;
}

const KNOWN: KnownOptions<SessionModuleOptions> = {
  secret: true,
  cluster: CLUSTER_OPTION_NAMES,
  tier: true,
  store: true,
  cookie: COOKIE_OPTION_NAMES,
  // A group, or the name of a profile.
  timeouts: true,
  transport: true,
  touch: true,
  limits: LIMIT_OPTION_NAMES,
  csrf: CSRF_OPTION_NAMES,
  onConflict: true,
  schema: SCHEMA_OPTION_NAMES,
  shutdown: SHUTDOWN_OPTION_NAMES,
  sockets: SOCKET_OPTION_NAMES,
  binding: BINDING_OPTION_NAMES,
  clearSiteData: true,
  idempotency: true,
  trustProxy: true,
  legacyCookies: LEGACY_COOKIE_OPTION_NAMES,
  strict: true,
  clock: true,
};

/** Checks everything once. Throws `SessionOptionError` with option, value and expectation. */
export function normalizeSessionOptions(
  options: SessionModuleOptions,
  environment: OptionsEnvironment,
): NormalizedSessionOptions {
  checkOptionNames(options, KNOWN, ['csrf']);
  const strict = oneOf('strict', options.strict ?? !environment.production, [true, false]);
  const csrf = normalizeCsrf(options.csrf, strict);
  const timeouts = normalizeTimeouts(options.timeouts);
  return {
    ...timeouts,
    ...normalizeTransport(options.transport),
    ...normalizeTouch(options.touch),
    ...normalizeCluster(options.cluster),
    ...normalizeTier(options.tier),
    ...normalizeStore(options, timeouts),
    ...chooseSecrets(options.secret, isShared(options), environment),
    ...normalizeCookie(options.cookie),
    ...normalizeLimits(options.limits),
    ...normalizeLegacyCookies(options.legacyCookies),
    ...csrf,
    ...normalizeSockets(options.sockets, csrf.csrf?.trustedOrigins ?? [], environment),
    ...normalizeSchema(options.schema),
    ...normalizeShutdown(options.shutdown),
    ...normalizeOnConflict(options.onConflict),
    ...normalizeBinding(options.binding),
    ...normalizeClearSiteData(options.clearSiteData),
    ...normalizeClock(options.clock),
    idempotency: oneOf('idempotency', options.idempotency ?? 'auto', ['auto', 'marked', false]),
    trustProxy: oneOf('trustProxy', options.trustProxy ?? false, [true, false]),
    strict,
    ...besideCookies(options.store),
  };
}

/** Others have to know the secret: other nodes, or this one after a restart. */
function isShared({ cluster, tier, store, legacyCookies }: SessionModuleOptions): boolean {
  // Of a session that was taken over nothing is left for those whom a restart signs out.
  return (cluster ?? tier ?? store ?? legacyCookies) !== undefined;
}
