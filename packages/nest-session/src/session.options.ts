import type {
  ClusterOptions,
  Durability,
  KeyringKey,
  NodeOptions,
  Tier,
  Transport,
} from '@understudy/replication';
import type { CookieOptions } from './cookie/cookie-policy.js';
import type { ByteSize } from './options/byte-size.js';
import type { Duration } from './options/duration.js';

/** How this node takes part in a cluster. */
export interface SessionClusterOptions {
  /** Addresses of NATS servers, such as `nats://10.0.0.5:4222`. */
  readonly servers?: string | readonly string[] | undefined;
  /** A bus of your own in place of `servers`: an open NATS connection, or memory for tests. */
  readonly transport?: Transport | undefined;
  /** Keeps clusters on one bus apart: `[A-Za-z0-9_-]{1,64}`. Default `default`. */
  readonly name?: string | undefined;
  /**
   * Seals every message between the nodes (AES-256-GCM), newest key first; secrets of at least 32
   * bytes or characters, the same on all nodes. Default: none, whoever can use the bus is trusted.
   */
  readonly keyring?: readonly KeyringKey[] | undefined;
  /** Only while a keyring is introduced: messages that are not sealed are taken. Default `false`. */
  readonly acceptPlain?: boolean | undefined;
  /** This node: its id, label, zone, weight and where it takes HTTP. */
  readonly node?: NodeOptions | undefined;
  /** Shorthand for `node.zone`: copies go to other zones first. */
  readonly zone?: string | undefined;
  /** Copies of each session on other nodes, 0 to 5. Default 1. */
  readonly backups?: number | undefined;
  /** How many copies a response waits for. Default `backup` (one). `@Durability()` per route. */
  readonly durability?: Durability | undefined;
  /** Writes while no other node can hold a copy. Default `serve`, counted and shown. */
  readonly onIsolation?: 'serve' | 'refuse' | undefined;
  /** Failure detection and retries. Default `local`. */
  readonly timings?: ClusterOptions['timings'];
  /** How long a leaving node tries to hand its sessions over, 0s to 10m. Default `30s`. */
  readonly drainDeadline?: Duration | undefined;
  /** Credentials and TLS, passed to the official NATS client. */
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  readonly token?: string | undefined;
  readonly tls?: object | undefined;
}

/** When a session ends by itself. */
export interface TimeoutOptions {
  /** Without a request, 1m to 30d. Default `30m`. */
  readonly idle?: Duration | undefined;
  /** After the login whatever happens, at least `idle`, up to 365d. Default `12h`. */
  readonly absolute?: Duration | undefined;
}

export interface SessionLimitOptions {
  /** Size of one session, 1kb to 4mb. More is answered 413. Default `256kb`. */
  readonly maxBytes?: ByteSize | undefined;
  /**
   * How many anonymous sessions one IPv4 address or IPv6 /64 may begin; more is answered 429 and
   * not stored. Loopback and private addresses are exempt: they are proxies and developers. `false`
   * for no limit. Default 300 per `1m`.
   */
  readonly newSessions?: NewSessionLimit | false | undefined;
}

export interface NewSessionLimit {
  /** 1 to 1,000,000. */
  readonly limit: number;
  /** 1s to 31d. */
  readonly window: Duration;
}

export interface CsrfOptions {
  /** Other origins whose pages may send unsafe requests, such as `https://admin.example`. */
  readonly trustedOrigins?: readonly string[] | undefined;
}

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
  readonly cookie?: CookieOptions | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  readonly limits?: SessionLimitOptions | undefined;
  /** Checks every unsafe request of a client with a session. Default `true`. */
  readonly csrf?: boolean | CsrfOptions | undefined;
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
  /** Misuse throws where it happens instead of being logged. Default: outside production. */
  readonly strict?: boolean | undefined;
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
