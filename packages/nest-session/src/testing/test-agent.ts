import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { SessionUsageError } from '../errors.js';
import { CSRF_COOKIE_SUFFIX, REQUEST_HEADERS } from '../http/contract.js';

/**
 * A client that keeps cookies and sends the CSRF token as a browser with the client SDK does. Speaks
 * to one application over plain http; redirects are not followed.
 */
export class TestAgent {
  /** What it has been given, by name. */
  readonly cookies = new Map<string, string>();

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

  /** As the global `fetch`, with the cookies and the token; a header that is given stands. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const { csrfToken, cookieHeader } = this;
    if (cookieHeader !== '' && !headers.has('cookie')) headers.set('cookie', cookieHeader);
    if (csrfToken !== undefined && !headers.has(REQUEST_HEADERS.csrfToken)) {
      headers.set(REQUEST_HEADERS.csrfToken, csrfToken);
    }
    const response = await fetch(this.url + path, { redirect: 'manual', ...init, headers });
    for (const cookie of response.headers.getSetCookie()) this.keep(cookie);
    return response;
  }

  /** The same client at another node: its cookies are copied, and go their own way from here. */
  at({ app }: { readonly app: INestApplication }): TestAgent {
    const other = new TestAgent(app);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  /** Takes a `Set-Cookie` header, of an injected response for example. */
  keep(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split('; ');
    const separator = pair.indexOf('=');
    const name = pair.slice(0, separator);
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(separator + 1));
  }
}
