import type { IncomingHttpHeaders } from 'node:http';
import { REQUEST_HEADERS } from './contract.js';

/** What the session layer wants to know of a request, whatever the framework. */
export interface RequestFacts {
  readonly method: string;
  /** Path with query, as the client sent it. */
  readonly target: string;
  /** Whether the client used https, as far as trusted proxies tell. */
  readonly secure: boolean;
  /** Host and port the client asked for, as far as trusted proxies tell; lower case. */
  readonly host: string | undefined;
  /** Address of the client, as far as trusted proxies tell. */
  readonly ip: string;
  /** The first value of a request header. */
  header(name: string): string | undefined;
}

/** What a framework makes of a request; it knows which proxies the application trusts. */
export interface FrameworkRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: IncomingHttpHeaders;
  readonly protocol: string;
  readonly host?: string | undefined;
  readonly ip?: string | undefined;
}

/**
 * Reads the facts. With `trustProxy` the forwarded headers are believed whoever sent them, taking
 * the last entry: the one the nearest proxy wrote. Without it the framework's word is taken.
 */
export function requestFacts(request: FrameworkRequest, trustProxy: boolean): RequestFacts {
  const header = (name: string): string | undefined => {
    const value = request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value[0] : value;
  };
  const forwarded = (name: string): string | undefined =>
    trustProxy ? lastEntry(header(name)) : undefined;
  return {
    method: request.method,
    target: request.originalUrl,
    header,
    get secure() {
      return (forwarded(REQUEST_HEADERS.forwardedProto) ?? request.protocol) === 'https';
    },
    get host() {
      const host = forwarded(REQUEST_HEADERS.forwardedHost) ?? request.host ?? header('host');
      return host?.toLowerCase();
    },
    get ip() {
      return forwarded(REQUEST_HEADERS.forwardedFor) ?? request.ip ?? '';
    },
  };
}

function lastEntry(list: string | undefined): string | undefined {
  const entry = list?.slice(list.lastIndexOf(',') + 1).trim();
  return entry === '' ? undefined : entry;
}
