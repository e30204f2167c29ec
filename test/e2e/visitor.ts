import { randomUUID } from 'node:crypto';

/** Answer of the shop, its body already read. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A node to ask directly, past the balancer. */
  readonly at?: string;
}

const SAFE = new Set(['GET', 'HEAD']);

/**
 * A browser as the wire sees it: keeps cookies, sends the CSRF token, repeats nothing. Written
 * without the client SDK, so that what is seen here holds without it.
 */
export class Visitor {
  readonly #cookies = new Map<string, string>();

  constructor(readonly baseUrl: string) {}

  /** A second browser that starts with the cookies of this one. */
  copy(): Visitor {
    const copy = new Visitor(this.baseUrl);
    for (const [name, value] of this.#cookies) copy.#cookies.set(name, value);
    return copy;
  }

  /** Makes the balancer send the next request to this node, right or wrong. */
  routeTo(label: string): void {
    this.#cookies.set('sid-route', `v1.${label}.0.0.none`);
  }

  get<Body>(path: string, ask: Ask = {}): Promise<Answer<Body>> {
    return this.send('GET', path, ask);
  }

  post<Body>(path: string, body: unknown = {}, ask: Ask = {}): Promise<Answer<Body>> {
    return this.send('POST', path, { ...ask, body });
  }

  put<Body>(path: string, body: unknown, ask: Ask = {}): Promise<Answer<Body>> {
    return this.send('PUT', path, { ...ask, body });
  }

  async send<Body>(method: string, path: string, ask: Ask = {}): Promise<Answer<Body>> {
    const baseUrl = ask.at ?? this.baseUrl;
    const safe = SAFE.has(method);
    if (!safe && this.#csrfToken() === undefined) {
      await this.get('/session?csrf=1', { ...(ask.at === undefined ? {} : { at: ask.at }) });
    }
    const response = await fetch(baseUrl + path, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
        // Sent again by whoever repeats the request on the way, and never by us.
        ...(safe ? {} : { 'idempotency-key': `"${randomUUID()}"` }),
        ...(safe ? {} : { 'x-csrf-token': this.#csrfToken() ?? '' }),
        ...ask.headers,
      },
      ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
    });
    this.#store(response.headers);
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const body = (isJson && text !== '' ? JSON.parse(text) : text) as Body;
    return { status: response.status, headers: response.headers, body };
  }

  #csrfToken(): string | undefined {
    return this.#cookies.get('sid-csrf');
  }

  #store(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const [name = '', value = ''] = split(pair);
      const expired = attributes.some((attribute) => {
        const [key = '', text = ''] = split(attribute);
        if (/^max-age$/i.test(key)) return Number(text) <= 0;
        return /^expires$/i.test(key) && Date.parse(text) <= Date.now();
      });
      if (expired || value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

function split(pair: string): [string, string] {
  const index = pair.indexOf('=');
  return index === -1 ? [pair, ''] : [pair.slice(0, index), pair.slice(index + 1)];
}
