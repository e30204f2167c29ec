import type { Socket } from 'node:net';
import { type ProxyProblem, problemOf } from './problem.js';

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What a client is told of a request that could not be read, or did not come in time. */
export function problemOfParser({ code = '' }: NodeJS.ErrnoException): ProxyProblem {
  return problemOf('bad-request', { status: STATUS[code] ?? 400 });
}

/**
 * Nothing came in time, not a part of a request. Browsers open connections ahead of need: an answer
 * to nothing may be taken for that to the next request, and nothing was refused.
 */
export function isUnused({ code }: NodeJS.ErrnoException, { bytesRead }: Socket): boolean {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' && bytesRead === 0;
}
