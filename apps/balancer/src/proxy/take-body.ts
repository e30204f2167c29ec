import type { IncomingMessage } from 'node:http';
import type { ProxyContext } from './context.js';
import type { HeaderList } from './header-list.js';
import type { AcceptedRequest } from './inspect-request.js';
import { problemOf } from './problem.js';
import { RequestBody } from './request-body.js';
import { forwardedRequestTrailers } from './request-headers.js';
import type { ResponseSink } from './response-sink.js';

/** The body of a request, not yet read. What is wrong with it later is answered through `sink`. */
export function openBody(
  context: ProxyContext,
  source: IncomingMessage,
  sink: ResponseSink,
): RequestBody {
  const { limits, timeouts, counters, now } = context;
  return new RequestBody({
    source,
    keepBytes: limits.replayBytes,
    maxBytes: limits.requestBodyBytes,
    idleMs: timeouts.clientBodyIdleMs,
    minBytesPerSecond: limits.minBodyBytesPerSecond,
    now,
    onRefused: (refused) => {
      const problem = problemOf('bad-request', { ...refused, title: 'Request refused' });
      // Otherwise it is reported with the exchange.
      if (sink.refuse(problem)) counters.problems.add('bad-request');
    },
  });
}

/**
 * Reads a small body before a node is bothered; undefined: it is passed on as it comes. Rejects with
 * `BodyLostError`.
 */
export async function collectSmall(
  body: RequestBody,
  request: IncomingMessage,
  accepted: AcceptedRequest,
  { limits, timeouts }: ProxyContext,
): Promise<Buffer | undefined> {
  if (accepted.body === 'chunked') {
    await body.hold(timeouts.bodyHoldMs);
    const isWhole = body.ended && trailersOf(request).length === 0;
    return isWhole ? body.collect() : undefined;
  }
  return accepted.bodyBytes <= limits.replayBytes ? body.collect() : undefined;
}

/** The trailer fields for a node; none as long as the body has not ended. */
export function trailersOf(request: IncomingMessage): HeaderList {
  return forwardedRequestTrailers(request.rawTrailers);
}
