import type { TransportSubscription } from '../transport.js';

/**
 * What happens to a connection: `lost` and `regained` by its own reconnecting, `stale` when the
 * broker stopped answering pings, `lame-duck` when the broker is about to shut down.
 */
export type NatsClientEvent = 'lost' | 'regained' | 'stale' | 'lame-duck';

/** A message as it comes from the broker. */
export interface NatsDelivery {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly noResponders: boolean;
  /** The mark of its publisher, when it carries one; see `OriginMarks`. */
  readonly origin: string | undefined;
}

export interface NatsPublishOptions {
  readonly replyTo?: string | undefined;
  readonly origin?: string | undefined;
}

/** The port: what a lane needs of one NATS connection, whichever official client made it. */
export interface NatsClient {
  /** `max_payload` of the broker in bytes. */
  readonly maxPayloadBytes: number;
  /** Whether the broker may send back what this connection published. */
  readonly echoes: boolean;
  /** Other addresses of the cluster, as `host:port`, as far as the broker tells. */
  readonly knownServers: readonly string[];
  /** Never throws because the connection is gone: the message is dropped. */
  publish(subject: string, payload: Uint8Array, options: NatsPublishOptions): void;
  subscribe(pattern: string, onMessage: (delivery: NatsDelivery) => void): TransportSubscription;
  /** Rejects or never settles when the connection is lost meanwhile. */
  flush(): Promise<void>;
  watch(listener: (event: NatsClientEvent) => void): void;
  /** Resolves once the connection is gone for good, with the reason if there is one. */
  readonly closed: Promise<Error | undefined>;
  close(): Promise<void>;
}
