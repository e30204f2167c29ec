import type { Durability, EnlistPolicy, LockStore, SessionStore } from '@understudy/replication';
import type { CookiePolicy } from '../cookie/cookie-policy.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { KeyRing } from '../identity/key-ring.js';
import type { RandomBytes } from '../identity/session-id.js';
import type { VerifiedCookies } from '../identity/verified-cookies.js';
import type { LegacySessions } from '../legacy/legacy-sessions.js';
import type { Timeouts } from '../lifetime/timeout-profiles.js';
import type { ResponseMetrics } from '../metrics/response-metrics.js';
import type { NormalizedBinding } from '../options/binding.js';
import type { OnConflict } from '../options/on-conflict.js';
import type { NormalizedSchema } from '../options/schema.js';
import type { SessionTouch } from '../options/touch.js';
import type { SessionTransport } from '../options/transport.js';
import type { PrincipalLists } from '../principals/principal-lists.js';
import type { CheckedRule } from '../rate-limit/rate-limit-rule.js';
import type { SessionRoute } from '../route/route-cookie.js';
import type { RouteCookies } from '../route/route-cookies.js';
import type { SessionEvent } from '../session-events.js';
import type { Warnings } from '../warnings/warnings.js';
import type { SessionWatches } from '../watch/session-watches.js';
import type { SizeBook } from './size-book.js';
import type { SupersededKeys } from './superseded-keys.js';

/** The part of a logger this package uses; Nest's fits. */
export interface SessionLogger {
  error(message: string): void;
  warn(message: string): void;
  debug(message: string): void;
}

/** The options a request looks at, with every choice made. */
export interface SessionPolicy extends Timeouts {
  readonly cookies: CookiePolicy;
  readonly transport: ReadonlySet<SessionTransport>;
  /** What extends the idle time. */
  readonly touch: SessionTouch;
  readonly maxBytes: number;
  /** How many sessions one principal may have (undefined: any number), and what a login beyond that does. */
  readonly perPrincipal: number | undefined;
  readonly onLimit: EnlistPolicy;
  /** How often one address may begin a session; undefined for no limit. */
  readonly newSessions: CheckedRule | undefined;
  readonly durability: Durability;
  readonly onConflict: OnConflict;
  /** Undefined: properties have no version. */
  readonly schema: NormalizedSchema['schema'];
  /** Misuse throws where it happens instead of being logged. */
  readonly strict: boolean;
  readonly trustProxy: boolean;
  readonly binding: NormalizedBinding['binding'];
  /** Value of `Clear-Site-Data` when a session ends here; undefined: it is not sent. */
  readonly clearSiteData: string | undefined;
  /** A safe request that changes the session of somebody signed in is logged. */
  readonly reportsSafeMethodWrites: boolean;
}

/** What every request shares. Clock and randomness come in from outside. */
export interface SessionRuntime {
  readonly store: SessionStore;
  /** Undefined where the store has none: ids are not renewed, and no route asks for a lock. */
  readonly locks: LockStore | undefined;
  /** The lists of the sessions that principals have. */
  readonly principals: PrincipalLists;
  readonly policy: SessionPolicy;
  readonly idKeys: KeyRing;
  /** What ids that follow others are made with. */
  readonly renewalKeys: KeyRing;
  readonly routes: Pick<RouteCookies, 'find'> & {
    /** Undefined: the client has it already. */
    build(route: SessionRoute, sessionKey: string): string | undefined;
  };
  readonly verified: Pick<VerifiedCookies, 'check'>;
  readonly sizes: Pick<SizeBook, 'check' | 'committed'>;
  readonly superseded: Pick<SupersededKeys, 'add' | 'has'>;
  /** What a request runs with whose session is in its own cookie; undefined: this. */
  readonly forRequest?: ((facts: RequestFacts) => SessionRuntime) | undefined;
  /** The session of such a request. */
  readonly sealed?: { readonly newToken: string | undefined } | undefined;
  /** Takes sessions of express-session over; undefined: there are none. */
  readonly legacy?: LegacySessions | undefined;
  readonly logger: SessionLogger;
  /** Milliseconds since 1970. */
  now(): number;
  readonly randomBytes: RandomBytes;
  readonly responses: ResponseMetrics;
  /** The sessions that sockets and event streams are held open for. */
  readonly watches: SessionWatches;
  emit(event: SessionEvent): void;
  /** True from the moment this node began to leave. */
  draining(): boolean;
  /** Label of the node whose sessions this node adopted lately, for one of them. */
  adoptedFrom(key: string): string | undefined;
  readonly warnings: Warnings;
}
