import type { IncomingMessage } from 'node:http';
import type { SessionExchange } from '../exchange/session-exchange.js';

/** The request of a framework, or Node's own. */
export type AnyRequest = object & { readonly raw?: IncomingMessage | undefined };

const EXCHANGE = Symbol('understudy.exchange');

interface Carrier {
  [EXCHANGE]?: SessionExchange;
}

/**
 * Kept on Node's request, which every framework wraps, and not in a `WeakMap`: adding to one costs
 * as much as all else that is done for a request whose session nobody looks at.
 */
export function rememberExchange(raw: object, exchange: SessionExchange): void {
  (raw as Carrier)[EXCHANGE] = exchange;
}

/** The exchange of a request, whichever of its faces one holds. */
export function exchangeOf(request: AnyRequest | undefined | null): SessionExchange | undefined {
  if (!request) return undefined;
  return (request as Carrier)[EXCHANGE] ?? (request.raw as Carrier | undefined)?.[EXCHANGE];
}

/**
 * `session` on a request is what `@Session()` gives: always the present handle. One descriptor for
 * all requests: with a getter of its own each of them would become a dictionary.
 */
const SESSION_PROPERTY: PropertyDescriptor & ThisType<AnyRequest> = {
  configurable: true,
  enumerable: true,
  get() {
    return exchangeOf(this)?.handle;
  },
};

export function defineSession(raw: object): void {
  Object.defineProperty(raw, 'session', SESSION_PROPERTY);
}
