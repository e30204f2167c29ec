import type { NodeConnectionOptions } from '@nats-io/transport-node';
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
  readonly authenticator?: NodeConnectionOptions['authenticator'] | undefined;
  /**
   * Passed to the official client: `caFile`, and `certFile` and `keyFile` where the bus asks for a
   * certificate of its clients; read anew at each attempt to connect. `ca`, `cert` and `key` in their
   * place are the contents.
   */
  readonly tls?: NodeConnectionOptions['tls'] | undefined;
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
