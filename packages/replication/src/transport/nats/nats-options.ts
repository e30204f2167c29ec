import type { Lane } from '../transport.js';
import type { TransportLogger } from '../transport-logger.js';
import type { NatsConnectionLike } from './official-client.js';

/** What is told while no bus can be reached at the start. */
export interface NatsWaiting {
  /** The configured addresses, without credentials. */
  readonly servers: readonly string[];
  /** Attempts that failed so far, from 1. */
  readonly attempt: number;
  /** Why the last one failed. */
  readonly error: Error;
}

interface CommonOptions {
  /** Told about lost and restored connections and about faults in callbacks. */
  readonly logger?: TransportLogger | undefined;
}

/**
 * What an authenticator of the official client is, such as `jwtAuthenticator()` gives. Not by its
 * own type: its declarations do not compile with `exactOptionalPropertyTypes` without `skipLibCheck`.
 */
export type NatsAuthenticator = (nonce?: string) => unknown;

/** TLS as the official client takes it. */
export interface NatsTlsOptions {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** TLS before the bus says anything, as `handshake_first` of nats-server wants it. */
  readonly handshakeFirst?: boolean | undefined;
  /** `false` takes whoever answers for the bus: for trials only. Default `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** For connections the transport opens and closes itself. */
export interface NatsServerOptions extends CommonOptions {
  /** Addresses such as `nats://host:4222`, also with `user:pass@` or `token@`, `tls://` for TLS. */
  readonly servers: string | readonly string[];
  /**
   * `separate`: a connection for each lane, so that a broker that slows down a sender of bulk
   * copies does not slow its heartbeats. `one`: a single connection. Default `separate`.
   */
  readonly lanes?: 'separate' | 'one' | undefined;
  /** Shown in the broker's monitoring, with the lane appended. Default `understudy`. */
  readonly name?: string | undefined;
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  readonly token?: string | undefined;
  /** For NKeys, JWTs and whatever else the official client can do. */
  readonly authenticator?: NatsAuthenticator | readonly NatsAuthenticator[] | undefined;
  /**
   * Passed to the official client: `caFile`, and `certFile` and `keyFile` where the bus asks for a
   * certificate of its clients; read anew at each attempt to connect. `ca`, `cert` and `key` in their
   * place are the contents.
   */
  readonly tls?: NatsTlsOptions | null | undefined;
  /** How long to wait for the bus at the start, in ms. Default: without end. */
  readonly connectTimeoutMs?: number | undefined;
  /** `false`: one attempt, then `TransportConnectError`. Default `true`. */
  readonly waitOnFirstConnect?: boolean | undefined;
  /** Called after each failed attempt at the start; later outages show in `onStatus`. */
  readonly onWaiting?: ((waiting: NatsWaiting) => void) | undefined;
}

/**
 * For open connections of either official client, which stay the caller's to close. One that was
 * opened with its default of ten reconnect attempts ends the transport when they are used up.
 */
export interface NatsConnectionOptions extends CommonOptions {
  /** One connection for all lanes. */
  readonly connection?: NatsConnectionLike | undefined;
  /** One connection for each lane. */
  readonly connections?: Readonly<Record<Lane, NatsConnectionLike>> | undefined;
}

export type NatsTransportOptions = NatsServerOptions | NatsConnectionOptions;
