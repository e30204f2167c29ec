import type { IncomingMessage } from 'node:http';
import type { SessionExchange } from '../exchange/session-exchange.js';

/** The request of a framework, or Node's own. */
export type AnyRequest = object & { readonly raw?: IncomingMessage | undefined };

const EXCHANGE = Symbol('understudy.exchange');
const INHERITS = Symbol('understudy.inherits');

interface Carrier {
  [EXCHANGE]?: SessionExchange | undefined;
  readonly [INHERITS]?: true;
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
 * Gives a request its `session`: by its prototype, for a property of its own costs each request more than
 * most of what else is done for it. What some middleware put there before is not this session.
 */
export function provideSession(raw: object): void {
  if (Object.hasOwn(raw, 'session')) Object.defineProperty(raw, 'session', SESSION_PROPERTY);
  else if (!(raw as Carrier)[INHERITS]) inheritSession(Object.getPrototypeOf(raw) as object);
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

/**
 * The same for all requests that inherit from an object, which spares each of them a property of its
 * own. What some middleware assigned before the session of the request began, stays what that gets.
 */
export function inheritSession(prototype: object): void {
  Object.defineProperty(prototype, INHERITS, { configurable: true, value: true });
  Object.defineProperty(prototype, 'session', {
    configurable: true,
    enumerable: true,
    get(this: AnyRequest) {
      return exchangeOf(this)?.handle;
    },
    set(this: AnyRequest, value: unknown) {
      if (exchangeOf(this)) throw new TypeError('request.session cannot be replaced');
      const own = { configurable: true, enumerable: true, writable: true, value };
      Object.defineProperty(this, 'session', own);
    },
  });
}

/** Makes room for the exchange of a request before it gets another prototype; see `express-room.ts`. */
export function makeExchangeRoom(raw: object): void {
  (raw as Carrier)[EXCHANGE] = undefined;
}
