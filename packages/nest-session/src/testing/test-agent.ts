import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { SessionUsageError } from '../errors.js';
import {
  CSRF_COOKIE_SUFFIX,
  REQUEST_HEADERS,
  RESPONSE_HEADERS,
  TOKEN_SCHEME,
} from '../http/contract.js';

/**
 * A client that keeps cookies and sends the CSRF token as a browser with the client SDK does, or
 * keeps and sends the token of `transport: 'header'` as an app does. Speaks to one application over
 * plain http; redirects are not followed.
 */
export class TestAgent {
  /** What it has been given, by name. */
  readonly cookies = new Map<string, string>();

  /**
   * The `Session-Token` it has been told, sent as `Authorization: Session <token>`; empty when that
   * session has ended. Undefined: it goes by cookies. Where both ways are allowed, an agent that is to
   * go by headers begins with an empty one.
   */
  sessionToken: string | undefined;

  constructor(readonly app: INestApplication) {}

  /** Where it sends requests. Throws when the application does not listen. */
  get url(): string {
    const address = (this.app.getHttpServer() as { address(): AddressInfo | null }).address();
    if (!address) throw new SessionUsageError('the application does not listen; inject requests');
    const { family, port } = address;
    return family === 'IPv6' ? `http://[::1]:${port}` : `http://127.0.0.1:${port}`;
  }

  /** Value of the `Cookie` header, for requests that are injected. */
  get cookieHeader(): string {
    return Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join('; ');
  }

  /** What unsafe requests carry in `X-CSRF-Token`; undefined before there is a session. */
  get csrfToken(): string | undefined {
    for (const [name, value] of this.cookies) if (name.endsWith(CSRF_COOKIE_SUFFIX)) return value;
    return undefined;
  }

  /** Value of the `Authorization` header, for requests that are injected; undefined by cookies. */
  get authorizationHeader(): string | undefined {
    if (this.sessionToken === undefined) return undefined;
    return `${TOKEN_SCHEME} ${this.sessionToken}`.trimEnd();
  }

  /** As the global `fetch`, with the cookies and the tokens; a header that is given stands. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const { csrfToken, cookieHeader, authorizationHeader } = this;
    if (authorizationHeader !== undefined && !headers.has(REQUEST_HEADERS.authorization)) {
      headers.set(REQUEST_HEADERS.authorization, authorizationHeader);
    }
    if (cookieHeader !== '' && !headers.has('cookie')) headers.set('cookie', cookieHeader);
    if (csrfToken !== undefined && !headers.has(REQUEST_HEADERS.csrfToken)) {
      headers.set(REQUEST_HEADERS.csrfToken, csrfToken);
    }
    const response = await fetch(this.url + path, { redirect: 'manual', ...init, headers });
    for (const cookie of response.headers.getSetCookie()) this.keep(cookie);
    this.sessionToken = response.headers.get(RESPONSE_HEADERS.sessionToken) ?? this.sessionToken;
    return response;
  }

  /** The same client at another node: what it keeps is copied, and goes its own way from here. */
  at({ app }: { readonly app: INestApplication }): TestAgent {
    const other = new TestAgent(app);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    other.sessionToken = this.sessionToken;
    return other;
  }

  /** Takes a `Set-Cookie` header, of an injected response for example; one that has expired deletes. */
  keep(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split(';');
    const separator = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, separator)).trim();
    // Browsers drop what has no name; it would be sent as a cookie that nobody set.
    if (name === '') return;
    if (hasExpired(attributes)) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(separator + 1).trim());
  }
}

/** By the system's clock, as browsers do it; `Max-Age` goes before `Expires` (RFC 6265 §5.3). */
function hasExpired(attributes: readonly string[]): boolean {
  const maxAge = lastOf(attributes, /^\s*max-age\s*=\s*(-?\d+)\s*$/i);
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = lastOf(attributes, /^\s*expires\s*=(.*)$/i);
  // What is no date compares as false: RFC 6265 §5.2.1 has it ignored.
  return expires !== undefined && Date.parse(expires) <= Date.now();
}

function lastOf(attributes: readonly string[], pattern: RegExp): string | undefined {
  return attributes.flatMap((attribute) => pattern.exec(attribute)?.[1] ?? []).at(-1);
}
