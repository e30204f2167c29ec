import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SessionExchange } from '../exchange/session-exchange.js';
import type { FrameworkRequest } from '../http/request-facts.js';
import { beginExchange, type PlatformSettings, reserveRequest } from './begin-exchange.js';
import { exchangeOf, inheritSession } from './exchange-registry.js';
import { ExpressRoom } from './express-room.js';

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** What is used of an Express request. */
interface ExpressRequest extends FrameworkRequest {
  readonly body?: unknown;
  /** Present with `rawBody: true`. */
  readonly rawBody?: Uint8Array | undefined;
}

/** What is used of Nest's Express adapter. */
export interface ExpressAdapterLike {
  use(
    middleware: (
      request: ExpressRequest,
      response: ServerResponse,
      next: (error?: unknown) => void,
    ) => void,
  ): unknown;
  /** The Express application; what its requests inherit from is `request`. */
  getInstance(): { readonly request?: object | undefined };
  getHttpServer():
    | { prependListener(event: 'request', listener: RequestListener): unknown }
    | undefined;
}

/**
 * Installs the session on Express, before any middleware and route of the application's modules and
 * after the body parser. What it passes to `next` reaches Nest's exception filters.
 *
 * Registered on the adapter and not through `MiddlewareConsumer`, whose routes follow the global
 * prefix: paths excluded from the prefix would have no session.
 */
export function installOnExpress(adapter: ExpressAdapterLike, settings: PlatformSettings): void {
  const room = new ExpressRoom();
  // Without a server of its own, as some hosts call an application, it only costs more.
  adapter
    .getHttpServer()
    ?.prependListener('request', (request, response) => room.make(request, response));
  const { request: prototype } = adapter.getInstance();
  if (prototype) inheritSession(prototype);
  adapter.use((request, response, next) => {
    if (exchangeOf(request)) {
      next();
      return;
    }
    room.learn(request);
    const exchange = beginExchange(settings, request, request, response);
    if (!exchange) {
      next();
      return;
    }
    let ready: Promise<boolean | undefined> | undefined;
    try {
      const opening = exchange.open();
      ready = opening
        ? opening.then(() => reserve(settings, exchange, request))
        : reserve(settings, exchange, request);
    } catch (error) {
      next(error);
      return;
    }
    // Most requests have nothing to wait for.
    if (ready) ready.then((proceed) => (proceed === false ? response.end() : next()), next);
    else next();
  });
}

function reserve(
  { idempotency }: PlatformSettings,
  exchange: SessionExchange,
  { rawBody, body }: ExpressRequest,
): Promise<boolean> | undefined {
  return idempotency === 'auto' ? reserveRequest(exchange, rawBody ?? body) : undefined;
}
