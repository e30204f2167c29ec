import type { ExecutionContext } from '@nestjs/common';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { type AnyRequest, exchangeOf } from './exchange-registry.js';

/** What guards use of a request besides its exchange. */
export type GuardedRequest = AnyRequest & {
  readonly body?: unknown;
  readonly rawBody?: Uint8Array | undefined;
};

/**
 * The request behind an execution context; undefined where there is none. For GraphQL it is `req`
 * of the resolvers' context, where both drivers put it.
 */
export function requestOf(context: ExecutionContext): GuardedRequest | undefined {
  const type = context.getType<string>();
  if (type === 'http') return context.switchToHttp().getRequest<GuardedRequest>();
  if (type === 'graphql') return context.getArgByIndex<{ req?: GuardedRequest }>(2)?.req;
  return undefined;
}

/** The exchange behind an execution context; undefined where the session layer stayed out. */
export function contextExchange(context: ExecutionContext): SessionExchange | undefined {
  return exchangeOf(requestOf(context));
}
