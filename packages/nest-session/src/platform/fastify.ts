import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FrameworkRequest } from '../http/request-facts.js';
import {
  beginExchange,
  type PlatformSettings,
  reserveRequest,
  sessionProperty,
} from './begin-exchange.js';
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
  /** There when the application runs with middleware. */
  readonly use?: unknown;
}

/** Node's request as middleware gets it: Fastify has put its own findings on it. */
type MiddlewareRequest = IncomingMessage & Omit<FrameworkRequest, 'host'>;

type Middleware = (
  request: MiddlewareRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What is used of Nest's Fastify adapter. */
export interface FastifyAdapterLike {
  getInstance(): FastifyInstanceLike;
  use(middleware: Middleware): unknown;
}

/**
 * Installs the session on Fastify. It begins in middleware, because that of other modules runs
 * before any hook added now; the hook is for applications that run without middleware. The response
 * is settled where it leaves, at Node's response: that covers replies, streams, `reply.raw` and
 * `reply.hijack()` alike.
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
  const begin = (request: FrameworkRequest, raw: IncomingMessage, response: ServerResponse) => {
    const exchange = exchangeOf(raw) ? undefined : beginExchange(settings, request, raw, response);
    // Middleware gets Node's request, not Fastify's.
    if (exchange) Object.defineProperty(raw, 'session', sessionProperty(exchange));
    return exchange?.hasCookie ? exchange.open() : undefined;
  };
  const hosts = new WeakMap<IncomingMessage, FastifyRequestLike>();
  // An application may run without middleware (`skipMiddie`); the hook below begins then.
  const middleware: Middleware = (request, response, next) => {
    const opening = begin(frameworkRequest(request, hosts), request, response);
    if (opening) opening.then(() => next(), next);
    else next();
  };
  if (instance.use) adapter.use(middleware);
  instance.addHook('onRequest', (request, reply, done) => {
    hosts.set(request.raw, request);
    const opening = begin(request, request.raw, reply.raw);
    if (opening) opening.then(() => done(), done);
    else done();
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

/** Middleware is not told the forwarded host; Fastify's own request knows it a little later. */
function frameworkRequest(
  raw: MiddlewareRequest,
  hosts: WeakMap<IncomingMessage, FastifyRequestLike>,
): FrameworkRequest {
  const { method, originalUrl, headers, protocol, ip } = raw;
  return {
    method,
    originalUrl,
    headers,
    protocol,
    ip,
    get host() {
      return hosts.get(raw)?.host;
    },
  };
}
