/** What a client of the NATS protocol asks for. Text is latin-1: one character for each byte. */
export type ClientOperation =
  | { readonly op: 'connect'; readonly json: string }
  | { readonly op: 'ping' }
  | { readonly op: 'pong' }
  | SubscribeOperation
  | { readonly op: 'unsub'; readonly sid: string; readonly max: number | undefined }
  | PublishOperation
  | { readonly op: 'fault'; readonly fault: ProtocolFault };

export interface SubscribeOperation {
  readonly op: 'sub';
  readonly subject: string;
  readonly queue: string | undefined;
  readonly sid: string;
}

export interface PublishOperation {
  readonly op: 'pub';
  readonly subject: string;
  readonly replyTo: string | undefined;
  /** The header block as it came, only with HPUB. */
  readonly headers: Uint8Array | undefined;
  readonly payload: Uint8Array;
}

/** Why the bytes of a client end the conversation; `malformed` ends it without a word. */
export type ProtocolFault = 'unknown-operation' | 'control-line' | 'payload' | 'malformed';

/** Announces a message whose payload follows the line. */
export interface PublishHead {
  readonly op: 'pub-head';
  readonly subject: string;
  readonly replyTo: string | undefined;
  readonly hasHeaders: boolean;
  readonly headerBytes: number;
  readonly totalBytes: number;
}
