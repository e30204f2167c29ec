import { IncomingMessage, ServerResponse } from 'node:http';
import { makeGateRoom } from '../http/gated-prototype.js';
import { makeExchangeRoom } from './exchange-registry.js';

/** What Express, its router and its body parser add to a request on its way. */
interface Additions {
  res?: undefined;
  next?: undefined;
  baseUrl?: undefined;
  originalUrl?: undefined;
  _parsedUrl?: undefined;
  params?: undefined;
  body?: undefined;
  route?: undefined;
  /** What the router notes for those who trace it. */
  [symbol: symbol]: undefined;
}

const MATCHED_ROUTE = 'router.tracing.matchedRoute';

/**
 * Lays requests and their responses out with all that is added to them later, before Express gives
 * them prototypes of its own. Up to Node 22 objects share how they are laid out until then; from there
 * on every property that is added makes a layout for this one object: one or two kB that live until
 * the next full collection, and no compiled code knows where to find anything in it. That was more
 * than half of what Express takes for a request, and most of what this package took there. Node 24
 * shares them by itself. Whoever asks for one of them before it is set finds what was found before:
 * `undefined`.
 *
 * Those of HTTP/2 are of another kind, and stay as they are.
 */
export class ExpressRoom {
  #matchedRoute: symbol | undefined;

  /** Learns the router's own symbol, which it exports nowhere, from a request that has passed it. */
  learn(request: object): void {
    this.#matchedRoute ??= Object.getOwnPropertySymbols(request).find(
      ({ description }) => description === MATCHED_ROUTE,
    );
  }

  make(request: IncomingMessage, response: ServerResponse): void {
    makeExchangeRoom(request);
    makeGateRoom(response);
    if (!(request instanceof IncomingMessage && response instanceof ServerResponse)) return;
    const added = request as object as Additions;
    added.res = undefined;
    added.next = undefined;
    added.baseUrl = undefined;
    added.originalUrl = undefined;
    added._parsedUrl = undefined;
    added.params = undefined;
    added.body = undefined;
    added.route = undefined;
    if (this.#matchedRoute) added[this.#matchedRoute] = undefined;
    (response as { locals?: undefined }).locals = undefined;
    // What it has by its prototype, and gets of its own with the first status that is set.
    response.statusCode = 200;
    (response as { statusMessage: string | undefined }).statusMessage = undefined;
  }
}
