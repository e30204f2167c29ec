import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { atEndOfTurn } from '@understudy/replication/internal';
import type { HeaderList } from '../proxy/header-list.js';
import { writeBody } from './body-writer.js';
import { renderRequestHead } from './request-head.js';
import type { ResponseHead } from './response-head.js';
import { type ResponseEvents, ResponseReader } from './response-reader.js';
import type { UpstreamHandler, UpstreamRequest } from './upstream.js';

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly maxHeadBytes: number;
  /** The connection can take another request; `keepAliveMs` as the node advertised it. */
  readonly onIdle: (connection: Connection, keepAliveMs: number | undefined) => void;
  /** The connection is closed or given away. Called once. */
  readonly onGone: (connection: Connection) => void;
}

/** Whose request it is, when the connection closes before any of it is written. */
export interface UnsentListener {
  onUnsent(cause: Error): void;
}

/** One connection to a node: one request at a time, from writing it to the end of its response. */
export class Connection implements ResponseEvents {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  #handler: UpstreamHandler | undefined;
  #unsent: UnsentListener | undefined;
  #reader: ResponseReader | undefined;
  #head: ResponseHead | undefined;
  #error: Error | undefined;
  #begun = false;
  #isSent = false;
  #stopUpload: (() => void) | undefined;
  #upgrading = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#socket.on('data', this.#onData);
    this.#socket.on('end', this.#onEnd);
    this.#socket.on('error', this.#onError);
    this.#socket.on('close', this.#onClose);
  }

  /** Whether an idle connection still looks alive. */
  get usable(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded && !this.#socket.destroyed;
  }

  /** With `unsent` the handler is not told of a connection that closes before anything is written. */
  send(request: UpstreamRequest, handler: UpstreamHandler, unsent?: UnsentListener): void {
    this.#handler = handler;
    this.#unsent = unsent;
    this.#head = undefined;
    this.#begun = false;
    this.#isSent = false;
    this.#upgrading = request.upgrade !== undefined;
    const { maxHeadBytes } = this.#options;
    this.#reader = new ResponseReader(request.method, this.#upgrading, maxHeadBytes, this);
    if (request.body === undefined || Buffer.isBuffer(request.body)) {
      // Given up, or closed by the node, meanwhile: then nothing of it was ever sent.
      atEndOfTurn(() => {
        if (this.#handler === handler && this.usable) this.#write(request, handler);
      });
    } else {
      this.#write(request, handler);
    }
  }

  #write(request: UpstreamRequest, handler: UpstreamHandler): void {
    this.#isSent = true;
    handler.onSending();
    const { text, framing } = renderRequestHead(request);
    const { body } = request;
    if (body === undefined) {
      this.#socket.write(text, 'latin1');
      return;
    }
    this.#socket.cork();
    this.#socket.write(text, 'latin1');
    if (Buffer.isBuffer(body)) this.#socket.write(body);
    else this.#upload(body, framing === 'chunked', request.trailers, handler);
    this.#socket.uncork();
  }

  #upload(
    body: Readable,
    chunked: boolean,
    trailers: UpstreamRequest['trailers'],
    handler: UpstreamHandler,
  ): void {
    this.#stopUpload = writeBody({
      body,
      socket: this.#socket,
      chunked,
      trailers,
      onProgress: () => handler.onBodySent(),
      onDone: () => {
        this.#stopUpload = undefined;
        handler.onBodySent();
      },
      onBroken: (error) => this.fail(error),
    });
  }

  /** Goes on after the handler had paused; without effect once the connection serves another. */
  resume(handler: UpstreamHandler): void {
    if (this.#handler === handler) this.#socket.resume();
  }

  /** Gives up the request of this handler; without effect once the connection serves another. */
  cancel(handler: UpstreamHandler): void {
    if (this.#handler === handler) this.destroy();
  }

  /** Closes the connection, without a word to the handler. */
  destroy(): void {
    this.#handler = undefined;
    this.#endUpload();
    this.#socket.destroy();
  }

  /** Closes the connection and tells the handler, if there is one. */
  fail(cause: Error): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#endUpload();
    this.#socket.destroy();
    if (handler === undefined) return;
    if (this.#isSent || this.#unsent === undefined)
      handler.onFailure({ kind: 'connection', cause });
    else this.#unsent.onUnsent(cause);
  }

  onHead(head: ResponseHead): void {
    this.#head = head;
    if (head.status === 101) return;
    if (this.#handler?.onHead(head) === false) this.#socket.pause();
  }

  onBody(data: Buffer, isLast: boolean): void {
    if (this.#handler?.onData(data, isLast) === false) this.#socket.pause();
  }

  onComplete(trailers: HeaderList): void {
    // After a 101 the connection is given away by whoever reads on.
    if (this.#head?.status === 101) return;
    const handler = this.#handler;
    this.#handler = undefined;
    const wasUploading = this.#stopUpload !== undefined;
    this.#endUpload();
    // Half a request on the connection would swallow the next one.
    if (wasUploading || this.#upgrading || this.#head?.keepAlive !== true) this.#socket.destroy();
    handler?.onEnd(trailers);
  }

  readonly #onData = (chunk: Buffer): void => {
    const reader = this.#reader;
    if (reader === undefined || this.#handler === undefined) {
      // Nobody asked: whatever this is must not be taken for the answer to the next request.
      this.#socket.destroy();
      return;
    }
    if (!this.#isSent) {
      this.fail(new Error('the node answered before it was asked'));
      return;
    }
    if (!this.#begun) {
      this.#begun = true;
      this.#handler.onResponseByte();
    }
    let used: number;
    try {
      used = reader.read(chunk);
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    if (reader.complete) this.#afterResponse(chunk.subarray(used));
  };

  #afterResponse(rest: Buffer): void {
    this.#reader = undefined;
    if (this.#head?.status === 101) this.#giveAway(this.#head, rest);
    else if (rest.length > 0) this.#socket.destroy();
    else if (!this.#socket.destroyed) {
      this.#socket.resume();
      this.#options.onIdle(this, this.#head?.keepAliveMs);
    }
  }

  #giveAway(head: ResponseHead, rest: Buffer): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#socket.removeListener('data', this.#onData);
    this.#socket.removeListener('end', this.#onEnd);
    this.#socket.removeListener('close', this.#onClose);
    this.#socket.pause();
    if (rest.length > 0) this.#socket.unshift(rest);
    this.#options.onGone(this);
    if (handler === undefined) this.#socket.destroy();
    else handler.onUpgrade(head, this.#socket);
  }

  readonly #onEnd = (): void => {
    const reader = this.#reader;
    if (reader !== undefined && this.#handler !== undefined) {
      try {
        reader.end();
      } catch (error) {
        this.fail(error as Error);
      }
    }
    this.#socket.destroy();
  };

  readonly #onError = (error: Error): void => {
    this.#error = error;
  };

  readonly #onClose = (): void => {
    this.fail(this.#error ?? new Error('the node closed the connection'));
    this.#options.onGone(this);
  };

  #endUpload(): void {
    this.#stopUpload?.();
    this.#stopUpload = undefined;
  }
}
