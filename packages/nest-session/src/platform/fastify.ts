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

type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>;

/** What is used of a Fastify instance. */
export interface FastifyInstanceLike {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(name: string, value: { getter(this: object): unknown }): unknown;
  addHook(name: 'onRequest' | 'preHandler', hook: Hook): unknown;
}

/**
 * Installs the session on Fastify. The response is settled where it leaves, at Node's response:
 * that covers replies, streams, `reply.raw` and `reply.hijack()` alike.
 */
export function installOnFastify(instance: FastifyInstanceLike, settings: PlatformSettings): void {
  if (!instance.hasRequestDecorator('session')) {
    instance.decorateRequest('session', {
      getter() {
        return exchangeOf(this)?.handle;
      },
    });
  }
  instance.addHook('onRequest', async (request, reply) => {
    if (exchangeOf(request)) return;
    const exchange = beginExchange(settings, request, request.raw, reply.raw);
    if (!exchange) return;
    // Middleware gets Node's request, not Fastify's.
    Object.defineProperty(request.raw, 'session', sessionProperty(exchange));
    if (exchange.hasCookie) await exchange.open();
  });
  if (settings.idempotency !== 'auto') return;
  instance.addHook('preHandler', async (request, reply) => {
    const exchange = exchangeOf(request);
    if (!exchange) return undefined;
    const proceed = await reserveRequest(exchange, request.rawBody ?? request.body);
    return proceed ? undefined : reply.send();
  });
}
