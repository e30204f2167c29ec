/** Which connection a message travels on, so that bulk copies never delay control messages. */
export type Lane = 'control' | 'replication' | 'bulk';

export interface TransportMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  /**
   * True when this is not a message from a peer but the bus saying that nobody listens on the
   * subject of a message we published with this `subject` as its reply address. A hint, never proof
   * of death: a broker says so for live subscribers too while interest spreads (nats-server#8233).
   */
  readonly noResponders: boolean;
}

export type TransportStatus =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'closed'; readonly cause?: Error | undefined };

export interface PublishOptions {
  /** Default `control`. */
  readonly lane?: Lane | undefined;
  /** Where "nobody listens" is reported to; see {@link TransportMessage.noResponders}. */
  readonly replyTo?: string | undefined;
}

export interface TransportSubscription {
  unsubscribe(): void;
}

/**
 * A publish/subscribe bus with the guarantees of NATS core and no more: at most once, in order from
 * one publisher on one lane to one subscriber, `*` matches one token and `>` the rest. Five methods,
 * so that any bus fits; `transportConformance` in `./testing` says exactly what each must do.
 */
export interface Transport {
  /**
   * Sends without waiting and without buffering while disconnected: what the bus cannot take now is
   * dropped, because the engine resends state, not messages. Throws `TransportClosedError` once
   * closed and `MessageTooLargeError` above `maxPayloadBytes`.
   */
  publish(subject: string, payload: Uint8Array, options?: PublishOptions): void;
  /** Delivers by callback, in order; a callback that throws does not disturb the others. */
  subscribe(
    subject: string,
    onMessage: (message: TransportMessage) => void,
    options?: { readonly lane?: Lane | undefined },
  ): TransportSubscription;
  /** Resolves when the bus has seen everything published and subscribed before, on every lane. */
  flush(): Promise<void>;
  /** Calls the listener at once with the present status and then at each change. */
  onStatus(listener: (status: TransportStatus) => void): TransportSubscription;
  /** Flushes and closes what this transport opened itself; idempotent. */
  close(): Promise<void>;
  readonly maxPayloadBytes: number;
}
