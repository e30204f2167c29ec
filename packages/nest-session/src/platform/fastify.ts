import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FrameworkRequest } from '../http/request-facts.js';
import { beginExchange, type PlatformSettings, reserveRequest } from './begin-exchange.js';
import { exchangeOf } from './exchange-registry.js';

/** What is used of a Fastify request and reply. */
interface FastifyRequestLike extends FrameworkRequest {
  readonly raw: IncomingMessage;
  readonly body?: unknown;
  readonly rawBody?: Uint8Array | undefined;
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  send(payload?: unknown): FastifyReplyLike;
}

type Done = (error?: Error) => void;
type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike, done: Done) => void;

/** What is used of a Fastify instance. */
interface FastifyInstanceLike {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(name: string, value: { getter(this: object): unknown }): unknown;
  addHook(name: 'onRequest' | 'preHandler', hook: Hook): unknown;
}

/** What is used of Nest's Fastify adapter. */
export interface FastifyAdapterLike {
  getInstance(): FastifyInstanceLike;
  /** Runs before everything that is installed later; there is one place for it. */
  setOnRequestHook(hook: Hook): void;
  /** Who has that place. */
  readonly onRequestHook?: ((...args: Parameters<Hook>) => unknown) | undefined;
}

/**
 * Installs the session on Fastify. It begins before the middleware of all modules, in the hook that
 * Nest's adapter keeps in front of it: middleware of our own would make every request take the way
 * through all that serves middleware. The response is settled where it leaves, at Node's response:
 * that covers replies, streams, `reply.raw` and `reply.hijack()` alike.
 */
export function installOnFastify(adapter: FastifyAdapterLike, settings: PlatformSettings): void {
  const instance = adapter.getInstance();
  if (!instance.hasRequestDecorator('session')) {
    instance.decorateRequest('session', {
      getter() {
        return exchangeOf(this)?.handle;
      },
    });
  }
  const begin: Hook = (request, reply, done) => {
    const { raw } = request;
    const exchange = exchangeOf(raw)
      ? undefined
      : beginExchange(settings, lasting(request), raw, reply.raw);
    const opening = exchange?.open();
    // A failure is told by the next hook: the headers of CORS belong to its answer.
    if (opening)
      opening.then(
        () => done(),
        () => done(),
      );
    else done();
  };
  const { onRequestHook: others } = adapter;
  adapter.setOnRequestHook(
    others
      ? (request, reply, done) =>
          begin(request, reply, (error) =>
            error ? done(error) : others.call(adapter, request, reply, done),
          )
      : begin,
  );
  instance.addHook('onRequest', (request, reply, done) => {
    const exchange = exchangeOf(request);
    if (exchange) done(exchange.failure);
    // Another hook of the application has taken the place of ours.
    else begin(request, reply, () => done(exchangeOf(request)?.failure));
  });
  if (settings.idempotency !== 'auto') return;
  instance.addHook('preHandler', (request, reply, done) => {
    const exchange = exchangeOf(request);
    try {
      const ready = exchange && reserveRequest(exchange, request.rawBody ?? request.body);
      if (ready) ready.then((proceed) => (proceed ? done() : void reply.send()), done);
      else done();
    } catch (error) {
      done(error as Error);
    }
  });
}

/**
 * The request as it can be asked later, too. Node tells where a connection comes from only while it
 * lasts, or if it was asked by then, and of HTTP/2 nothing once the request was given up. Express asks
 * for each request (the failure prevented: who breaks off before the answer has no address, and begins
 * as many sessions as it likes).
 */
function lasting(request: FastifyRequestLike): FrameworkRequest {
  const { raw } = request;
  if (raw.httpVersionMajor < 2) {
    void raw.socket?.remoteAddress;
    return request;
  }
  const { method, originalUrl, headers, protocol, host, ip } = request;
  return { method, originalUrl, headers, protocol, host, ip };
}
