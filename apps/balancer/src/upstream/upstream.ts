import type { Duplex, Readable } from 'node:stream';
import type { HeaderList } from '../proxy/header-list.js';

/** One request as it goes to one node. */
export interface UpstreamRequest {
  readonly method: string;
  /** Origin form. */
  readonly path: string;
  /** Without connection fields; `Host` is among them. The client adds the framing. */
  readonly headers: HeaderList;
  readonly body: Buffer | Readable | undefined;
  /** Fields behind a body whose length is not announced. Asked for when the body has ended. */
  readonly trailers?: (() => HeaderList) | undefined;
  /** Asks for a protocol change; then `onUpgrade` or an ordinary response follows. */
  readonly upgrade: string | undefined;
  /**
   * The request cannot be repeated: look twice whether a kept connection is still alive before it
   * is written to one.
   */
  readonly verifyConnection: boolean;
}

export interface UpstreamHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
}

/**
 * Why no complete response came. `connect`: the node did not take a connection. `local`: we could
 * not open one, and the node is not to blame. `invalid`: the request itself was refused by the
 * client. `connection`: a connection was there and failed, or its bytes made no sense; how far it
 * had come is told by the calls before.
 */
export interface UpstreamFailure {
  readonly kind: 'connect' | 'local' | 'invalid' | 'connection';
  readonly cause: Error;
}

/**
 * What becomes of a request. Calls come in this order: `onSending`, `onResponseByte`, `onHead`,
 * `onData`*, then `onEnd`. `onUpgrade` takes the place of `onHead`. `onFailure` may come at any
 * point before the end and is the last call. None comes after `cancel()`; only `onSending` may come
 * before `send()` has returned.
 */
export interface UpstreamHandler {
  /**
   * A connection is there and the first byte is about to be written: from here the node may run
   * it.
   */
  onSending(): void;
  /** The body, or the next part of it, is on its way. */
  onBodySent(): void;
  /** The first byte of a response has come, even if only of an interim one. */
  onResponseByte(): void;
  /**
   * Head of the final response; interim ones (1xx) are dropped. Returns false to pause the body.
   */
  onHead(head: UpstreamHead): boolean;
  /**
   * A part of the body. `isLast`: `onEnd` follows at once; where that is not known yet, the last part
   * comes without. Returns false to pause until `resume()`.
   */
  onData(chunk: Buffer, isLast: boolean): boolean;
  onEnd(trailers: HeaderList): void;
  /** The node changed the protocol; the socket belongs to the handler now. */
  onUpgrade(head: UpstreamHead, socket: Duplex): void;
  onFailure(failure: UpstreamFailure): void;
}

/** A request under way. */
export interface UpstreamCall {
  resume(): void;
  /** Gives the request up and closes its connection. Idempotent. */
  cancel(): void;
}

/**
 * A client for one node: pooled connections, one request at a time on each, no redirect, no retry,
 * no decoding. Small on purpose, so that the client can be exchanged.
 */
export interface Upstream {
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /** Closes idle connections at once and the others after their request. */
  close(): Promise<void>;
  /** Closes every connection at once. */
  destroy(): Promise<void>;
}

export type UpstreamFactory = (origin: string) => Upstream;
