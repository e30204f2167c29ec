import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { withExchange } from '../platform/context-exchange.js';
import { noSession } from '../platform/no-session.js';
import type { Principal as PrincipalValue } from './principal.js';
import type { SessionData, SessionHandle } from './session-handle.js';

/** The session of a request: the application's properties, and the methods of the handle. */
export type Session<Data = SessionData> = Data & SessionHandle<Data>;

/** Who is signed in. */
export type Principal = PrincipalValue;

/**
 * Injects the session of the request, or one property of it: `@Session() session`,
 * `@Session('cart') cart`. The same object as `request.session`.
 * In a gateway: the client's session as it is now, which nothing stores but `save()` and `update()`.
 */
export const Session = createParamDecorator(
  (key: string | undefined, context: ExecutionContext) => {
    return withExchange(context, (exchange) => {
      if (!exchange) throw noSession(context);
      const { handle } = exchange;
      return key === undefined ? handle : (handle as unknown as Record<string, unknown>)[key];
    });
  },
);

/** Injects who is signed in, or null. */
export const Principal = createParamDecorator(
  (
    _data: unknown,
    context: ExecutionContext,
  ): PrincipalValue | null | Promise<PrincipalValue | null> =>
    withExchange(context, (exchange) => exchange?.principal ?? null),
);
