import type { ServerResponse } from 'node:http';
import type { FrameworkRequest } from '../http/request-facts.js';
import {
  beginExchange,
  type PlatformSettings,
  reserveRequest,
  sessionProperty,
} from './begin-exchange.js';
import { exchangeOf } from './exchange-registry.js';

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
}

/**
 * Installs the session on Express, before any middleware and route of the application's modules and
 * after the body parser. What it passes to `next` reaches Nest's exception filters.
 *
 * Registered on the adapter and not through `MiddlewareConsumer`, whose routes follow the global
 * prefix: paths excluded from the prefix would have no session.
 */
export function installOnExpress(adapter: ExpressAdapterLike, settings: PlatformSettings): void {
  adapter.use((request, response, next) => {
    if (exchangeOf(request)) {
      next();
      return;
    }
    const exchange = beginExchange(settings, request, request, response);
    if (!exchange) {
      next();
      return;
    }
    Object.defineProperty(request, 'session', sessionProperty(exchange));
    const reserve = () =>
      settings.idempotency === 'auto'
        ? reserveRequest(exchange, request.rawBody ?? request.body)
        : undefined;
    const proceed = (ready: boolean | undefined) => (ready === false ? response.end() : next());
    try {
      const ready = exchange.hasCookie ? exchange.open().then(reserve) : reserve();
      // Most requests of most visitors have nothing to wait for.
      if (ready) ready.then(proceed, next);
      else next();
    } catch (error) {
      next(error);
    }
  });
}
