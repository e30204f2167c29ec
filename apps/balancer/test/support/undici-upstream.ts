import type { Duplex } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import type { Limits, Timeouts } from '../../src/limits.js';
import { connectWithin } from '../../src/upstream/connect.js';
import type {
  Upstream,
  UpstreamCall,
  UpstreamFactory,
  UpstreamHandler,
  UpstreamRequest,
} from '../../src/upstream/upstream.js';

/** The same seam on undici's pool: what our own client is compared with. */
export function undiciUpstreams(limits: Limits, timeouts: Timeouts): UpstreamFactory {
  return (origin) => {
    const pool = new Pool(origin, {
      connections: limits.connectionsPerNode,
      // One request a connection: with more, a slow client would hold up the others behind it.
      pipelining: 1,
      maxHeaderSize: limits.responseHeadBytes,
      // Waiting is bounded by the caller, which knows whether a body may be silent.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (options, callback) => {
        const host = options.hostname.replace(/^\[|\]$/g, '');
        const address = { host, port: Number(options.port || 80) };
        connectWithin(address, timeouts.connectMs, (error, socket) => {
          if (error === undefined) callback(null, socket);
          else callback(error, null);
        });
      },
    });
    return undiciUpstream(pool);
  };
}

function undiciUpstream(pool: Pool): Upstream {
  return {
    send(request, handler) {
      const call = new UndiciCall(handler);
      // Errors of undici's own checks are reported synchronously; callers are promised otherwise.
      queueMicrotask(() => call.start(pool, request));
      return call;
    },
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  };
}

const NOT_SENDABLE: ReadonlySet<string> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/**
 * One request on the pool. Uses undici's callbacks rather than its newer controller interface,
 * because only they tell when the first byte of a response arrives.
 */
class UndiciCall implements UpstreamCall, Dispatcher.DispatchHandler {
  #abort: ((reason?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #sending = false;
  #cancelled = false;

  constructor(readonly handler: UpstreamHandler) {}

  start(pool: Pool, request: UpstreamRequest): void {
    if (this.#cancelled) return;
    const { method, path, body, upgrade } = request;
    pool.dispatch(
      {
        method: method as Dispatcher.HttpMethod,
        path,
        headers: request.headers as string[],
        body: body ?? null,
        upgrade: upgrade ?? null,
      },
      this,
    );
  }

  resume(): void {
    if (!this.#cancelled) this.#resume?.();
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#abort?.();
  }

  onConnect(abort: (reason?: Error) => void): void {
    // Cancelled while it waited for a connection: thrown, so that the connection stays usable.
    if (this.#cancelled) throw new Error('cancelled before it was sent');
    this.#abort = abort;
    this.#sending = true;
    this.handler.onSending();
  }

  onBodySent(): void {
    if (!this.#cancelled) this.handler.onBodySent();
  }

  onResponseStarted(): void {
    if (!this.#cancelled) this.handler.onResponseByte();
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    this.#resume = resume;
    if (this.#cancelled || status < 200) return true;
    return this.handler.onHead({ status, statusText, headers: decodeHeaders(raw) });
  }

  onData(chunk: Buffer): boolean {
    return this.#cancelled || this.handler.onData(chunk, false);
  }

  onComplete(trailers: readonly (string | Buffer)[] | null): void {
    if (!this.#cancelled) this.handler.onEnd(decodeHeaders(trailers ?? []));
  }

  onUpgrade(status: number, raw: Buffer[] | string[] | null, socket: Duplex): void {
    if (this.#cancelled) {
      socket.destroy();
      return;
    }
    const head = { status, statusText: 'Switching Protocols', headers: decodeHeaders(raw ?? []) };
    this.handler.onUpgrade(head, socket);
  }

  onError(cause: Error & { readonly code?: string }): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (this.#sending) this.handler.onFailure({ kind: 'connection', cause });
    else if (NOT_SENDABLE.has(cause.code ?? '')) this.handler.onFailure({ kind: 'invalid', cause });
    else this.handler.onFailure({ kind: 'connect', cause });
  }
}

/** Latin-1 keeps every byte as it was; decoding as UTF-8 would not. */
function decodeHeaders(raw: readonly (string | Buffer)[]): string[] {
  return raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
}
