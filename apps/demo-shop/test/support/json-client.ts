import { type CookieJar, nodeTransport } from '@understudy/client/node';

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface JsonCall {
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly text?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `false` sends no CSRF token. */
  readonly csrf?: boolean | undefined;
}

/** Plain `fetch` with cookies and the CSRF token: what any language's HTTP client can do. */
export class JsonClient {
  readonly #transport;
  #csrfToken: string | undefined;

  /** With the jar of another client it is the same visitor, possibly at another node. */
  constructor(
    readonly url: string,
    readonly jar?: CookieJar,
  ) {
    this.#transport = nodeTransport(jar === undefined ? {} : { jar });
  }

  /** The same visitor at another node. */
  at(url: string): JsonClient {
    const other = new JsonClient(url, this.#transport.jar);
    other.#csrfToken = this.#csrfToken;
    return other;
  }

  get(path: string, call: JsonCall = {}): Promise<JsonAnswer> {
    return this.send('GET', path, call);
  }

  /** Fetches a token first, as a client without a session has to. */
  async post(path: string, body?: unknown, call: JsonCall = {}): Promise<JsonAnswer> {
    return this.send('POST', path, { body, ...call });
  }

  put(path: string, body: unknown, call: JsonCall = {}): Promise<JsonAnswer> {
    return this.send('PUT', path, { body, ...call });
  }

  async send(method: string, path: string, call: JsonCall = {}): Promise<JsonAnswer> {
    const { body, text, csrf = method !== 'GET' } = call;
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const headers = {
      Accept: 'application/json',
      ...(content !== undefined && { 'Content-Type': 'application/json' }),
      ...(csrf && { 'X-CSRF-Token': await this.csrfToken() }),
      ...call.headers,
    };
    const init = { method, headers, ...(content !== undefined && { body: content }) };
    const response = await this.#transport.fetch(new URL(path, this.url).href, init);
    const answer = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(answer) : answer,
    };
  }

  async csrfToken(): Promise<string> {
    this.#csrfToken ??= await this.refreshCsrfToken();
    return this.#csrfToken;
  }

  /** A login makes a new token. */
  async refreshCsrfToken(): Promise<string> {
    const { body } = await this.send('GET', '/session?csrf=1');
    this.#csrfToken = String(body.csrfToken);
    return this.#csrfToken;
  }
}
