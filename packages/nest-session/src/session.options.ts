import type { Clock, Tier } from '@understudy/replication';
import type { CookieOptions } from './cookie/cookie-policy.js';
import type { TimeoutProfile } from './lifetime/timeout-profiles.js';
import type { BindingOptions } from './options/binding.js';
import type { ClearedSiteData } from './options/clear-site-data.js';
import type { SessionClusterOptions } from './options/cluster.js';
import type { CsrfOptions } from './options/csrf.js';
import type { LegacyCookieOptions } from './options/legacy-cookies.js';
import type { SessionLimitOptions } from './options/limits.js';
import type { OnConflict } from './options/on-conflict.js';
import type { SessionSchemaOptions } from './options/schema.js';
import type { ShutdownOptions } from './options/shutdown.js';
import type { SocketOptions } from './options/sockets.js';
import type { TimeoutOptions } from './options/timeouts.js';
import type { SessionTouch } from './options/touch.js';
import type { SessionTransport } from './options/transport.js';
import type { SessionStoreSource } from './stores/session-store-source.js';

/** What `SessionModule.forRoot()` takes. Every option has a safe default but `secret`. */
export interface SessionModuleOptions {
  /**
   * At least 32 characters each; the first signs cookies, all verify. Required in production and
   * with `cluster`, because all nodes must agree. Otherwise random: a restart signs everybody out.
   */
  readonly secret?: string | readonly string[] | undefined;
  /** Replication to other nodes. Absent: one node, in memory. */
  readonly cluster?: SessionClusterOptions | undefined;
  /**
   * A store behind the memory, such as `redisTier({ url })`: sessions survive that all nodes are
   * down. Needs a `secret`, without which nobody would be recognised afterwards. Default: none.
   */
  readonly tier?: Tier | undefined;
  /**
   * Sessions outside of the processes, such as `redisStore({ url })` or `cookieStore()`, in place of
   * their memory. Needs a `secret`; excludes `cluster` and `tier`. Default: none, memory.
   */
  readonly store?: SessionStoreSource | undefined;
  /**
   * Name, scope and attributes of the cookies. Default: `__Host-sid`, `HttpOnly`, `Secure` over https
   * and `SameSite=Lax`, for this host alone (ASVS 3.3.1 to 3.3.4).
   */
  readonly cookie?: CookieOptions | undefined;
  /** Single timeouts, or an assurance level of NIST SP 800-63B-4: `'aal1'`, `'aal2'`, `'aal3'`. */
  readonly timeouts?: TimeoutOptions | TimeoutProfile | undefined;
  /**
   * How ids travel: `cookie`, `header`, both, and with either of them `url`, which is dangerous. Default
   * `cookie`; see `docs/transport.md`.
   */
  readonly transport?: SessionTransport | readonly SessionTransport[] | undefined;
  /**
   * Bounds. Default: 256 KB a session, 300 new ones a minute and address, any number of sessions of
   * one principal (`perPrincipal`, ASVS 7.1.2).
   */
  readonly limits?: SessionLimitOptions | undefined;
  /** Checks every unsafe request of a client with a session. Default `true`. */
  readonly csrf?: boolean | CsrfOptions | undefined;
  /** Which WebSockets may have a session. */
  readonly sockets?: SocketOptions | undefined;
  /** Version and shape of the application's properties. Default: none. */
  readonly schema?: SessionSchemaOptions | undefined;
  /** How this node leaves. */
  readonly shutdown?: ShutdownOptions | undefined;
  /**
   * What extends the idle time. `on-request` (default): every request of the client. `on-access`:
   * only one whose handler or guard looks at the session; others then cost next to nothing.
   */
  readonly touch?: SessionTouch | undefined;
  /** What happens when two requests change a session at once. Default `merge`. */
  readonly onConflict?: OnConflict | undefined;
  /** What happens when a session comes from another client than before. Default: nothing. */
  readonly binding?: BindingOptions | undefined;
  /**
   * Sent as `Clear-Site-Data` when a session is ended, so that nothing of the user stays in the
   * browser. `true`: `cache` and `storage`; browsers obey over https only. Default `false`.
   */
  readonly clearSiteData?: boolean | readonly ClearedSiteData[] | undefined;
  /**
   * `auto` (default): every unsafe request with an `Idempotency-Key`. `marked`: routes with
   * `@Idempotent()` only. `false`: the header is ignored.
   */
  readonly idempotency?: 'auto' | 'marked' | false | undefined;
  /**
   * Believe `X-Forwarded-*` whoever sent them: only behind a proxy that replaces them. Default
   * `false`: what the framework makes of its own setting (`trust proxy`, `trustProxy`).
   */
  readonly trustProxy?: boolean | undefined;
  /**
   * Sessions of express-session are taken over when their browsers come by: nobody is signed out by
   * the migration. Needs a `secret`. Default: old cookies mean nothing.
   */
  readonly legacyCookies?: LegacyCookieOptions | undefined;
  /** Misuse throws where it happens instead of being logged. Default: outside production. */
  readonly strict?: boolean | undefined;
  /**
   * What every deadline goes by, here and in the engine. Default: the system's. For tests: `FakeClock`
   * of `@understudy/nest-session/testing`.
   */
  readonly clock?: Clock | undefined;
}

/** What must be known before the options are, and is therefore given beside a factory. */
export interface SessionModuleExtras {
  /** Default `true`: guards and `SessionService` can be used in every module. */
  readonly isGlobal?: boolean | undefined;
  /** Where the session's own endpoints are, or `false`. Default `/session`. */
  readonly endpoints?: string | false | undefined;
  /** Where load balancers ask for this node's state, or `false`. Default `/healthz`. */
  readonly health?: string | false | undefined;
}

/** Makes options for `forRootAsync({ useClass })`. */
export interface SessionOptionsFactory {
  createSessionOptions(): SessionModuleOptions | Promise<SessionModuleOptions>;
}
