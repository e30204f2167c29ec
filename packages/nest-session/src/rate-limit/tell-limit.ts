import type { SessionExchange } from '../exchange/session-exchange.js';
import { type RateLimitField, rateLimitHeaders } from '../http/rate-limit-fields.js';

/** Names that a response tells already; entries go with their request. */
const told = new WeakMap<SessionExchange, Set<string>>();

/** Tells a limit in the headers of the response, once: two handlers of a query may share a name. */
export function tellLimit(exchange: SessionExchange, field: RateLimitField): void {
  const names = told.get(exchange) ?? new Set();
  if (names.has(field.name)) return;
  told.set(exchange, names.add(field.name));
  for (const [name, member] of Object.entries(rateLimitHeaders(field))) {
    exchange.appendHeader(name, member);
  }
}
