import type { IncomingMessage } from 'node:http';
import type { SessionExchange } from '../exchange/session-exchange.js';

/** The request of a framework, or Node's own. */
export type AnyRequest = object & { readonly raw?: IncomingMessage | undefined };

/** Keyed by Node's request, which every framework wraps; entries go with their request. */
const exchanges = new WeakMap<object, SessionExchange>();

export function rememberExchange(raw: object, exchange: SessionExchange): void {
  exchanges.set(raw, exchange);
}

/** The exchange of a request, whichever of its faces one holds. */
export function exchangeOf(request: AnyRequest | undefined | null): SessionExchange | undefined {
  if (!request) return undefined;
  return exchanges.get(request) ?? (request.raw ? exchanges.get(request.raw) : undefined);
}
