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
  return new FrameworkFacts(request, trustProxy);
}

/** Some proxies name upgrades by their own scheme, and schemes have no case (RFC 3986 §3.1). */
const SECURE_SCHEME = /^(?:https|wss)$/i;

/** Reads when asked: most requests are asked for little. */
class FrameworkFacts implements RequestFacts {
  readonly #request: FrameworkRequest;
  readonly #trustProxy: boolean;

  constructor(request: FrameworkRequest, trustProxy: boolean) {
    this.#request = request;
    this.#trustProxy = trustProxy;
  }

  get method(): string {
    return this.#request.method;
  }

  get target(): string {
    return this.#request.originalUrl;
  }

  get secure(): boolean {
    const scheme = this.#forwarded(REQUEST_HEADERS.forwardedProto) ?? this.#request.protocol;
    return SECURE_SCHEME.test(scheme);
  }

  get host(): string | undefined {
    const forwarded = this.#forwarded(REQUEST_HEADERS.forwardedHost);
    return (forwarded ?? this.#request.host ?? this.header('host'))?.toLowerCase();
  }

  get ip(): string {
    return this.#forwarded(REQUEST_HEADERS.forwardedFor) ?? this.#request.ip ?? '';
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value[0] : value;
  }

  #forwarded(name: string): string | undefined {
    return this.#trustProxy ? lastEntry(this.header(name)) : undefined;
  }
}

function lastEntry(list: string | undefined): string | undefined {
  const entry = list?.slice(list.lastIndexOf(',') + 1).trim();
  return entry === '' ? undefined : entry;
}
