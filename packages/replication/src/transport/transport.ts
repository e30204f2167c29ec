/** Which connection a message travels on, so that bulk copies never delay control messages. */
export type Lane = 'control' | 'replication' | 'bulk';

export interface TransportMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  /**
   * True when this is not a message from a peer but the bus saying that nobody listens on the
   * subject of a message we published with this `subject` as its reply address. A hint, never proof
   * of death: a broker says so for live subscribers too while interest spreads (nats-server#8233),
   * and may be silent because the only subscriber is the publisher itself.
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
  /**
   * Where "nobody listens" is reported to; see {@link TransportMessage.noResponders}. Must be
   * subscribed to on the lane of the message: NATS reports to the connection a message came from.
   */
  readonly replyTo?: string | undefined;
}

export interface TransportSubscription {
  unsubscribe(): void;
}

/**
 * A publish/subscribe bus with the guarantees of NATS core and no more: at most once, in order from
 * one publisher on one lane to one subscriber, `*` matches one token and `>` the rest; never back to
 * the publisher. Five methods, so that any bus fits; `transportConformance` in `./testing` says
 * exactly what each must do.
 *
 * Payloads are handed over, not copied: a publisher must not change one after `publish`, and a
 * subscriber that keeps one for long should copy it, for it may be a view of a larger buffer.
 */
export interface Transport {
  /**
   * Sends without waiting and without buffering while disconnected: what the bus cannot take now is
   * dropped, because the engine resends state, not messages. Throws `TransportClosedError` once
   * closed, `MessageTooLargeError` above `maxPayloadBytes` and `OptionError` for a subject that
   * is not tokens separated by dots or has a wildcard.
   */
  publish(subject: string, payload: Uint8Array, options?: PublishOptions): void;
  /**
   * Delivers by callback, in order; a callback that throws does not disturb the others. Outlives
   * outages. Throws `TransportClosedError` once closed and `OptionError` for a malformed subject.
   */
  subscribe(
    subject: string,
    onMessage: (message: TransportMessage) => void,
    options?: { readonly lane?: Lane | undefined },
  ): TransportSubscription;
  /**
   * Resolves when the bus has seen everything published and subscribed before, on every lane. Waits
   * through an outage, however long; what was published meanwhile is lost all the same. Rejects
   * with `TransportClosedError` once closed.
   */
  flush(): Promise<void>;
  /** Calls the listener at once with the present status and then at each change. */
  onStatus(listener: (status: TransportStatus) => void): TransportSubscription;
  /**
   * Flushes and closes what this transport opened itself; idempotent. During an outage it does not
   * wait for the bus.
   */
  close(): Promise<void>;
  readonly maxPayloadBytes: number;
}
