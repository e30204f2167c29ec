interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly path?: readonly string[] }[];
}

/** A client of `/graphql` that keeps cookies and sends the CSRF token. */
export class GraphqlClient {
  readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  async ask(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const token = this.cookies.get('sid-csrf');
    const cookie = Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(cookie === '' ? {} : { cookie }),
        ...(token === undefined ? {} : { 'x-csrf-token': token }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return (await response.json()) as Answer;
  }

  login(id: string, roles: readonly string[] = []): Promise<Answer> {
    const query =
      'mutation ($id: String!, $roles: [String!]!) { login(id: $id, roles: $roles) { id } }';
    return this.ask(query, { id, roles });
  }

  /** The same cookies, going their own way. */
  copy(): GraphqlClient {
    const other = new GraphqlClient(this.url);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }
}
